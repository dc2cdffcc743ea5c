"""Saves that a desk decided, on their way to the ledger, and where each subject stands by them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from domain import codec
from domain.events import AnyEvent, TicketEvent
from eventstore.commands import text_fingerprint
from eventstore.envelope import write_time
from eventstore.identifiers import number_event_ids
from eventstore.prepared import Prepared, Told


class Occasion(NamedTuple):
    """A command being given: when, by whom, under which id and name."""

    at: datetime
    actor: str
    command_id: str
    name: str


class Place(NamedTuple):
    """Where a subject stands: after so many events, the last of them by this command."""

    sequence: int
    command_id: str | None


NOWHERE = Place(0, None)


class DecidedSave(NamedTuple):
    """A save with everything that the ledger has to be told of it."""

    subject: str
    command: str
    at: datetime
    actor: str
    after_sequence: int
    after_command: str | None
    types: Sequence[str]
    data: Sequence[bytes]


Put = Callable[[DecidedSave], None]


def decided(
    subject: str, events: Sequence[AnyEvent | TicketEvent], occasion: Occasion, after: Place
) -> tuple[DecidedSave, Place]:
    """The save of these events, and where its subject stands after it."""
    types: list[str] = []
    data: list[bytes] = []
    for event in events:
        type_, encoded = codec.encode(event)
        types.append(type_)
        data.append(encoded)
    fingerprint = text_fingerprint(occasion.name, "at", write_time(occasion.at))
    save = DecidedSave(
        subject,
        f"{occasion.command_id} {fingerprint}",
        occasion.at,
        occasion.actor,
        after.sequence,
        after.command_id,
        types,
        data,
    )
    return save, Place(after.sequence + len(types), occasion.command_id)


class Preparing:
    """Makes saves ready for the ledger: recorded when they happened, their events numbered in the
    order in which they were decided, so that the same run makes the same bytes."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._events = 0

    def prepared(self, save: DecidedSave) -> Prepared:
        """The next save of the run."""
        first, self._events = self._events, self._events + len(save.types)
        ids = number_event_ids(self._run_id, first, save.at, len(save.types))
        return Prepared(
            save.subject,
            save.command,
            write_time(save.at),
            save.after_sequence,
            save.after_command,
            save.types,
            save.data,
            Told(save.actor, save.at, ids),
        )
