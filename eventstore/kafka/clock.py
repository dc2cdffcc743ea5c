"""What the store asks of a clock, so that a simulated log can bring a simulated one."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """The module `time` is one."""

    def time(self) -> float:
        """Seconds since 1970, for the timestamps of records."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment, for deadlines."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        ...
