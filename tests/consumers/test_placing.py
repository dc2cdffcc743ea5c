"""Tickets that nobody has come to a queue and an agent, oldest first, or it is said why not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.events import (
    PassedOver,
    TicketAssigned,
    TicketAssignmentDeferred,
    TicketQueued,
    TicketUnassigned,
)
from domain.people import Availability
from domain.policies.conditions import Condition
from domain.policies.policy import Policy
from domain.policies.routes import Capacity, Queue, Routing, RoutingRule
from domain.values import Channel, DeferralReason, Level, Method, Priority, ResolutionCode
from tests.consumers.desk import NINE, Desk, new_desk
from tests.domain.clocked import HOUR

ROUTING = Routing(
    rules=(
        RoutingRule(name="money", when=Condition(keywords=("refund",)), queue="finance"),
        RoutingRule(
            name="flights",
            when=Condition(category=("Flights",)),
            queue="travel",
            skills=("flights",),
        ),
    ),
    default_queue="first",
    capacity=Capacity(soft=2, hard=3),
    requeue_after_offline_seconds=HOUR,
)
DESK_POLICY = Policy(
    title="Desk",
    routing=ROUTING,
    queues=(Queue(name="first"), Queue(name="travel"), Queue(name="finance", level=Level.L2)),
    skills=("flights",),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with new_desk(tmp_path) as desk:
        desk.publish(DESK_POLICY)
        yield desk


def last(desk: Desk, ticket: str, kind: type[Any]) -> Any:
    found = [event for _, event in desk.history(ticket) if isinstance(event, kind)]
    return found[-1] if found else None


def ask(desk: Desk, ticket: str) -> None:
    desk.do(
        ticket,
        lambda t: t.reply(
            message_id="m1", channel=Channel.EMAIL, at=desk.now, agent_id="ayu", asks=True
        ),
    )


def owner(desk: Desk, ticket: str) -> str | None:
    return desk.ticket(ticket).owner


def test_a_new_ticket_comes_to_its_rules_queue_and_to_an_agent_of_that_level(desk: Desk) -> None:
    desk.agent("ayu")
    desk.agent("budi", level=Level.L2)
    desk.open("T1", subject="Where is my refund?")
    desk.wait(seconds=1)

    desk.automate()

    assert desk.kinds("T1")[-2:] == ["ticket.queued", "ticket.assigned"]
    assert last(desk, "T1", TicketQueued) == TicketQueued(to="finance", rule="money")
    assigned = last(desk, "T1", TicketAssigned)
    assert (assigned.to, assigned.method) == ("budi", Method.LOAD)
    assert (assigned.active_then, assigned.capacity, assigned.over_capacity) == (0, 2, False)
    assert assigned.passed_over == (PassedOver(why="works on L1, not L2", agents=("ayu",)),)
    [*_, (envelope, _)] = desk.history("T1")
    assert (envelope.actor, envelope.time) == ("rule:travel@1", desk.now)


def test_without_anybody_who_can_take_it_a_ticket_is_deferred_and_it_is_said_why(
    desk: Desk,
) -> None:
    desk.agent("ayu", Availability.AWAY, skills=("flights",))
    desk.agent("budi")
    desk.open("T1", category=("Flights", "Change"))

    desk.automate()

    deferred = last(desk, "T1", TicketAssignmentDeferred)
    assert (deferred.queue, deferred.reason) == ("travel", DeferralReason.OFFLINE)
    assert deferred.passed_over == (
        PassedOver(why="away", agents=("ayu",)),
        PassedOver(why="lacks flights", agents=("budi",)),
    )


def test_what_was_deferred_is_not_deferred_again_for_the_same_reason(desk: Desk) -> None:
    desk.open("T1")
    desk.automate()
    before = desk.kinds("T1")
    desk.agent("ayu", Availability.OFFLINE, level=Level.L2)

    desk.automate()
    desk.automate()

    assert desk.kinds("T1") == before


def test_capacity_is_soft_for_all_but_the_vip_lane_and_beyond_it_is_recorded(desk: Desk) -> None:
    desk.agent("ayu")
    for number in range(3):
        desk.open(f"T{number}")
        desk.wait(minutes=1)
    desk.open("T9", priority=Priority.CRITICAL)

    desk.automate()

    owned = {t: owner(desk, t) for t in ("T0", "T1", "T2", "T9")}
    assert owned == {"T9": "ayu", "T0": "ayu", "T1": None, "T2": None}
    desk.open("T10", priority=Priority.CRITICAL)
    desk.automate()
    assert owner(desk, "T10") == "ayu"
    assert last(desk, "T10", TicketAssigned).over_capacity is True
    assert desk.ticket("T1").deferred is DeferralReason.ALL_AT_CAPACITY


def test_when_an_agent_gets_room_the_ticket_that_waits_longest_is_theirs(desk: Desk) -> None:
    desk.agent("ayu")
    for number in range(5):
        desk.open(f"T{number}")
        desk.wait(minutes=1)
    desk.automate()
    assert [owner(desk, f"T{n}") for n in range(5)] == ["ayu", "ayu", None, None, None]

    desk.do("T0", lambda t: t.resolve(at=desk.now, code=ResolutionCode.SOLVED))
    desk.automate()

    assert [owner(desk, f"T{n}") for n in range(1, 5)] == ["ayu", "ayu", None, None]


def test_a_question_to_the_customer_gives_room_too(desk: Desk) -> None:
    desk.agent("ayu")
    for number in range(3):
        desk.open(f"T{number}")
    desk.automate()
    ask(desk, "T0")

    desk.automate()

    assert owner(desk, "T2") == "ayu"


def test_when_an_agent_comes_online_the_oldest_are_theirs(desk: Desk) -> None:
    for number in range(3):
        desk.open(f"T{number}")
        desk.wait(minutes=1)
    desk.automate()
    desk.agent("ayu")

    desk.automate()

    assert [owner(desk, f"T{n}") for n in range(3)] == ["ayu", "ayu", None]


def test_the_least_loaded_gets_it_and_of_equals_who_has_waited_longest(desk: Desk) -> None:
    for id_ in ("ayu", "budi", "citra"):
        desk.agent(id_)
    for number in range(6):
        desk.open(f"T{number}")
        desk.wait(minutes=1)
        desk.automate()

    assert [owner(desk, f"T{n}") for n in range(6)] == ["ayu", "budi", "citra"] * 2


def test_the_tickets_of_an_owner_who_is_gone_for_too_long_go_to_somebody_else(desk: Desk) -> None:
    desk.agent("ayu")
    desk.open("T1")
    desk.automate()
    desk.agent("budi")
    desk.agent("ayu", Availability.OFFLINE)
    desk.wait(minutes=59)
    desk.automate()
    assert owner(desk, "T1") == "ayu"
    desk.wait(hours=5)

    desk.automate()

    assert owner(desk, "T1") == "budi"
    [(envelope, _)] = [p for p in desk.history("T1") if isinstance(p[1], TicketUnassigned)]
    assert (envelope.time - NINE).total_seconds() == HOUR
    assert envelope.actor == "rule:travel@1"


def test_an_owner_who_comes_back_in_time_keeps_their_tickets(desk: Desk) -> None:
    desk.agent("ayu")
    desk.open("T1")
    desk.automate()
    desk.agent("ayu", Availability.OFFLINE)
    desk.wait(minutes=30)
    desk.automate()
    desk.agent("ayu", Availability.ONLINE)
    desk.wait(hours=5)

    desk.automate()

    assert last(desk, "T1", TicketUnassigned) is None


def test_a_ticket_that_is_given_to_somebody_offline_on_purpose_stays_there_for_a_while(
    desk: Desk,
) -> None:
    desk.agent("ayu", Availability.OFFLINE)
    desk.wait(hours=10)
    desk.open("T1")
    desk.do("T1", lambda t: t.assign("ayu"))
    desk.wait(minutes=59)
    desk.automate()
    assert owner(desk, "T1") == "ayu"
    desk.wait(minutes=2)

    desk.automate()

    assert owner(desk, "T1") is None


def test_what_waits_for_the_customer_stays_with_an_owner_who_is_gone(desk: Desk) -> None:
    desk.agent("ayu")
    desk.open("T1")
    desk.automate()
    ask(desk, "T1")
    desk.agent("ayu", Availability.OFFLINE)
    desk.wait(hours=5)

    desk.automate()

    assert owner(desk, "T1") == "ayu"


def test_a_ticket_of_another_system_counts_as_load_and_is_not_given_out(desk: Desk) -> None:
    desk.agent("ayu", capacity=1)
    desk.open("T1", actor="import:servicenow")
    desk.do("T1", lambda t: t.assign("ayu"), actor="import:servicenow")
    desk.open("T2", actor="import:servicenow")
    desk.open("T3")

    desk.automate()

    assert owner(desk, "T2") is None
    assert desk.ticket("T3").deferred is DeferralReason.ALL_AT_CAPACITY


def test_a_vip_is_known_by_their_profile(desk: Desk) -> None:
    desk.customer("C7", customer_tier="vip")
    desk.agent("ayu", capacity=1)
    desk.open("T1")
    desk.wait(minutes=1)
    desk.open("T2", customer="C7")

    desk.automate()

    assert (owner(desk, "T1"), owner(desk, "T2")) == (None, "ayu")
