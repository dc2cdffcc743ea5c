"""Taking another system's log into the ledger: plan it, check it, run it.

    mapping = read_mapping("servicenow")             # or the path of your own; intake.mapping_file
    with plan("incidents.zip", mapping) as planned:  # a CSV, a zip with one, "-" with stdin=…
        account = check(planned)                     # nothing is written, no ledger needed
        account = run(planned, ledger, report=default_report(folder, planned), progress=show)

- `plan` opens the file, knows its size and hash, and compares its header with the mapping. It
  raises FileUnreadable or HeaderMismatch; `read_mapping` raises MappingNotFound or MappingInvalid.
  All are IntakeErrors with an exit code and a message for the user.
- `check` and `run` call `progress` with a `Progress` now and then, and return an `Account`. `check`
  takes a ledger too, and then tells what an import into that one would add.
- `run` may be killed at any moment and repeated: it goes on where it stopped. Repeating a finished
  import adds nothing. A file that has grown adds its new rows. The batch id is a function of the
  source's name, the file's content and the mapping.
- Rows that cannot be taken in go to `report`, one JSON object a line; the rest goes in.
"""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Self

from domain.events import ImportFinished
from domain.ticket import Ticket
from eventstore.commands import Command
from eventstore.ledger import Ledger
from eventstore.opening import can_be_opened
from eventstore.store import Store
from intake.account import Account, OnProgress, Progress, Stopwatch
from intake.columns import find_columns
from intake.errors import KeepsBeingOvertaken
from intake.mapping import Mapping
from intake.preparing import Chunk, Preparation, open_rows
from intake.recording import Overtaken, Recorded, Recorder
from intake.report import Report
from intake.saves import actor_of
from intake.source import Source
from intake.worker import FEWER_COLLECTIONS, Worker

__all__ = ["Account", "Plan", "Progress", "TicketLedger", "check", "default_report", "plan", "run"]

TicketLedger = Ledger[Ticket, Any]

ATTEMPTS_MAX = 20
WORKER_FROM_BYTES = 1_000_000
"""A smaller file is imported before a second process has started."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A file with its mapping, ready to be imported. Close it, or use it in a `with`."""

    source: Source
    mapping: Mapping
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
        rows = open_rows(source.reader(), mapping, name=source.name)
        rows.close()
        find_columns(mapping, rows.header, file=source.name)
    except BaseException:
        source.close()
        raise
    text = f"{mapping.source}\n{source.sha256}\n{mapping.fingerprint}"
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Plan(source, mapping, batch_id=f"{mapping.source}-{digest}")


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
    watch = Stopwatch()
    preparation = _preparation(planned)
    saves = events = 0
    with Report(report) as reporting:
        for chunk in preparation.chunks(ledger.store if ledger is not None else None):
            saves += len(chunk.saves)
            events += sum(len(save.types) for save in chunk.saves)
            reporting.add_all(chunk.rejected)
            _show(chunk, watch, progress)
    preparation.close()
    account = preparation.account
    account.saves, account.events, account.report = saves, events, reporting.path
    account.seconds = watch.seconds
    return account


def run(
    planned: Plan,
    ledger: TicketLedger,
    *,
    report: Path | None = None,
    progress: OnProgress | None = None,
    processes: int | None = None,
) -> Account:
    """Record every row that can be read, each once, then that the batch is complete.

    A large file is read and decided on in a second process; `processes` 1 or 2 says otherwise.
    Raises StoreError if the ledger fails, PreparationFailed, KeepsBeingOvertaken; repeating the
    import is always safe.
    """
    watch = Stopwatch()
    total = Recorded()
    with _fewer_collections():
        for _ in range(ATTEMPTS_MAX):
            passing = _Pass(planned, ledger.store, watch=watch, progress=progress)
            try:
                account = passing.go(report, total, processes=processes)
            except Overtaken:
                continue
            break
        else:
            raise KeepsBeingOvertaken(attempts=ATTEMPTS_MAX)
    account.tickets_opened = total.openings
    account.rows_already_recorded = account.rows_changed + account.rows_progressed - total.rows
    account.saves, account.events = total.saves, total.events
    if account.latest is not None:
        _finish(account, ledger, at=account.latest)
    account.seconds = watch.seconds
    return account


class _Pass:
    """One pass over a file; there is another one only if somebody else wrote to its tickets."""

    def __init__(
        self, planned: Plan, store: Store, *, watch: Stopwatch, progress: OnProgress | None
    ) -> None:
        self._plan = planned
        self._store = store
        self._watch = watch
        self._progress = progress
        self._recorder = Recorder(store, source=planned.mapping.source, batch_id=planned.batch_id)

    def go(self, report: Path | None, total: Recorded, *, processes: int | None) -> Account:
        """Record every chunk; `total` counts what is new. Raises Overtaken."""
        preparation = self._preparation(processes)
        try:
            with Report(report) as reporting:
                for chunk in self._together(preparation.chunks(self._store)):
                    self._recorder.record(chunk.saves, total)
                    reporting.add_all(chunk.rejected)
                    _show(chunk, self._watch, self._progress)
                account = preparation.account
                account.report = reporting.path
            return account
        finally:
            preparation.close()

    def _together(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """As many saves at once as the store likes; what is only progress passes at once."""
        waiting: list[Chunk] = []
        for chunk in chunks:
            if not (waiting or chunk.saves):
                yield chunk
                continue
            waiting.append(chunk)
            if sum(len(one.saves) for one in waiting) >= self._store.saves_at_once:
                yield _joined(waiting)
                waiting = []
        if waiting:
            yield _joined(waiting)

    def _preparation(self, processes: int | None) -> Preparation | Worker:
        """In a second process where that helps: a large file, a second core, a store that it can
        open for itself."""
        size = self._plan.source.size_bytes
        if processes is None:
            processes = 2 if size >= WORKER_FROM_BYTES and (os.cpu_count() or 1) > 1 else 1
        if processes == 1 or not can_be_opened(self._store.folder):
            return _preparation(self._plan)
        return Worker(
            self._plan.source.reader(),
            self._plan.mapping,
            name=self._plan.source.name,
            size_bytes=size,
            batch_id=self._plan.batch_id,
            ledger_folder=self._store.folder,
        )


def _joined(chunks: Sequence[Chunk]) -> Chunk:
    if len(chunks) == 1:
        return chunks[0]
    saves = [save for chunk in chunks for save in chunk.saves]
    rejected = [one for chunk in chunks for one in chunk.rejected]
    return chunks[-1]._replace(saves=saves, rejected=rejected)


def _preparation(planned: Plan) -> Preparation:
    return Preparation(
        planned.source.reader(),
        planned.mapping,
        name=planned.source.name,
        size_bytes=planned.source.size_bytes,
        batch_id=planned.batch_id,
    )


def _show(chunk: Chunk, watch: Stopwatch, progress: OnProgress | None) -> None:
    if progress is not None:
        progress(Progress(chunk.phase, chunk.rows, chunk.done, chunk.total, watch.seconds))


@contextmanager
def _fewer_collections() -> Generator[None]:
    """Millions of objects come and go without a cycle; looking for cycles would cost a tenth."""
    before = gc.get_threshold()
    gc.set_threshold(*FEWER_COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


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
        actor=actor_of(account.source),
        correlation_id=account.batch_id,
    )
    outcome = ledger.execute(f"import-{account.batch_id}", command, lambda _: [finished])
    account.finished = True
    if not outcome.repeated:
        account.saves += 1
        account.events += len(outcome.events)
