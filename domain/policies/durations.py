"""How long things may take, as a policy records it: whole seconds, and how people write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

TEN_YEARS_SECONDS = 315_360_000

Seconds = Annotated[int, Field(gt=0, le=TEN_YEARS_SECONDS)]
"""A duration that cannot be nothing; ten years are most likely a slip."""

UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
"""The units of a written duration in seconds, the longest first."""

HOURS = {unit: size for unit, size in UNITS.items() if unit != "d"}
"""The units of what is counted in the open hours of a calendar."""


def written(seconds: int) -> str:
    """A duration as policy files write it: `1d 12h`, `15m`; nothing is `0s`."""
    return _written(seconds, UNITS)


def written_in_hours(seconds: int) -> str:
    """The same without days: 24 hours of an office that is open for 8 a day are three days."""
    return _written(seconds, HOURS)


def _written(seconds: int, units: Mapping[str, int]) -> str:
    parts: list[str] = []
    for unit, size in units.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"
