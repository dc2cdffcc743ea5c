"""The log on a real cluster: one topic, through kafka-python."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from .clients import (
    Client,
    TopicPartition,
    consumer,
    in_our_words,
    kafka_errors,
    producer,
)
from .decoding import Fetched, decode_quickly, headers_in
from .errors import BrokerUnreachable, LogReplaced, TopicMissing
from .log import Acknowledged, Failed
from .settings import KafkaSettings
from .wire import Message, Raw

_REJECTED = (
    kafka_errors.MessageSizeTooLargeError,
    kafka_errors.RecordListTooLargeError,
    kafka_errors.InvalidTimestampError,
    kafka_errors.InvalidRecordError,
    kafka_errors.InvalidTopicError,
    kafka_errors.AuthorizationError,
    kafka_errors.SaslAuthenticationFailedError,
)
_NOT_THERE = (
    kafka_errors.OffsetOutOfRangeError,
    kafka_errors.NoOffsetForPartitionError,
    kafka_errors.LogTruncationError,
)
_SKIPPED_MAX = 200
"""So many records are read past rather than sought past: a seek throws away what was fetched."""

_SPOT_BYTES = 1024 * 1024
_SPOT_RECORDS = 1_000
_CLOSE_MS = 1000


class TopicLog:
    """One topic of a cluster. Implements Log; for any number of threads, and forked children."""

    def __init__(self, settings: KafkaSettings, topic: str) -> None:
        self._settings = settings
        self._topic = topic
        self._own = _Own()
        self._inherited: list[_Own] = []
        self._partitions: int | None = None

    @property
    def topic(self) -> str:
        """The topic's name."""
        return self._topic

    @property
    def partitions(self) -> int:
        """How many there are. Raises TopicMissing, BrokerUnreachable, AccessDenied."""
        if self._partitions is None:
            with self._reading() as reader:
                found = reader.partitions_for_topic(self._topic)
            if not found:
                raise TopicMissing(self._topic, bootstrap=self._settings.bootstrap_servers)
            self._partitions = len(found)
        return self._partitions

    def send(
        self, messages: Sequence[Message], *, timeout_seconds: float
    ) -> list[Acknowledged | Failed]:
        """Send all, then wait for all. After a failure the next call begins with a new producer:
        the old one may be in a state that it cannot leave."""
        deadline = time.monotonic() + timeout_seconds
        writer = self._writer()
        pending = [self._begin(writer, message) for message in messages]
        results = [_result(future, deadline) for future in pending]
        if any(isinstance(result, Failed) for result in results):
            self._discard(writer)
        return results

    def begins(self) -> dict[int, int]:
        """The first offset of each partition."""
        with self._reading() as reader:
            found = reader.beginning_offsets(self._topic_partitions())
        return {place.partition: offset for place, offset in found.items()}

    def ends(self) -> dict[int, int]:
        """The offset behind the last record that is replicated, of each partition."""
        with self._reading() as reader:
            found = reader.end_offsets(self._topic_partitions())
        return {place.partition: offset for place, offset in found.items()}

    def read(self, positions: Mapping[int, int], *, timeout_seconds: float) -> list[Raw]:
        """What is at these offsets and behind, as `Log.read` says."""
        own = self._current()
        with self._reading() as reader:
            if not own.at:
                reader.assign([TopicPartition(self._topic, number) for number in positions])
            for number, offset in positions.items():
                at = own.at.get(number)
                if at is None or not at - 1 < offset <= at + _SKIPPED_MAX:
                    reader.seek(TopicPartition(self._topic, number), offset)
                    own.at[number] = offset
            found = self._poll(reader, positions, timeout_seconds)
            for raw in found:
                own.at[raw.partition] = raw.offset + 1
        return found

    def scan(self, partition: int, offset: int, *, timeout_seconds: float) -> list[Raw]:
        """Some records from an offset on, with a consumer of its own."""
        own = self._current()
        place = TopicPartition(self._topic, partition)
        with own.spot_lock, in_our_words(self._settings, doing="reading single records"):
            spot = own.spot
            if spot is None:
                spot = decode_quickly(
                    consumer(
                        self._settings,
                        max_partition_fetch_bytes=_SPOT_BYTES,
                        max_poll_records=_SPOT_RECORDS,
                    )
                )
                own.spot = spot
            if own.spot_at != (partition, offset):
                spot.assign([place])
                spot.seek(place, offset)
            found = self._poll(spot, {partition: offset}, timeout_seconds)
            own.spot_at = (partition, found[-1].offset + 1 if found else offset)
        return found

    def close(self) -> None:
        """Close the clients of this process."""
        if self._own.process_id == os.getpid():
            self._own.close()
            self._own = _Own()

    def forget_readers(self) -> None:
        """Begin with new connections: what was buffered may be of another time."""
        own = self._current()
        with own.read_lock:
            own.close_reader()

    def _current(self) -> _Own:
        """A forked child gets clients of its own; its parent's are kept, unused."""
        if self._own.process_id != os.getpid():
            self._inherited.append(self._own)
            self._own = _Own()
        return self._own

    def _topic_partitions(self) -> list[Any]:
        return [TopicPartition(self._topic, number) for number in range(self.partitions)]

    @contextmanager
    def _reading(self) -> Generator[Any]:
        own = self._current()
        with own.read_lock, in_our_words(self._settings, doing="reading"):
            if own.reader is None:
                own.reader = decode_quickly(consumer(self._settings))
            try:
                yield own.reader
            except (BrokerUnreachable, kafka_errors.KafkaError):
                own.close_reader()
                raise

    def _poll(
        self, reader: Client, positions: Mapping[int, int], timeout_seconds: float
    ) -> list[Raw]:
        try:
            polled: dict[Any, list[Fetched]] = reader.poll(timeout_ms=int(timeout_seconds * 1000))
        except _NOT_THERE as error:
            partition, offset = next(iter(positions.items()))
            raise LogReplaced(
                self._topic,
                partition=partition,
                expected=f"a record at offset {offset}",
                found=f"none ({type(error).__name__})",
            ) from error
        return [
            Raw(partition, offset, key, headers_in(headers), value)
            for records in polled.values()
            for partition, offset, key, headers, value in records
        ]

    def _writer(self) -> Client:
        own = self._current()
        with own.write_lock:
            if own.writer is None:
                delivery = max(self._settings.deadline_seconds, 15.0)
                own.writer = producer(self._settings, delivery_timeout_ms=int(delivery * 1000))
            return own.writer

    def _begin(self, writer: Client, message: Message) -> Any:
        try:
            return writer.send(
                self._topic,
                value=message.value,
                key=message.key,
                headers=message.headers,
                partition=message.partition,
                timestamp_ms=message.timestamp_ms,
            )
        except (kafka_errors.KafkaError, AssertionError) as error:
            return error

    def _discard(self, writer: Client) -> None:
        own = self._current()
        with own.write_lock:
            if own.writer is writer:
                own.writer = None
        _close_producer(writer)


class _Own:
    """The clients of one process."""

    def __init__(self) -> None:
        self.process_id = os.getpid()
        self.writer: Client | None = None
        self.reader: Client | None = None
        self.spot: Client | None = None
        self.spot_at: tuple[int, int] = (-1, -1)
        self.at: dict[int, int] = {}
        self.write_lock = threading.Lock()
        self.read_lock = threading.RLock()
        self.spot_lock = threading.Lock()

    def close_reader(self) -> None:
        reader, self.reader = self.reader, None
        self.at = {}
        if reader is not None:
            with contextlib.suppress(Exception):
                reader.close(autocommit=False, timeout_ms=_CLOSE_MS)

    def close(self) -> None:
        with self.write_lock:
            writer, self.writer = self.writer, None
        if writer is not None:
            _close_producer(writer)
        with self.read_lock:
            self.close_reader()
        with self.spot_lock:
            spot, self.spot = self.spot, None
            if spot is not None:
                with contextlib.suppress(Exception):
                    spot.close(autocommit=False, timeout_ms=_CLOSE_MS)


def _result(future: Any, deadline: float) -> Acknowledged | Failed:
    try:
        if isinstance(future, Exception):
            raise future
        metadata = future.get(timeout=max(0.001, deadline - time.monotonic()))
    except _REJECTED as error:
        return Failed(type(error).__name__, rejected=True)
    except (kafka_errors.KafkaError, AssertionError) as error:
        return Failed(type(error).__name__)
    return Acknowledged(metadata.offset)


def _close_producer(writer: Client) -> None:
    """Even one with unfinished batches, which its own close() would leave running."""
    try:
        writer.close(timeout=0)
    except Exception:  # noqa: BLE001 - whatever it says, it is to end
        sender = getattr(writer, "_sender", None)
        if sender is not None:
            sender.force_close()
