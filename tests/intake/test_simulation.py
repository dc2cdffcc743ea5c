"""A simulated operation: byte for byte the same again, within the rules, never done twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.application import TICKETS
from eventstore.commands import Command
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from eventstore.verify import verify
from intake.simulation.account import Account
from intake.simulation.beginning import begin
from intake.simulation.customers import HABITS, SHOWING_PREVENTS, expected_rate, urge_of
from intake.simulation.deciding import Deciding
from intake.simulation.errors import LedgerOccupied, SimulationStopped
from intake.simulation.running import run
from intake.simulation.worker import Worker
from tests.intake.simulated import JANUARY, bodies, empty, findings, parameters

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SQLiteStore, Account]]:
    store = empty(tmp_path_factory.mktemp("simulated") / "ledger")
    yield store, run(parameters(), store)
    store.close()


Simulated = tuple[SQLiteStore, Account]


def test_an_independent_examination_finds_nothing_wrong(simulated: Simulated) -> None:
    store, account = simulated

    assert findings(store, parameters()) == []
    assert verify(store).findings == []
    assert account.counts["cases"] == 150
    assert account.events == len(list(bodies(store)))


def test_a_month_has_everything_that_an_operation_knows(simulated: Simulated) -> None:
    store, account = simulated
    named = Counter(
        type_ for body in bodies(store) for type_ in [body.split(b'"type":"')[1].split(b'"')[0]]
    )

    assert set(account.breaches) >= {"first_reply", "no_progress"}
    assert account.promises_kept > account.promises_missed > 0
    assert set(account.truth.kinds) >= {"chase", "reopen"}
    for name in ("ticket.assignment_deferred", "ticket.escalated", "survey.answered"):
        assert named[f"ticketledger.{name}.v1".encode()] > 0


def test_the_same_parameters_make_the_same_bytes(simulated: Simulated, tmp_path: Path) -> None:
    store, account = simulated
    again = empty(tmp_path / "again")

    made = run(parameters(), again, processes=2)

    assert list(bodies(again)) == list(bodies(store))
    assert made.as_json | {"seconds": 0} == account.as_json | {"seconds": 0}


def test_another_seed_makes_another_operation(simulated: Simulated, tmp_path: Path) -> None:
    other = run(parameters(seed=8, cases_per_month=50), empty(tmp_path / "other"))

    assert other.run_id != simulated[1].run_id
    assert other.truth != simulated[1].truth


class Stopped(Exception):
    """Somebody interrupts."""


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    made = parameters(cases_per_month=300)
    undisturbed, stopped = empty(tmp_path / "undisturbed"), empty(tmp_path / "stopped")
    account = run(made, undisturbed)
    chunks = iter(range(1))

    def interrupt(_: float, __: int) -> None:
        if next(chunks, None) is None:
            raise Stopped

    with pytest.raises(Stopped):
        run(made, stopped, progress=interrupt)
    there = len(list(bodies(stopped)))
    finished = run(made, stopped)

    assert 0 < there < account.events
    assert 0 < finished.added < finished.saves
    assert list(bodies(stopped)) == list(bodies(undisturbed))
    assert run(made, stopped).added == 0


def test_a_ledger_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    store = empty(tmp_path / "used")
    ledger = Ledger(store, TICKETS)
    opening = Command("k1", "open", {}, JANUARY, "agent:ayu")
    ledger.execute("t1", opening, lambda _: _opened())

    with pytest.raises(LedgerOccupied, match="--into-this"):
        run(parameters(), store)
    assert len(list(bodies(store))) == 1
    made = parameters(cases_per_month=20)
    run(made, store, into_this=True)

    assert findings(store, made) == []
    assert run(made, store, into_this=True).added == 0


def _opened() -> list[Any]:
    from domain.ticket import open_ticket
    from domain.values import Channel

    return open_ticket(number="T1", channel=Channel.EMAIL)


def test_a_second_run_goes_on_with_the_agents_and_the_policy_of_the_first(tmp_path: Path) -> None:
    store = empty(tmp_path / "two")
    january = parameters(cases_per_month=40)
    february = parameters(cases_per_month=40, first_month=january.ends)
    run(january, store)

    assert begin(store, february).publishing is None
    run(february, store, into_this=True)

    assert findings(store, january) == findings(store, february) == []
    assert verify(store).findings == []
    assert run(february, store, into_this=True).added == 0


def test_what_was_put_in_can_be_computed_by_hand() -> None:
    [calm, usual, eager] = [habit.urge for habit in HABITS]
    contacts = 0.5 / (1 - calm) + 0.35 / (1 - usual) + 0.15 / (1 - eager)

    assert expected_rate(progress_shown=False) == pytest.approx(1 - 1 / contacts)
    assert expected_rate(progress_shown=True) < expected_rate(progress_shown=False)
    for habit in HABITS:
        shown = urge_of(habit, progress_shown=True)
        assert shown == pytest.approx(habit.urge * (1 - SHOWING_PREVENTS))


def test_the_truth_is_drawn_as_often_as_the_habits_say() -> None:
    deciding = Deciding(parameters(cases_per_month=700, progress_shown=False))
    for _ in deciding.chunks(None):
        pass
    truth = deciding.account.truth

    # Those drawn just before the end come after it: hence somewhat less, never more than chance.
    assert truth.followed / truth.contacts == pytest.approx(0.32, abs=0.03)


def test_closed_cases_are_forgotten() -> None:
    from intake.simulation.operation import Operation
    from intake.simulation.visits import Visits
    from intake.simulation.work import Work

    made = parameters(cases_per_month=150, months=2)
    operation = Operation(made, begin(None, made).in_force, before={})
    Work(operation, Visits(operation))
    for _ in operation.run():
        operation.saves.clear()

    assert len(operation.desk.cases) < 60
    assert operation.stories.keys() == operation.desk.cases.keys()


def test_a_second_process_that_dies_is_told(tmp_path: Path) -> None:
    worker = Worker(parameters(), tmp_path / "nowhere")
    try:
        with pytest.raises(SimulationStopped, match="nowhere"):
            list(worker.chunks(None))
    finally:
        worker.close()
