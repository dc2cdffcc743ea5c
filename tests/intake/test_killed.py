"""An import that is killed anywhere goes on where it stopped, and nothing is there twice."""

import json
import random
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from domain.application import TICKETS
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from eventstore.verify import verify
from intake.account import Account, Progress
from intake.csv_import import check, plan, run
from intake.mapping_file import read_mapping

pytestmark = pytest.mark.e2e

ROWS = 6_000
KILLS = 5
CHILD = Path(__file__).with_name("importing_child.py")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def part(real_log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The beginning of the real log."""
    path = tmp_path_factory.mktemp("part") / "part.csv"
    with zipfile.ZipFile(real_log) as archive, archive.open("incident_event_log.csv") as member:
        path.write_bytes(b"".join(islice(member, ROWS + 1)))
    return path


@pytest.fixture(scope="module")
def undisturbed(part: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Account, list[Any]]:
    """The account of an import that nobody disturbs, and what it records."""
    folder = tmp_path_factory.mktemp("undisturbed") / "ledger"
    SQLiteStore.create(folder, name="main", time_zone="UTC", application=TICKETS).close()
    account = complete(folder, part)
    return account, list(contents(folder))


def complete(folder: Path, part: Path) -> Account:
    store = SQLiteStore.open(folder, application=TICKETS)
    with plan(part, read_mapping("servicenow")) as planned:
        account = run(planned, Ledger(store, TICKETS))
    store.close()
    return account


def contents(folder: Path) -> Iterator[Any]:
    """Every event in its order, without its id and the time of recording."""
    store = SQLiteStore.open(folder, application=TICKETS)
    after = 0
    while chunk := store.read(after, 10_000):
        after = chunk[-1][0]
        for position, body in chunk:
            event = json.loads(body)
            del event["id"], event["recordedtime"]
            yield position, event
    store.close()


def start_an_import(folder: Path, part: Path, *, processes: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, CHILD, folder, part, str(processes)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def kill_an_import(folder: Path, part: Path, *, after_commits: int, processes: int) -> int:
    """Start one and kill it when it has told of so many commits; how many rows it told of."""
    child = start_an_import(folder, part, processes=processes)
    assert child.stdout is not None
    told = [int(line) for line in islice(child.stdout, after_commits)]
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    return told[-1] if told else 0


@pytest.mark.parametrize("processes", [1, 2])
def test_an_import_killed_again_and_again_ends_as_if_nothing_had_happened(
    tmp_path: Path,
    part: Path,
    undisturbed: tuple[Account, list[Any]],
    seed: int,
    processes: int,
) -> None:
    folder, chance = tmp_path / "ledger", random.Random(seed + processes)
    SQLiteStore.create(folder, name="main", time_zone="UTC", application=TICKETS).close()

    for _ in range(KILLS):
        # Rows that are there already are told of too: the later, the more there are to pass.
        kill_an_import(folder, part, after_commits=chance.randint(0, 7), processes=processes)
    account = complete(folder, part)

    expected_account, expected = undisturbed
    assert list(contents(folder)) == expected
    for name in ("rows_read", "rows_changed", "rows_progressed", "tickets", "batch_id"):
        assert getattr(account, name) == getattr(expected_account, name)
    assert {kind: o.count for kind, o in account.oddities.items()} == {
        kind: o.count for kind, o in expected_account.oddities.items()
    }
    store = SQLiteStore.open(folder, application=TICKETS)
    assert verify(store).findings == []
    store.close()
    finished = [event for _, event in contents(folder) if "import.finished" in event["type"]]
    assert [event["subject"] for event in finished] == [f"import-{account.batch_id}"]


def test_an_import_killed_after_its_last_row_still_becomes_complete(
    tmp_path: Path, part: Path, undisturbed: tuple[Account, list[Any]]
) -> None:
    folder = tmp_path / "ledger"
    SQLiteStore.create(folder, name="main", time_zone="UTC", application=TICKETS).close()
    commits: list[Progress] = []
    with plan(part, read_mapping("servicenow")) as planned:
        check(planned, progress=commits.append)

    rows = kill_an_import(folder, part, after_commits=len(commits), processes=1)
    account = complete(folder, part)

    assert (rows, account.rows_already_recorded) == (ROWS, ROWS)
    assert account.finished
    assert list(contents(folder)) == undisturbed[1]


def test_two_imports_of_one_file_at_once_record_it_once(
    tmp_path: Path, part: Path, undisturbed: tuple[Account, list[Any]]
) -> None:
    folder = tmp_path / "ledger"
    SQLiteStore.create(folder, name="main", time_zone="UTC", application=TICKETS).close()

    children = [start_an_import(folder, part, processes=processes) for processes in (1, 2)]
    for child in children:
        child.communicate()

    assert [child.returncode for child in children] == [0, 0]
    # Where both are at the same place, whose save is first may differ from ticket to ticket.
    assert by_ticket(contents(folder)) == by_ticket(undisturbed[1])


def by_ticket(recorded: Iterable[tuple[int, Any]]) -> list[Any]:
    events = [event for _, event in recorded]
    return sorted(events, key=lambda event: (event["subject"], event["sequence"]))
