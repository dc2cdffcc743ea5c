"""A ticket's day, event by event: opened by chat, solved with a message, thanked for."""

from __future__ import annotations

import pytest

from domain.events import (
    NextUpdateKept,
    Requester,
    ResolutionConfirmed,
    TicketOpened,
    TicketProgressed,
)
from domain.stages import Stage, stage_of
from domain.ticket import open_ticket
from domain.values import Channel, CloseReason, Intent, Origin, Priority, Status, WorkKind
from tests.domain.given import (
    NUMBER,
    Given,
    at,
    closed,
    given,
    moved,
    promised,
    received,
    sent,
    solved,
)

pytestmark = pytest.mark.unit

P1_DUE = at("10:20", day=1)
P2_DUE = at("13:10", day=1)


def test_a_tickets_day() -> None:
    opening = open_ticket(
        number=NUMBER,
        channel=Channel.CHAT,
        requester=Requester(id="customer-1"),
        category=("Refund",),
        priority=Priority.MEDIUM,
    )
    assert opening == [
        TicketOpened(
            number=NUMBER,
            channel=Channel.CHAT,
            live=True,
            origin=Origin.CUSTOMER,
            category=("Refund",),
            priority=Priority.MEDIUM,
            requester=Requester(id="customer-1"),
        )
    ]
    day = given(at("10:00"), *opening)
    day = day.when(lambda ticket: ticket.assign("ayu")).recorded(at("10:01"))

    day = _morning(day)
    day = _afternoon(day)
    day = _evening(day)

    ticket = day.ticket
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


def _morning(day: Given) -> Given:
    asks = day.when(
        lambda ticket: ticket.reply(
            message_id="m1", channel=Channel.CHAT, at=at("10:03"), agent_id="ayu", asks=True
        )
    )
    asks.then(
        sent("m1", channel=Channel.CHAT, asks=True),
        moved(Status.NEW, Status.PENDING, "question"),
    )

    answers = asks.recorded(at("10:03")).when(
        lambda ticket: ticket.receive(
            message_id="m2", channel=Channel.CHAT, at=at("10:20"), intent=Intent.ANSWER
        )
    )
    answers.then(
        received("m2", status=Status.PENDING, intent=Intent.ANSWER, channel=Channel.CHAT),
        moved(Status.PENDING, Status.OPEN, "customer_message"),
        promised("P1", P1_DUE),
    )

    waits = answers.recorded(at("10:20")).when(
        lambda ticket: ticket.change_status(Status.ON_HOLD, reason="airline")
    )
    waits.then(moved(Status.OPEN, Status.ON_HOLD, "airline"))
    return waits.recorded(at("10:30"))


def _afternoon(day: Given) -> Given:
    chases = day.when(
        lambda ticket: ticket.receive(
            message_id="m3", channel=Channel.EMAIL, at=at("13:00"), intent=Intent.STATUS_CHASE
        )
    )
    chases.then(
        received("m3", status=Status.ON_HOLD, intent=Intent.STATUS_CHASE),
        moved(Status.ON_HOLD, Status.OPEN, "customer_message"),
    )

    replies = chases.recorded(at("13:00")).when(
        lambda ticket: ticket.reply(
            message_id="m4",
            channel=Channel.EMAIL,
            at=at("13:10"),
            agent_id="ayu",
            next_update_by=P2_DUE,
        )
    )
    replies.then(
        sent("m4", due=P2_DUE),
        NextUpdateKept(promise_id="P1", instance=1, due_at=P1_DUE, message_id="m4"),
        promised("P2", P2_DUE, message_id="m4"),
    )

    waits = replies.recorded(at("13:10")).when(lambda ticket: ticket.change_status(Status.ON_HOLD))
    waits.then(moved(Status.OPEN, Status.ON_HOLD))
    return waits.recorded(at("13:11"))


def _evening(day: Given) -> Given:
    airline = day.when(lambda ticket: ticket.progress(WorkKind.THIRD_PARTY))
    airline.then(
        TicketProgressed(kind=WorkKind.THIRD_PARTY),
        moved(Status.ON_HOLD, Status.OPEN, "third_party"),
    )

    answer = sent("m5")
    solves = airline.recorded(at("18:00")).when(
        lambda ticket: ticket.resolve(at=at("18:05"), agent_id="ayu", message=answer)
    )
    solves.then(
        answer,
        NextUpdateKept(promise_id="P2", instance=1, due_at=P2_DUE, message_id="m5"),
        solved(told=True),
    )

    thanks = solves.recorded(at("18:05")).when(
        lambda ticket: ticket.receive(
            message_id="m6", channel=Channel.EMAIL, at=at("18:20"), intent=Intent.THANKS
        )
    )
    thanks.then(
        received("m6", status=Status.RESOLVED, intent=Intent.THANKS),
        ResolutionConfirmed(message_id="m6"),
        closed(CloseReason.CONFIRMED),
    )
    return thanks.recorded(at("18:20"))
