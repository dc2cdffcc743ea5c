"""The real log, imported once in a test run for all tests that ask for it.

`real_ledger` is a folder with the whole log recorded and its projections built, and the account of
the import. It is shared: read it, never write to it (`copy_of(real_ledger, tmp_path)` is yours).
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.application import TICKETS
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from intake.account import Account
from intake.csv_import import plan, run
from intake.mapping_file import read_mapping

REAL_LOG = Path(__file__).parents[1] / "examples" / "incident_event_log.zip"


@dataclass(frozen=True)
class RealLedger:
    """A ledger that holds the real log."""

    folder: Path
    account: Account


@pytest.fixture(scope="session")
def real_log() -> Path:
    """The zip that comes with the project."""
    return REAL_LOG


@pytest.fixture(scope="session")
def imported_log(tmp_path_factory: pytest.TempPathFactory) -> RealLedger:
    """The whole real log, recorded; without projections."""
    folder = tmp_path_factory.mktemp("real") / "ledger"
    store = SQLiteStore.create(folder, name="real", time_zone="UTC", application=TICKETS)
    try:
        with plan(REAL_LOG, read_mapping("servicenow")) as planned:
            account = run(planned, Ledger(store, TICKETS))
    finally:
        store.close()
    return RealLedger(folder, account)


@pytest.fixture(scope="session")
def real_ledger(imported_log: RealLedger) -> RealLedger:
    """The whole real log, recorded and projected."""
    from consumers import projector

    projector.run_all(imported_log.folder)
    return imported_log


def copy_of(ledger: RealLedger, folder: Path) -> Path:
    """The same ledger somewhere else, to be changed at will. Nobody may be writing to it."""
    return shutil.copytree(ledger.folder, folder / "ledger")
