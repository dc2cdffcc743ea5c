"""What a batch may and may not do to a projection's file."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from consumers.working_file import OnUnreadable, WorkingFile
from domain.events import ImportFinished, TicketOpened, TicketProgressed
from domain.values import Channel, Origin, WorkKind
from projections.agent_queue import PROJECTION
from projections.definition import Projection
from projections.errors import (
    Fenced,
    FileDamaged,
    NeedsRebuild,
    NewerEvent,
    PositionGap,
    UnreadableEvent,
)
from tests.consumers.conftest import NOON
from tests.projections.harness import Folded, Stream

pytestmark = pytest.mark.unit

TICKET = "01930c1e-0000-7000-8000-000000000001"
OPENED = TicketOpened(number="N1", channel=Channel.EMAIL, live=False, origin=Origin.CUSTOMER)
WORKED = TicketProgressed(kind=WorkKind.WORK)


def foreign(**changes: Any) -> bytes:
    """An assignment as another program may write it; None leaves a field out."""
    event: dict[str, Any] = {
        "type": "ticketledger.ticket.assigned.v1",
        "subject": TICKET,
        "sequence": "0000000002",
        "time": "2026-03-01T13:00:00.000000Z",
        "recordedtime": "2026-03-01T13:00:00.000000Z",
        "data": {"to": "ayu", "method": "manual"},
    }
    return json.dumps({k: v for k, v in (event | changes).items() if v is not None}).encode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not a JSON text"),
        (b"{", "not a JSON text"),
        (b"\xff\xfe", "not a JSON text"),
        (b"two\nlines", "not a JSON text"),
        (b"null", "the envelope has no type"),
        (b"[1]", "the envelope has no type"),
        (foreign(type=None), "the envelope has no type"),
        (foreign(subject=None), "the envelope has no subject"),
        (foreign(sequence="first"), "the envelope has no readable sequence"),
        (foreign(time="soon"), "the envelope has no readable time"),
        (foreign(recordedtime=None), "the envelope has no readable recordedtime"),
        (foreign(data=None), "data.to is missing or unreadable"),
        (foreign(data="ayu"), "data.to is missing or unreadable"),
        (foreign(data={"method": "manual"}), "data.to is missing or unreadable"),
        (
            foreign(
                type="ticketledger.next_update.kept.v1",
                data={"promise_id": "P1", "instance": 1, "due_at": "soon"},
            ),
            "data.due_at is missing or unreadable",
        ),
        (
            foreign(type="ticketledger.ticket.opened.v1", data={"number": "N1", "requester": "me"}),
            "data.requester is unreadable",
        ),
        (
            foreign(type="ticketledger.ticket.opened.v1", data={"number": "N1", "requester": {}}),
            "data.requester is unreadable",
        ),
    ],
)
def test_what_cannot_be_read_is_set_aside_with_its_position_and_the_reason(
    body: bytes, reason: str
) -> None:
    stream = Stream().save(TICKET, OPENED, at=NOON).raw(body).save(TICKET, WORKED, at=NOON)

    with Folded(PROJECTION).feed(stream.delivered()) as folded:
        assert folded.query("SELECT position, reason FROM quarantine") == [(2, reason)]
        assert folded.query("SELECT position FROM position") == [(3,)]
        assert folded.query("SELECT number FROM ticket") == [("N1",)]


def test_an_event_of_foreign_layout_is_read_as_long_as_it_says_the_same() -> None:
    pretty = json.dumps(json.loads(foreign()), indent=2).encode()
    stream = Stream().save(TICKET, OPENED, at=NOON).raw(pretty)

    with Folded(PROJECTION).feed(stream.delivered()) as folded:
        assert folded.query("SELECT owner FROM ticket") == [("ayu",)]


def test_quarantined_bytes_are_kept_as_they_came_where_the_file_may_hold_them() -> None:
    keeping = Projection(name="agent_queue", version=1, data=PROJECTION.data)
    stream = Stream().raw(b"\xff\xfe").raw("höher".encode())

    with Folded(keeping).feed(stream.delivered()) as folded:
        rows = folded.query("SELECT body FROM quarantine ORDER BY position")

    assert rows == [(b"\xff\xfe",), ("höher".encode(),)]


def test_an_unreadable_event_stops_the_fold_before_it_unless_told_to_go_on() -> None:
    stream = Stream().save(TICKET, OPENED, at=NOON).raw(b"{").save(TICKET, WORKED, at=NOON)

    with Folded(PROJECTION) as folded:
        file = folded.file
        applied = file.apply(file.stage(stream.delivered()))
        assert isinstance(applied.stopped_by, UnreadableEvent)
        assert applied.stopped_by.position == 2
        assert "cannot read event 2: not a JSON text" in str(applied.stopped_by)
        assert (file.positions(), folded.query("FROM quarantine")) == ({0: 1}, [])

        applied = file.apply(file.stage(stream.delivered()), on_unreadable=OnUnreadable.QUARANTINE)
        assert (applied.events, applied.quarantined, applied.stopped_by) == (2, 1, None)
        assert file.positions() == {0: 3}


def test_an_event_of_a_newer_version_stops_the_fold_whatever_was_asked_for() -> None:
    stream = (
        Stream()
        .save(TICKET, OPENED, at=NOON)
        .unknown(TICKET, at=NOON, event_type="ticketledger.ticket.assigned.v2")
        .save(TICKET, WORKED, at=NOON)
    )
    with Folded(PROJECTION) as folded:
        file = folded.file
        applied = file.apply(file.stage(stream.delivered()), on_unreadable=OnUnreadable.QUARANTINE)

        assert isinstance(applied.stopped_by, NewerEvent)
        assert "ticketledger.ticket.assigned.v2 needs a newer release" in str(applied.stopped_by)
        assert file.positions() == {0: 1}


def test_an_unknown_type_counts_for_position_time_and_watermark_and_nothing_else() -> None:
    later = NOON + timedelta(hours=5)
    stream = Stream().save(TICKET, OPENED, at=NOON).unknown(TICKET, at=later)

    with Folded(PROJECTION).feed(stream.delivered()) as folded:
        assert folded.query("SELECT position FROM position") == [(2,)]
        assert folded.query("SELECT as_of FROM watermark") == [(later,)]
        assert folded.query("SELECT status, last_effective FROM ticket") == [("new", later)]
        assert folded.query("FROM quarantine") == []


def test_a_skipped_position_is_an_error_and_changes_nothing() -> None:
    stream = Stream().save(TICKET, OPENED, WORKED, WORKED, at=NOON)
    first, _, third = stream.delivered()

    with Folded(PROJECTION).feed([first]) as folded:
        with pytest.raises(PositionGap, match="expected position 2 in partition 0 and got 3"):
            folded.feed([third])
        assert folded.file.positions() == {0: 1}


def test_a_redelivery_changes_nothing() -> None:
    stream = Stream().save(TICKET, OPENED, WORKED, at=NOON)
    events = stream.delivered()

    with Folded(PROJECTION).feed(events) as folded:
        before = folded.tables()
        applied = folded.file.apply(folded.file.stage([*events, *events]))
        assert applied.events == 0
        assert folded.tables() == before


def test_the_watermark_waits_for_the_slowest_unfinished_source() -> None:
    def hours(count: int) -> Any:
        return NOON + timedelta(hours=count)

    def imported(stream: Stream, ticket: str, at: Any, batch: str) -> None:
        stream.save(ticket, OPENED, at=at, actor="import:old", correlation_id=batch)

    stream = Stream()
    seen: list[Any] = []

    def look() -> None:
        with Folded(PROJECTION).feed(stream.delivered()) as folded:
            seen.extend(value for (value,) in folded.query("SELECT as_of FROM watermark"))

    imported(stream, "a", hours(1), "b1")
    look()  # one batch, at 1 h
    stream.save("b", OPENED, at=hours(9))
    look()  # live is further
    imported(stream, "c", hours(5), "b2")
    look()  # a second batch, but b1 is the slowest
    finished = ImportFinished(
        source="old",
        batch_id="b1",
        rows_read=1,
        rows_changed=1,
        rows_progressed=0,
        rows_unreadable=0,
    )
    stream.save("import-b1", finished, at=hours(99), actor="import:old", correlation_id="b1")
    look()  # b1 is retired, b2 waited for; its end says nothing about the world's time
    stream.save("import-b2", finished, at=hours(99), actor="import:old", correlation_id="b2")
    look()  # only live is left

    assert seen == [hours(1), hours(1), hours(1), hours(5), hours(9)]


def test_with_every_batch_finished_and_nothing_live_the_watermark_is_the_latest_of_all() -> None:
    finished = ImportFinished(
        source="old",
        batch_id="b1",
        rows_read=1,
        rows_changed=1,
        rows_progressed=0,
        rows_unreadable=0,
    )
    stream = Stream()
    stream.save(TICKET, OPENED, at=NOON, actor="import:old", correlation_id="b1")
    stream.save("import-b1", finished, at=NOON, actor="import:old", correlation_id="b1")

    with Folded(PROJECTION).feed(stream.delivered()) as folded:
        assert folded.query("SELECT as_of FROM watermark") == [(NOON,)]


def test_a_file_whose_token_was_overwritten_takes_no_more_commits() -> None:
    stream = Stream().save(TICKET, OPENED, WORKED, at=NOON)
    first, second = stream.delivered()

    with Folded(PROJECTION).feed([first]) as folded:
        before = folded.tables()
        folded.query("UPDATE fence SET token = 'another'")
        with pytest.raises(Fenced, match="must not go on"):
            folded.feed([second])
        assert folded.tables() == before


def test_a_file_of_another_version_asks_for_a_rebuild_by_name(tmp_path: Path) -> None:
    path = tmp_path / "working.duckdb"
    WorkingFile(PROJECTION, path=path, token="a").close()
    newer = Projection(name="agent_queue", version=PROJECTION.version + 1, data=PROJECTION.data)

    with pytest.raises(NeedsRebuild, match="run: ticketledger project rebuild agent_queue"):
        WorkingFile(newer, path=path, token="b")


def test_a_file_that_is_no_database_is_reported_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "working.duckdb"
    path.write_bytes(b"this is no database" * 1000)

    with pytest.raises(FileDamaged, match="project rebuild agent_queue"):
        WorkingFile(PROJECTION, path=path, token="a")
