"""One partition of the stream topic as it is read: record after record from an offset on."""

from __future__ import annotations

import contextlib
from typing import Any, Protocol

from .clients import TopicPartition, consumer, in_our_words, kafka_errors
from .decoding import Fetched, decode_quickly, headers_in
from .settings import KafkaSettings
from .stream_end import position_of
from .stream_writer import READABLE

_CLOSE_MS = 1000
_NOT_THERE = (
    kafka_errors.OffsetOutOfRangeError,
    kafka_errors.NoOffsetForPartitionError,
    kafka_errors.LogTruncationError,
)

TapeRecord = tuple[int, int | None, bytes]
"""Offset, the position that the record tells (None if it tells none), value."""


# What our own relay writes: two headers, of which the second one's value begins with its length.
_WRITTEN = b"\x04\x18content-type%c%b\x10position" % (2 * len(READABLE), READABLE)


class TapeEnded(Exception):
    """The offset to be read is not there: behind the end, or before the beginning."""


class Tape(Protocol):
    """Reads one partition. Raises StoreError when nobody answers."""

    def seek(self, offset: int) -> None:
        """Go on at an offset."""
        ...

    def read(self, limit: int, *, timeout_seconds: float) -> list[TapeRecord]:
        """What comes next, about so many. Raises TapeEnded."""
        ...

    def close(self) -> None:
        """Give back what is open. Closing twice is fine."""
        ...


class PlainTape:
    """Through kafka-python, which is always there. Implements Tape."""

    def __init__(self, settings: KafkaSettings, topic: str, partition: int) -> None:
        self._settings = settings
        self._place: Any = TopicPartition(topic, partition)
        self._consumer = decode_quickly(consumer(settings))
        self._consumer.assign([self._place])

    def seek(self, offset: int) -> None:
        """Go on at an offset."""
        self._consumer.seek(self._place, offset)

    def read(self, limit: int, *, timeout_seconds: float) -> list[TapeRecord]:
        """What comes next; one poll."""
        del limit
        with in_our_words(self._settings, doing="following the stream"):
            try:
                polled: dict[Any, list[Fetched]] = self._consumer.poll(
                    timeout_ms=int(timeout_seconds * 1000)
                )
            except _NOT_THERE as error:
                raise TapeEnded from error
        return [
            (offset, _position_of(headers), value or b"")
            for records in polled.values()
            for _, offset, _, headers, value in records
        ]

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(Exception):
            self._consumer.close(autocommit=False, timeout_ms=_CLOSE_MS)


def _position_of(headers: bytes) -> int | None:
    at = len(_WRITTEN) + 1
    digits = headers[at:]
    if headers.startswith(_WRITTEN) and headers[at - 1] == 2 * len(digits) and digits.isdigit():
        return int(digits)
    return position_of(headers_in(headers))
