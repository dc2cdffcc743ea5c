"""Agents' queues, workload and backlog, each figure on a small history worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from domain.events import (
    AgentAvailabilityChanged,
    AgentSkillsChanged,
    MessageReceived,
    MessageSent,
    NextUpdateKept,
    NextUpdatePromised,
    TicketAssigned,
    TicketCategorized,
    TicketClosed,
    TicketDeescalated,
    TicketEscalated,
    TicketHandedOver,
    TicketOpened,
    TicketPrioritized,
    TicketProgressed,
    TicketQueued,
    TicketReopened,
    TicketResolved,
    TicketStatusChanged,
    TicketUnassigned,
)
from domain.people import Availability
from domain.values import (
    Author,
    Channel,
    CloseReason,
    EscalationTrigger,
    Intent,
    Level,
    Method,
    Origin,
    Priority,
    ResolutionCode,
    Status,
    WorkKind,
)
from projections.agent_queue import PROJECTION
from tests.projections.harness import Folded, Stream, fold

pytestmark = pytest.mark.unit

On = Callable[..., datetime]
T1, T2, T3, T4, T5 = (f"01930c1e-0000-7000-8000-00000000000{number}" for number in range(1, 6))


def opened(number: str, **known: Any) -> TicketOpened:
    return TicketOpened(
        number=number, channel=Channel.EMAIL, live=False, origin=Origin.CUSTOMER, **known
    )


def queued(to: str | None) -> TicketQueued:
    return TicketQueued(to=to)


def assigned(to: str) -> TicketAssigned:
    return TicketAssigned(to=to, method=Method.MANUAL)


def moved(before: Status, after: Status) -> TicketStatusChanged:
    return TicketStatusChanged(from_=before, to=after)


def wrote(intent: Intent = Intent.STATUS_CHASE, status: Status = Status.OPEN) -> MessageReceived:
    return MessageReceived(
        message_id="m1", channel=Channel.EMAIL, live=False, intent=intent, status=status
    )


def answered(author: Author = Author.HUMAN) -> MessageSent:
    return MessageSent(message_id="m2", channel=Channel.EMAIL, author=author, asks=False)


def promised(due_at: datetime, promise_id: str = "P1") -> NextUpdatePromised:
    return NextUpdatePromised(promise_id=promise_id, instance=1, due_at=due_at)


def became(agent: str, to: Availability) -> AgentAvailabilityChanged:
    return AgentAvailabilityChanged(agent_id=agent, to=to)


RESOLVED = TicketResolved(code=ResolutionCode.SOLVED, with_message=False, cycle=1)
CLOSED = TicketClosed(reason=CloseReason.AGENT)
REOPENED = TicketReopened(from_=Status.RESOLVED, cycle=2, reason="not refunded")
WORKED = TicketProgressed(kind=WorkKind.WORK)


@pytest.fixture
def day(on: On) -> Iterator[Folded]:
    """Four tickets; the watermark ends up at 4 March 12:00.

    T1: opened 1 March 9:00 in Refunds, Ayu's from 9:10, open from 9:30, pending 2 March 9:00,
        open again 3 March 9:00, resolved 3 March 18:00.
    T2: critical, opened 1 March 10:00 in Refunds, nobody's.
    T3: high, opened 2 March 8:00 in Hotels, Ayu's, open; escalated 2 March 9:00.
    T4: opened 1 March 8:00 in no queue; resolved 1 March 12:00, closed 2 March 12:00, reopened
        4 March 10:00 as Budi's.
    """
    stream = Stream()
    stream.save(T4, opened("N4"), at=on(1, 8))
    stream.save(T1, opened("N1", priority=Priority.MEDIUM), queued("Refunds"), at=on(1, 9))
    stream.save(T1, assigned("ayu"), at=on(1, 9, 10))
    stream.save(T1, moved(Status.NEW, Status.OPEN), at=on(1, 9, 30))
    stream.save(T2, opened("N2", priority=Priority.CRITICAL), queued("Refunds"), at=on(1, 10))
    stream.save(T4, RESOLVED, at=on(1, 12))
    stream.save(T3, opened("N3", priority=Priority.HIGH), queued("Hotels"), at=on(2, 8))
    stream.save(T3, assigned("ayu"), moved(Status.NEW, Status.OPEN), at=on(2, 8))
    stream.save(T1, moved(Status.OPEN, Status.PENDING), at=on(2, 9))
    stream.save(
        T3,
        TicketEscalated(from_level=Level.L1, to_level=Level.L2, trigger=EscalationTrigger.AGENT),
        at=on(2, 9),
    )
    stream.save(T4, CLOSED, at=on(2, 12))
    stream.save(T1, moved(Status.PENDING, Status.OPEN), at=on(3, 9))
    stream.save(T1, RESOLVED, at=on(3, 18))
    stream.save(T4, REOPENED, assigned("budi"), at=on(4, 10))
    stream.save(T3, WORKED, at=on(4, 12))
    with fold(PROJECTION, stream) as folded:
        yield folded


def test_a_queue_at_a_past_instant_has_every_ticket_unresolved_then(day: Folded, on: On) -> None:
    rows = day.query(
        "SELECT number, queue, owner, status, priority, level, since FROM queue_at($ts) "
        "ORDER BY number",
        ts=on(2, 10),
    )

    assert rows == [
        ("N1", "Refunds", "ayu", "pending", "medium", "L1", on(2, 9)),
        ("N2", "Refunds", None, "new", "critical", "L1", on(1, 10)),
        ("N3", "Hotels", "ayu", "open", "high", "L2", on(2, 9)),
    ]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ((1, 7, 59), []),
        ((1, 8, 0), ["N4"]),
        ((1, 11, 59), ["N1", "N2", "N4"]),
        ((1, 12, 0), ["N1", "N2"]),
        ((2, 8, 0), ["N1", "N2", "N3"]),
        ((3, 18, 0), ["N2", "N3"]),
        ((4, 10, 0), ["N2", "N3", "N4"]),
        ((9, 0, 0), ["N2", "N3", "N4"]),
    ],
)
def test_a_state_holds_from_its_own_instant_until_just_before_the_next(
    day: Folded, on: On, moment: tuple[int, int, int], expected: list[str]
) -> None:
    rows = day.query("SELECT number FROM queue_at($ts) ORDER BY number", ts=on(*moment))

    assert [number for (number,) in rows] == expected


def test_an_instant_may_be_given_as_text_in_the_reporting_zone(day: Folded) -> None:
    day.query("SET TimeZone = 'Asia/Jakarta'")  # seven hours ahead of UTC

    rows = day.query("SELECT number FROM queue_at('2026-03-01 16:00') ORDER BY number")

    assert rows == [("N1",), ("N4",)]


def test_an_instant_beyond_the_watermark_is_marked_as_not_yet_known(day: Folded, on: On) -> None:
    ripe = "SELECT DISTINCT mature FROM queue_at($ts)"

    assert day.query(ripe, ts=on(4, 12)) == [(True,)]
    assert day.query(ripe, ts=on(4, 12, 1)) == [(False,)]


def test_a_ticket_at_an_instant_is_shown_with_the_ends_of_that_state(day: Folded, on: On) -> None:
    rows = day.query(
        "SELECT status, owner, since, until FROM ticket_at($ts) WHERE number = 'N1'",
        ts=on(1, 9, 15),
    )

    assert rows == [("new", "ayu", on(1, 9, 10), on(1, 9, 30))]
    assert day.query("SELECT number, status FROM ticket_at($ts) ORDER BY number", ts=on(3, 20)) == [
        ("N1", "resolved"),
        ("N2", "new"),
        ("N3", "open"),
        ("N4", "closed"),
    ]


def test_workload_at_an_instant_counts_new_and_open_as_active(day: Folded, on: On) -> None:
    columns = "agent, active, waiting_on_customer, on_hold, unresolved, oldest"

    assert day.query(f"SELECT {columns} FROM workload_at($ts)", ts=on(2, 10)) == [
        ("ayu", 1, 1, 0, 2, "N1")
    ]
    assert day.query(f"SELECT {columns} FROM workload_at($ts) ORDER BY agent", ts=on(4, 11)) == [
        ("ayu", 1, 0, 0, 1, "N3"),
        ("budi", 1, 0, 0, 1, "N4"),
    ]


def test_the_backlog_at_an_instant_counts_each_unresolved_ticket_once(day: Folded, on: On) -> None:
    rows = day.query(
        "SELECT queue, owner, priority, status, age, tickets FROM backlog_at($ts) ORDER BY queue",
        ts=on(4, 11),
    )

    assert rows == [
        ("Hotels", "ayu", "high", "open", "1-3 days", 1),
        ("Refunds", None, "critical", "new", "3-7 days", 1),
        (None, "budi", None, "open", "0-1 days", 1),
    ]


def test_a_reopened_ticket_is_as_old_as_its_return(day: Folded, on: On) -> None:
    rows = day.query(
        "SELECT opened_at, unresolved_since, times_reopened FROM queue_item WHERE number = 'N4'"
    )

    assert rows == [(on(1, 8), on(4, 10), 1)]


def test_queue_depth_counts_each_queue_by_status(day: Folded, on: On) -> None:
    rows = day.query(
        "SELECT queue, unresolved, new, open, pending, on_hold, unassigned, critical, oldest_since "
        "FROM queue_depth ORDER BY queue"
    )

    assert rows == [
        ("Hotels", 1, 0, 1, 0, 0, 0, 0, on(2, 8)),
        ("Refunds", 1, 1, 0, 0, 0, 1, 1, on(1, 10)),
        (None, 1, 0, 1, 0, 0, 0, 0, on(4, 10)),
    ]


def test_workload_shows_what_each_agent_has_now(day: Folded, on: On) -> None:
    rows = day.rows("SELECT * FROM agent_workload ORDER BY agent")

    assert [row["agent"] for row in rows] == ["ayu", "budi"]
    assert {name: rows[0][name] for name in ("active", "unresolved", "oldest", "oldest_since")} == {
        "active": 1,
        "unresolved": 1,
        "oldest": "N3",
        "oldest_since": on(2, 8),
    }


def test_what_is_not_recorded_yet_is_unknown_rather_than_zero(day: Folded) -> None:
    workload = "SELECT DISTINCT capacity, over_capacity, skills, availability FROM agent_workload"
    clocks = "SELECT DISTINCT sla_clock, sla_due FROM queue_item"

    assert day.query(workload) == [(None, None, None, None)]
    assert day.query(clocks) == [(None, None)]


def test_workload_tells_what_is_recorded_of_agents_with_and_without_tickets(on: On) -> None:
    stream = Stream()
    stream.save(T1, opened("N1"), assigned("ayu"), at=on(1, 9))
    stream.save(T2, opened("N2"), assigned("ayu"), at=on(1, 9))
    stream.save(T3, opened("N3"), assigned("citra"), at=on(1, 9))
    stream.save("agent-ayu", became("ayu", Availability.ONLINE), at=on(1, 10))
    stream.save(
        "agent-ayu",
        AgentSkillsChanged(agent_id="ayu", capacity=1, skills=("hotels",), languages=("id",)),
        at=on(1, 11),
    )
    stream.save("agent-budi", became("budi", Availability.ONLINE), at=on(1, 10))
    stream.save("agent-budi", became("budi", Availability.OFFLINE), at=on(1, 12))
    columns = "agent, active, capacity, over_capacity, skills, languages, availability"

    with fold(PROJECTION, stream) as folded:
        rows = folded.query(
            f"SELECT {columns}, available_since, oldest, as_of FROM agent_workload ORDER BY agent"
        )

    noon = on(1, 12)
    assert rows == [
        ("ayu", 2, 1, True, ["hotels"], ["id"], "online", on(1, 10), "N1", noon),
        ("budi", 0, None, None, None, None, "offline", noon, None, noon),
        ("citra", 1, None, None, None, None, None, None, "N3", noon),
    ]


def test_unassigned_are_the_unresolved_tickets_that_nobody_owns(day: Folded) -> None:
    assert day.query("SELECT number, queue, rank FROM unassigned") == [("N2", "Refunds", 1)]


def test_level_and_escalations_follow_what_was_recorded(day: Folded) -> None:
    rows = day.query("SELECT number, level, times_escalated FROM queue_item ORDER BY number")

    assert rows == [("N2", "L1", 0), ("N3", "L2", 1), ("N4", "L1", 0)]


def test_a_queue_ranks_lane_then_priority_then_soonest_due_then_oldest(on: On) -> None:
    stream = Stream()

    def ticket(ticket: str, number: str, hour: int, **known: Any) -> None:
        stream.save(ticket, opened(number, **known), queued("Q"), at=on(1, hour))

    ticket(T1, "waits", 1, priority=Priority.HIGH)
    stream.save(T1, moved(Status.NEW, Status.PENDING), at=on(1, 2))
    ticket(T2, "low", 3, priority=Priority.LOW)
    ticket(T3, "old", 4, priority=Priority.HIGH)
    ticket(T4, "due", 5, priority=Priority.HIGH)
    stream.save(T4, promised(on(2, 12)), at=on(1, 6))
    ticket(T5, "critical", 7, priority=Priority.CRITICAL)
    with fold(PROJECTION, stream) as folded:
        rows = folded.query("SELECT rank, number, lane, why FROM queue_item ORDER BY rank")

    since = "unresolved since 2026-03-01"
    assert rows == [
        (
            1,
            "critical",
            "critical",
            f"fast lane: critical; priority critical; nothing due; {since} 07:00",
        ),
        (2, "due", "regular", f"priority high; promise due 2026-03-02 12:00; {since} 05:00"),
        (3, "old", "regular", f"priority high; nothing due; {since} 04:00"),
        (4, "low", "regular", f"priority low; nothing due; {since} 03:00"),
        (
            5,
            "waits",
            "waiting",
            f"behind the others: pending; priority high; nothing due; {since} 01:00",
        ),
    ]


def test_a_promise_is_at_risk_after_three_quarters_of_its_time_and_overdue_once_it_has_passed(
    on: On,
) -> None:
    stream = Stream()
    stream.save(T1, opened("N1"), at=on(1, 8))
    stream.save(T1, promised(on(2, 12)), at=on(1, 12))  # three quarters: 2 March 6:00
    with fold(PROJECTION, stream) as folded:

        def risk(moment: datetime) -> list[tuple[Any, ...]]:
            return folded.query(
                "SELECT number, overdue, seconds_left FROM at_risk_as_of(as_of := $ts)", ts=moment
            )

        assert folded.query("FROM at_risk") == []
        assert risk(on(2, 5, 59)) == []
        assert risk(on(2, 6)) == [("N1", False, 6 * 3600)]
        assert risk(on(2, 12)) == [("N1", False, 0)]
        assert risk(on(2, 13)) == [("N1", True, -3600)]


def test_promises_due_include_the_missed_ones_and_those_due_within_the_time_asked_for(
    on: On,
) -> None:
    stream = Stream()
    for ticket, number, due in ((T1, "N1", on(1, 9)), (T2, "N2", on(1, 14)), (T3, "N3", on(3, 9))):
        stream.save(ticket, opened(number), promised(due), at=on(1, 8))
    stream.save(T4, opened("N4"), at=on(1, 12))
    with fold(PROJECTION, stream) as folded:
        within = "SELECT number, overdue FROM promises_due"

        assert folded.query(f"{within}(within := '2 hours')") == [("N1", True), ("N2", False)]
        assert folded.query(f"{within}(within := INTERVAL 1 MINUTE)") == [("N1", True)]
        assert folded.query(f"{within}()") == [("N1", True), ("N2", False)]
        assert folded.query(f"{within}(as_of := '2026-03-03 08:00:00+00')") == [
            ("N1", True),
            ("N2", True),
            ("N3", False),
        ]


def test_a_promise_ends_with_its_own_end_and_not_with_that_of_an_earlier_one(on: On) -> None:
    def kept(promise_id: str) -> NextUpdateKept:
        return NextUpdateKept(promise_id=promise_id, instance=1, due_at=on(2))

    stream = Stream()
    stream.save(T1, opened("N1"), promised(on(2), "P1"), at=on(1))
    stream.save(T1, kept("P1"), promised(on(3), "P2"), at=on(2))
    stream.save(T2, opened("N2"), promised(on(2), "P1"), at=on(1))
    stream.save(T2, kept("P1"), at=on(2))
    stream.save(T3, opened("N3"), promised(on(3), "P2"), at=on(1))
    stream.save(T3, kept("P1"), at=on(2))
    with fold(PROJECTION, stream) as folded:
        rows = folded.query("SELECT number, promise_due FROM queue_item ORDER BY number")

    assert rows == [("N1", on(3)), ("N2", None), ("N3", on(3))]


def test_the_customer_waits_from_their_first_unanswered_message_until_a_human_answers(
    on: On,
) -> None:
    stream = Stream()
    waits: list[datetime | None] = []
    expected: list[datetime | None] = []

    def then(moment: datetime, *events: Any, waiting_since: datetime | None) -> None:
        stream.save(T1, *events, at=moment)
        expected.append(waiting_since)
        with fold(PROJECTION, stream) as folded:
            [(waiting,)] = folded.query("SELECT waiting_since FROM agent_queue.main.ticket")
            waits.append(waiting)

    then(on(1, 9), opened("N1"), waiting_since=on(1, 9))
    then(on(1, 10), answered(Author.BOT), waiting_since=on(1, 9))
    then(on(1, 11), wrote(), waiting_since=on(1, 9))
    then(on(1, 12), answered(), moved(Status.NEW, Status.OPEN), waiting_since=None)
    then(on(1, 13), wrote(), waiting_since=on(1, 13))
    then(on(1, 14), moved(Status.OPEN, Status.ON_HOLD), waiting_since=on(1, 13))
    then(on(1, 15), moved(Status.ON_HOLD, Status.PENDING), waiting_since=None)
    then(on(1, 16), moved(Status.PENDING, Status.OPEN), waiting_since=on(1, 16))
    then(on(1, 17), RESOLVED, waiting_since=None)
    then(on(1, 18), wrote(Intent.THANKS, Status.RESOLVED), waiting_since=None)
    then(on(1, 19), REOPENED, waiting_since=on(1, 19))

    assert waits == expected


def test_a_fact_reported_late_takes_effect_after_what_was_known_and_never_before(on: On) -> None:
    stream = Stream()
    stream.save(T1, opened("N1"), queued("Q1"), at=on(2, 9))
    stream.save(T1, WORKED, at=on(2, 12))
    stream.save(T1, queued("Q2"), at=on(1, 9), recorded=on(2, 13))
    with fold(PROJECTION, stream) as folded:
        spans = folded.query("SELECT queue, since, until FROM agent_queue.main.span")
        rows = folded.query("SELECT queue, since FROM queue_item")

    assert spans == [("Q1", on(2, 9), on(2, 12))]
    assert rows == [("Q2", on(2, 12))]


def test_a_state_that_lasted_no_time_was_nobodys_state(on: On) -> None:
    stream = Stream()
    stream.save(T1, opened("N1"), queued("Q1"), queued("Q2"), at=on(1, 9))
    stream.save(T1, assigned("ayu"), at=on(1, 10))
    with fold(PROJECTION, stream) as folded:
        spans = folded.query("SELECT queue, owner, since, until FROM agent_queue.main.span")

    assert spans == [("Q2", None, on(1, 9), on(1, 10))]


def test_owner_queue_priority_and_level_can_be_taken_away_again(on: On) -> None:
    stream = Stream()
    stream.save(
        T1,
        opened("N1", priority=Priority.HIGH, category=("Refund", "Late")),
        queued("Q1"),
        assigned("ayu"),
        TicketEscalated(from_level=Level.L1, to_level=Level.L2, trigger=EscalationTrigger.AGENT),
        at=on(1, 9),
    )
    stream.save(T1, TicketHandedOver(from_="ayu", to="budi", summary="tried it all"), at=on(1, 10))
    before = "SELECT queue, owner, priority, level, category FROM queue_item"
    with fold(PROJECTION, stream) as folded:
        assert folded.query(before) == [("Q1", "budi", "high", "L2", "Refund / Late")]
    stream.save(
        T1,
        queued(None),
        TicketUnassigned(from_="budi", method=Method.MANUAL),
        TicketPrioritized(method=Method.AGENT),
        TicketDeescalated(from_level=Level.L2, to_level=Level.L1),
        TicketCategorized(method=Method.AGENT),
        at=on(1, 11),
    )
    with fold(PROJECTION, stream) as folded:
        assert folded.query(before) == [(None, None, None, "L1", None)]


def test_an_agents_file_holds_no_bytes_that_nobody_could_read() -> None:
    stream = Stream().raw(b"not json, but somebody's words")
    with fold(PROJECTION, stream) as folded:
        assert folded.query("SELECT position, body FROM agent_queue.main.quarantine") == [(1, None)]
