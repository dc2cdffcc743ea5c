"""Position and results in one transaction: each event takes effect exactly once."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.ticketledger.following_child import TICKETS, connect
from tests.ticketledger.streams import StreamInMemory
from ticketledger.checkpoint import Checkpoint
from ticketledger.errors import AlreadyTaken, SubscriptionInvalid
from ticketledger.subscription import Skipped, Subscription

ROOT = Path(__file__).parents[2]
DATABASES = ["sqlite", "duckdb"]
KILLS = 6


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Each kind of database."""
    return str(request.param)


@pytest.fixture
def reconnect(database: str, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """A new connection to the results, as after a restart."""
    opened: list[Any] = []

    def again() -> Any:
        while opened:
            opened.pop().close()
        opened.append(connect(database, str(tmp_path / "results")))
        return opened[-1]

    yield again
    while opened:
        opened.pop().close()


@pytest.fixture
def results(reconnect: Callable[[], Any]) -> Any:
    """A database with one table for results."""
    connection = reconnect()
    connection.execute("CREATE TABLE taken (position INTEGER)")
    connection.commit() if isinstance(connection, sqlite3.Connection) else None
    return connection


def _taken(connection: Any) -> list[int]:
    return [row[0] for row in connection.execute("SELECT position FROM taken").fetchall()]


def _take(connection: Any, position: int) -> None:
    connection.execute("INSERT INTO taken VALUES (?)", (position,))


@pytest.mark.unit
def test_a_new_subscriber_begins_at_the_beginning(results: Any) -> None:
    assert Checkpoint(results, "billing").positions() == {}


@pytest.mark.unit
def test_results_and_position_are_there_after_a_restart(
    results: Any, reconnect: Callable[[], Any]
) -> None:
    checkpoint = Checkpoint(results, "billing")
    for delivery in Subscription(StreamInMemory(3).tickets(3), follow=False):
        with checkpoint.advance(delivery):
            _take(results, delivery.position)

    again = reconnect()

    assert Checkpoint(again, "billing").positions() == {0: 3, 1: 3, 2: 3}
    assert sorted(_taken(again)) == [1, 1, 1, 2, 2, 2, 3, 3, 3]


@pytest.mark.unit
def test_when_the_work_fails_neither_results_nor_position_stay(results: Any) -> None:
    checkpoint = Checkpoint(results, "billing")
    with checkpoint.advance(Skipped(0, 1)):
        _take(results, 1)

    def fail_at_the_end() -> None:
        with checkpoint.advance(Skipped(0, 2)):
            _take(results, 2)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_at_the_end()

    assert (_taken(results), checkpoint.positions()) == ([1], {0: 1})
    with checkpoint.advance(Skipped(0, 2)):
        _take(results, 2)
    assert (_taken(results), checkpoint.positions()) == ([1, 2], {0: 2})


@pytest.mark.unit
@pytest.mark.parametrize("position", [1, 4, 5])
def test_a_position_that_is_not_greater_is_refused_before_any_work(
    results: Any, position: int
) -> None:
    checkpoint = Checkpoint(results, "billing")
    checkpoint.skip(Skipped(0, 5))

    with (
        pytest.raises(AlreadyTaken, match="billing has stored position 5 of partition 0"),
        checkpoint.advance(Skipped(0, position)),
    ):
        pytest.fail("the work was begun")

    checkpoint.skip(Skipped(0, 6))
    assert checkpoint.positions() == {0: 6}


@pytest.mark.unit
def test_subscribers_and_partitions_have_positions_of_their_own(results: Any) -> None:
    one, other = Checkpoint(results, "billing"), Checkpoint(results, "search")
    one.skip(Skipped(0, 5))
    one.skip(Skipped(2, 7))
    other.skip(Skipped(0, 1))

    assert one.positions() == {0: 5, 2: 7}
    assert other.positions() == {0: 1}


@pytest.mark.unit
def test_many_deliveries_may_share_a_transaction_of_the_callers(results: Any) -> None:
    checkpoint = Checkpoint(results, "billing")
    results.execute("BEGIN")
    for position in (1, 2, 3):
        checkpoint.keep(Skipped(0, position))
        _take(results, position)
    results.commit()

    results.execute("BEGIN")
    checkpoint.keep(Skipped(0, 4))
    _take(results, 4)
    results.rollback()

    assert (_taken(results), checkpoint.positions()) == ([1, 2, 3], {0: 3})


@pytest.mark.unit
def test_advancing_inside_another_transaction_is_refused(results: Any) -> None:
    checkpoint = Checkpoint(results, "billing")
    results.execute("BEGIN")

    with (
        pytest.raises(SubscriptionInvalid, match=r"call checkpoint\.keep\(\)"),
        checkpoint.advance(Skipped(0, 1)),
    ):
        pytest.fail("the work was begun")


@pytest.mark.unit
def test_a_subscriber_has_a_name(results: Any) -> None:
    with pytest.raises(SubscriptionInvalid, match="needs a name"):
        Checkpoint(results, "")


@pytest.mark.unit
def test_of_two_processes_under_one_name_the_slower_one_is_refused(tmp_path: Path) -> None:
    first, second = (sqlite3.connect(tmp_path / "results") for _ in range(2))
    one, other = Checkpoint(first, "billing"), Checkpoint(second, "billing")
    one.skip(Skipped(0, 1))

    with pytest.raises(AlreadyTaken):
        other.skip(Skipped(0, 1))

    first.close()
    second.close()


@pytest.mark.unit
@pytest.mark.skipif(sys.version_info < (3, 12), reason="sqlite3 has autocommit since Python 3.12")
def test_a_connection_that_always_has_a_transaction_open_is_served_too(tmp_path: Path) -> None:
    connect_so: Any = sqlite3.connect
    connection = connect_so(tmp_path / "results", autocommit=False)
    Checkpoint(connection, "billing").skip(Skipped(0, 3))
    connection.close()

    again = sqlite3.connect(tmp_path / "results")
    assert Checkpoint(again, "billing").positions() == {0: 3}
    again.close()


@pytest.mark.contract
@pytest.mark.parametrize("partitions", [1, 3])
def test_every_event_takes_effect_once_however_often_the_follower_is_killed(
    database: str, partitions: int, tmp_path: Path, seed: int
) -> None:
    """The stream repeats itself too: what is delivered again is not taken again."""
    drawn = random.Random(seed)
    path = str(tmp_path / "results")
    killed = 0
    for attempt in range(KILLS + 1):
        steps = 10**6 if attempt == KILLS else drawn.randint(8, 34)
        if _run_child(database, path, str(partitions), str(steps)) == 0:
            break
        killed += 1

    connection = connect(database, path)
    effects = connection.execute("SELECT subject, sequence FROM effect").fetchall()
    positions = Checkpoint(connection, "child").positions()
    connection.close()

    assert killed
    assert sorted(effects) == [(f"ticket-{n}", s) for n in range(TICKETS) for s in (1, 2)]
    assert positions == dict.fromkeys(range(partitions), 3 * TICKETS // partitions)


def _run_child(*arguments: str) -> int:
    command = [sys.executable, "-m", "tests.ticketledger.following_child", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode in {0, -signal.SIGKILL}, ended.stderr
    return ended.returncode


@pytest.mark.unit
def test_duckdb_and_sqlite_keep_the_same_table(tmp_path: Path) -> None:
    found: list[list[Any]] = []
    for name in DATABASES:
        connection: Any = duckdb.connect() if name == "duckdb" else sqlite3.connect(":memory:")
        Checkpoint(connection, "billing").skip(Skipped(1, 2**40))
        found.append(connection.execute("SELECT * FROM ticketledger_checkpoint").fetchall())
        connection.close()

    assert found == [[("billing", 1, 2**40)]] * 2
