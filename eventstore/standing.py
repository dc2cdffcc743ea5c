"""Where subjects stand: folded states with their heads and the commands that led there."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Generic, NamedTuple, TypeVar

from .application import Application
from .commands import split_header
from .envelope import Envelope, read_event
from .errors import ChainBroken, EventUnreadable
from .rule import EMPTY, Class, Head, advance, classify
from .store import StoredRecord, Tail

State = TypeVar("State")
Event = TypeVar("Event")


class Recorded(NamedTuple):
    """A command that counted: its fingerprint, and the sequence of its save's first event."""

    fingerprint: str
    sequence: int


class Standing(NamedTuple, Generic[State]):
    """A subject after its records up to `head`; `position` is that of its last event (0: none).

    `commands` is shared by the standings of a subject and only ever gains counted commands, so it
    may know more than `head` does, and never less.
    """

    state: State | None
    head: Head
    position: int
    commands: dict[str, Recorded]


class Standings(Generic[State]):
    """The standings used last, for any number of threads. A memory, not a truth."""

    def __init__(self, subjects_max: int) -> None:
        self._subjects_max = subjects_max
        self._kept: OrderedDict[str, Standing[State]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, subject: str) -> Standing[State] | None:
        """What was kept of a subject, if anything."""
        with self._lock:
            standing = self._kept.get(subject)
            if standing is not None:
                self._kept.move_to_end(subject)
            return standing

    def put(self, subject: str, standing: Standing[State]) -> None:
        """Keep a standing, unless a later one of the subject is kept already."""
        with self._lock:
            kept = self._kept.get(subject)
            if kept is not None and kept.head.sequence > standing.head.sequence:
                return
            self._kept[subject] = standing
            self._kept.move_to_end(subject)
            if len(self._kept) > self._subjects_max:
                self._kept.popitem(last=False)


def catch_up(
    application: Application[State, Event],
    subject: str,
    *,
    kept: Standing[State] | None,
    tail: Tail,
) -> Standing[State]:
    """The standing after a tail of records; `kept` itself if there are none.

    Raises ChainBroken if the tail does not continue what was kept, EventUnreadable.
    """
    standing: Standing[State] = kept or Standing(None, EMPTY, 0, {})
    if not tail.records:
        if tail.head != standing.head:
            raise ChainBroken(subject, sequence=standing.head.sequence)
        return standing
    state, head = standing.state, standing.head
    for record in tail.records:
        if classify(head, record.headers) is not Class.COUNTED:
            raise ChainBroken(subject, sequence=record.headers.sequence)
        for envelope, event in events_of(application, record):
            state = application.evolve(state, application.fact(envelope, event))
        head = advance(record.headers, record.digest)
        if record.headers.command is not None:
            command_id, fingerprint = split_header(record.headers.command)
            recorded = Recorded(fingerprint, record.headers.sequence)
            standing.commands.setdefault(command_id, recorded)
    return Standing(state, head, tail.position, standing.commands)


def events_of(
    application: Application[Any, Event], record: StoredRecord
) -> Iterator[tuple[Envelope, Event]]:
    """A record's events. Raises EventUnreadable, which says where, but not what was there."""
    for number, body in enumerate(record.bodies):
        where = (
            f"{record.headers.subject}, sequence {record.headers.sequence + number}, "
            f"position {record.position + number}"
        )
        try:
            envelope, data = read_event(body)
        except EventUnreadable:
            raise EventUnreadable(where=where, reason="its envelope is broken") from None
        try:
            event = application.decode(envelope.type, data)
        except Exception as error:  # noqa: BLE001 - the application's own, whatever it is
            # The cause is left out: its message could quote what the event contains.
            reason = f"{envelope.type} could not be decoded ({type(error).__name__})"
            raise EventUnreadable(where=where, reason=reason) from None
        yield envelope, event
