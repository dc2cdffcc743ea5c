"""The stream as a projector sees it: numbered events to be read on from a position."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from domain.application import TICKETS
from eventstore.envelope import read_event
from eventstore.errors import EventUnreadable
from eventstore.opening import is_on_kafka
from eventstore.sqlite import SQLiteStore
from eventstore.stream import EmbeddedStream, StreamReader

Rows = list[tuple[int, bytes]]


class Settings(Protocol):
    """What of a ledger's settings readers of the views need."""

    @property
    def name(self) -> str: ...
    @property
    def time_zone(self) -> str: ...


class Source(Protocol):
    """A stream with dense positions from 1 in each partition.

    `read` may be called from another thread.
    """

    @property
    def settings(self) -> Settings: ...
    @property
    def partitions(self) -> int:
        """How many partitions there are; they are numbered from 0."""
        ...

    def read(self, partition: int, after_position: int, limit: int) -> Rows:
        """Events above a position, in order."""
        ...

    def last_position(self, partition: int) -> int:
        """Position of the last event; 0 if there is none."""
        ...

    def close(self) -> None:
        """Give back what is open."""
        ...


@dataclass(frozen=True, slots=True)
class LedgerSource:
    """The stream of a ledger, wherever that keeps it. Implements Source."""

    settings: Settings
    stream: StreamReader

    @property
    def partitions(self) -> int:
        """How many partitions there are."""
        return self.stream.partitions

    def read(self, partition: int, after_position: int, limit: int) -> Rows:
        """Events above a position, in order."""
        return self.stream.read(partition, after_position, limit)

    def last_position(self, partition: int) -> int:
        """Position of the last event; 0 if there is none."""
        return self.stream.last_position(partition)

    def close(self) -> None:
        """Give back what is open."""
        self.stream.close()


@contextmanager
def opened(ledger_folder: Path) -> Generator[Source]:
    """The stream of a ledger folder. Raises eventstore's `StoreError`s."""
    source = _on_kafka(ledger_folder) if is_on_kafka(ledger_folder) else _embedded(ledger_folder)
    try:
        yield source
    finally:
        source.close()


def recorded_at(source: Source, partition: int, position: int) -> datetime | None:
    """When the event at a position was recorded; None if there is none, or it cannot be read."""
    rows = source.read(partition, position - 1, 1)
    if not rows:
        return None
    try:
        return read_event(rows[0][1])[0].recordedtime
    except EventUnreadable:
        return None


def _embedded(ledger_folder: Path) -> Source:
    store = SQLiteStore.open(ledger_folder, application=TICKETS)
    return LedgerSource(store.settings, EmbeddedStream(store))


def _on_kafka(ledger_folder: Path) -> Source:
    from eventstore.kafka.genesis import read_genesis
    from eventstore.kafka.settings import read_settings
    from eventstore.kafka.stream_reader import open_reader
    from eventstore.kafka.topic_log import TopicLog

    settings = read_settings(ledger_folder)
    # The one thing that a follower asks of the log: what the ledger was created with.
    log = TopicLog(settings.kafka, settings.log_topic)
    with closing(log):
        genesis = read_genesis(log)
    return LedgerSource(genesis, open_reader(ledger_folder, settings=settings))
