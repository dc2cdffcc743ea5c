"""The stream: the events that count, numbered, as everyone but a writer follows them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from .sqlite import SQLiteStore

Rows = list[tuple[int, bytes]]
"""Events with their positions, in order."""

POLL_SECONDS = 0.05
"""How long an embedded stream waits before it looks again."""


class StreamReader(Protocol):
    """A ledger's stream. In each partition positions are dense, from 1.

    Every method raises StoreError. May be used by several threads, one after another.
    """

    @property
    def partitions(self) -> int:
        """How many partitions there are; they are numbered from 0."""
        ...

    def read(
        self, partition: int, after_position: int, limit: int, *, timeout_seconds: float = 0.0
    ) -> Rows:
        """Up to `limit` events above a position, without a gap.

        Where there are none, waits for some as long as it may; the answer can be empty.
        """
        ...

    def last_position(self, partition: int) -> int:
        """The position of a partition's last event, 0 if there is none."""
        ...

    def close(self) -> None:
        """Give back what is open. Closing twice is fine."""
        ...


class EmbeddedStream:
    """The stream of an embedded ledger: the log itself, one partition. Implements StreamReader."""

    partitions = 1

    def __init__(self, store: SQLiteStore) -> None:
        self._store = store

    @classmethod
    def open(cls, folder: Path) -> EmbeddedStream:
        """The stream of the ledger in a folder. Raises what opening a ledger raises."""
        return cls(SQLiteStore.open(folder, application=_NoKeys()))

    def read(
        self, partition: int, after_position: int, limit: int, *, timeout_seconds: float = 0.0
    ) -> Rows:
        """Events above a position; there is nothing to wait on but the file, so it looks again."""
        if partition != 0:
            return []
        deadline = time.monotonic() + timeout_seconds
        while True:
            rows = self._store.read(after_position, limit)
            left = deadline - time.monotonic()
            if rows or left <= 0:
                return rows
            time.sleep(min(POLL_SECONDS, left))

    def last_position(self, partition: int) -> int:
        """The position of the last event, 0 if there is none."""
        return self._store.last_position() if partition == 0 else 0

    def close(self) -> None:
        """Close the ledger's file."""
        self._store.close()


def open_stream(folder: Path) -> StreamReader:
    """The stream of the ledger in a folder, wherever that keeps it.

    Raises StoreError: LedgerMissing and its like, or on Kafka BrokerUnreachable and its like.
    """
    from .opening import is_on_kafka

    if not is_on_kafka(folder):
        return EmbeddedStream.open(folder)
    from .kafka.stream_reader import open_reader

    return open_reader(folder)


class _NoKeys:
    """Following a stream never asks under which keys something would be found."""

    def keys(self, type_: str, data: bytes, /) -> Iterable[str]:  # noqa: ARG002 - the store's interface
        return ()
