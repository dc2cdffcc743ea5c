"""Where a stream topic ends: which position was published last, and what is there."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from .errors import StreamBroken
from .log import Log
from .wire import Raw

_SCAN_SECONDS = 1.0
_WAIT_SECONDS = 30.0


class StreamEnd(NamedTuple):
    """The last position of a partition and its bytes; `offset` is behind all that was looked at."""

    position: int
    body: bytes
    offset: int


NOTHING = StreamEnd(0, b"", 0)


def position_of(headers: Sequence[tuple[str, bytes]]) -> int | None:
    """The position that a record's headers tell; None if they do not."""
    for name, value in headers:
        if name == "position" and value and value.isdigit():
            return int(value)
    return None


def end_of(stream: Log, partition: int, *, known: StreamEnd = NOTHING) -> StreamEnd:
    """A partition's end. `known` is what an earlier call found, from where it goes on.

    Positions first appear in order, so position n is at offset n - 1 or behind; what is before
    offset n is n at most. With one relay the last record is the last position. Two repeat each
    other, and then the record to be found is somewhere behind the offset that the last one names.
    Raises StreamBroken, BrokerUnreachable.
    """
    end = stream.ends()[partition]
    if end < known.offset:
        known = NOTHING  # The topic was deleted and created again.
    if end == known.offset:
        return known
    last = _record_at(stream, partition, end - 1)
    found = _found(stream, last, known)
    offset = max(found.position, known.offset)
    while offset < end and found.position < end:
        raws = stream.scan(partition, offset, timeout_seconds=_SCAN_SECONDS)
        for raw in raws:
            found = _found(stream, raw, found)
        offset = raws[-1].offset + 1 if raws else offset
    return found._replace(offset=end)


def _found(stream: Log, raw: Raw, known: StreamEnd) -> StreamEnd:
    position = position_of(raw.headers)
    if position is None or position > raw.offset + 1:
        told = "without a position" if position is None else f"that says position {position}"
        raise StreamBroken(
            stream.topic,
            partition=raw.partition,
            what=f"there is a record {told} at offset {raw.offset}",
        )
    return StreamEnd(position, raw.value or b"", 0) if position > known.position else known


def _record_at(stream: Log, partition: int, offset: int) -> Raw:
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        for raw in stream.scan(partition, offset, timeout_seconds=_SCAN_SECONDS):
            if raw.offset == offset:
                return raw
    raise StreamBroken(stream.topic, partition=partition, what=f"offset {offset} holds no record")
