"""On the real log, the queues at any instant agree with a computation from its CSV."""

from __future__ import annotations

import io
import random
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from projections.connection import connect
from tests.projections.naive_queue import Queues, Seen
from tests.real_log import RealLedger

pytestmark = pytest.mark.e2e

BEGIN = datetime(2016, 2, 29, tzinfo=UTC)
END = datetime(2017, 2, 19, tzinfo=UTC)
INSTANTS = 12


@pytest.fixture(scope="module")
def naive(real_log: Path) -> Queues:
    """The queues from the CSV itself."""
    with zipfile.ZipFile(real_log) as archive, archive.open("incident_event_log.csv") as member:
        return Queues(io.TextIOWrapper(member, encoding="utf-8", newline=""))


@pytest.fixture(scope="module")
def views(real_ledger: RealLedger) -> Iterator[duckdb.DuckDBPyConnection]:
    """A reader's session on the real ledger."""
    connection = connect(real_ledger.folder, names=["agent_queue"])
    yield connection
    connection.close()


def queue_at(views: duckdb.DuckDBPyConnection, moment: datetime) -> list[Seen]:
    rows = views.execute(
        "SELECT number, coalesce(queue, ''), coalesce(owner, ''), status, coalesce(priority, '') "
        "FROM queue_at($ts)",
        {"ts": moment},
    ).fetchall()
    return sorted(Seen(*row) for row in rows)


def test_the_queues_at_any_instant_are_those_of_the_csv(
    views: duckdb.DuckDBPyConnection, naive: Queues, seed: int
) -> None:
    chance = random.Random(seed)
    minutes = int((END - BEGIN).total_seconds() // 60)
    for _ in range(INSTANTS):
        moment = BEGIN + timedelta(minutes=chance.randrange(minutes))

        assert queue_at(views, moment) == naive.unresolved_at(moment), moment


def test_workload_and_backlog_at_an_instant_add_up_to_the_queues(
    views: duckdb.DuckDBPyConnection, naive: Queues
) -> None:
    moment = datetime(2016, 5, 3, 12, tzinfo=UTC)
    expected = naive.unresolved_at(moment)
    active = Counter(seen.owner for seen in expected if seen.status in ("new", "open"))

    workload = views.execute("SELECT agent, active FROM workload_at($ts)", {"ts": moment})
    assert {agent: count for agent, count in workload.fetchall() if count} == {
        agent: count for agent, count in active.items() if agent
    }
    backlog = views.execute("SELECT sum(tickets) FROM backlog_at($ts)", {"ts": moment})
    assert backlog.fetchall() == [(len(expected),)]


def test_at_the_end_all_24918_tickets_are_closed_and_331_reopenings_are_counted(
    views: duckdb.DuckDBPyConnection,
) -> None:
    rows = views.execute(
        "SELECT count(*), count(*) FILTER (WHERE status = 'closed'), sum(times_reopened), "
        "count(*) FILTER (WHERE times_reopened > 0) FROM agent_queue.main.ticket"
    ).fetchall()

    assert rows == [(24_918, 24_918, 331, 275)]
    assert views.execute("SELECT count(*) FROM queue_item").fetchall() == [(0,)]
