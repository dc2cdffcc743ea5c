"""What an index asks of the application whose events are in the log."""

from __future__ import annotations

from typing import Protocol

from ..store import Keys


class Indexed(Keys, Protocol):
    """What an application says about its events, for the index."""

    def is_cold(self, type_: str, /) -> bool:
        """Whether a subject rests once this is the type of its last event."""
        ...

    def is_sought_by_command(self, type_: str, data: bytes, /) -> bool:
        """Whether somebody who repeats the command behind this event cannot name its subject. It is
        found by the command's id then, also when it rests."""
        ...
