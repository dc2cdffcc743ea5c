"""What becomes of the saves that an import calls for: recorded in a ledger, or only rehearsed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from pydantic import ValidationError

from domain.errors import ImportImpossible, Refusal
from domain.ticket import Ticket
from eventstore.errors import (
    CommandIdReused,
    CommandInvalid,
    EventInvalid,
    RecordTooLarge,
    SubjectInvalid,
)
from intake.account import Account, Rejected
from intake.recorded import TicketLedger
from intake.saves import Taken

_OF_THE_ROW = (Refusal, EventInvalid, RecordTooLarge, CommandInvalid, SubjectInvalid)
"""What a single row can be to blame for. Anything else stops the import, to be repeated."""


class Recording(Protocol):
    """Takes rows with their saves, and enters in the account what became of them."""

    def record(self, rows: Sequence[Taken]) -> None:
        """All saves of these rows, durable on return."""
        ...


@dataclass(slots=True)
class Outcomes:
    """Enters rows in the account."""

    account: Account
    reject: Callable[[Rejected], None]
    forget: Callable[[str], None]

    def enter(self, row: Taken, answers: Sequence[int | Exception | None]) -> None:
        """`answers` has for each save how many events it recorded, None if it was there already,
        or what went wrong."""
        errors = [answer for answer in answers if isinstance(answer, Exception)]
        account = self.account
        if reused := [error for error in errors if isinstance(error, CommandIdReused)]:
            account.note("recorded_otherwise", line=row.row.line, name=row.number)
            errors = [error for error in errors if error not in reused]
        if errors:
            self.forget(row.number)
            self.reject(Rejected(row.row.line, _reason(errors[0]), row.row.raw))
            return
        counts = [answer for answer in answers if isinstance(answer, int)]
        account.saves += len(counts)
        account.events += sum(counts)
        if row.changed:
            account.rows_changed += 1
        else:
            account.rows_progressed += 1
        if row.already or not counts:
            account.rows_already_recorded += 1


class Recorder:
    """Records into a ledger, many saves in one transaction."""

    def __init__(self, ledger: TicketLedger, outcomes: Outcomes) -> None:
        self._ledger = ledger
        self._outcomes = outcomes

    def record(self, rows: Sequence[Taken]) -> None:
        """Raises StoreError if the ledger itself fails; what it has by then stays and is skipped
        when the import is repeated."""
        saves = [save for row in rows for save in row.saves]
        answers = iter(self._ledger.execute_many(saves)) if saves else iter(())
        for row in rows:
            mine: list[int | Exception | None] = []
            for _ in row.saves:
                answer = next(answers)
                if isinstance(answer, Exception):
                    mine.append(_blamed_on_row(answer, row.number))
                else:
                    mine.append(None if answer.repeated else len(answer.events))
            self._outcomes.enter(row, mine)


class Rehearsal:
    """Decides without a ledger: what would be recorded."""

    def __init__(self, outcomes: Outcomes) -> None:
        self._outcomes = outcomes

    def record(self, rows: Sequence[Taken]) -> None:
        """Nothing is kept."""
        for row in rows:
            answers: list[int | Exception | None] = []
            for subject, _, decide in row.saves:
                try:
                    answers.append(len(decide(_stand_in(subject, row.number))))
                except Exception as error:  # noqa: BLE001 - sorted out by the next line
                    answers.append(_blamed_on_row(error, row.number))
            self._outcomes.enter(row, answers)


def _stand_in(subject: str, number: str) -> Ticket:
    """A ticket that knows nothing: numbers of events do not depend on what it knows."""
    long_ago = datetime(1970, 1, 1, tzinfo=UTC)
    return Ticket(subject, number, opened_at=long_ago, effective_at=long_ago)


def _blamed_on_row(error: Exception, number: str) -> Exception:
    if isinstance(error, ValidationError):
        # pydantic's own message quotes the value.
        place = error.errors(include_input=False, include_url=False)[0]
        what = ".".join(str(part) for part in place["loc"])
        return ImportImpossible(number, f"its {what} does not fit ({place['type']})")
    if isinstance(error, _OF_THE_ROW):
        return error
    raise error


def _reason(error: Any) -> str:
    return str(error)
