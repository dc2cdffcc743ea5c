"""Following a ledger from another program: its events in order, each with the position to keep.

Delivery is at least once: whoever keeps the position together with what came of the event gets
exactly-once effects, and `ticketledger.Checkpoint` does that in SQLite and DuckDB.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

from .errors import PositionAhead, PositionGap, SubscriptionInvalid, UnreadableEvent

BATCH_EVENTS = 2_000
"""How many events are read at once; a position of skipped ones is offered after each batch."""

_OURS = b'{"specversion":"1.0","id":"'
_HEAD_BYTES_MAX = 4_096

Reader = Any
"""The stream as `eventstore.stream.StreamReader` describes it."""


class Event(NamedTuple):
    """One event: what the ledger knows about it, and `data`, what it says.

    `time` is when it happened, `recordedtime` when it was recorded; both are aware. `sequence`
    counts the subject's events from 1. `data` is a dict with the fields that
    docs/reference/events.md lists for `type`; data of another application that is no JSON object
    comes as bytes. Types that this release does not know are delivered like all others.
    """

    id: str
    source: str
    type: str
    subject: str
    sequence: int
    time: datetime
    recordedtime: datetime
    actor: str | None
    commandid: str | None
    correlationid: str | None
    causationid: str | None
    data: Any


class Delivery(NamedTuple):
    """An event and its place in the stream. `body` is its bytes, one CloudEvent in JSON."""

    partition: int
    position: int
    event: Event
    body: bytes


class Unreadable(NamedTuple):
    """Bytes in the place of an event that cannot be read as one; they may be empty."""

    partition: int
    position: int
    body: bytes


class Skipped(NamedTuple):
    """Up to this position nothing more was wanted; it is as good as delivered."""

    partition: int
    position: int


class Place(Protocol):
    """A place in the stream."""

    @property
    def partition(self) -> int: ...
    @property
    def position(self) -> int: ...


class Wanted(NamedTuple):
    """Which events to deliver: those of one of the types, and of the subject. Empty: all."""

    types: tuple[str, ...] = ()
    subject: str | None = None

    @classmethod
    def of(cls, types: str | Collection[str], subject: str | None) -> Wanted:
        """From what a caller wrote. Raises SubscriptionInvalid."""
        named = (types,) if isinstance(types, str) else tuple(types)
        if not all(named) or subject == "":
            raise SubscriptionInvalid("an empty type or subject names nothing; leave it out")
        return cls(named, subject)

    def takes(self, type_: str, subject: str) -> bool:
        """Whether an event is to be delivered."""
        if self.subject is not None and subject != self.subject:
            return False
        return not self.types or _matches(type_, self.types)

    def surely_not(self, body: bytes) -> bool:
        """Whether an event can be passed over unread: the ledger writes attributes in one order."""
        if not (self.types or self.subject) or not body.startswith(_OURS):
            return False
        type_at = body.find(b'","type":"', 0, _HEAD_BYTES_MAX)
        subject_at = body.find(b'","subject":"', type_at, _HEAD_BYTES_MAX)
        end = body.find(b'","sequence":"', subject_at, _HEAD_BYTES_MAX)
        if min(type_at, subject_at, end) < 0:
            return False
        type_, subject = body[type_at + 10 : subject_at], body[subject_at + 13 : end]
        if b"\\" in type_ or b"\\" in subject:
            return False
        return not self.takes(type_.decode("ascii", "replace"), subject.decode("ascii", "replace"))


class Subscription(Iterator[Delivery]):
    """The deliveries, one after another; made by `ticketledger.subscribe`, which see.

    Ends at the stream's end, or with `follow` when `stop` is set. Close it, or use it in a `with`.
    """

    def __init__(
        self,
        reader: Reader,
        *,
        after: Mapping[int, int] | int | None = None,
        wanted: Wanted | None = None,
        follow: bool = True,
        stop: threading.Event | None = None,
        poll_interval_seconds: float = 0.2,
        on_skipped: Callable[[Skipped], object] | None = None,
        on_unreadable: Callable[[Unreadable], object] | None = None,
    ) -> None:
        self._reader = reader
        self._wanted = wanted or Wanted()
        self._stop = stop or threading.Event()
        self._poll_interval_seconds = poll_interval_seconds
        self._on_skipped = on_skipped
        self._on_unreadable = on_unreadable
        self._read_event, self._event_unreadable = _reading()
        ends = {number: reader.last_position(number) for number in range(reader.partitions)}
        self._positions = _begins(after, ends)
        self._goals = None if follow else ends
        self._deliveries = self._run()

    @property
    def positions(self) -> dict[int, int]:
        """The last position of each partition that was delivered or passed over."""
        return dict(self._positions)

    def close(self) -> None:
        """Give back what is open. Closing twice is fine."""
        self._deliveries.close()
        self._reader.close()

    def __next__(self) -> Delivery:
        return next(self._deliveries)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> Generator[Delivery]:
        waiting_seconds = 0.0
        try:
            while not self._stop.is_set() and not self._at_the_goal():
                begun, moved = time.monotonic(), False
                for partition in self._positions:
                    rows = self._rows(partition, waiting_seconds)
                    moved = moved or bool(rows)
                    yield from self._taken(partition, rows)
                waiting_seconds = 0.0
                if not moved:
                    waiting_seconds = self._poll_interval_seconds / len(self._positions)
                    # The rest of a round in which a reader did not wait as long as it might have.
                    self._stop.wait(min(0.01, begun + waiting_seconds - time.monotonic()))
        finally:
            self._reader.close()

    def _at_the_goal(self) -> bool:
        return self._goals is not None and all(
            self._positions[partition] >= goal for partition, goal in self._goals.items()
        )

    def _rows(self, partition: int, waiting_seconds: float) -> list[tuple[int, bytes]]:
        limit = BATCH_EVENTS
        if self._goals is not None:
            limit = min(limit, self._goals[partition] - self._positions[partition])
        if limit <= 0 or self._stop.is_set():
            return []
        rows: list[tuple[int, bytes]] = self._reader.read(
            partition, self._positions[partition], limit, timeout_seconds=waiting_seconds
        )
        return rows

    def _taken(self, partition: int, rows: list[tuple[int, bytes]]) -> Generator[Delivery]:
        unkept = False
        for position, body in rows:
            if self._stop.is_set():
                break
            last = self._positions[partition]
            if position <= last:
                continue
            if position != last + 1:
                raise PositionGap(partition=partition, expected=last + 1, found=position)
            delivery = self._delivery(partition, position, body)
            self._positions[partition] = position
            unkept = delivery is None
            if delivery is not None:
                yield delivery
        if unkept and self._on_skipped is not None:
            self._on_skipped(Skipped(partition, self._positions[partition]))

    def _delivery(self, partition: int, position: int, body: bytes) -> Delivery | None:
        if self._wanted.surely_not(body):
            return None
        event = self._event(body)
        if event is None:
            if self._on_unreadable is None:
                raise UnreadableEvent(partition=partition, position=position)
            self._on_unreadable(Unreadable(partition, position, body))
            return None
        if not self._wanted.takes(event.type, event.subject):
            return None
        return Delivery(partition, position, event, body)

    def _event(self, body: bytes) -> Event | None:
        try:
            e, data = self._read_event(body)
            said = json.loads(data) if body.endswith(data + b"}") else data
        except (self._event_unreadable, ValueError, RecursionError):
            return None
        return Event(
            id=e.id,
            source=e.source,
            type=e.type,
            subject=e.subject,
            sequence=e.sequence,
            time=e.time,
            recordedtime=e.recordedtime,
            actor=e.actor,
            commandid=e.commandid,
            correlationid=e.correlationid,
            causationid=e.causationid,
            data=said,
        )


def open_reader(ledger: Path) -> Reader:
    """The stream of a ledger's folder, embedded or on Kafka. Raises StoreError."""
    return import_module("ticketledger.eventstore.stream").open_stream(ledger)


def _reading() -> tuple[Callable[[bytes], tuple[Any, bytes]], type[Exception]]:
    """The room that reads events, by name: type checkers do not see what `__path__` adds."""
    envelope = import_module("ticketledger.eventstore.envelope")
    errors = import_module("ticketledger.eventstore.errors")
    return envelope.read_event, errors.EventUnreadable


def _begins(after: Mapping[int, int] | int | None, ends: Mapping[int, int]) -> dict[int, int]:
    """The position behind which to begin, for each partition."""
    if isinstance(after, int):
        if len(ends) != 1:
            raise SubscriptionInvalid(
                f"the ledger has {len(ends)} partitions, and a position each; give `after` as a "
                f"mapping from partition to position, such as checkpoint.positions()"
            )
        after = {0: after}
    given = dict(after or {})
    if strange := sorted(given.keys() - ends.keys()):
        raise SubscriptionInvalid(
            f"`after` names partition {strange[0]}, the ledger has {len(ends)}, numbered from 0; "
            f"are these positions of another ledger?"
        )
    begins = {partition: given.get(partition, 0) for partition in ends}
    for partition, position in begins.items():
        if position < 0:
            raise SubscriptionInvalid(f"position {position} is below 0, which is the beginning")
        if position > ends[partition]:
            last = ends[partition]
            raise PositionAhead(partition=partition, position=position, last_position=last)
    return begins


@lru_cache(maxsize=4_096)
def _matches(type_: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(type_, pattern) for pattern in patterns)
