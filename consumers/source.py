"""The stream as a projector sees it: numbered events to be read on from a position."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from domain.application import TICKETS
from eventstore.envelope import read_event
from eventstore.errors import EventUnreadable
from eventstore.sqlite import SQLiteStore

Rows = list[tuple[int, bytes]]


class Settings(Protocol):
    """What of a ledger's settings readers of the views need."""

    @property
    def name(self) -> str: ...
    @property
    def time_zone(self) -> str: ...


class Source(Protocol):
    """A stream with dense positions from 1. `read` may be called from another thread."""

    @property
    def settings(self) -> Settings: ...
    def read(self, after_position: int, limit: int) -> Rows:
        """Events above a position, in order."""
        ...

    def last_position(self) -> int:
        """Position of the last event; 0 if there is none."""
        ...

    def close(self) -> None:
        """Give back what is open."""
        ...


@contextmanager
def opened(ledger_folder: Path) -> Generator[Source]:
    """The stream of an embedded ledger. Raises eventstore's `StoreError`s."""
    store = SQLiteStore.open(ledger_folder, application=TICKETS)
    try:
        yield store
    finally:
        store.close()


def recorded_at(source: Source, position: int) -> datetime | None:
    """When the event at a position was recorded; None if there is none, or it cannot be read."""
    rows = source.read(position - 1, 1)
    if not rows:
        return None
    try:
        return read_event(rows[0][1])[0].recordedtime
    except EventUnreadable:
        return None
