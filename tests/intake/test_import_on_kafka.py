"""Importing into a ledger on Kafka: once, and going on after a kill, as into one of its own."""

import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from domain.application import TICKETS
from eventstore.kafka.genesis import create_ledger
from eventstore.kafka.settings import KafkaSettings, LedgerSettings
from eventstore.ledger import Ledger
from eventstore.opening import open_store
from intake.account import Account
from intake.csv_import import plan, run
from intake.mapping_file import parse_mapping
from tests.intake.on_kafka_child import MAPPING, TICKETS_IN_FILE, rows

ROOT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("on_kafka_child.py")

pytestmark = pytest.mark.kafka


@pytest.fixture(params=[1, 3])
def folder(request: pytest.FixtureRequest, kafka: str, ledger_name: str, tmp_path: Path) -> Path:
    """An empty ledger of one and of three partitions."""
    settings = LedgerSettings(name=ledger_name, kafka=KafkaSettings(bootstrap_servers=kafka))
    partitions: int = request.param
    create_ledger(tmp_path / "ledger", settings, time_zone="UTC", partitions=partitions)
    return tmp_path / "ledger"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(rows(), "utf-8")
    return path


def take_in(folder: Path, file: Path, *, processes: int) -> Account:
    store = open_store(folder, application=TICKETS)
    with plan(file, parse_mapping(MAPPING, path="desk.toml")) as planned:
        account = run(planned, Ledger(store, TICKETS), processes=processes)
    store.close()
    return account


def what_is_recorded(folder: Path) -> dict[str, list[str]]:
    """The types of each ticket's events, in order."""
    store = open_store(folder, application=TICKETS)
    ledger = Ledger(store, TICKETS)
    found = {
        key: [envelope.type for envelope, _ in ledger.history(subject)]
        for key, subject in store.keys_with_prefix("number:", 1_000)
    }
    store.close()
    return found


@pytest.mark.parametrize("processes", [1, 2])
def test_an_import_into_kafka_adds_every_row_and_repeated_nothing(
    folder: Path, file: Path, processes: int
) -> None:
    first = take_in(folder, file, processes=processes)
    recorded = what_is_recorded(folder)
    again = take_in(folder, file, processes=processes)

    assert (first.tickets_opened, first.finished) == (TICKETS_IN_FILE, True)
    assert (first.rows_read, first.rows_unreadable) == (3 * TICKETS_IN_FILE, 0)
    assert (again.saves, again.events, again.rows_already_recorded) == (0, 0, first.rows_read)
    assert what_is_recorded(folder) == recorded
    assert len(recorded) == TICKETS_IN_FILE


def test_an_import_into_kafka_that_is_killed_goes_on_where_it_stopped(
    folder: Path, file: Path
) -> None:
    child = subprocess.Popen(
        [sys.executable, CHILD, folder, file],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    told = list(islice(child.stdout, 1))
    child.send_signal(signal.SIGKILL)
    child.communicate()
    left_behind = sum(map(len, what_is_recorded(folder).values()))

    account = take_in(folder, file, processes=1)

    assert told
    assert left_behind > 0
    assert account.finished
    assert account.rows_already_recorded > 0
    assert all(len(types) > 1 for types in what_is_recorded(folder).values())
    assert take_in(folder, file, processes=1).saves == 0
