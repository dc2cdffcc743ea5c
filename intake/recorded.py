"""What the ledger already has of a ticket that a file brings: its state, and which rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.application import TICKETS
from domain.events import ImportFinished, TicketImported, TicketProgressed
from domain.snapshots import Snapshot, seen_from_events
from domain.ticket import Ticket
from eventstore.commands import split_header
from eventstore.standing import events_of
from eventstore.store import Lookup, StoredRecord
from intake.cells import RowUnreadable
from intake.saves import Place, Stand, actor_of


@dataclass(frozen=True, slots=True)
class Known:
    """A recorded row: the fingerprint of its content, and whether it was recorded as a change."""

    fingerprint: str
    changed: bool


@dataclass(slots=True)
class RecordedTicket:
    """An imported ticket as the ledger has it. `commands` holds the saves of imports by command id.

    `waiting` are those that the file has not shown again yet; `imported_at` is the latest time that
    an import gave it.
    """

    subject: str
    stand: Stand
    snapshot: Snapshot
    opened_at: datetime
    imported_at: datetime
    commands: dict[str, Known]
    waiting: set[str]


def find_recorded(store: Lookup, number: str, *, source: str) -> RecordedTicket | None:
    """The ticket of this number that came from this source.

    Raises RowUnreadable if the number belongs to a ticket that did not.
    """
    subjects = store.subjects_by_key(f"number:{number}")
    for subject in subjects:
        found = _recorded(store, subject, source=source)
        if found is not None:
            return found
    if subjects:
        raise RowUnreadable(
            f"its ticket number belongs to a ticket that did not come from {source}; "
            f"give it another number, or import into another ledger"
        )
    return None


def _recorded(store: Lookup, subject: str, *, source: str) -> RecordedTicket | None:
    ticket: Ticket | None = None
    snapshot: Snapshot | None = None
    commands: dict[str, Known] = {}
    times: list[datetime] = []
    last_command: str | None = None
    is_ours, actor = False, actor_of(source)
    for record in store.load(subject).records:
        pairs = list(events_of(TICKETS, record))
        for envelope, event in pairs:
            fact = TICKETS.fact(envelope, event)
            ticket = TICKETS.evolve(ticket, fact)
            if not isinstance(fact.event, ImportFinished):
                snapshot = seen_from_events(snapshot, fact.event)
            is_ours = is_ours or (isinstance(event, TicketImported) and event.source == source)
            last_command = envelope.commandid
            if envelope.actor == actor:
                times.append(envelope.time)
        if pairs[0][0].actor == actor:
            commands |= _command(record, [event for _, event in pairs])
    if ticket is None or snapshot is None or not is_ours:
        return None
    return RecordedTicket(
        subject=subject,
        stand=Stand(subject, actor, Place(ticket.sequence, last_command), ticket),
        snapshot=snapshot,
        opened_at=times[0],
        imported_at=max(times),
        commands=commands,
        waiting=set(commands),
    )


def _command(record: StoredRecord, events: list[Any]) -> dict[str, Known]:
    if record.headers.command is None:
        return {}
    command_id, fingerprint = split_header(record.headers.command)
    changed = not all(isinstance(event, TicketProgressed) for event in events)
    return {command_id: Known(fingerprint, changed)}
