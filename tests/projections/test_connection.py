"""A reader's session: what it shows, what it refuses, and that everything in it is explained."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from domain.events import TicketOpened
from domain.values import Channel, Origin
from projections import publishing
from projections.agent_queue import PROJECTION
from projections.connection import connect, describe, refresh
from projections.definition import projection_named, projection_names
from projections.errors import NoSuchProjection, NotPublished, Unpublishable
from projections.places import Places
from projections.publishing import KEPT, Manifest
from tests.projections.harness import Stream
from tests.projections.publisher import Publisher

pytestmark = pytest.mark.unit

NAME = "agent_queue"
On = Callable[..., datetime]

STABLE_NAMES = {
    "projection_position",
    "quarantined_event",
    "queue_item",
    "queue_item_as_of",
    "queue_depth",
    "agent_workload",
    "at_risk",
    "at_risk_as_of",
    "unassigned",
    "promises_due",
    "queue_at",
    "ticket_at",
    "workload_at",
    "backlog_at",
}
"""Views and macros that other people's queries rely on."""


def opened(number: int) -> TicketOpened:
    return TicketOpened(
        number=f"N{number}", channel=Channel.EMAIL, live=False, origin=Origin.CUSTOMER
    )


@pytest.fixture
def publisher(tmp_path: Path, on: On) -> Generator[Publisher]:
    """One ticket, folded and published."""
    stream = Stream().save("t1", opened(1), at=on(1, 9))
    with Publisher(tmp_path, PROJECTION, stream, now=on(1, 10)) as publisher:
        publisher.publish()
        yield publisher


@pytest.fixture
def session(publisher: Publisher) -> Generator[duckdb.DuckDBPyConnection]:
    """What a reader has then."""
    connection = connect(publisher.ledger_folder)
    yield connection
    connection.close()


def numbers(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute("SELECT number FROM queue_item ORDER BY number").fetchall()
    return [number for (number,) in rows]


def test_a_session_shows_the_published_views_and_as_of_when_they_are_true(
    session: duckdb.DuckDBPyConnection, on: On
) -> None:
    rows = session.execute(
        "SELECT version, position, as_of, published_at, state FROM projection_position "
        f"WHERE projection = '{NAME}'"
    ).fetchall()

    assert numbers(session) == ["N1"]
    assert rows == [(PROJECTION.version, 1, on(1, 9), on(1, 10), "published")]


def test_a_session_is_a_snapshot_until_it_is_refreshed(
    publisher: Publisher, session: duckdb.DuckDBPyConnection, on: On
) -> None:
    publisher.stream.save("t2", opened(2), at=on(1, 11))
    publisher.publish()

    assert numbers(session) == ["N1"]
    assert refresh(session) == [NAME]
    assert numbers(session) == ["N1", "N2"]
    assert session.execute(
        f"SELECT position FROM projection_position WHERE projection = '{NAME}'"
    ).fetchall() == [(2,)]
    assert refresh(session) == []


def test_an_open_session_keeps_its_version_although_its_file_is_gone(
    publisher: Publisher, session: duckdb.DuckDBPyConnection, on: On
) -> None:
    for number in range(2, KEPT + 3):
        publisher.stream.save(f"t{number}", opened(number), at=on(1, 11))
        publisher.publish()

    files = sorted(
        path.name for path in Places.of(publisher.ledger_folder, NAME).published.iterdir()
    )
    assert len(files) == KEPT
    assert f"{NAME}-00000001.duckdb" not in files
    assert numbers(session) == ["N1"]


def test_what_is_published_already_is_not_copied_again(publisher: Publisher) -> None:
    places = Places.of(publisher.ledger_folder, NAME)
    before = Manifest.read(places)

    publisher.publish()

    assert Manifest.read(places) == before


def test_a_copy_that_fails_leaves_readers_the_version_before(
    publisher: Publisher, on: On, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    publisher.stream.save("t2", opened(2), at=on(1, 11))
    with monkeypatch.context() as patched:
        patched.setattr(publishing, "_copy", full)
        with pytest.raises(Unpublishable, match="No space left on device; readers keep"):
            publisher.publish()

    connection = connect(publisher.ledger_folder)
    assert numbers(connection) == ["N1"]
    publisher.publish()
    refresh(connection)
    assert numbers(connection) == ["N1", "N2"]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_projection_not_published_yet_is_named_with_the_way_out(
    tmp_path: Path, session: duckdb.DuckDBPyConnection, publisher: Publisher
) -> None:
    with pytest.raises(NotPublished, match="ticketledger project run recontact"):
        connect(publisher.ledger_folder, names=["recontact"])
    with pytest.raises(NotPublished, match="ticketledger project run"):
        connect(_made(tmp_path / "empty"))
    with pytest.raises(FileNotFoundError, match="there is no ledger at"):
        connect(tmp_path / "nowhere")
    rows = session.execute(
        "SELECT state FROM projection_position WHERE projection = 'recontact'"
    ).fetchall()
    assert rows == [("not published yet; run: ticketledger project run recontact",)]


def test_an_unknown_projection_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(NoSuchProjection, match="agent_queue, customer_timeline, recontact"):
        connect(tmp_path, names=["agents"])


def test_a_session_takes_no_writing_and_reaches_no_other_file(
    session: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for forbidden in (
        f"DELETE FROM {NAME}.main.ticket",
        f"SELECT * FROM '{secret}'",
        f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'",
        f"ATTACH '{tmp_path / 'new.duckdb'}' AS other",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
    ):
        with pytest.raises(duckdb.Error):
            session.execute(forbidden).fetchall()


def test_times_are_shown_in_the_ledgers_reporting_zone(session: duckdb.DuckDBPyConnection) -> None:
    [(zone, hour)] = session.execute(
        "SELECT current_setting('TimeZone'), hour(opened_at) FROM queue_item"
    ).fetchall()

    assert (zone, hour) == ("Europe/Berlin", 10)


def test_a_query_may_reach_files_where_that_was_asked_for(
    publisher: Publisher, tmp_path: Path
) -> None:
    (tmp_path / "mine.csv").write_text("number\nN1\n")
    connection = connect(publisher.ledger_folder, external_access=True)

    rows = connection.execute(
        f"SELECT status FROM queue_item SEMI JOIN '{tmp_path / 'mine.csv'}' USING (number)"
    ).fetchall()

    assert rows == [("new",)]


def test_names_that_queries_rely_on_are_there(session: duckdb.DuckDBPyConnection) -> None:
    there = {
        described.name.partition("(")[0]
        for described in describe(session)
        if described.kind in ("view", "macro")
    }

    assert there >= STABLE_NAMES


@pytest.mark.parametrize("name", projection_names())
def test_every_table_view_macro_and_column_says_what_it_is(
    tmp_path: Path, on: On, name: str
) -> None:
    with Publisher(tmp_path, projection_named(name), Stream(), now=on(1)) as publisher:
        publisher.publish()
    connection = connect(tmp_path, names=[name])

    unexplained = [
        f"{described.name} {described.column or ''}".strip()
        for described in describe(connection)
        if not described.comment
    ]

    assert unexplained == []
