"""Taking another system's log into the ledger: plan it, check it, run it.

    mapping = read_mapping("servicenow")             # or the path of your own; intake.mapping_file
    with plan("incidents.zip", mapping) as planned:  # a CSV, a zip with one, "-" with stdin=…
        account = check(planned)                     # nothing is written, no ledger needed
        account = run(planned, ledger, report=default_report(folder, planned), progress=show)

- `plan` opens the file, knows its size and hash, and compares its header with the mapping. It raises
  FileUnreadable or HeaderMismatch; `read_mapping` raises MappingNotFound or MappingInvalid. All are
  IntakeErrors with an exit code and a message for the user.
- `check` and `run` call `progress` with a `Progress` now and then, and return an `Account`. `check`
  takes a ledger too, and then tells what an import into that one would add.
- `run` may be killed at any moment and repeated: it goes on where it stopped. Repeating a finished
  import adds nothing. A file that has grown adds its new rows. The batch id is a function of the
  source's name, the file's content and the mapping.
- Rows that cannot be taken in go to `report`, one JSON object a line; the rest goes in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Self

from domain.events import ImportFinished
from eventstore.commands import Command
from intake.account import Account, OnProgress, Progress, Rejected, Stopwatch
from intake.cases import Cases
from intake.columns import Places, find_columns
from intake.mapping import Mapping
from intake.ordering import Sorting
from intake.reading import Reader
from intake.recorded import RecordedTicket, TicketLedger, find_recorded
from intake.recording import Outcomes, Recorder, Recording, Rehearsal
from intake.report import Report
from intake.rows import Row, Rows, Unreadable
from intake.saves import Taken
from intake.source import Source
from intake.stating import RowUnreadable

__all__ = ["Account", "Plan", "Progress", "check", "default_report", "plan", "run"]

SAVES_AT_ONCE = 1_000
"""Saves in one transaction: few enough that little is repeated after a crash."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A file with its mapping, ready to be imported. Close it, or use it in a `with`."""

    source: Source
    mapping: Mapping
    places: Places
    batch_id: str

    def close(self) -> None:
        """Close the file. Closing twice is fine."""
        self.source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def plan(file: str | Path, mapping: Mapping, *, stdin: IO[bytes] | None = None) -> Plan:
    """Open a file for import. Raises FileUnreadable, HeaderMismatch."""
    source = Source.open(file, stdin=stdin)
    try:
        rows = _rows(source, mapping)
        rows.close()
        places = find_columns(mapping, rows.header, file=source.name)
    except BaseException:
        source.close()
        raise
    text = f"{mapping.source}\n{source.sha256}\n{mapping.fingerprint}"
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Plan(source, mapping, places, batch_id=f"{mapping.source}-{digest}")


def default_report(ledger_folder: Path, planned: Plan) -> Path:
    """Where the rows that could not be taken in are reported unless the user says otherwise."""
    return ledger_folder / f"unreadable-{planned.batch_id}.jsonl"


def check(
    planned: Plan,
    *,
    ledger: TicketLedger | None = None,
    report: Path | None = None,
    progress: OnProgress | None = None,
) -> Account:
    """What an import would record and what is odd, without recording anything.

    With a ledger: what it would add to that one; without: to an empty one.
    """
    return _Import(planned, ledger=ledger, report=report, progress=progress).go()


def run(
    planned: Plan,
    ledger: TicketLedger,
    *,
    report: Path | None = None,
    progress: OnProgress | None = None,
) -> Account:
    """Record every row that can be read, each once, then that the batch is complete.

    Raises StoreError if the ledger fails; repeating the import is always safe.
    """
    going = _Import(planned, ledger=ledger, report=report, progress=progress, records=True)
    account = going.go()
    if going.latest is not None:
        _finish(account, ledger, at=going.latest)
    return account


class _Import:
    """One pass over the rows of a file."""

    def __init__(
        self,
        planned: Plan,
        *,
        ledger: TicketLedger | None,
        report: Path | None,
        progress: OnProgress | None,
        records: bool = False,
    ) -> None:
        self._plan = planned
        self._account = Account(planned.batch_id, planned.mapping.source)
        self._report = Report(report)
        self._progress = progress
        self._watch = Stopwatch()
        self._phase, self._done, self._total = "reading", 0, planned.source.size_bytes
        # In an empty ledger there is nothing to be found, and looking would cost a fifth of the time.
        self._ledger = ledger if ledger is not None and ledger.store.last_position() else None
        self._cases = Cases(
            Reader(planned.mapping, planned.places),
            batch_id=planned.batch_id,
            find_recorded=self._find_recorded,
            account=self._account,
        )
        outcomes = Outcomes(self._account, self._reject, self._cases.forget)
        self._recording: Recording = (
            Recorder(ledger, outcomes) if records and ledger is not None else Rehearsal(outcomes)
        )
        self.latest: datetime | None = None

    def go(self) -> Account:
        """Take in every row; the account says what became of them."""
        account = self._account
        for column in self._plan.places.unmentioned:
            account.note("column_unmentioned", line=1, name=column)
        with self._report as report:
            self._take_all()
            account.report = report.path
        account.seconds = self._watch.seconds
        return account

    def _take_all(self) -> None:
        waiting: list[Taken] = []
        saves = 0
        for row in self._in_order():
            self._account.rows_read += 1
            if isinstance(row, Unreadable):
                self._reject(Rejected(row.line, row.reason, row.raw))
                continue
            try:
                taken = self._cases.take(row)
            except RowUnreadable as why:
                self._reject(Rejected(row.line, str(why), row.raw))
                continue
            waiting.append(taken)
            saves += len(taken.saves) or 1
            if saves >= SAVES_AT_ONCE:
                self._record(waiting)
                waiting, saves = [], 0
        self._record(waiting)

    def _record(self, rows: list[Taken]) -> None:
        self._recording.record(rows)
        for row in rows:
            for _, command, _ in row.saves:
                if self.latest is None or command.occurred_at > self.latest:
                    self.latest = command.occurred_at
        self._show()

    def _in_order(self) -> Iterator[Row | Unreadable]:
        rows = _rows(self._plan.source, self._plan.mapping)
        try:
            if not self._plan.places.order:
                for row in rows:
                    self._done = rows.bytes_done
                    yield row
                return
            yield from self._sorted(rows)
        finally:
            rows.close()

    def _sorted(self, rows: Rows) -> Iterator[Row | Unreadable]:
        sorting = Sorting(self._plan.mapping, self._plan.places)
        self._phase = "sorting"
        for row in rows:
            if isinstance(row, Unreadable):
                yield row
                continue
            sorting.put(row)
            if sorting.count % SAVES_AT_ONCE == 0:
                self._done = rows.bytes_done
                self._show()
        self._phase, self._total = "recording", sorting.count
        for done, row in enumerate(sorting.sorted(), start=1):
            self._done = done
            yield row

    def _find_recorded(self, number: str) -> RecordedTicket | None:
        if self._ledger is None:
            return None
        return find_recorded(self._ledger, number, source=self._plan.mapping.source)

    def _reject(self, rejected: Rejected) -> None:
        self._report.add(rejected)
        self._account.reject(rejected)

    def _show(self) -> None:
        if self._progress is not None:
            rows = self._account.rows_read
            seconds = self._watch.seconds
            self._progress(Progress(self._phase, rows, self._done, self._total, seconds))


def _rows(source: Source, mapping: Mapping) -> Rows:
    return Rows(
        source.reader(),
        name=source.name,
        encoding=mapping.file.encoding,
        delimiter=mapping.file.delimiter,
    )


def _finish(account: Account, ledger: TicketLedger, *, at: datetime) -> None:
    """The batch is complete, once: figures need not wait for it any more."""
    finished = ImportFinished(
        source=account.source,
        batch_id=account.batch_id,
        rows_read=account.rows_read,
        rows_changed=account.rows_changed,
        rows_progressed=account.rows_progressed,
        rows_unreadable=account.rows_unreadable,
    )
    command = Command(
        id=f"{account.batch_id}/finished",
        name="import.finish",
        arguments={"batch_id": account.batch_id},
        occurred_at=at,
        actor=f"import:{account.source}",
        correlation_id=account.batch_id,
    )
    outcome = ledger.execute(f"import-{account.batch_id}", command, lambda _: [finished])
    account.finished = True
    if not outcome.repeated:
        account.saves += 1
        account.events += len(outcome.events)
