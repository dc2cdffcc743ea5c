"""What is due, what is at risk and whom to remind, worked out by hand from clocks and promises."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from domain.events import (
    AnyTicketEvent,
    CustomerProfiled,
    CustomersMerged,
    NextUpdateKept,
    NextUpdateMissed,
    NextUpdatePromised,
    NoteAdded,
    ReminderDue,
    ReminderSet,
    Requester,
    SlaApplied,
    SlaBreached,
    SlaCancelled,
    SlaFulfilled,
    SlaPaused,
    SlaRemoved,
    SlaResumed,
    SlaStarted,
    SlaWarned,
    TicketAssigned,
    TicketAssignmentDeferred,
    TicketClosed,
    TicketMerged,
    TicketOpened,
    TicketPrioritized,
    TicketStatusChanged,
)
from domain.values import (
    Channel,
    CloseReason,
    DeferralReason,
    Method,
    Metric,
    Origin,
    Priority,
    Status,
)
from projections.agent_queue import PROJECTION
from tests.projections.conftest import Clock as On
from tests.projections.harness import Stream, fold

pytestmark = pytest.mark.unit

T1, T2, T3, T4 = (f"01930c1e-0000-7000-8000-00000000000{number}" for number in range(1, 5))


def opened(number: str, *, priority: Priority | None = None, requester: str = "x") -> TicketOpened:
    return TicketOpened(
        number=number,
        channel=Channel.EMAIL,
        live=False,
        origin=Origin.CUSTOMER,
        priority=priority,
        requester=Requester(id=requester),
    )


def started(metric: Metric, due_at: datetime) -> SlaStarted:
    return SlaStarted(metric=metric, instance=1, due_at=due_at)


def paused(metric: Metric) -> SlaPaused:
    return SlaPaused(metric=metric, instance=1, elapsed_seconds=180, calendar_seconds=180)


def read(kind: type[Any], metric: Metric, due_at: datetime | None = None, **more: str) -> Any:
    return kind(
        metric=metric, instance=1, due_at=due_at, elapsed_seconds=60, calendar_seconds=60, **more
    )


def promised(due_at: datetime, promise_id: str = "P1") -> NextUpdatePromised:
    return NextUpdatePromised(promise_id=promise_id, instance=1, due_at=due_at)


def missed(instance: int, due_at: datetime, next_due_at: datetime) -> NextUpdateMissed:
    return NextUpdateMissed(
        promise_id="P1", instance=instance, due_at=due_at, next_due_at=next_due_at
    )


def moved(to: Status) -> TicketStatusChanged:
    return TicketStatusChanged(from_=Status.NEW, to=to)


def item(stream: Stream, columns: str, number: str = "N1") -> tuple[Any, ...]:
    with fold(PROJECTION, stream) as folded:
        [row] = folded.query(
            f"SELECT {columns} FROM queue_item WHERE number = $number", number=number
        )
    return row


def clocks(stream: Stream) -> list[tuple[Any, ...]]:
    with fold(PROJECTION, stream) as folded:
        return folded.query("SELECT metric, state, due FROM ticket_clock")


# ── Clocks ──────────────────────────────────────────────────────────────────────────────────────


def test_the_clock_that_is_due_first_is_the_next_due(on: On) -> None:
    stream = Stream().save(
        T1,
        opened("N1"),
        started(Metric.RESOLUTION, on(3, 9)),
        started(Metric.FIRST_REPLY, on(2, 9, 15)),
        promised(on(2, 18)),
        at=on(2, 9),
    )

    assert item(stream, "next_due_clock, next_due, sla_clock, sla_due, promise_due, why") == (
        "first_reply",
        on(2, 9, 15),
        "first_reply",
        on(2, 9, 15),
        on(2, 18),
        "no priority; first reply due 2026-03-02 09:15; unresolved since 2026-03-02 09:00",
    )


def test_a_promise_due_before_every_clock_is_the_next_due(on: On) -> None:
    stream = Stream().save(
        T1,
        opened("N1"),
        started(Metric.RESOLUTION, on(3, 9)),
        promised(on(2, 18)),
        at=on(2, 9),
    )

    assert item(stream, "next_due_clock, next_due, sla_clock") == (
        "promise",
        on(2, 18),
        "resolution",
    )


def test_a_paused_clock_is_due_at_no_moment_until_it_goes_on(on: On) -> None:
    stream = Stream().save(T1, opened("N1"), started(Metric.RESOLUTION, on(3, 9)), at=on(2, 9))
    stream.save(T1, moved(Status.PENDING), paused(Metric.RESOLUTION), at=on(2, 10))

    assert clocks(stream) == [("resolution", "paused", None)]
    assert item(stream, "next_due, lane, at_risk") == (None, "waiting", False)

    resumed = SlaResumed(metric=Metric.RESOLUTION, instance=1, due_at=on(3, 11))
    stream.save(T1, moved(Status.OPEN), resumed, at=on(2, 12))

    assert clocks(stream) == [("resolution", "running", on(3, 11))]


def test_a_warned_clock_is_at_risk_before_its_due(on: On) -> None:
    stream = Stream().save(T1, opened("N1"), started(Metric.RESOLUTION, on(3, 9)), at=on(2, 9))
    stream.save(T1, read(SlaWarned, Metric.RESOLUTION, on(3, 9)), at=on(3, 3))

    assert clocks(stream) == [("resolution", "warned", on(3, 9))]
    assert item(stream, "at_risk, overdue, risk") == (True, False, "resolution warned")


def test_a_breached_clock_runs_on_and_keeps_its_due(on: On) -> None:
    stream = Stream().save(T1, opened("N1"), started(Metric.RESOLUTION, on(3, 9)), at=on(2, 9))
    stream.save(T1, read(SlaWarned, Metric.RESOLUTION, on(3, 9)), at=on(3, 3))
    stream.save(T1, read(SlaBreached, Metric.RESOLUTION, on(3, 9)), at=on(3, 9))
    stream.save(T2, opened("N2"), at=on(4, 9))

    assert clocks(stream) == [("resolution", "breached", on(3, 9))]
    assert item(stream, "at_risk, overdue, risk, next_due, why") == (
        True,
        True,
        "resolution breached",
        on(3, 9),
        "no priority; resolution overdue since 2026-03-03 09:00; unresolved since 2026-03-02 09:00",
    )


def test_what_has_passed_without_being_recorded_is_overdue_all_the_same(on: On) -> None:
    stream = Stream().save(T1, opened("N1"), started(Metric.RESOLUTION, on(3, 9)), at=on(2, 9))
    stream.save(T2, opened("N2"), at=on(4, 9))

    assert item(stream, "overdue, at_risk, risk") == (True, True, "resolution overdue")


@pytest.mark.parametrize("kind", [SlaFulfilled, SlaCancelled])
def test_a_fulfilled_or_cancelled_clock_is_gone(on: On, kind: type[Any]) -> None:
    reason = {"reason": "resolved"} if kind is SlaCancelled else {}
    stream = Stream().save(T1, opened("N1"), started(Metric.FIRST_REPLY, on(2, 10)), at=on(2, 9))
    stream.save(T1, read(kind, Metric.FIRST_REPLY, on(2, 10), **reason), at=on(2, 9, 5))

    assert clocks(stream) == []
    assert item(stream, "next_due, sla_clock") == (None, None)


def test_a_clock_that_starts_again_has_neither_warned_nor_breached(on: On) -> None:
    stream = Stream().save(T1, opened("N1"), started(Metric.RESOLUTION, on(3, 9)), at=on(2, 9))
    stream.save(T1, read(SlaBreached, Metric.RESOLUTION, on(3, 9)), at=on(3, 9))
    stream.save(T1, read(SlaFulfilled, Metric.RESOLUTION, on(3, 9)), at=on(3, 10))
    stream.save(T1, started(Metric.RESOLUTION, on(5, 9)), at=on(4, 9))

    assert clocks(stream) == [("resolution", "running", on(5, 9))]


def test_no_progress_is_at_risk_from_its_warning_until_somebody_works(on: On) -> None:
    stream = Stream().save(T1, opened("N1"), at=on(2, 9))
    stream.save(T1, read(SlaWarned, Metric.NO_PROGRESS, on(2, 11)), at=on(2, 10, 30))
    stream.save(T1, read(SlaBreached, Metric.NO_PROGRESS, on(2, 11)), at=on(2, 11))

    assert item(stream, "next_due_clock, next_due, risk") == (
        "no_progress",
        on(2, 11),
        "no progress breached",
    )

    stream.save(T1, TicketAssigned(to="ayu", method=Method.LOAD), at=on(2, 12))
    assert item(stream, "at_risk") == (True,)

    stream.save(T1, NoteAdded(note_id="n1", body="asked the airline"), at=on(2, 13))
    assert item(stream, "at_risk, next_due") == (False, None)


def test_the_version_whose_targets_hold_is_told(on: On) -> None:
    applied = SlaApplied(policy="travel", version=2, targets=())
    stream = Stream().save(T1, opened("N1"), applied, at=on(2, 9))

    assert item(stream, "policy, policy_version") == ("travel", 2)

    stream.save(T1, SlaRemoved(policy="travel", version=2, reason="published"), at=on(2, 10))

    assert item(stream, "policy, policy_version") == (None, None)


# ── Promises ────────────────────────────────────────────────────────────────────────────────────


def test_a_missed_promise_is_due_again_and_stays_at_risk(on: On) -> None:
    stream = Stream().save(T1, opened("N1"), promised(on(2, 18)), at=on(2, 9))
    stream.save(T1, missed(1, on(2, 18), on(3, 18)), at=on(2, 18))

    assert item(stream, "promise_due, promise_misses, overdue, at_risk, risk") == (
        on(3, 18),
        1,
        False,
        True,
        "promise missed",
    )

    stream.save(T1, missed(2, on(3, 18), on(4, 18)), at=on(3, 18))

    assert item(stream, "promise_due, promise_misses, risk") == (
        on(4, 18),
        2,
        "promise missed 2 times",
    )


def test_an_update_ends_what_was_missed(on: On) -> None:
    stream = Stream().save(T1, opened("N1"), promised(on(2, 18)), at=on(2, 9))
    stream.save(T1, missed(1, on(2, 18), on(3, 18)), at=on(2, 18))
    kept = NextUpdateKept(promise_id="P1", instance=2, due_at=on(3, 18))
    stream.save(T1, kept, promised(on(4, 9), "P2"), at=on(2, 20))

    assert item(stream, "promise_due, promise_misses, at_risk") == (on(4, 9), 0, False)


def test_a_miss_of_another_promise_changes_nothing(on: On) -> None:
    stream = Stream().save(T1, opened("N1"), promised(on(3, 18), "P2"), at=on(2, 9))
    stream.save(T1, missed(1, on(2, 18), on(4, 18)), at=on(2, 10))

    assert item(stream, "promise_due, promise_misses") == (on(3, 18), 0)


def test_missed_promises_come_before_those_that_fall_due(on: On) -> None:
    stream = Stream().save(T1, opened("N1"), promised(on(2, 18)), at=on(2, 9))
    stream.save(T2, opened("N2"), promised(on(2, 19)), at=on(2, 9))
    stream.save(T3, opened("N3"), promised(on(9, 9)), at=on(2, 9))
    stream.save(T1, missed(1, on(2, 18), on(8, 18)), at=on(2, 18))

    with fold(PROJECTION, stream) as folded:
        rows = folded.query("SELECT number, due, missed FROM promises_due()")

    assert rows == [("N1", on(8, 18), 1), ("N2", on(2, 19), 0)]


# ── Rank ────────────────────────────────────────────────────────────────────────────────────────


def test_rank_goes_by_lane_then_priority_then_soonest_due_then_age(on: On) -> None:
    stream = Stream()
    stream.save(T1, opened("N1", priority=Priority.HIGH), at=on(2, 8))
    stream.save(
        T2,
        opened("N2", priority=Priority.HIGH),
        started(Metric.RESOLUTION, on(4, 9)),
        at=on(2, 9),
    )
    breached = read(SlaBreached, Metric.RESOLUTION, on(3, 9))
    stream.save(
        T3, opened("N3", priority=Priority.HIGH), started(Metric.RESOLUTION, on(3, 9)), at=on(2, 9)
    )
    stream.save(T3, breached, at=on(3, 9))
    stream.save(T4, opened("N4", priority=Priority.LOW, requester="v"), at=on(2, 9))
    stream.save("customer-v", CustomerProfiled(customer_id="v", customer_tier="VIP"), at=on(2, 7))

    with fold(PROJECTION, stream) as folded:
        rows = folded.query("SELECT number, lane FROM queue_item ORDER BY rank")

    assert rows == [("N4", "VIP"), ("N3", "regular"), ("N2", "regular"), ("N1", "regular")]


def test_a_customer_who_turned_out_to_be_a_vip_has_the_fast_lane(on: On) -> None:
    stream = Stream().save(T1, opened("N1", requester="w"), at=on(2, 9))
    stream.save("customer-v", CustomerProfiled(customer_id="v", customer_tier="vip"), at=on(2, 7))
    stream.save("customer-w", CustomersMerged(from_="w", to="v"), at=on(2, 10))

    assert item(stream, "lane, why") == (
        "VIP",
        "fast lane: VIP; no priority; nothing due; unresolved since 2026-03-02 09:00",
    )


# ── What else is told ───────────────────────────────────────────────────────────────────────────


def test_a_deferred_ticket_says_why_until_somebody_has_it(on: On) -> None:
    deferred = TicketAssignmentDeferred(reason=DeferralReason.ALL_AT_CAPACITY)
    stream = Stream().save(T1, opened("N1"), deferred, at=on(2, 9))

    assert item(stream, "deferred") == ("all_at_capacity",)

    stream.save(T1, TicketAssigned(to="ayu", method=Method.CLAIM), at=on(2, 10))

    assert item(stream, "deferred") == (None,)


def test_a_merged_ticket_leaves_the_queue_and_says_where_it_went(on: On) -> None:
    stream = Stream().save(T1, opened("N1"), at=on(2, 9)).save(T2, opened("N2"), at=on(2, 9))
    merged: list[AnyTicketEvent] = [
        TicketMerged(target=T2, target_number="N2"),
        TicketClosed(reason=CloseReason.MERGED),
    ]
    stream.save(T1, *merged, at=on(2, 12))

    with fold(PROJECTION, stream) as folded:
        assert folded.query("SELECT number FROM queue_item") == [("N2",)]
        assert folded.query("SELECT number, merged_into FROM merged_ticket") == [("N1", "N2")]
        at_11 = folded.query("SELECT number FROM queue_at($moment)", moment=on(2, 11))
        at_13 = folded.query("SELECT number FROM queue_at($moment)", moment=on(2, 13))
    assert (at_11, at_13) == ([("N1",), ("N2",)], [("N2",)])


def test_a_reminder_is_told_until_somebody_works_after_it_rang(on: On) -> None:
    reminder = ReminderSet(reminder_id="r1", due_at=on(2, 15), agent_id="ayu", text="call them")
    stream = Stream().save(T1, opened("N1"), reminder, at=on(2, 9))
    stream.save(T1, NoteAdded(note_id="n1", body="early work"), at=on(2, 10))

    assert item(stream, "reminder_due") == (on(2, 15),)

    stream.save(T1, ReminderDue(reminder_id="r1", due_at=on(2, 15)), at=on(2, 15))
    with fold(PROJECTION, stream) as folded:
        rows = folded.query("SELECT agent, number, due, rang_at, overdue FROM reminders_due()")
        workload = folded.query("SELECT agent, next_reminder FROM agent_workload")
    assert rows == [("ayu", "N1", on(2, 15), on(2, 15), True)]
    assert workload == []  # ayu has no ticket, and nothing else is recorded of her

    stream.save(T1, NoteAdded(note_id="n2", body="called"), at=on(2, 16))

    assert item(stream, "reminder_due") == (None,)


def test_a_reminder_without_an_agent_is_the_owners(on: On) -> None:
    reminder = ReminderSet(reminder_id="r1", due_at=on(2, 15))
    owned = TicketAssigned(to="budi", method=Method.CLAIM)
    stream = Stream().save(T1, opened("N1"), owned, reminder, at=on(2, 9))

    with fold(PROJECTION, stream) as folded:
        assert folded.query("SELECT agent, next_reminder FROM agent_workload") == [
            ("budi", on(2, 15))
        ]


def test_the_words_of_a_reminder_are_not_in_the_queues(on: On) -> None:
    reminder = ReminderSet(reminder_id="r1", due_at=on(2, 15), agent_id="ayu", text="call them")
    stream = Stream().save(T1, opened("N1"), reminder, at=on(2, 9))

    with fold(PROJECTION, stream) as folded:
        assert "call them" not in str(folded.tables())


def test_a_new_priority_changes_the_rank_and_no_clock(on: On) -> None:
    stream = Stream().save(T1, opened("N1"), started(Metric.RESOLUTION, on(3, 9)), at=on(2, 9))
    raised = TicketPrioritized(to=Priority.CRITICAL, method=Method.AGENT)
    stream.save(T1, raised, at=on(2, 10))

    assert item(stream, "lane, next_due") == ("critical", on(3, 9))
