"""Between a save and a message of the log: key, headers, value; and back again, by the rule."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from ..envelope import data_of
from ..record import Headers, Record, read_headers, write_headers

_GENESIS = re.compile(r"ledger-([0-9]{1,9})")
_EVENT_START = b'{"specversion":"1.0","id":"'
_BOUNDARY = b"}," + _EVENT_START
_DECODER = json.JSONDecoder()


class Message(NamedTuple):
    """What is sent. The same bytes may be sent again; `timestamp_ms` then stays the first one's,
    so that the broker can reject a copy that comes very late."""

    partition: int
    key: bytes
    headers: list[tuple[str, bytes]]
    value: bytes
    timestamp_ms: int


class Raw(NamedTuple):
    """A record of a topic as it was read."""

    partition: int
    offset: int
    key: bytes | None
    headers: Sequence[tuple[str, bytes]]
    value: bytes | None


@lru_cache(maxsize=10_000)
def partition_of(subject: str, partitions: int) -> int:
    """Where a subject's records are: CRC-32 of its bytes modulo the ledger's partition count."""
    return zlib.crc32(subject.encode("ascii")) % partitions


def message_of(record: Record, *, partition: int, timestamp_ms: int) -> Message:
    """A record as it is sent."""
    headers = record.headers
    return Message(
        partition,
        headers.subject.encode("ascii"),
        write_headers(headers),
        record.value,
        timestamp_ms,
    )


def headers_of(raw: Raw, partitions: int) -> Headers | None:
    """A record's headers, or None where it is foreign: unreadable, or not in its place.

    A genesis record's place is offset 0 of the partition it names, and nothing else may be there.
    """
    headers = read_headers(raw.headers)
    if headers is None or raw.value is None or raw.key != headers.subject.encode("ascii"):
        return None
    genesis = _GENESIS.fullmatch(headers.subject)
    if genesis:
        return headers if int(genesis[1]) == raw.partition else None
    return headers if partition_of(headers.subject, partitions) == raw.partition else None


def is_genesis(headers: Headers) -> bool:
    """Whether these are the headers of a ledger's own record, which is not in the stream."""
    return _GENESIS.fullmatch(headers.subject) is not None


def fingerprint(raw: Raw) -> str:
    """A digest over all of a record, readable or not: by it a log is recognised again."""
    sha = hashlib.sha256(raw.key or b"")
    for name, value in raw.headers:
        sha.update(b"\n" + name.encode("utf-8", "backslashreplace") + b":" + (value or b""))
    sha.update(b"\n\n" + (raw.value or b""))
    return sha.hexdigest()


def bodies_of(value: bytes, count: int) -> tuple[bytes, ...] | None:
    """The events of a record's value, byte for byte; None if it does not hold so many.

    Every writer of ours begins each event alike, so the ends are found without parsing; a value by
    somebody else is parsed.
    """
    if value[:1] != b"[" or value[-1:] != b"]":
        return None
    inner = value[1:-1]
    if count == 1 and inner.startswith(_EVENT_START) and _BOUNDARY not in inner:
        return (inner,)
    if inner.startswith(_EVENT_START):
        parts = inner.split(_BOUNDARY)
        if len(parts) == count:
            last = count - 1
            return tuple(
                (part if number == 0 else _EVENT_START + part) + (b"" if number == last else b"}")
                for number, part in enumerate(parts)
            )
    return _parsed(value, count)


def stream_bodies(value: bytes, count: int) -> tuple[bytes, ...]:
    """What the stream holds for a counted record: its events, or, where the value cannot be read,
    the whole value for the first and nothing for the others, so that positions stay dense."""
    bodies = bodies_of(value, count)
    return bodies if bodies is not None else (value, *[b""] * (count - 1))


def type_of(body: bytes) -> str | None:
    """An event's type without parsing it; None if it is not written as we write."""
    start = body.find(b'","type":"', 0, 600)
    if start < 0:
        return None
    start += 10
    end = body.find(b'","subject":"', start, start + 300)
    return body[start:end].decode("utf-8", "replace") if end > 0 else None


def said_in(value: bytes, count: int) -> Iterator[tuple[str, bytes]]:
    """The type and data of each event in a record's value. Raises ValueError if it does not hold
    so many, EventUnreadable if one cannot be read."""
    bodies = bodies_of(value, count)
    if bodies is None:
        raise ValueError(f"a value without {count} events")
    for body in bodies:
        yield type_of(body) or "unknown", data_of(body)


def _parsed(value: bytes, count: int) -> tuple[bytes, ...] | None:
    try:
        text = value.decode("utf-8")
        found: list[bytes] = []
        at = _skip(text, 1)
        while text[at] != "]":
            event, end = _DECODER.raw_decode(text, at)
            if not isinstance(event, dict):
                return None
            found.append(text[at:end].encode())
            at = _skip(text, end)
            if text[at] == ",":
                at = _skip(text, at + 1)
        if at != len(text) - 1:
            return None
    except (ValueError, IndexError, RecursionError):
        return None
    return tuple(found) if len(found) == count else None


def _skip(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at
