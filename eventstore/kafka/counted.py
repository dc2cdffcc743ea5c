"""Records that count, with their places in the stream."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..record import Headers, digest
from ..store import StoredRecord
from .index_file import SQL
from .places import unpack
from .wire import Raw, headers_of, is_genesis, stream_bodies


class CountedRecord(NamedTuple):
    """A record that counts, with the position of its first event."""

    raw: Raw
    headers: Headers
    digest: str
    position: int

    @property
    def bodies(self) -> tuple[bytes, ...]:
        """Its events as the stream holds them."""
        return stream_bodies(self.raw.value or b"", self.headers.count)

    @property
    def stored(self) -> StoredRecord:
        """The same as every store gives it."""
        return StoredRecord(self.headers, self.digest, self.position, self.bodies)


def counted_places(
    connection: sqlite3.Connection, records: Sequence[Raw], partitions: int
) -> Iterator[CountedRecord]:
    """Those of these records (all of them known to the index) that count, in order."""
    known: dict[str, dict[int, int]] = {}
    for raw in records:
        headers = headers_of(raw, partitions)
        if headers is None or is_genesis(headers):
            continue
        places = known.get(headers.subject)
        if places is None:
            places = known[headers.subject] = _places(connection, headers.subject)
        position = places.get(raw.offset)
        if position is not None:
            yield CountedRecord(raw, headers, digest(headers, raw.value or b""), position)


def _places(connection: sqlite3.Connection, subject: str) -> dict[int, int]:
    row = connection.execute(SQL["select_subject"], (subject,)).fetchone()
    places = dict(unpack(row[4])) if row else {}
    return places | dict(connection.execute(SQL["select_hot_places"], (subject,)).fetchall())
