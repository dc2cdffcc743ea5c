"""What a policy answers when it is asked about a case."""

from __future__ import annotations

import pytest
from hypothesis import given
from pydantic import ValidationError

from domain.policies.calendars import ALWAYS
from domain.policies.conditions import Condition, Situation
from domain.policies.durations import written
from domain.policies.policy import Policy, Role
from domain.policies.routes import Lane, QueueSettings, RoutingRule
from domain.policies.targets import Clocks, Target
from domain.policies.telling import ENGLISH
from domain.values import Level, Priority
from tests.domain.policies.calendars import OFFICE
from tests.domain.policies.given import HOUR, PLAIN, POLICIES, but

pytestmark = pytest.mark.unit

VIP = Situation(customer_tier="vip")


def test_the_first_rule_that_holds_gives_the_targets() -> None:
    vip, other = PLAIN.targets_for(VIP), PLAIN.targets_for(Situation())

    assert vip is not None
    assert vip.name == "vip"
    assert vip.clocks == Clocks(first_reply=Target(seconds=300))
    assert PLAIN.calendar(vip.calendar) is ALWAYS
    assert other is not None
    assert PLAIN.calendar(other.calendar) == OFFICE


def test_a_case_that_no_rule_is_about_has_no_targets() -> None:
    only_vip = but(targets=PLAIN.targets[:1])

    assert only_vip.targets_for(Situation()) is None
    assert Policy(title="Empty").targets_for(VIP) is None


def test_the_no_progress_clock_goes_by_the_queues_own_calendar() -> None:
    found = PLAIN.no_progress_for("l1")

    assert found == (OFFICE, Target(seconds=2 * HOUR))
    assert PLAIN.no_progress_for("finance") is None


def test_a_queue_without_settings_of_its_own_works_like_all_others() -> None:
    policy = but(other_queues=QueueSettings(no_progress=Target(seconds=60)))

    assert policy.no_progress_for("somewhere") == (ALWAYS, Target(seconds=60))
    assert policy.no_progress_for(None) == (ALWAYS, Target(seconds=60))
    assert policy.no_progress_for("finance") is None


def test_a_calendar_is_found_by_its_name_or_not_at_all() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        PLAIN.calendar("nowhere")


def test_the_first_routing_rule_that_holds_is_taken() -> None:
    rule = PLAIN.routing.rule_for(Situation(body="I want a refund", customer_tier="vip"))

    assert rule is not None
    assert (rule.queue, rule.level) == ("finance", Level.L2)
    assert PLAIN.routing.rule_for(Situation()) is None


def test_important_customers_and_critical_cases_have_a_lane_unless_a_rule_says_otherwise() -> None:
    routing = PLAIN.routing
    no_lane = RoutingRule(when=Condition(tag=("test",)), lane=Lane.NORMAL)
    strict = routing.model_copy(update={"rules": (no_lane,)})

    assert routing.lane_for(VIP) is Lane.VIP
    assert routing.lane_for(Situation(priority=Priority.CRITICAL)) is Lane.VIP
    assert routing.lane_for(Situation(priority=Priority.HIGH)) is Lane.NORMAL
    tested = Situation(customer_tier="vip", tags=frozenset({"test"}))
    assert strict.lane_for(tested) is Lane.NORMAL


def test_the_words_for_a_stage_are_those_of_the_nearest_language() -> None:
    german = ENGLISH.model_copy(update={"language": "de", "received": "Eingegangen"})
    policy = but(stages=(ENGLISH, german))

    assert policy.labels_for("de-AT") is policy.stages[1]
    assert policy.labels_for("DE").received == "Eingegangen"
    for unknown in ("id", None, "d"):
        assert policy.labels_for(unknown) == ENGLISH


def test_a_role_may_do_what_it_is_allowed_and_without_roles_everybody_may() -> None:
    everything = Role(name="lead", permissions=("*",))
    policy = but(roles=(*PLAIN.roles, everything))

    assert policy.permits(["agent"], "ticket.reply")
    assert policy.permits(["agent"], "customer.erase")
    assert not policy.permits(["agent"], "ticket.close")
    assert policy.permits(["agent", "lead"], "ticket.close")
    assert not policy.permits(["visitor"], "ticket.reply")
    assert not policy.permits([], "ticket.reply")
    assert Policy(title="Empty").permits([], "ticket.close")


@given(POLICIES)
def test_a_policy_comes_back_from_what_is_recorded(policy: Policy) -> None:
    text = policy.model_dump_json(exclude_none=True)

    assert Policy.model_validate_json(text) == policy


@pytest.mark.parametrize("permission", ["reply", "ticket.", "Ticket.reply", "ticket.reply.now", ""])
def test_a_permission_names_a_command(permission: str) -> None:
    with pytest.raises(ValidationError):
        Role(name="agent", permissions=(permission,))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(900, "15m"), (86_400, "1d"), (129_600, "1d 12h"), (61, "1m 1s"), (0, "0s")],
)
def test_a_duration_is_written_as_people_do(seconds: int, text: str) -> None:
    assert written(seconds) == text
