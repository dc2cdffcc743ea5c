"""The second process of an import: what it says when it cannot go on, and that it never stays."""

from pathlib import Path

import pytest

from domain.application import TICKETS
from eventstore.sqlite import SQLiteStore
from intake.csv_import import Plan, plan
from intake.errors import PreparationFailed
from intake.worker import Worker
from tests.intake.conftest import MAPPING, ROWS, Desk, parsed

pytestmark = pytest.mark.unit


def started(planned: Plan, folder: Path) -> Worker:
    return Worker(
        planned.source.reader(),
        planned.mapping,
        name=planned.source.name,
        size_bytes=planned.source.size_bytes,
        batch_id=planned.batch_id,
        ledger_folder=folder,
    )


def test_what_hinders_it_is_told_by_the_process_that_started_it(desk: Desk) -> None:
    with plan(desk.file(ROWS), parsed(MAPPING)) as planned:
        worker = started(planned, desk.folder / "nowhere")

        with pytest.raises(PreparationFailed, match="there is no ledger at"):
            list(worker.chunks(desk.ledger.store))

        worker.close()


def test_its_sudden_end_is_told_and_the_import_can_be_repeated(desk: Desk) -> None:
    with plan(desk.file(ROWS), parsed(MAPPING)) as planned:
        worker = started(planned, desk.folder / "ledger")
        worker._process.kill()

        with pytest.raises(PreparationFailed, match="repeat the import"):
            list(worker.chunks(desk.ledger.store))

        worker.close()
        worker.close()
    assert desk.take(ROWS).rows_changed == 6


def test_it_gives_what_one_process_gives(desk: Desk) -> None:
    with plan(desk.file(ROWS), parsed(MAPPING)) as planned:
        worker = started(planned, desk.folder / "ledger")
        [chunk] = worker.chunks(desk.ledger.store)
        worker.close()

    assert [save.command_name for save in chunk.saves].count("import.open") == 2
    assert (chunk.rows, chunk.done) == (7, chunk.total)
    assert worker.account.tickets == 2
    assert SQLiteStore.open(desk.folder / "ledger", application=TICKETS).last_position() == 0
