"""The relay: publishes what counts in the log to the stream, each event at its position."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

from .counted import CountedRecord
from .errors import BrokerUnreachable, RelayStopped, StreamBroken
from .genesis import read_genesis
from .log import Log
from .reading import ANCHOR_SECONDS, IndexReader
from .relay_index import opened_index
from .relay_lock import locked
from .settings import LedgerSettings, read_settings
from .stream_end import StreamEnd, end_of
from .stream_writer import Numbered, StreamWriter
from .topic_log import TopicLog
from .wire import bodies_of

_STEP_RECORDS = 10_000
_RETRY_SECONDS = 1.0
_LATE_SECONDS = 2.0
"""For so long the log may seem to end before the stream does: replicas tell its end late."""


class RelayProgress(NamedTuple):
    """How far the relay is: positions published by partition, and offsets of the log."""

    positions: dict[int, int]
    published: int
    read: int
    end: int
    seconds: float

    @property
    def caught_up(self) -> bool:
        """Whether the log was read to its end."""
        return self.read >= self.end


OnProgress = Callable[[RelayProgress], None]


class Relay:
    """Publishes one ledger's stream, with a private index of its own in the ledger's folder.

    What position n holds follows from the log alone. So a relay that was killed at any moment goes
    on from the stream's end, and two of them can only repeat each other. A batch is taken into the
    index, sent, acknowledged as a whole, and only then committed.
    """

    def __init__(self, folder: Path, log: Log, stream: Log, writer: StreamWriter) -> None:
        self._log = log
        self._stream = stream
        self._writer = writer
        self._index = opened_index(folder, log)
        self._index.publish = self._publish
        self._reader = IndexReader(log, self._index, deadline_seconds=60.0)
        self._ends: dict[int, StreamEnd] = {}
        self._published = 0
        self._looked_at = float("-inf")
        self._began = time.monotonic()

    @classmethod
    @contextmanager
    def open(cls, folder: Path, settings: LedgerSettings | None = None) -> Generator[Self]:
        """The relay of the ledger that the folder's settings name.

        Raises HeldByAnotherRelay, KafkaSettingsInvalid, BrokerUnreachable, TopicMissing.
        """
        settings = settings or read_settings(folder)
        log = TopicLog(settings.kafka, settings.log_topic)
        stream = TopicLog(settings.kafka, settings.stream_topic)
        with locked(folder):
            try:
                relay = cls._opened(folder, log, stream, settings)
                try:
                    yield relay
                finally:
                    relay.close()
            finally:
                stream.close()
                log.close()

    @classmethod
    def _opened(
        cls, folder: Path, log: TopicLog, stream: TopicLog, settings: LedgerSettings
    ) -> Self:
        if stream.partitions != log.partitions:
            raise StreamBroken(
                settings.stream_topic,
                partition=stream.partitions,
                what=f"it has {stream.partitions} partitions, the log {log.partitions}",
            )
        writer = StreamWriter(settings.kafka, settings.stream_topic)
        try:
            return cls(folder, log, stream, writer)
        except BaseException:
            writer.close()
            raise

    def run(
        self,
        *,
        follow: bool = False,
        stop: threading.Event | None = None,
        on_progress: OnProgress = lambda _: None,
    ) -> RelayProgress:
        """Publish what there is; with `follow`, go on with what comes until stopped.

        Raises RelayStopped when something could not be sent, StreamBroken when stream and log
        contradict each other, LogReplaced, BrokerUnreachable.
        """
        stop = stop or threading.Event()
        self._compare()
        progress = self._catch_up(stop, on_progress)
        if progress.caught_up:
            self._check_not_ahead()
        while follow and not stop.is_set():
            before = self._published
            self._wait_for_more(stop)
            if self._published != before:
                progress = self.progress()
                on_progress(progress)
        return progress if not follow else self.progress()

    def progress(self) -> RelayProgress:
        """How far it is."""
        states = self._index.partitions()
        ends = self._log.ends()
        return RelayProgress(
            {number: self._ends[number].position for number in states},
            self._published,
            sum(state.next_offset for state in states.values()),
            sum(ends.values()),
            time.monotonic() - self._began,
        )

    def close(self) -> None:
        """Send no more. Closing twice is fine."""
        self._writer.close()
        self._index.close()

    def _compare(self) -> None:
        """Find the stream's ends, and whether they fit the log as far as it was read.

        A stream that ends before what this relay has published was deleted and created again: the
        private index is forgotten, and everything is published once more, byte for byte the same.
        """
        self._reader.up_to({})  # Nothing but the check that the log is the one it was.
        states = self._index.partitions()
        self._ends = {number: end_of(self._stream, number) for number in states}
        if any(state.position > self._ends[number].position for number, state in states.items()):
            self._index.forget(read_genesis(self._log))
            self._reader.look_again()
            return
        for number, end in self._ends.items():
            if end.position and states[number].position == end.position:
                self._check_same(number, end, self._body_in_log(number, end.position))

    def _catch_up(self, stop: threading.Event, on_progress: OnProgress) -> RelayProgress:
        """Read up to the log's end, a step at a time."""
        ends = self._log.ends()
        while not stop.is_set():
            states = self._index.partitions()
            steps = {
                number: min(end, states[number].next_offset + _STEP_RECORDS)
                for number, end in ends.items()
                if states[number].next_offset < end
            }
            if not steps:
                break
            self._reader.up_to(steps)
            on_progress(self.progress())
        return self.progress()

    def _wait_for_more(self, stop: threading.Event) -> None:
        """Publish what comes next. Brokers may be away for a while as long as nothing is sent."""
        deadline = time.monotonic() + self._reader.deadline_seconds
        while not stop.is_set():
            try:
                self._reader.read_on()
            except BrokerUnreachable:
                if time.monotonic() > deadline:
                    raise
                stop.wait(_RETRY_SECONDS)
            else:
                return

    def _publish(self, counted: Sequence[CountedRecord]) -> None:
        """Send what the stream does not have yet, inside the transaction of the index."""
        events: list[Numbered] = []
        last: dict[int, StreamEnd] = {}
        for record in counted:
            partition = record.raw.partition
            end = self._ends[partition]
            bodies = record.bodies
            if record.position + len(bodies) <= end.position:
                continue
            if record.position <= end.position:
                self._check_same(partition, end, bodies[end.position - record.position])
            is_readable = bodies_of(record.raw.value or b"", len(bodies)) is not None
            for position, body in enumerate(bodies, start=record.position):
                if position > end.position:
                    key = record.raw.key or b""
                    events.append(Numbered(partition, position, key, body, is_readable))
                    last[partition] = StreamEnd(position, body, 0)
        if events:
            self._check_standing()
            self._writer.write(events)
            self._ends |= last
            self._published += len(events)

    def _check_same(self, partition: int, end: StreamEnd, body: bytes | None) -> None:
        if body != end.body:
            raise StreamBroken(
                self._stream.topic,
                partition=partition,
                what=f"its last event, at position {end.position}, is not the one in the log",
            )

    def _check_standing(self) -> None:
        """Stop if the topic was deleted and created again: sending on would leave its start out."""
        if time.monotonic() - self._looked_at < ANCHOR_SECONDS:
            return
        for number, offset in self._stream.ends().items():
            position = self._ends[number].position
            if offset < position:
                what = f"the topic ends at offset {offset}: it was deleted and created again"
                raise RelayStopped(self._stream.topic, position=position, reason=what)
        self._looked_at = time.monotonic()

    def _check_not_ahead(self) -> None:
        deadline = time.monotonic() + _LATE_SECONDS
        while ahead := self._ahead():
            if time.monotonic() > deadline:
                number, position = ahead
                raise StreamBroken(
                    self._stream.topic,
                    partition=number,
                    what=f"it ends at {self._ends[number].position}, the log at {position}",
                )
            self._reader.read_on()

    def _ahead(self) -> tuple[int, int] | None:
        for number, state in self._index.partitions().items():
            if self._ends[number].position > state.position:
                return number, state.position
        return None

    def _body_in_log(self, partition: int, position: int) -> bytes | None:
        """What the log has at a position that the index knows."""
        offset = self._index.milestone(partition, position)[1]
        end = self._index.partitions()[partition].next_offset
        while offset < end:
            raws = self._log.scan(partition, offset, timeout_seconds=_RETRY_SECONDS)
            for record in self._index.counted(raws, self._log.partitions):
                if record.position <= position < record.position + record.headers.count:
                    return record.bodies[position - record.position]
            offset = raws[-1].offset + 1 if raws else offset
        return None
