"""Records out of what a broker sent, several times as fast as kafka-python makes them.

kafka-python builds three objects for each record and measures every header; that takes longer than
all the rest of reading. It goes on fetching, unpacking and keeping its place; only the step from a
batch's bytes to records is ours. A record is, in the format of batches that is called magic 2:

    length, attributes (one byte), time, offset, key, value, number of headers, headers

Each number is a zigzag varint, time and offset count from the batch's first, and -1 for the length
of a key or a value says that there is none. https://kafka.apache.org/documentation/#recordbatch
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from .clients import Client, kafka_errors

_Pending: Any = import_module("kafka.consumer.fetcher").Fetcher.PartitionRecords

_MAGIC = 2
_NAMES_MAX = 1_000
_names: dict[bytes, str] = {}


Fetched = tuple[int, int, bytes | None, bytes, bytes | None]
"""Partition, offset, key, headers as they were written (see `headers_in`), value. No class of its
own: there are many, and they live for a moment."""


def decode_quickly(consumer: Client) -> Client:
    """Let a consumer of kafka-python hand out `Fetched` records.

    Nothing public leads there; the release of kafka-python is pinned, and a test compares what both
    ways make of the same records.
    """
    consumer._fetcher.PartitionRecords = _PendingRecords  # noqa: SLF001
    return consumer


def headers_in(written: bytes) -> list[tuple[str, bytes]]:
    """A record's headers; no value is read as an empty one, which none of ours may be.

    Raises kafka-python's CorruptRecordError.
    """
    found: list[tuple[str, bytes]] = []
    try:
        count, at = _number(written, 0)
        for _ in range(count):
            length, at = _number(written, at)
            end = at + length
            name = written[at:end]
            length, at = _number(written, end)
            end = at + max(length, 0)
            found.append((_names.get(name) or _name(name), written[at:end]))
            at = end
    except IndexError:
        at = -1
    if at != len(written):
        raise kafka_errors.CorruptRecordError("headers end elsewhere than their record")
    return found


class _PendingRecords(_Pending):  # type: ignore[misc]
    """What of a fetch is still to be handed out."""

    fetch_offset: int
    next_fetch_offset: int
    bytes_read: int

    def _unpack_records(self, tp: Any, records: Any, *_: object) -> Iterator[Fetched]:
        for batch in iter(records.next_batch, None):
            self.leader_epoch = batch.leader_epoch
            self.bytes_read += batch.size_in_bytes  # Partitions take turns by that.
            if not batch.is_control_batch:
                for record in _records_of(batch, tp.partition):
                    self.next_fetch_offset = record[1] + 1
                    yield record
            # A batch keeps its last offset, also when compaction has removed what was there.
            self.next_fetch_offset = batch.next_offset
        self.drain()

    def _maybe_skip_record(self, record: Fetched) -> bool:
        """A batch is fetched whole, also from an offset in its middle."""
        return record[1] < self.fetch_offset


def _records_of(batch: Any, partition: int) -> list[Fetched]:
    if batch.magic != _MAGIC:
        raise kafka_errors.UnsupportedVersionError("a batch of records as before Kafka 0.11")
    batch._maybe_uncompress()  # noqa: SLF001
    data = bytes(batch._buffer)  # noqa: SLF001 - slices of it are bytes then
    at: int = batch._pos  # noqa: SLF001
    first: int = batch.base_offset
    found: list[Fetched] = []
    try:
        for _ in range(batch.records_count):
            length, at = _number(data, at)
            end = at + length
            _, at = _number(data, at + 1)
            offset, at = _number(data, at)
            length, at = _number(data, at)
            key = data[at : at + length] if length >= 0 else None
            length, at = _number(data, at + length if length > 0 else at)
            value = data[at : at + length] if length >= 0 else None
            at += max(length, 0)
            found.append((partition, first + offset, key, data[at:end], value))
            if at >= end:
                break
            at = end
    except IndexError:
        at = -1
    if at != len(data):
        raise kafka_errors.CorruptRecordError(f"the batch at offset {first} ends within a record")
    return found


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A varint and where it ends; most have one byte or two."""
    number = data[at]
    if number < 0x80:  # noqa: PLR2004 - the highest bit says that another byte follows
        return (number >> 1) ^ -(number & 1), at + 1
    following = data[at + 1]
    if following < 0x80:  # noqa: PLR2004
        number = number & 0x7F | following << 7
        return (number >> 1) ^ -(number & 1), at + 2
    number, shift = 0, 0
    while True:
        following = data[at]
        at += 1
        number |= (following & 0x7F) << shift
        if following < 0x80:  # noqa: PLR2004
            return (number >> 1) ^ -(number & 1), at
        shift += 7


def _name(written: bytes) -> str:
    """Names are few, and come with every record. Bytes that are no text stay themselves."""
    name = written.decode("utf-8", "surrogateescape")
    if len(_names) < _NAMES_MAX:
        _names[written] = name
    return name
