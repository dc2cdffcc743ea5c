"""How long things may take, as a policy records it: whole seconds, and how people write them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

TEN_YEARS_SECONDS = 315_360_000

Seconds = Annotated[int, Field(gt=0, le=TEN_YEARS_SECONDS)]
"""A duration that cannot be nothing; ten years are most likely a slip."""

UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
"""The units of a written duration in seconds, the longest first."""


def written(seconds: int) -> str:
    """A duration as policy files write it: `1d 12h`, `15m`; nothing is `0s`."""
    parts: list[str] = []
    for unit, size in UNITS.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"
