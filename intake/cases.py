"""From rows to saves: each ticket's rows one after the other, the difference to the row before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import ValidationError

from domain.events import AnyTicketEvent, TicketProgressed
from domain.happenings import events_beside, state_after
from domain.history import Arrival, arrival, changes
from domain.numbers import ticket_id_of
from domain.recurring import worked_on
from domain.snapshots import Snapshot, at_opening, settled
from domain.values import Fidelity
from intake.account import Account
from intake.cells import RowUnreadable
from intake.oddities import Oddities, Shown
from intake.reading import Details, Reader, Update
from intake.recorded import RecordedTicket
from intake.rows import Row
from intake.saves import (
    OPENING,
    ROW,
    ImportedSave,
    RowCommand,
    SaveMaker,
    Stand,
    actor_of,
    blamed_on_row,
    row_fingerprint,
)

FindRecorded = Callable[[str], RecordedTicket | None]


@dataclass(slots=True)
class _Case:
    """One ticket while its rows pass by: `stand` and `state` are what the ledger will have of it
    once the saves so far are recorded, `shown` is what the file showed."""

    stand: Stand
    opened_at: datetime
    state: Snapshot
    shown: Shown
    recorded: RecordedTicket | None = None
    met: dict[str, int] = field(default_factory=dict[str, int])


class Cases:
    """Every ticket of one file. A file may mix its tickets: each is compared with itself."""

    def __init__(
        self, reader: Reader, *, batch_id: str, find_recorded: FindRecorded, account: Account
    ) -> None:
        self._reader = reader
        self._mapping = reader.mapping
        self._batch_id = batch_id
        self._actor = actor_of(reader.mapping.source)
        self._saves = SaveMaker()
        self._find_recorded = find_recorded
        self._account = account
        self._oddities = Oddities(account)
        self._cases: dict[str, _Case] = {}

    def take(self, row: Row) -> list[ImportedSave]:
        """The saves that a row calls for, none if the ledger has it. Raises RowUnreadable."""
        try:
            return self._take(row)
        except ValidationError as error:
            raise blamed_on_row(error) from None

    def _take(self, row: Row) -> list[ImportedSave]:
        update = self._reader.read(row)
        case = self._cases.get(update.number)
        details = None
        if case is None:
            details = self._reader.details(row)
            case = self._first(update)
        identity = update.identity
        times = case.met[identity] = case.met.get(identity, 0) + 1
        if times > 1:
            identity = f"{identity}/{times}"
        if case.recorded is None:
            saves = self._new(case, update, identity, details)
        else:
            saves = self._met(case, case.recorded, update, identity)
        # Only now: a row that cannot be recorded leaves nothing behind, and is no first row.
        if details is not None:
            self._cases[update.number] = case
            self._count_first(case, details, update)
        self._note(case, update, times=times)
        return saves

    def _first(self, update: Update) -> _Case:
        """The first row of a ticket in this file."""
        opened_at = update.opened_at or update.at
        opened = self._opened(update)
        shown = Shown(opened, opened_at, self._reader.details_texts(update.row))
        recorded = self._find_recorded(update.number)
        if recorded is not None:
            opened_at = shown.opened_at = recorded.opened_at
            return _Case(recorded.stand, opened_at, recorded.snapshot, shown, recorded)
        subject = ticket_id_of(_opening_id(update.identity), opened_at)
        return _Case(Stand(subject, self._actor), opened_at, opened, shown)

    def _opened(self, update: Update) -> Snapshot:
        """What held when the ticket was opened, as its first row tells."""
        if update.given is None:
            return at_opening(update.snapshot, without=self._mapping.columns.state)
        what = update.what
        opened = at_opening(state_after(Snapshot(), update.given, what))
        channel = what.channel if what and what.channel else opened.channel
        return opened._replace(channel=channel, reopen_count=0)

    def _new(
        self, case: _Case, update: Update, identity: str, details: Details | None
    ) -> list[ImportedSave]:
        """A row of a ticket that this import opens."""
        before, after = case.state, self._after(case.state, update)
        beside = self._has_beside(update)
        moves = beside or after is not before
        saves: list[ImportedSave] = []
        is_work = False
        if details is not None:
            saves.append(self._opening(case, update, identity, details=details, alone=not moves))
        if details is None or moves:
            save, is_work = self._row(case, update, identity=identity, after=after)
            saves.append(save)
        self._account.count_row(changed=details is not None or not is_work)
        case.state = after
        return saves

    def _met(
        self, case: _Case, recorded: RecordedTicket, update: Update, identity: str
    ) -> list[ImportedSave]:
        """A row of a ticket that the ledger has: the row may be there too, or new."""
        opened_it = _opening_id(identity) in recorded.commands
        recorded.waiting.discard(_opening_id(identity))
        recorded.waiting.discard(identity)
        known = recorded.commands.get(identity)
        if known is not None:
            if row_fingerprint(ROW, update.content) != known.fingerprint:
                self._oddities.note("recorded_otherwise", update)
            self._account.count_row(changed=opened_it or known.changed, already=True)
            return []
        if recorded.waiting and not opened_it and update.at < recorded.imported_at:
            raise RowUnreadable(
                "it is older than what the ledger already has of its ticket, and was not among "
                "it; import the complete log into a new ledger"
            )
        opened = case.shown.state
        if opened_it and self._after(opened, update) is opened and not self._has_beside(update):
            self._account.count_row(changed=True, already=True)
            return []
        after = self._after(case.state, update)
        save, is_work = self._row(case, update, identity=identity, after=after)
        case.state = after
        self._account.count_row(changed=opened_it or not is_work)
        return [save]

    def _after(self, before: Snapshot, update: Update) -> Snapshot:
        """The state that a row leads to; the very same object where nothing changes."""
        if update.given is None:
            after = settled(before, update.snapshot)
        else:
            after = settled(before, state_after(before, update.given, update.what))
        return before if after is before or after == before else after

    def _opening(
        self, case: _Case, update: Update, identity: str, *, details: Details, alone: bool
    ) -> ImportedSave:
        arrived = Arrival(
            number=update.number,
            source=self._mapping.source,
            batch_id=self._batch_id,
            fidelity=Fidelity.FULL_HISTORY,
            opened_at=case.opened_at,
            updated_at=update.at,
            requester=details.requester,
            subject=details.subject,
            body=details.body,
            order_refs=details.order_refs,
            case_type=details.case_type,
            origin=self._mapping.origin,
        )
        by = details.opened_by or (None if update.opened_at else update.updated_by)
        opening = _opening_id(identity)
        command = RowCommand(opening, OPENING, update.content, case.opened_at)
        return self._saves.save(
            case.stand,
            command,
            events=arrival(case.state, arrived, performed_by=by),
            ends_row=alone,
        )

    def _row(
        self, case: _Case, update: Update, *, identity: str, after: Snapshot
    ) -> tuple[ImportedSave, bool]:
        """The save of a row, and whether it is only work done."""
        stand, before, at, by = case.stand, case.state, update.at, update.updated_by
        events: list[AnyTicketEvent] = []
        if update.activity is not None:
            events = events_beside(
                update.activity,
                update.what,
                before=before,
                level=stand.ticket.level,
                message_id=identity,
                performed_by=by,
            )
        if after is not before:
            events += changes(before, after, known=lambda: stand.ticket, at=at, performed_by=by)
        if not events:
            events.append(worked_on(performed_by=by))
        command = RowCommand(identity, ROW, update.content, update.at)
        save = self._saves.save(stand, command, events=events, ends_row=True)
        return save, len(events) == 1 and isinstance(events[0], TicketProgressed)

    def _has_beside(self, update: Update) -> bool:
        """Whether a row says something that no state shows."""
        if update.activity is None:
            return False
        return update.what is None or not update.what.is_state

    def _count_first(self, case: _Case, details: Details, update: Update) -> None:
        self._account.tickets += 1
        if case.recorded is None:
            self._account.tickets_opened += 1
        for kind in details.odd:
            self._oddities.note(kind, update)

    def _note(self, case: _Case, update: Update, *, times: int) -> None:
        """Say what is odd about the row, and remember what the next one is compared with."""
        shown = case.shown
        state = case.state if case.recorded is None else self._after(shown.state, update)
        if times > 1:
            self._oddities.note("same_row_twice", update)
        latest = self._account.latest
        if latest is None or update.at > latest or case.opened_at > latest:
            self._account.latest = max(update.at, case.opened_at, latest or update.at)
        details = self._reader.details_texts(update.row)
        self._oddities.look_at(shown, update, state=state, details=details)


def _opening_id(identity: str) -> str:
    """The id of the command that opens a ticket, from the identity of its first row."""
    return f"{identity}/opened"
