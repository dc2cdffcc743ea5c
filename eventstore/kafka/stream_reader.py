"""Reading the stream topic: positions without a gap, whoever wrote them and however often."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from .errors import KafkaSettingsInvalid, StreamBroken
from .settings import KafkaSettings, LedgerSettings, read_settings
from .stream_end import NOTHING, StreamEnd, end_of
from .tape import PlainTape, Tape, TapeEnded
from .topic_log import TopicLog

READER_VARIABLE = "TICKETLEDGER_KAFKA_READER"
"""Which client reads the stream: `fast` (confluent-kafka) or `plain` (kafka-python)."""

Rows = list[tuple[int, bytes]]
OpenTape = Callable[[KafkaSettings, str, int], Tape]

_POLL_SECONDS = 0.1
_WAIT_SECONDS = 30.0
_SHORTER_SECONDS = 1.0
"""So long a pause while a stream that is published again is shorter than what was read of it."""


class TopicStream:
    """The stream of a ledger on a cluster. Implements eventstore.stream.StreamReader.

    Two relays may have written it and repeated each other: what was seen is passed over. A position
    that is missing raises StreamBroken, as does a record that has none.
    """

    def __init__(
        self, settings: KafkaSettings, topic: str, *, open_tape: OpenTape = PlainTape
    ) -> None:
        self._settings = settings
        self._topic = topic
        self._open_tape = open_tape
        self._log = TopicLog(settings, topic)
        self._cursors: dict[int, _Cursor] = {}
        self._ends: dict[int, StreamEnd] = {}
        self._lock = threading.Lock()

    @property
    def partitions(self) -> int:
        """How many partitions there are. Raises TopicMissing, BrokerUnreachable, AccessDenied."""
        return self._log.partitions

    def read(
        self, partition: int, after_position: int, limit: int, *, timeout_seconds: float = 0.0
    ) -> Rows:
        """Up to `limit` events above a position; waits for some as long as it may."""
        with self._lock:
            cursor = self._cursors.get(partition)
            if cursor is None:
                tape = self._open_tape(self._settings, self._topic, partition)
                cursor = self._cursors[partition] = _Cursor(tape, self._topic, partition)
        with cursor.lock:
            return self._read(cursor, max(after_position, 0), limit, timeout_seconds)

    def last_position(self, partition: int) -> int:
        """The last position that was published, 0 if there is none."""
        found = end_of(self._log, partition, known=self._ends.get(partition, NOTHING))
        self._ends[partition] = found
        return found.position

    def close(self) -> None:
        """Give back what is open. Closing twice is fine."""
        self._log.close()
        with self._lock:
            cursors, self._cursors = self._cursors, {}
        for cursor in cursors.values():
            cursor.close()

    def _read(self, cursor: _Cursor, after: int, limit: int, timeout_seconds: float) -> Rows:
        cursor.go_to(after)
        rows = cursor.take(limit)
        if len(rows) == limit:
            return rows
        deadline = time.monotonic() + timeout_seconds
        end = self._log.ends()[cursor.partition]
        patience = time.monotonic() + _WAIT_SECONDS
        while len(rows) < limit:
            behind = cursor.offset < end
            left = deadline - time.monotonic()
            if not behind and (rows or left <= 0):
                break
            if behind and time.monotonic() > patience:
                what = f"offset {cursor.offset} of {end} holds no record"
                raise StreamBroken(self._topic, partition=cursor.partition, what=what)
            try:
                wait = _POLL_SECONDS if behind else min(_POLL_SECONDS, left)
                cursor.fill(limit - len(rows), timeout_seconds=wait)
            except StreamBroken:
                if rows:
                    break
                raise
            except TapeEnded:
                if self._is_shorter(cursor, after):
                    time.sleep(max(0.0, min(_SHORTER_SECONDS, deadline - time.monotonic())))
                    return rows
            rows += cursor.take(limit - len(rows))
        return rows

    def _is_shorter(self, cursor: _Cursor, after: int) -> bool:
        """Whether the topic ends before what was read: it is being published again.

        Then there is nothing to do but wait, as for any event to come: each comes back as it was.
        """
        begin, end = self._log.begins()[cursor.partition], self._log.ends()[cursor.partition]
        offset = cursor.offset
        # The client may tell late, of a topic that has grown again since.
        cursor.again()
        if begin > offset:
            what = f"what is behind position {after} was removed: it begins at offset {begin}"
            raise StreamBroken(self._topic, partition=cursor.partition, what=what)
        return offset > end


class _Cursor:
    """Where one partition is being read."""

    def __init__(self, tape: Tape, topic: str, partition: int) -> None:
        self.partition = partition
        self.lock = threading.Lock()
        self.offset = 0
        self._tape = tape
        self._topic = topic
        self._handed: int | None = None
        self._seen = 0
        self._broken: str | None = None
        self._waiting: deque[tuple[int, bytes]] = deque()

    def go_to(self, after: int) -> None:
        """Be where the event behind this position comes next."""
        if self._handed == after:
            return
        # Position n is at offset n - 1 or behind: nothing is missed from here on.
        self._handed = self._seen = self.offset = after
        self._broken = None
        self._waiting.clear()
        self._tape.seek(after)

    def again(self) -> None:
        """Ask once more for what comes next."""
        self._tape.seek(self.offset)

    def fill(self, limit: int, *, timeout_seconds: float) -> None:
        """Wait for what comes next. Raises StreamBroken, TapeEnded."""
        if self._broken:
            raise StreamBroken(self._topic, partition=self.partition, what=self._broken)
        seen, waiting = self._seen, self._waiting
        for offset, position, value in self._tape.read(limit, timeout_seconds=timeout_seconds):
            if position is not None and position == seen + 1:
                waiting.append((position, value))
                seen = position
            elif position is None or position > seen:
                # What comes before it is whole: it is told when that has been taken.
                self._broken = _gap(offset, seen, position)
                break
            self.offset = offset + 1
        self._seen = seen

    def take(self, limit: int) -> Rows:
        """Up to so many of what has come."""
        waiting = self._waiting
        if len(waiting) <= limit:
            rows = list(waiting)
            waiting.clear()
        else:
            rows = [waiting.popleft() for _ in range(limit)]
        if rows:
            self._handed = rows[-1][0]
        return rows

    def close(self) -> None:
        with self.lock:
            self._tape.close()


def open_reader(folder: Path, *, settings: LedgerSettings | None = None) -> TopicStream:
    """The stream of the ledger that a folder's settings name.

    Raises KafkaSettingsInvalid; whether the topic is there shows when it is read.
    """
    settings = settings or read_settings(folder)
    return TopicStream(settings.kafka, settings.stream_topic, open_tape=tape_for(settings.kafka))


def tape_for(settings: KafkaSettings) -> OpenTape:
    """kafka-python's, unless TICKETLEDGER_KAFKA_READER is fast. Raises KafkaSettingsInvalid."""
    wanted = os.environ.get(READER_VARIABLE, "")
    is_there = find_spec("confluent_kafka") is not None
    # Its log-in with a token needs a callback that hands out expiry times, which a file has not.
    knows = settings.sasl_mechanism != "OAUTHBEARER"
    if wanted not in ("", "fast", "plain"):
        raise KafkaSettingsInvalid(f"{READER_VARIABLE} is {wanted}; it must be fast or plain")
    if wanted == "fast" and not (is_there and knows):
        reason = "install ticketledger[fast]" if knows else "OAUTHBEARER needs plain"
        raise KafkaSettingsInvalid(f"{READER_VARIABLE} is fast, and that cannot be: {reason}")
    if wanted != "fast":
        return PlainTape
    from .fast_tape import FastTape

    return FastTape


def _gap(offset: int, seen: int, position: int | None) -> str:
    if position is None:
        return f"the record at offset {offset} has no position"
    return f"position {seen + 1} is missing: {position} follows at offset {offset}"
