"""A ticket's day, event by event: opened by chat, solved with a message, thanked for."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.events import (
    NextUpdateKept,
    Requester,
    ResolutionConfirmed,
    SetTarget,
    SlaApplied,
    SlaBreached,
    SlaFulfilled,
    SlaPaused,
    SlaResumed,
    SlaStarted,
    TicketEscalated,
    TicketOpened,
    TicketProgressed,
)
from domain.stages import Stage, stage_of
from domain.ticket import open_ticket
from domain.timing import DueKind
from domain.values import (
    Channel,
    CloseReason,
    EscalationTrigger,
    Intent,
    Level,
    Metric,
    Origin,
    Priority,
    Status,
    WorkKind,
)
from tests.domain.clocked import DAY, HOUR, MINUTE, Case
from tests.domain.given import NUMBER, at, closed, moved, promised, received, sent, solved

pytestmark = pytest.mark.unit

P1_DUE = at("10:20", day=1)
P2_DUE = at("13:10", day=1)
FIRST_REPLY, NEXT_REPLY, RESOLUTION = Metric.FIRST_REPLY, Metric.NEXT_REPLY, Metric.RESOLUTION


def paused(seconds: float) -> SlaPaused:
    return SlaPaused(
        metric=RESOLUTION, instance=1, elapsed_seconds=seconds, calendar_seconds=seconds
    )


def resumed(due: datetime) -> SlaResumed:
    return SlaResumed(metric=RESOLUTION, instance=1, due_at=due)


def fulfilled(metric: Metric, seconds: float, due: datetime | None) -> SlaFulfilled:
    return SlaFulfilled(
        metric=metric,
        instance=1,
        due_at=due,
        elapsed_seconds=seconds,
        calendar_seconds=seconds,
        owner=None if metric is FIRST_REPLY else "ayu",
    )


def test_a_tickets_day() -> None:
    case = Case()
    _opening(case)
    _morning(case)
    _afternoon(case)
    _evening(case)

    ticket = case.ticket
    assert (ticket.status, ticket.cycle, ticket.close_reason) == (
        Status.CLOSED,
        1,
        CloseReason.CONFIRMED,
    )
    assert ticket.first_reply_at == at("10:03")
    assert ticket.resolved_at == at("18:05")
    assert ticket.last_resolver == "ayu"
    assert stage_of(ticket) is Stage.RESOLVED
    assert ticket.promise is None
    assert ticket.clocks == {}
    assert case.next_due is None


def test_without_the_hold_nobody_works_for_two_hours_and_it_escalates() -> None:
    case = Case()
    _opening(case)
    _morning(case)
    _chase_and_reply(case)

    assert case.wait_until(at("17:00")) == [
        (
            at("15:10"),
            [
                SlaBreached(
                    metric=Metric.NO_PROGRESS,
                    instance=1,
                    due_at=at("15:10"),
                    elapsed_seconds=2 * HOUR,
                    calendar_seconds=2 * HOUR,
                    owner="ayu",
                ),
                TicketEscalated(
                    from_level=Level.L1,
                    to_level=Level.L2,
                    trigger=EscalationTrigger.NO_PROGRESS,
                ),
            ],
        )
    ]


def _opening(case: Case) -> None:
    opening = open_ticket(
        number=NUMBER,
        channel=Channel.CHAT,
        requester=Requester(id="customer-1"),
        category=("Refund",),
        priority=Priority.MEDIUM,
    )

    assert case.open(at("10:00"), opening) == [
        TicketOpened(
            number=NUMBER,
            channel=Channel.CHAT,
            live=True,
            origin=Origin.CUSTOMER,
            category=("Refund",),
            priority=Priority.MEDIUM,
            requester=Requester(id="customer-1"),
        ),
        SlaApplied(
            policy="travel",
            version=1,
            rule="everyone",
            targets=(
                SetTarget(
                    metric=FIRST_REPLY,
                    seconds=15 * MINUTE,
                    warn_after_seconds=10 * MINUTE,
                    calendar="always",
                ),
                SetTarget(metric=NEXT_REPLY, seconds=4 * HOUR, calendar="always"),
                SetTarget(
                    metric=RESOLUTION, seconds=DAY, warn_after_seconds=18 * HOUR, calendar="always"
                ),
            ),
        ),
        fulfilled(FIRST_REPLY, 0, None),
        SlaStarted(metric=RESOLUTION, instance=1, due_at=at("10:00", day=1)),
    ]
    assert len(case.do(at("10:01"), lambda ticket: ticket.assign("ayu"))) == 1


def _morning(case: Case) -> None:
    asks = case.do(
        at("10:03"),
        lambda ticket: ticket.reply(
            message_id="m1", channel=Channel.CHAT, at=at("10:03"), agent_id="ayu", asks=True
        ),
    )
    assert asks == [
        sent("m1", channel=Channel.CHAT, asks=True),
        moved(Status.NEW, Status.PENDING, "question"),
        paused(180),
    ]

    answers = case.do(
        at("10:20"),
        lambda ticket: ticket.receive(
            message_id="m2", channel=Channel.CHAT, at=at("10:20"), intent=Intent.ANSWER
        ),
        "customer:customer-1",
    )
    assert answers == [
        received("m2", status=Status.PENDING, intent=Intent.ANSWER, channel=Channel.CHAT),
        moved(Status.PENDING, Status.OPEN, "customer_message"),
        resumed(at("10:17", day=1)),
        SlaStarted(metric=NEXT_REPLY, instance=1, due_at=at("14:20")),
        promised("P1", P1_DUE),
    ]

    waits = case.do(
        at("10:30"), lambda ticket: ticket.change_status(Status.ON_HOLD, reason="airline")
    )
    assert waits == [moved(Status.OPEN, Status.ON_HOLD, "airline"), paused(780)]


def _chase_and_reply(case: Case) -> None:
    chases = case.do(
        at("13:00"),
        lambda ticket: ticket.receive(
            message_id="m3", channel=Channel.EMAIL, at=at("13:00"), intent=Intent.STATUS_CHASE
        ),
        "customer:customer-1",
    )
    assert chases == [
        received("m3", status=Status.ON_HOLD, intent=Intent.STATUS_CHASE),
        moved(Status.ON_HOLD, Status.OPEN, "customer_message"),
        resumed(at("12:47", day=1)),
    ]

    replies = case.do(
        at("13:10"),
        lambda ticket: ticket.reply(
            message_id="m4",
            channel=Channel.EMAIL,
            at=at("13:10"),
            agent_id="ayu",
            next_update_by=P2_DUE,
        ),
    )
    assert replies == [
        sent("m4", due=P2_DUE),
        fulfilled(NEXT_REPLY, 10_200, at("14:20")),
        NextUpdateKept(promise_id="P1", instance=1, due_at=P1_DUE, message_id="m4"),
        promised("P2", P2_DUE, message_id="m4"),
    ]


def _afternoon(case: Case) -> None:
    _chase_and_reply(case)

    waits = case.do(at("13:11"), lambda ticket: ticket.change_status(Status.ON_HOLD))
    assert waits == [moved(Status.OPEN, Status.ON_HOLD), paused(1_440)]


def _evening(case: Case) -> None:
    airline = case.do(at("18:00"), lambda ticket: ticket.progress(WorkKind.THIRD_PARTY))
    assert airline == [
        TicketProgressed(kind=WorkKind.THIRD_PARTY),
        moved(Status.ON_HOLD, Status.OPEN, "third_party"),
        resumed(at("17:36", day=1)),
    ]
    due = case.next_due
    assert due is not None
    assert (due.kind, due.name, due.at) == (DueKind.BREACH, Metric.NO_PROGRESS, at("20:00"))

    answer = sent("m5")
    solves = case.do(
        at("18:05"), lambda ticket: ticket.resolve(at=at("18:05"), agent_id="ayu", message=answer)
    )
    assert solves == [
        answer,
        NextUpdateKept(promise_id="P2", instance=1, due_at=P2_DUE, message_id="m5"),
        solved(told=True),
        fulfilled(RESOLUTION, 1_740, at("17:36", day=1)),
    ]
    due = case.next_due
    assert due is not None
    assert (due.kind, due.at) == (DueKind.TIMEOUT, at("18:05", day=2))

    thanks = case.do(
        at("18:20"),
        lambda ticket: ticket.receive(
            message_id="m6", channel=Channel.EMAIL, at=at("18:20"), intent=Intent.THANKS
        ),
        "customer:customer-1",
    )
    assert thanks == [
        received("m6", status=Status.RESOLVED, intent=Intent.THANKS),
        ResolutionConfirmed(message_id="m6"),
        closed(CloseReason.CONFIRMED),
    ]
