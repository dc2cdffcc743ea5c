"""What the parts of a policy alone do not show."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from domain.policies.conditions import Condition
from domain.policies.contradictions import Contradiction, contradictions
from domain.policies.policy import Policy, Role
from domain.policies.routes import Capacity, Queue, QueueSettings, RoutingRule
from domain.policies.targets import Clocks, Target, TargetRule
from domain.policies.telling import ENGLISH, Notification, NotifiedFact
from domain.reach import Surface
from domain.values import Level
from tests.domain.policies.calendars import NIGHT, OFFICE, WORKDAYS, spans
from tests.domain.policies.given import PLAIN, POLICIES, but

pytestmark = pytest.mark.unit

SLOW = Target(seconds=600, warn_after_seconds=600)


def routing(**parts: Any) -> Policy:
    return but(routing=PLAIN.routing.model_copy(update=parts))


def rule(**parts: Any) -> tuple[TargetRule, ...]:
    return (TargetRule(clocks=Clocks()).model_copy(update=parts),)


def test_a_policy_that_holds_together_has_none() -> None:
    assert contradictions(PLAIN) == []
    assert contradictions(Policy(title="Empty")) == []


@pytest.mark.parametrize(
    ("policy", "place", "told"),
    [
        (
            but(calendars=(OFFICE.model_copy(update={"zone": "Europe/Berlim"}), NIGHT)),
            ("calendars", 0, "zone"),
            "such as Europe/Berlin or UTC; did you mean Europe/Berlin?",
        ),
        (
            but(calendars=(OFFICE, NIGHT.model_copy(update={"name": "always"}))),
            ("calendars", 1),
            "give yours another name",
        ),
        (but(calendars=(OFFICE, OFFICE)), ("calendars", 1), "office is there twice"),
        (
            but(targets=rule(calendar="ofice")),
            ("targets", 0, "calendar"),
            "there is no calendar ofice; did you mean office? (there are always, office, night)",
        ),
        (
            but(targets=rule(clocks=Clocks(resolution=SLOW))),
            ("targets", 0, "resolution"),
            "the warning comes no earlier than the target",
        ),
        (
            but(targets=rule(when=Condition(queue=("finanse",)))),
            ("targets", 0, "when", "queue"),
            "there is no queue finanse; did you mean finance?",
        ),
        (
            but(queues=(*PLAIN.queues, Queue(name="x", calendar="day"))),
            ("queues", 2, "calendar"),
            "there is no calendar day (there are always, office, night)",
        ),
        (
            but(other_queues=QueueSettings(no_progress=SLOW)),
            ("other_queues", "no_progress"),
            "the warning comes no earlier",
        ),
        (but(skills=()), ("queues", 1, "skills"), "no skill refunds (the policy names none)"),
        (but(queues=(*PLAIN.queues, Queue(name="l1"))), ("queues", 2), "l1 is there twice"),
        (
            routing(default_queue="l2"),
            ("routing", "default_queue"),
            "there is no queue l2 (there are l1, finance)",
        ),
        (routing(rules=(RoutingRule(),)), ("routing", "rules", 0), "decides nothing"),
        (
            routing(rules=(RoutingRule(skills=("refund",)),)),
            ("routing", "rules", 0, "skills"),
            "there is no skill refund; did you mean refunds?",
        ),
        (
            routing(rules=(RoutingRule(queue="l3"),)),
            ("routing", "rules", 0, "queue"),
            "there is no queue l3",
        ),
        (
            routing(vip_lane=(Condition(queue=("vips",)),)),
            ("routing", "vip_lane", 0, "queue"),
            "there is no queue vips",
        ),
        (
            routing(capacity=Capacity(soft=10, hard=9)),
            ("routing", "capacity", "hard"),
            "the hard limit 9 is below the soft one, 10",
        ),
        (
            but(roles=(Role(name="agent", permissions=("tikket.reply",)),)),
            ("roles", 0, "permissions"),
            "no command begins with tikket; did you mean ticket?",
        ),
        (
            but(roles=(*PLAIN.roles, *PLAIN.roles)),
            ("roles", 1),
            "agent is there twice",
        ),
        (
            but(stages=(ENGLISH, ENGLISH.model_copy(update={"language": "EN"}))),
            ("stages", 1),
            "en is there twice",
        ),
        (
            but(
                notifications=2
                * (Notification(fact=NotifiedFact.TICKET_CLOSED, surfaces=(Surface.PUSH,)),)
            ),
            ("notifications", 1),
            "ticket.closed is there twice",
        ),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place(
    policy: Policy, place: tuple[str | int, ...], told: str
) -> None:
    (found,) = contradictions(policy)

    assert found.place == place
    assert told in found.message
    assert not found.is_warning


def test_a_rule_behind_one_that_takes_all_of_its_cases_is_warned_of() -> None:
    (*_, last) = PLAIN.targets
    (money,) = PLAIN.routing.rules
    narrow = RoutingRule(
        name="flights", when=Condition(category=("Flights",), keywords=("Refund",)), level=Level.L2
    )

    targets = contradictions(but(targets=(last, *PLAIN.targets)))
    routes = contradictions(routing(rules=(money, narrow)))

    assert [(one.place, one.is_warning) for one in targets] == [
        (("targets", 1), True),
        (("targets", 2), True),
    ]
    assert routes == [
        Contradiction(
            ("routing", "rules", 1),
            "this rule is never reached: rule 1 (money) takes all of its cases; "
            "put it before that one",
            is_warning=True,
        )
    ]
    assert contradictions(routing(rules=(narrow, money))) == []


def test_hours_that_overlap_are_warned_of() -> None:
    twice = OFFICE.model_copy(update={"hours": spans(WORKDAYS[:1], "09:00-12:00", "11:00-14:00")})

    (found,) = contradictions(but(calendars=(twice, NIGHT)))

    assert found.is_warning
    assert found.place == ("calendars", 0, "hours")
    assert "monday 11:00-14:00 overlaps" in found.message


@given(POLICIES)
def test_any_policy_can_be_judged(policy: Policy) -> None:
    for found in contradictions(policy):
        assert found.message
        assert found.place[0] in Policy.model_fields
