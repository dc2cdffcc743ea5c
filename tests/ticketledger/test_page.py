"""The programs of the how-to, run as they stand there."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from eventstore.ledger import Ledger
from tests.eventstore.tally import TALLIES, command, count, new_store

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "follow-events.md"
EVENTS = 5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the programs run: beside a ledger called support."""
    store = new_store(tmp_path / "support")
    tallies = Ledger(store, TALLIES)
    for number in range(EVENTS):
        tallies.execute(f"tally-{number % 2}", command(f"c{number}"), count())
    store.close()
    return tmp_path


def test_every_program_of_the_page_runs_and_the_second_time_finds_nothing_new(
    folder: Path,
) -> None:
    programs = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)

    for program in programs * 2:
        _run(program.replace("ticketledger.ticket.opened.*", "tally.*"), folder)

    with duckdb.connect(str(folder / "warehouse.duckdb")) as warehouse:
        (happened,) = warehouse.execute("SELECT count(*) FROM happened").fetchone() or (0,)
    assert (len(programs), happened) == (3, EVENTS)
    assert _count(folder / "billing.sqlite", "invoice") == EVENTS
    assert _count(folder / "counts.sqlite", "seen") == EVENTS


def _run(program: str, folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def _count(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    found: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    connection.close()
    return found
