"""Saves that a desk decided, on their way to the ledger, and where each subject stands by them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from domain import codec
from domain.events import AnyEvent, TicketEvent
from eventstore.commands import text_fingerprint
from eventstore.envelope import write_time
from eventstore.identifiers import derive_event_ids
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


def prepared(save: DecidedSave, *, run_id: str) -> Prepared:
    """As the ledger takes it: recorded when it happened, its ids a function of the run."""
    text = f"{run_id}\n{save.subject}\n{save.after_sequence}"
    ids = derive_event_ids(text, save.at, len(save.types))
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
