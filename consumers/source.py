"""The stream as a projector sees it: numbered events to be read on from a position."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
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
def opened(ledger_folder: Path) -> Iterator[Source]:
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


class ReadingAhead:
    """Reads the next batch while the last one is folded: SQLite and DuckDB both leave Python free."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead")
        self._asked: tuple[int, int] | None = None
        self._coming: Future[Rows] | None = None

    def read(self, after_position: int, limit: int, *, next_limit: int) -> Rows:
        """The rows asked for; meanwhile, begin to read up to `next_limit` rows behind them."""
        if self._coming is not None and self._asked == (after_position, limit):
            rows = self._coming.result()
        else:
            rows = self._source.read(after_position, limit)
        self._coming = None
        if next_limit and len(rows) == limit:
            self._asked = (rows[-1][0], next_limit)
            self._coming = self._thread.submit(self._source.read, *self._asked)
        return rows

    def close(self) -> None:
        """Wait for what is being read and stop."""
        self._thread.shutdown(cancel_futures=True)
