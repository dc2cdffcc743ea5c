"""A log in memory that does to its clients what a cluster may do, exactly when a test says so.

Nothing here waits: time is a number that waiting moves on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from eventstore.kafka.errors import BrokerUnreachable, LogReplaced
from eventstore.kafka.log import Acknowledged, Failed
from eventstore.kafka.wire import Message, Raw

TOPIC = "main.log"
FIRST_SEND = 0
_SKIPPED_MAX = 5_000


class Crash(BaseException):
    """The process ends here; no handler of ours may catch it."""


class Fault(Enum):
    """What becomes of one message that is sent, or of one request that is not a send."""

    NONE = "it lands and is acknowledged"
    LOST_ACKNOWLEDGEMENT = "it lands, and the acknowledgement is lost"
    DROPPED = "it never lands"
    LATE = "it lands some time after it was given up"
    TWICE = "two copies land, one is acknowledged"
    TWICE_LATE = "it is acknowledged, and a copy lands later"
    UNPLACED = "it lands, and the acknowledgement does not say where"
    REJECTED = "the broker will not take it"
    CRASH_BEFORE = "the writer dies before sending"
    CRASH_AFTER = "it lands, and the writer dies before it knows"
    CRASH_LATE = "the writer dies, and its message lands later"


class Answer(Enum):
    """What becomes of a request that asks or reads."""

    NONE = "it is answered"
    LAG = "it gives nothing yet"
    FEW = "it gives one record only"
    UNREACHABLE = "nobody answers"
    CRASH = "the process dies"


@dataclass
class Clock:
    """A clock that moves when somebody waits."""

    now: float = 1_000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.now += seconds


@dataclass
class Circumstances:
    """What happens during one operation: `sends` and `answers` are used up one by one, and `during`
    says what others do when the operation makes its n-th request (from 1), or sends first."""

    sends: deque[Fault] = field(default_factory=deque[Fault])
    answers: deque[Answer] = field(default_factory=deque[Answer])
    during: dict[int, Callable[[], None]] = field(default_factory=dict[int, Callable[[], None]])
    requests: int = 0


class SimulatedLog:
    """The cluster's side: partitions of records, and messages that are still on their way."""

    def __init__(self, *, partitions: int = 1) -> None:
        self.clock = Clock()
        self.partitions: list[list[Raw]] = [[] for _ in range(partitions)]
        self.begins = [0] * partitions
        self.late: list[Message] = []
        self._circumstances: list[Circumstances] = []

    def client(self) -> SimulatedClient:
        """A process's connection."""
        return SimulatedClient(self)

    def under(self, circumstances: Circumstances, act: Callable[[], None]) -> None:
        """Do something while these circumstances hold; may be nested."""
        self._circumstances.append(circumstances)
        try:
            act()
        finally:
            self._circumstances.pop()

    def land(self, message: Message) -> int:
        """A message arrives; its offset."""
        records = self.partitions[message.partition]
        offset = self.begins[message.partition] + len(records)
        headers = list(message.headers)
        records.append(Raw(message.partition, offset, message.key, headers, message.value))
        return offset

    def land_late(self, *, last_first: bool = False) -> None:
        """Everything arrives that is still on its way, reordered if asked for."""
        waiting, self.late = self.late, []
        for message in reversed(waiting) if last_first else waiting:
            self.land(message)

    def end(self, partition: int) -> int:
        """The offset behind a partition's last record."""
        return self.begins[partition] + len(self.partitions[partition])

    def lengths(self) -> list[int]:
        """The ends of all partitions."""
        return [self.end(number) for number in range(len(self.partitions))]

    def copy(self) -> list[list[Raw]]:
        """All records as they are now."""
        return [list(records) for records in self.partitions]

    def cut(self, keep: Sequence[int]) -> None:
        """Lose the records behind the first `keep` of each partition, and what is on its way."""
        self.partitions = [
            records[:count] for records, count in zip(self.partitions, keep, strict=True)
        ]
        self.late = []

    def delete_before(self, partition: int, offset: int) -> None:
        """Lose the beginning of a partition."""
        self.partitions[partition] = self.partitions[partition][offset - self.begins[partition] :]
        self.begins[partition] = offset

    def fault(self) -> Fault:
        """What becomes of the next message."""
        sends = self._circumstances[-1].sends if self._circumstances else None
        return sends.popleft() if sends else Fault.NONE

    def answer(self) -> Answer:
        """What becomes of the next request that is no send."""
        answers = self._circumstances[-1].answers if self._circumstances else None
        found = answers.popleft() if answers else Answer.NONE
        if found is Answer.CRASH:
            raise Crash
        if found is Answer.UNREACHABLE:
            raise BrokerUnreachable("nowhere", tried="simulated", waited_seconds=0)
        return found

    def interject(self, *, sending: bool = False) -> None:
        """A request is made: others may act first."""
        if self._circumstances:
            circumstances = self._circumstances[-1]
            circumstances.requests += 1
            due = [circumstances.requests, FIRST_SEND] if sending else [circumstances.requests]
            for number in due:
                act = circumstances.during.pop(number, None)
                if act is not None:
                    act()


class SimulatedClient:
    """One process's view of the log. Implements eventstore.kafka.log.Log."""

    def __init__(self, cluster: SimulatedLog) -> None:
        self._cluster = cluster
        self.sent = 0
        self._at: dict[int, int] = {}

    @property
    def topic(self) -> str:
        return TOPIC

    @property
    def partitions(self) -> int:
        return len(self._cluster.partitions)

    def send(
        self, messages: Sequence[Message], *, timeout_seconds: float
    ) -> list[Acknowledged | Failed]:
        self._cluster.interject(sending=True)
        self.sent += len(messages)
        return [self._send(message, timeout_seconds) for message in messages]

    def begins(self) -> dict[int, int]:
        self._ask()
        return dict(enumerate(self._cluster.begins))

    def ends(self) -> dict[int, int]:
        self._ask()
        return dict(enumerate(self._cluster.lengths()))

    def read(self, positions: Mapping[int, int], *, timeout_seconds: float) -> list[Raw]:
        """Goes on where it ended even if that is a little before the positions, as kafka-python's
        consumer does when it is not told to seek."""
        answer = self._ask()
        found: list[Raw] = []
        for partition, offset in positions.items():
            at = self._at.get(partition)
            goes_on = at is not None and at <= offset <= at + _SKIPPED_MAX
            found += self._records(partition, at if goes_on and at is not None else offset)
        found = self._some(found, answer, timeout_seconds)
        for partition, offset in positions.items():
            self._at.setdefault(partition, offset)
        for raw in found:
            self._at[raw.partition] = raw.offset + 1
        return found

    def scan(self, partition: int, offset: int, *, timeout_seconds: float) -> list[Raw]:
        answer = self._ask()
        return self._some(self._records(partition, offset), answer, timeout_seconds)

    def close(self) -> None:
        pass

    def _ask(self) -> Answer:
        self._cluster.interject()
        return self._cluster.answer()

    def _records(self, partition: int, offset: int) -> list[Raw]:
        begin, end = self._cluster.begins[partition], self._cluster.end(partition)
        if not begin <= offset <= end:
            raise LogReplaced(
                TOPIC, partition=partition, expected=f"offset {offset}", found=f"{begin} to {end}"
            )
        return self._cluster.partitions[partition][offset - begin :]

    def _some(self, found: list[Raw], answer: Answer, timeout_seconds: float) -> list[Raw]:
        if answer is Answer.LAG or not found:
            self._cluster.clock.sleep(timeout_seconds)
            return []
        return found[:1] if answer is Answer.FEW else found

    def _send(self, message: Message, timeout_seconds: float) -> Acknowledged | Failed:
        cluster = self._cluster
        fault = cluster.fault()
        if fault in (Fault.LATE, Fault.TWICE_LATE, Fault.CRASH_LATE):
            cluster.late.append(message)
        if fault in (Fault.CRASH_BEFORE, Fault.CRASH_LATE):
            raise Crash
        if fault is Fault.REJECTED:
            return Failed("InvalidTimestampError", rejected=True)
        if fault in (Fault.DROPPED, Fault.LATE):
            cluster.clock.sleep(timeout_seconds)
            return Failed("KafkaTimeoutError")
        offset = cluster.land(message)
        if fault is Fault.CRASH_AFTER:
            raise Crash
        if fault is Fault.TWICE:
            cluster.land(message)
        if fault is Fault.LOST_ACKNOWLEDGEMENT:
            cluster.clock.sleep(timeout_seconds)
            return Failed("KafkaTimeoutError")
        return Acknowledged(-1 if fault is Fault.UNPLACED else offset)
