"""One save of an import: its command, and its events as decided, folded and encoded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import ValidationError

from domain import codec
from domain.events import AnyTicketEvent
from domain.facts import Fact
from domain.ticket import Ticket, evolve
from eventstore.commands import Command
from intake.cells import RowUnreadable

SAVE_BYTES_MAX = 900_000
"""A record holds a little more; the difference is for the envelopes."""

EncodedEvent = tuple[str, bytes]


class Place(NamedTuple):
    """A place in a ticket's history: after so many events, the last of them by this command.

    The number alone would not do: somebody else's event can stand where one of ours was to stand.
    """

    sequence: int
    command_id: str | None


BEFORE_ALL = Place(0, None)


class Stand(NamedTuple):
    """A ticket as it stands at a place; None before it is opened."""

    ticket: Ticket | None
    place: Place


class RowCommand(NamedTuple):
    """What a row asks for: the id names the row, its content tells a repeat from a mistake."""

    id: str
    name: str
    content: str
    at: datetime


class ImportedSave(NamedTuple):
    """A save ready for the ledger, decided on the ticket as it stands `after` a place.

    `ends_row` says that it is the last save of its row.
    """

    subject: str
    command: RowCommand
    after: Place
    events: list[EncodedEvent]
    ends_row: bool


def actor_of(source: str) -> str:
    """Who records an import."""
    return f"import:{source}"


def ledger_command(command: RowCommand, *, source: str, batch_id: str) -> Command:
    """The command as the ledger takes it, with its fingerprint. The batch is no part of that: the
    same row is the same in a file that has grown."""
    return Command(
        command.id,
        command.name,
        {"row": command.content},
        command.at,
        actor_of(source),
        correlation_id=batch_id,
    )


class SaveMaker:
    """Makes the saves of one import."""

    def __init__(self, *, source: str) -> None:
        self._actor = actor_of(source)

    def save(
        self,
        stand: Stand,
        subject: str,
        *,
        command: RowCommand,
        events: Sequence[AnyTicketEvent],
        ends_row: bool,
    ) -> tuple[ImportedSave, Stand]:
        """The save, and the ticket after it. Raises RowUnreadable if it is too large to be kept."""
        assert events, "a save without events records nothing"
        encoded: list[EncodedEvent] = []
        ticket, sequence = stand.ticket, stand.place.sequence
        for event in events:
            sequence += 1
            encoded.append(codec.encode(event))
            fact = Fact(event, subject, sequence, command.at, self._actor)
            ticket = evolve(ticket, fact)
        size = sum(len(data) for _, data in encoded)
        if size > SAVE_BYTES_MAX:
            raise RowUnreadable(f"it holds {size:,} bytes, a save at most {SAVE_BYTES_MAX:,}")
        save = ImportedSave(subject, command, stand.place, encoded, ends_row)
        return save, Stand(ticket, Place(sequence, command.id))


def blamed_on_row(error: ValidationError) -> RowUnreadable:
    """What pydantic found wrong with a value, without the value."""
    found = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in found["loc"])
    return RowUnreadable(f"its {place} cannot be recorded ({found['type'].replace('_', ' ')})")
