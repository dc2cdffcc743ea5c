"""From rows to saves: each ticket's rows one after the other, the difference to the row before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.happenings import Happening, state_after
from domain.numbers import ticket_id_of
from domain.snapshots import Snapshot, at_opening, settled
from domain.values import Status
from eventstore.commands import Command
from intake.account import Account
from intake.reading import Reader, Update
from intake.recorded import RecordedTicket
from intake.rows import Row
from intake.saves import Decide, Saves, Taken, beside_state, opening_id
from intake.stating import RowUnreadable

FindRecorded = Callable[[str], RecordedTicket | None]


@dataclass(slots=True)
class _Case:
    """One ticket while its rows pass by.

    `state` is what the ledger will have once all saves so far are recorded, `shown` what the
    file's last row showed; they differ only while rows pass that an earlier import recorded.
    """

    subject: str
    opened_at: datetime
    state: Snapshot
    shown: Snapshot
    details: tuple[str, ...]
    recorded: RecordedTicket | None
    modification: int | None = None
    at: datetime | None = None
    met: dict[str, int] = field(default_factory=dict[str, int])


class Cases:
    """Every ticket of one file. A file may mix its tickets: each is compared with itself."""

    def __init__(
        self, reader: Reader, *, batch_id: str, find_recorded: FindRecorded, account: Account
    ) -> None:
        self._reader = reader
        self._mapping = reader.mapping
        self._saves = Saves(reader.mapping, batch_id=batch_id)
        self._find_recorded = find_recorded
        self._account = account
        self._cases: dict[str, _Case] = {}

    def take(self, row: Row) -> Taken:
        """What a row calls for. Raises RowUnreadable."""
        update = self._reader.read(row)
        what = self._reader.happening(update.activity) if update.activity else None
        case = self._cases.get(update.number)
        is_first = case is None
        if case is None:
            case = self._cases[update.number] = self._first(update, what)
        identity = self._identity(case, update)
        taken = self._taken(case, update, what, identity=identity, is_first=is_first)
        self._note(case, update, what, is_first=is_first)
        return taken

    def forget(self, number: str) -> None:
        """A save of this ticket failed: what it holds is asked of the ledger when it comes again."""
        self._cases.pop(number, None)

    def _first(self, update: Update, what: Happening | None) -> _Case:
        """The first row of a ticket in this file."""
        details = self._reader.details(update.row)
        opened_at = update.opened_at or update.at
        opened = self._opened(update, what)
        recorded = self._find_recorded(update.number)
        if recorded is None:
            subject = ticket_id_of(opening_id(update.identity), opened_at)
            self._account.tickets_opened += 1
        else:
            subject, opened_at = recorded.subject, recorded.opened_at
        self._account.tickets += 1
        for kind in details.odd:
            self._account.note(kind, line=update.row.line, name=update.number)
        return _Case(
            subject=subject,
            opened_at=opened_at,
            state=opened if recorded is None else recorded.snapshot,
            shown=opened,
            details=self._reader.details_text(update.row),
            recorded=recorded,
        )

    def _opened(self, update: Update, what: Happening | None) -> Snapshot:
        """What held when the ticket was opened, as its first row tells."""
        if update.given is None:
            return at_opening(update.snapshot, without=self._mapping.columns.state)
        opened = at_opening(state_after(Snapshot(), update.given, what))
        channel = what.channel if what and what.channel else opened.channel
        return replace(opened, channel=channel, reopen_count=0)

    def _identity(self, case: _Case, update: Update) -> str:
        """A row that stands in the file twice is two rows."""
        times = case.met.get(update.identity, 0) + 1
        case.met[update.identity] = times
        if times == 1:
            return update.identity
        self._account.note("same_row_twice", line=update.row.line, name=update.number)
        return f"{update.identity}/{times}"

    def _taken(
        self, case: _Case, update: Update, what: Happening | None, *, identity: str, is_first: bool
    ) -> Taken:
        recorded = case.recorded
        opens = is_first and recorded is None
        if recorded is not None:
            opens = opening_id(identity) in recorded.commands
            recorded.waiting.discard(opening_id(identity))
            if identity in recorded.commands:
                return self._already(recorded, update, identity, opens=opens)
            _check_place(recorded, update, opens=opens)
        before, after = case.state, self._after(case.state, update, what)
        beside = beside_state(update, what, before=before, identity=identity)
        moves = after is not before or beside is not None
        only_work = after is before and (what is None or what.event == "progressed")
        taken = Taken(update.row, update.number, changed=opens or (moves and not only_work))
        if opens and recorded is None:
            taken.saves.append((case.subject, *self._opening(case, update, identity)))
        if moves or not opens:
            save = self._saves.difference(
                update, before=before, after=after, beside=beside, identity=identity
            )
            taken.saves.append((case.subject, *save))
        taken.already = not taken.saves
        case.state = after
        return taken

    def _opening(self, case: _Case, update: Update, identity: str) -> tuple[Command, Decide]:
        return self._saves.opening(
            update,
            self._reader.details(update.row),
            opened=case.state,
            at=case.opened_at,
            identity=identity,
        )

    def _already(
        self, recorded: RecordedTicket, update: Update, identity: str, *, opens: bool
    ) -> Taken:
        """An earlier import has this row. If it says something else now, that is reported."""
        recorded.waiting.discard(identity)
        known = recorded.commands[identity]
        command = self._saves.row_command(update, identity)
        if command.fingerprint != known.fingerprint:
            self._account.note("recorded_otherwise", line=update.row.line, name=update.number)
        return Taken(update.row, update.number, changed=opens or known.changed, already=True)

    def _after(self, before: Snapshot, update: Update, what: Happening | None) -> Snapshot:
        if update.given is not None:
            after = settled(before, state_after(before, update.given, what))
        elif update.snapshot is before:
            return before
        else:
            after = settled(before, update.snapshot)
        return before if after == before else after

    def _note(self, case: _Case, update: Update, what: Happening | None, *, is_first: bool) -> None:
        """Say what is odd about a row, and remember what the next one is compared with."""
        before = case.shown
        after = case.state if case.recorded is None else self._after(before, update, what)
        case.shown = after
        kinds = [kind for kind in update.odd if is_first or kind != "requester_unknown"]
        if update.at < case.opened_at:
            kinds.append("time_before_opening")
        if (
            after.status is Status.RESOLVED
            and after.owner is None
            and before.status != after.status
        ):
            kinds.append("resolved_without_owner")
        if after.reopen_count != before.reopen_count:
            kinds += self._note_counter(after.reopen_count - before.reopen_count)
        if is_first:
            started = update.given is None and after.status is not Status.NEW
            kinds += ["starts_elsewhere"] if started else []
        else:
            kinds += self._compared(case, update)
        case.at, case.modification = update.at, update.modification
        for kind in kinds:
            self._account.note(kind, line=update.row.line, name=update.number)

    def _note_counter(self, rise: int) -> list[str]:
        if rise < 0:
            return ["reopen_count_falls"]
        self._account.reopenings += 1
        return ["reopen_count_skips"] if rise > 1 else []

    def _compared(self, case: _Case, update: Update) -> list[str]:
        """What is odd about a row beside the row before it."""
        kinds: list[str] = []
        if case.at is not None and update.at < case.at:
            kinds.append("time_backwards")
        if update.modification is not None and case.modification is not None:
            if update.modification < case.modification:
                kinds.append("modification_order")
            elif update.modification == case.modification:
                kinds.append("modification_repeated")
        if update.opened_at is not None and update.opened_at != case.opened_at:
            kinds.append("opened_at_differs")
        if case.details and self._reader.details_text(update.row) != case.details:
            kinds.append("text_changes")
        return kinds


def _check_place(recorded: RecordedTicket, update: Update, *, opens: bool) -> None:
    """A row before others that are recorded cannot be put between them any more."""
    if recorded.waiting and not opens and update.at < recorded.imported_at:
        raise RowUnreadable(
            "it is older than what the ledger already has of its ticket, and was not among it; "
            "import the complete log into a new ledger"
        )
