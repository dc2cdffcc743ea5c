"""On the real log, the views agree with a computation from its CSV that shares no code."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from projections.connection import connect
from tests.projections.naive_recontact import Contact, Figures, Pair, read
from tests.projections.recontact_history import WINDOWS
from tests.real_log import RealLedger

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def naive(real_log: Path) -> Figures:
    """The figures from the CSV itself."""
    with zipfile.ZipFile(real_log) as archive, archive.open("incident_event_log.csv") as member:
        return read(io.TextIOWrapper(member, encoding="utf-8", newline=""))


@pytest.fixture(scope="module")
def views(real_ledger: RealLedger) -> Iterator[duckdb.DuckDBPyConnection]:
    """A reader's session on the real ledger."""
    connection = connect(real_ledger.folder, names=["recontact"])
    yield connection
    connection.close()


def key(contact: Contact) -> tuple[Any, ...]:
    return (contact.number, contact.at.replace(tzinfo=UTC), contact.reopening)


def same(agent: str | None) -> str | None:
    return "Unassigned" if agent == "?" else agent


def test_openings_and_reopenings_of_known_callers_are_25246_contacts(
    views: duckdb.DuckDBPyConnection, naive: Figures
) -> None:
    rows = views.execute(
        "SELECT number, started_at, form = 'reopening', customer FROM contact"
    ).fetchall()

    assert len(rows) == 25_246
    assert Counter(rows) == Counter((*key(contact), contact.caller) for contact in naive.contacts)


def test_331_reopenings_in_275_tickets(views: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT count(*), count(DISTINCT ticket) FROM contact WHERE form = 'reopening'"

    assert views.execute(query).fetchall() == [(331, 275)]


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("scope", ["any_issue", "same_issue"])
def test_every_rate_agrees(
    views: duckdb.DuckDBPyConnection, naive: Figures, scope: str, window: str
) -> None:
    span: timedelta | None = WINDOWS[window]
    hours = None if span is None else span.total_seconds() / 3600

    found = views.execute(
        "SELECT contacts, recontacts, mature_contacts, mature_recontacts "
        "FROM recontact_rate(scope := $scope, window_hours := $hours)",
        {"scope": scope, "hours": hours},
    ).fetchall()

    assert found == [naive.rate(scope, span)]


@pytest.mark.parametrize("scope", ["any_issue", "same_issue"])
def test_every_pair_its_kind_and_whom_it_is_charged_to_agree(
    views: duckdb.DuckDBPyConnection, naive: Figures, scope: str
) -> None:
    rows = views.execute(
        "SELECT earlier_number, earlier_at, number, started_at, kind, attributed_to "
        "FROM recontact_pair WHERE scope = $scope",
        {"scope": scope},
    ).fetchall()

    assert Counter(rows) == Counter(told(pair) for pair in naive.pairs[scope])


def told(pair: Pair) -> tuple[Any, ...]:
    earlier, later = key(pair.earlier), key(pair.later)
    return (*earlier[:2], *later[:2], pair.kind, same(pair.agent))


def test_the_parts_of_every_dimension_make_up_the_whole(views: duckdb.DuckDBPyConnection) -> None:
    [(contacts, recontacts)] = views.execute(
        "SELECT contacts, recontacts FROM recontact_rate()"
    ).fetchall()

    for dimension in ("day", "week", "month", "queue", "agent", "category", "channel", "stage"):
        parts = views.execute(
            "SELECT sum(contacts), sum(recontacts) FROM recontact_rate_by($dimension)",
            {"dimension": dimension},
        ).fetchall()
        assert parts == [(contacts, recontacts)], dimension
    kinds = views.execute("SELECT sum(recontacts) FROM recontact_rate_by('kind')").fetchall()
    assert kinds == [(recontacts,)]
