"""The example application runs on either store, chosen by nothing but its environment."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from eventsourcing.system import SingleThreadedRunner

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "examples" / "eventsourcing_app" / "library.py"


@pytest.fixture(scope="module")
def library() -> ModuleType:
    """The example's module; eventsourcing finds its classes again by the module's name."""
    spec = importlib.util.spec_from_file_location("library_example", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["library_example"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(
    params=[
        pytest.param("embedded", marks=pytest.mark.contract),
        pytest.param("kafka", marks=pytest.mark.kafka),
    ]
)
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Where the desk and its statistics are kept: in a ledger each."""
    folders = {
        "LEDGER_FOLDER": str(tmp_path / "lending"),
        "STATISTICS_LEDGER_FOLDER": str(tmp_path / "statistics"),
    }
    if request.param == "embedded":
        return folders | {"PERSISTENCE_MODULE": "ticketledger.eventstore.eventsourcing_sqlite"}
    name: str = request.getfixturevalue("ledger_name")
    return folders | {
        "PERSISTENCE_MODULE": "ticketledger.eventstore.kafka",
        "LEDGER_NAME": name,
        "STATISTICS_LEDGER_NAME": f"{name}-statistics",
        "TICKETLEDGER_KAFKA_BOOTSTRAP_SERVERS": request.getfixturevalue("kafka"),
    }


def test_a_book_is_lent_to_one_reader_at_a_time(
    library: ModuleType, environment: dict[str, str]
) -> None:
    with library.Lending(env=environment) as desk:
        desk.acquire("B-1", "The Dispossessed")
        desk.lend("B-1", "reader:ayu")

        with pytest.raises(library.BookNotAvailable, match="reserve it instead"):
            desk.lend("B-1", "reader:budi")
    with library.Lending(env=environment) as desk:
        assert desk.reader_of("B-1") == "reader:ayu"


def test_statistics_count_each_loan_once_however_often_they_are_started(
    library: ModuleType, environment: dict[str, str]
) -> None:
    for _ in range(2):
        runner: Any = SingleThreadedRunner(library.LIBRARY, env=environment)
        with runner:
            desk = runner.get(library.Lending)
            if library.Book.create_id("B-1") not in desk.repository:
                desk.acquire("B-1", "The Dispossessed")
            desk.lend("B-1", "reader:ayu")
            desk.take_back("B-1")
            statistics = runner.get(library.Statistics)
            statistics.pull_and_process("Lending")

    with library.Statistics(env=environment) as again:
        assert again.loans() == 2
        assert again.recorder.max_tracking_id("Lending") == 5


def test_the_program_says_what_it_recorded(environment: dict[str, str]) -> None:
    ran = subprocess.run(
        [sys.executable, PROGRAM],
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stderr == ""
    assert ran.stdout.splitlines()[-1] == "B-0001 is back; 3 events are recorded"
