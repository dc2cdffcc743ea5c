"""What a ledger needs of the two topics, whichever client library or simulation gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from .wire import Message, Raw


class Acknowledged(NamedTuple):
    """The record is in the log, at this offset (-1: a copy of it was there before)."""

    offset: int


class Failed(NamedTuple):
    """No acknowledgement. `rejected` says that the broker will never take it; without, it may
    still land."""

    reason: str
    rejected: bool = False


class Log(Protocol):
    """A topic of append-only partitions. Every method raises StoreError when nobody answers."""

    @property
    def topic(self) -> str:
        """The topic's name."""
        ...

    @property
    def partitions(self) -> int:
        """How many there are now."""
        ...

    def send(
        self, messages: Sequence[Message], *, timeout_seconds: float
    ) -> list[Acknowledged | Failed]:
        """Append, durably, and wait. Messages of one call are in no order of each other."""
        ...

    def begins(self) -> dict[int, int]:
        """The first offset of each partition."""
        ...

    def ends(self) -> dict[int, int]:
        """The offset behind the last record that readers may see, of each partition."""
        ...

    def read(self, positions: Mapping[int, int], *, timeout_seconds: float) -> list[Raw]:
        """What is at these offsets and behind, in order within each partition; waits for some.

        Goes on where the last call ended if it may: then records below a position can come again,
        and those a caller has are to be dropped. Raises LogReplaced if an offset is not there.
        """
        ...

    def scan(self, partition: int, offset: int, *, timeout_seconds: float) -> list[Raw]:
        """Some records from an offset on, apart from what `read` does. Raises LogReplaced."""
        ...

    def close(self) -> None:
        """Give back what is open. Closing twice is fine."""
        ...
