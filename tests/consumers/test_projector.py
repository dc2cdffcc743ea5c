"""The projector's promises: it goes on where it was, publishes what is whole, and works alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from consumers import projector
from consumers.following import Pace, Progress
from consumers.holding import Hold
from consumers.projector import Options
from consumers.standing import status
from consumers.working_file import OnUnreadable
from domain.events import TicketAssigned, TicketProgressed
from domain.values import Method, WorkKind
from projections.agent_queue import PROJECTION
from projections.connection import connect
from projections.definition import Projection
from projections.errors import (
    Fenced,
    HeldByAnother,
    NeedsRebuild,
    NewerEvent,
    NotPublished,
    UnreadableEvent,
)
from projections.places import Places
from tests.consumers.conftest import NOON, StreamInMemory
from tests.projections.harness import Stream

pytestmark = pytest.mark.unit

NAME = "agent_queue"
TICKET = "01930c1e-0000-7000-8000-000000000000"
Made = Callable[..., Options]


def numbers(folder: Path) -> list[str]:
    """The tickets that a reader sees."""
    connection = connect(folder, names=[NAME])
    try:
        rows = connection.execute("SELECT number FROM queue_item ORDER BY number").fetchall()
    finally:
        connection.close()
    return [number for (number,) in rows]


def tables(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every published row of the projection, but for who folded it."""
    connection = connect(folder, names=[NAME])
    try:
        names = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = $name", {"name": NAME}
        ).fetchall()
        return {
            name: connection.execute(f"SELECT * FROM {NAME}.main.{name} ORDER BY ALL").fetchall()
            for (name,) in names
            if name != "fence"
        }
    finally:
        connection.close()


def test_catching_up_publishes_what_the_stream_holds(tmp_path: Path, options: Made) -> None:
    told: list[Progress] = []

    done = projector.run(tmp_path, NAME, options=options(on_progress=told.append))

    assert (done.position, done.last_position, done.events, done.caught_up) == (7, 7, 7, True)
    assert [progress.position for progress in told] == [7]
    assert numbers(tmp_path) == ["N0", "N1", "N2"]


def test_a_second_run_takes_in_only_what_is_new(
    tmp_path: Path, options: Made, stream: Stream
) -> None:
    projector.run(tmp_path, NAME, options=options())
    stream.save(TICKET, TicketProgressed(kind=WorkKind.WORK), at=NOON)

    assert projector.run(tmp_path, NAME, options=options()).events == 1
    assert projector.run(tmp_path, NAME, options=options()).events == 0


def test_batches_are_small_when_live_and_large_when_far_behind(
    tmp_path: Path, options: Made
) -> None:
    told: list[int] = []
    pace = Pace(live_events_max=2, catch_up_events_max=4, clock=lambda: NOON)

    projector.run(
        tmp_path, NAME, options=options(pace=pace, on_progress=lambda p: told.append(p.position))
    )

    assert told == [4, 7]  # three are left: still more than two, so a large batch


def test_following_publishes_what_arrives_until_it_is_stopped(
    tmp_path: Path, options: Made, stream: Stream, stop: threading.Event
) -> None:
    seen: list[list[str]] = []
    owners: list[Any] = []

    def wait(_: threading.Event, seconds: float) -> bool:
        assert seconds < 1
        seen.append(numbers(tmp_path))
        if len(seen) == 1:
            stream.save(TICKET, TicketAssigned(to="budi", method=Method.MANUAL), at=NOON)
            return False
        connection = connect(tmp_path, names=[NAME])
        owners.extend(connection.execute("SELECT owner FROM queue_item").fetchall())
        connection.close()
        stop.set()
        return True

    pace = Pace(clock=lambda: NOON, wait=wait, publish_interval_seconds=0)
    done = projector.run(tmp_path, NAME, follow=True, options=options(pace=pace, stop=stop))

    assert (done.position, len(seen)) == (8, 2)
    assert ("budi",) in owners


def test_a_run_stopped_half_way_leaves_whole_batches_and_goes_on_later(
    tmp_path: Path, options: Made, stop: threading.Event
) -> None:
    pace = Pace(live_events_max=2, catch_up_events_max=2, clock=lambda: NOON)

    half = projector.run(
        tmp_path,
        NAME,
        options=options(pace=pace, stop=stop, on_progress=lambda _: stop.set()),
    )

    assert (half.position, half.caught_up) == (2, False)
    with pytest.raises(NotPublished, match="run: ticketledger project run agent_queue"):
        connect(tmp_path, names=[NAME])  # nobody sees the half of a first build
    assert projector.run(tmp_path, NAME, options=options()).events == 5
    assert numbers(tmp_path) == ["N0", "N1", "N2"]


def test_a_second_projector_is_refused_and_told_who_has_the_file(
    tmp_path: Path, options: Made
) -> None:
    with (
        Hold(Places.of(tmp_path, NAME).lock, name=NAME),
        pytest.raises(HeldByAnother, match=rf"held by process {os.getpid()} on .* since 20"),
    ):
        projector.run(tmp_path, NAME, options=options())


def test_a_projector_whose_files_were_taken_away_commits_nothing_more(
    tmp_path: Path, options: Made
) -> None:
    places = Places.of(tmp_path, NAME)

    def take_over(_: Progress) -> None:
        places.lock.unlink(missing_ok=True)
        with Hold(places.lock, name=NAME):
            pass

    pace = Pace(live_events_max=2, catch_up_events_max=2, clock=lambda: NOON)
    with pytest.raises(Fenced, match="taken over by process"):
        projector.run(tmp_path, NAME, options=options(pace=pace, on_progress=take_over))

    assert projector.run(tmp_path, NAME, options=options()).events == 5  # two were committed


def test_an_unreadable_event_stops_the_run_and_is_shown_until_it_is_passed(
    tmp_path: Path, options: Made, stream: Stream
) -> None:
    stream.raw(b"{").save(TICKET, TicketProgressed(kind=WorkKind.WORK), at=NOON)

    with pytest.raises(UnreadableEvent, match="cannot read event 8"):
        projector.run(tmp_path, NAME, options=options())
    [standing] = [
        one
        for one in status(tmp_path, clock=lambda: NOON, open_source=options().open_source)
        if one.name == NAME
    ]
    assert (standing.state, standing.position, standing.lag_events) == ("stopped", 7, 2)
    assert standing.stopped_by is not None

    projector.run(tmp_path, NAME, options=options(on_unreadable=OnUnreadable.QUARANTINE))
    [standing] = [
        one
        for one in status(tmp_path, clock=lambda: NOON, open_source=options().open_source)
        if one.name == NAME
    ]
    assert (standing.state, standing.quarantined, standing.stopped_by) == ("caught up", 1, None)
    connection = connect(tmp_path, names=[NAME])
    assert connection.execute("SELECT position, reason FROM quarantined_event").fetchall() == [
        (8, "not a JSON text")
    ]


def test_what_precedes_an_event_of_a_newer_version_is_published(
    tmp_path: Path, options: Made, stream: Stream
) -> None:
    projector.run(tmp_path, NAME, options=options())
    stream.save(TICKET, TicketAssigned(to="budi", method=Method.MANUAL), at=NOON)
    stream.unknown(TICKET, at=NOON, event_type="ticketledger.ticket.closed.v2")

    with pytest.raises(NewerEvent, match=r"ticketledger\.ticket\.closed\.v2 needs a newer release"):
        projector.run(tmp_path, NAME, options=options())

    connection = connect(tmp_path, names=[NAME])
    assert ("budi",) in connection.execute("SELECT owner FROM queue_item").fetchall()


def test_a_new_version_of_a_projection_asks_for_a_rebuild_and_readers_are_told(
    tmp_path: Path, options: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    projector.run(tmp_path, NAME, options=options())
    newer = Projection(name=NAME, version=PROJECTION.version + 1, data=PROJECTION.data)
    monkeypatch.setattr("projections.agent_queue.PROJECTION", newer)

    with pytest.raises(NeedsRebuild, match="run: ticketledger project rebuild agent_queue"):
        projector.run(tmp_path, NAME, options=options())
    with pytest.raises(NeedsRebuild):
        connect(tmp_path, names=[NAME])
    standings = status(tmp_path, open_source=options().open_source)
    assert {one.name: one.state for one in standings}[NAME] == "needs rebuild"

    projector.rebuild(tmp_path, NAME, options=options())
    assert numbers(tmp_path) == ["N0", "N1", "N2"]


def test_a_rebuild_gives_the_same_tables_and_publishes_them_anew(
    tmp_path: Path, options: Made
) -> None:
    projector.run(tmp_path, NAME, options=options())
    before = tables(tmp_path)
    working = duckdb.connect(str(Places.of(tmp_path, NAME).working))
    working.execute("DELETE FROM ticket").fetchall()  # somebody's accident
    working.close()

    projector.rebuild(tmp_path, NAME, options=options())

    assert tables(tmp_path) == before


def test_readers_keep_the_published_version_while_a_rebuild_is_on_its_way_and_it_can_be_resumed(
    tmp_path: Path, options: Made, stop: threading.Event
) -> None:
    projector.run(tmp_path, NAME, options=options())
    before = tables(tmp_path)
    pace = Pace(live_events_max=2, catch_up_events_max=2, clock=lambda: NOON)

    half = projector.rebuild(
        tmp_path, NAME, options=options(pace=pace, stop=stop, on_progress=lambda _: stop.set())
    )
    assert (half.position, half.caught_up) == (2, False)
    assert tables(tmp_path) == before

    whole = projector.rebuild(tmp_path, NAME, options=options())
    assert (whole.events, whole.caught_up) == (5, True)
    assert tables(tmp_path) == before
    assert not Places.of(tmp_path, NAME).rebuilding.exists()


def test_a_rebuild_refuses_to_run_beside_a_projector(tmp_path: Path, options: Made) -> None:
    with (
        Hold(Places.of(tmp_path, NAME).lock, name=NAME),
        pytest.raises(HeldByAnother),
    ):
        projector.rebuild(tmp_path, NAME, options=options())


def test_a_rebuild_replaces_a_file_that_cannot_be_opened(tmp_path: Path, options: Made) -> None:
    projector.run(tmp_path, NAME, options=options())
    before = tables(tmp_path)
    places = Places.of(tmp_path, NAME)
    for path in (places.working, places.rebuilding):
        path.write_bytes(b"no database" * 1000)

    projector.rebuild(tmp_path, NAME, options=options())

    assert tables(tmp_path) == before


def test_the_views_can_be_had_as_recorded_at_an_earlier_position(
    tmp_path: Path, options: Made, stream: Stream
) -> None:
    projector.run(tmp_path, NAME, options=options())
    scratch = tmp_path / "as-recorded-at-4"

    projector.build_until(
        tmp_path, position=4, target_folder=scratch, names=[NAME], options=options()
    )

    assert numbers(scratch) == ["N0", "N1"]
    connection = connect(scratch, names=[NAME])
    assert connection.execute("SELECT position FROM projection_position").fetchall() == [(4,)]


def test_status_says_how_far_behind_a_projection_is_in_events_and_seconds(
    tmp_path: Path, options: Made, stream: Stream
) -> None:
    projector.run(tmp_path, NAME, options=options())
    stream.save(TICKET, TicketProgressed(kind=WorkKind.WORK), at=NOON)
    stream.save(TICKET, TicketProgressed(kind=WorkKind.WORK), at=NOON)
    source = StreamInMemory(stream)

    def now() -> Any:
        return NOON.replace(minute=2)

    [standing] = [
        one for one in status(tmp_path, clock=now, open_source=source.open) if one.name == NAME
    ]

    assert (standing.state, standing.position, standing.last_position) == ("behind", 7, 9)
    assert (standing.lag_events, standing.lag_seconds) == (2, 120.0)
    assert standing.published_position == 7
    assert standing.file_bytes > 0
    assert standing.holder is None
    with Hold(Places.of(tmp_path, NAME).lock, name=NAME):
        [standing] = [
            one for one in status(tmp_path, clock=now, open_source=source.open) if one.name == NAME
        ]
    assert standing.state == "running"
    assert standing.holder is not None
    assert f"process {os.getpid()}" in standing.holder


def test_a_projection_that_never_ran_stands_at_nothing(tmp_path: Path, options: Made) -> None:
    standings = status(tmp_path, clock=lambda: NOON, open_source=options().open_source)

    assert {one.state for one in standings} == {"never run"}
    assert {one.position for one in standings} == {0}
    assert {one.published_at for one in standings} == {None}
