"""The saves that one row calls for, each with the decision that the ledger makes on its ticket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from domain.errors import ImportImpossible
from domain.events import AnyTicketEvent
from domain.happenings import Happening, events_beside
from domain.history import Arrival, arrival, changes, worked_on
from domain.snapshots import Snapshot
from domain.ticket import Ticket
from domain.values import Fidelity
from eventstore.commands import Command
from intake.reading import Details, Update
from intake.mapping import Mapping
from intake.rows import Row

Decide = Callable[[Ticket | None], Sequence[AnyTicketEvent]]
Beside = Callable[[Ticket], list[AnyTicketEvent]]


@dataclass(slots=True)
class Taken:
    """A row that was understood: the saves it calls for, none if the ledger has it already."""

    row: Row
    number: str
    changed: bool
    already: bool = False
    saves: list[tuple[str, Command, Decide]] = field(
        default_factory=list[tuple[str, Command, Decide]]
    )


class Saves:
    """Makes the commands of one import."""

    def __init__(self, mapping: Mapping, *, batch_id: str) -> None:
        self._mapping = mapping
        self._batch_id = batch_id
        self._actor = f"import:{mapping.source}"

    def opening(
        self, update: Update, details: Details, *, opened: Snapshot, at: datetime, identity: str
    ) -> tuple[Command, Decide]:
        """The ticket comes to be, at its own moment of opening."""
        arrived = Arrival(
            number=update.number,
            source=self._mapping.source,
            batch_id=self._batch_id,
            fidelity=Fidelity.FULL_HISTORY,
            opened_at=at,
            updated_at=update.at,
            requester=details.requester,
            subject=details.subject,
            body=details.body,
            order_refs=details.order_refs,
            case_type=details.case_type,
            origin=self._mapping.origin,
        )
        command = self._command("import.open", opening_id(identity), update, at=at)
        by = update.opened_by or (None if update.opened_at else update.updated_by)
        return command, partial(_arrival, opened, arrived, by)

    def difference(
        self,
        update: Update,
        *,
        before: Snapshot,
        after: Snapshot,
        beside: Beside | None,
        identity: str,
    ) -> tuple[Command, Decide]:
        """What a row changes; work done, if it changes nothing."""
        command = self.row_command(update, identity)
        if after is before and beside is None:
            return command, partial(_work, update)
        return command, partial(_difference, update, before, after, beside)

    def row_command(self, update: Update, identity: str) -> Command:
        """The command of a row: its id names the row, its content tells a repeat from a mistake."""
        return self._command("import.row", identity, update, at=update.at)

    def _command(self, name: str, command_id: str, update: Update, *, at: datetime) -> Command:
        return Command(
            id=command_id,
            name=name,
            arguments={"row": update.content},
            occurred_at=at,
            actor=self._actor,
            correlation_id=self._batch_id,
        )


def opening_id(identity: str) -> str:
    """The id of the command that opens a ticket, from the identity of its first row."""
    return f"{identity}/opened"


def beside_state(
    update: Update, what: Happening | None, *, before: Snapshot, identity: str
) -> Beside | None:
    """The events of an activity that no state shows; None if it has none."""
    name = update.activity
    if name is None or (what is not None and what.event not in _BESIDE):
        return None

    def events(ticket: Ticket) -> list[AnyTicketEvent]:
        return events_beside(
            name,
            what,
            before=before,
            level=ticket.level,
            message_id=identity,
            performed_by=update.updated_by,
        )

    return events


_BESIDE = frozenset({"progressed", "escalated", "message_received", "message_sent"})


def _arrival(
    opened: Snapshot, arrived: Arrival, performed_by: str | None, _: Ticket | None
) -> list[AnyTicketEvent]:
    return arrival(opened, arrived, performed_by=performed_by)


def _work(update: Update, ticket: Ticket | None) -> list[AnyTicketEvent]:
    _opened_ticket(update, ticket)
    return [worked_on(performed_by=update.updated_by)]


def _difference(
    update: Update,
    before: Snapshot,
    after: Snapshot,
    beside: Callable[[Ticket], list[AnyTicketEvent]] | None,
    ticket: Ticket | None,
) -> list[AnyTicketEvent]:
    known = _opened_ticket(update, ticket)
    events = beside(known) if beside else []
    events += changes(before, after, known=known, at=update.at, performed_by=update.updated_by)
    return events or [worked_on(performed_by=update.updated_by)]


def _opened_ticket(update: Update, ticket: Ticket | None) -> Ticket:
    if ticket is None:
        raise ImportImpossible(update.number, "its opening could not be recorded")
    return ticket
