"""How long to wait before the next attempt: longer each time, and never all at the same moment."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

Chance = Callable[[], float]
"""Draws a number from 0 to 1."""

FACTOR = 4
WAIT_SECONDS_MAX = 86_400.0
"""Whatever the other side asks for, it is tried again after a day."""


@dataclass(frozen=True, slots=True)
class BackingOff:
    """Waits of `first_seconds`, four times that, and so on up to `longest_seconds`.

    Each wait is drawn between half of it and all of it, so that what failed together does not come
    back together.
    """

    first_seconds: float
    longest_seconds: float
    chance: Chance = random.random

    def seconds(self, attempt: int, *, asked_for: float | None = None) -> float:
        """The wait after an attempt, from 1; at least what the other side asked for."""
        # The exponent is bounded, since a float is.
        grown = self.first_seconds * float(FACTOR) ** min(attempt - 1, 30)
        longest = min(grown, self.longest_seconds)
        drawn = longest * (0.5 + self.chance() / 2)
        return min(max(drawn, asked_for or 0.0), WAIT_SECONDS_MAX)
