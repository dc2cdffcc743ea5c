"""Cases come to the right queue and to an agent who can take them, and it is said why."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from domain.agent import Agent
from domain.candidates import Candidate
from domain.people import Availability
from domain.policies.conditions import Condition, Situation
from domain.policies.policy import Policy
from domain.policies.routes import (
    Capacity,
    Lane,
    Queue,
    QueueSettings,
    Routing,
    RoutingRule,
    Strategy,
)
from domain.routing import Case, Requeue, next_for, requeue_due, route, route_all, to_requeue
from domain.values import DeferralReason, Level, Method, Priority
from tests.domain.given import at

pytestmark = pytest.mark.unit

ONLINE, AWAY, OFFLINE = Availability
NOON = at("12:00")


def policy(*rules: RoutingRule, **said: Any) -> Policy:
    queues = said.pop("queues", ())
    return Policy(title="Test", queues=queues, routing=Routing(rules=rules, **said))


def case(ticket: str = "t1", since: datetime = NOON, **known: Any) -> Case:
    skills = frozenset(known.pop("skills", ()))
    return Case(ticket=ticket, situation=Situation(**known), waiting_since=since, skills=skills)


def there(agent: str, active: int = 0, **known: Any) -> Candidate:
    known = {"availability": ONLINE, "active": active, **known}
    return Candidate(agent=agent, **known)


REFUNDS = RoutingRule(
    name="refunds", when=Condition(keywords=("refund",)), queue="Finance", skills=("refunds",)
)


def test_a_keyword_brings_a_case_to_its_queue_and_to_somebody_who_can_do_it() -> None:
    routed = route(
        case(subject="Where is my REFUND?"),
        policy(REFUNDS),
        [there("ayu"), there("budi", 5, skills=frozenset({"refunds", "hotels"}))],
    )

    assert (routed.queue, routed.rule, routed.agent) == ("Finance", "refunds", "budi")
    assert (routed.method, routed.lane, routed.level) == (Method.SKILL, Lane.NORMAL, Level.L1)
    assert routed.why == (
        "refunds holds; queue Finance; budi: the least loaded of those who can do it, "
        "5 of 10 active"
    )
    assert [(one.agent, one.why_not, one.active, one.limit) for one in routed.considered] == [
        ("ayu", "lacks refunds", 0, 10),
        ("budi", None, 5, 10),
    ]


def test_the_first_rule_that_holds_decides_and_without_one_the_default_queue_does() -> None:
    rules = policy(
        RoutingRule(when=Condition(language=("id",)), queue="Jakarta"),
        REFUNDS,
        default_queue="General",
    )

    def queue(**known: Any) -> tuple[str | None, str | None]:
        routed = route(case(**known), rules, [])
        return routed.queue, routed.rule

    assert queue(language="id", body="refund") == ("Jakarta", "rule 1")
    assert queue(body="refund, please") == ("Finance", "refunds")
    assert queue(body="hello") == ("General", None)
    assert queue() == ("General", None)


def test_a_case_stays_in_the_queue_where_somebody_put_it() -> None:
    routed = route(case(body="refund", queue="Hotels"), policy(REFUNDS), [there("ayu")])

    assert (routed.queue, routed.rule, routed.agent) == ("Hotels", None, "ayu")


def test_stated_urgency_brings_a_case_to_the_manager_who_is_there() -> None:
    urgent = RoutingRule(when=Condition(stated_urgency=("stranded",)), level=Level.MANAGER)
    managers = [
        there("dewi", level=Level.MANAGER, availability=OFFLINE),
        there("eka", 9, level=Level.MANAGER),
        there("ayu"),
    ]

    routed = route(case(stated_urgency="Stranded"), policy(urgent), managers)

    assert (routed.agent, routed.level) == ("eka", Level.MANAGER)
    assert [one.why_not for one in routed.considered] == [
        "works on L1, not manager",
        "offline",
        None,
    ]


def test_no_rule_takes_a_case_down_from_the_level_where_it_is() -> None:
    routed = route(case(level=Level.L2), policy(), [there("ayu"), there("budi", level=Level.L2)])

    assert (routed.agent, routed.level) == ("budi", Level.L2)


def test_a_rule_names_an_agent_who_gets_it_if_they_can() -> None:
    rules = policy(RoutingRule(when=Condition(product=("Cruise",)), agent="citra"))
    cruise = case(product="cruise")

    assert route(cruise, rules, [there("ayu"), there("citra", 9)]).agent == "citra"
    assert route(cruise, rules, [there("ayu"), there("citra", 9)]).method is Method.RULE
    assert route(cruise, rules, [there("ayu"), there("citra", 10)]).agent == "ayu"


def test_equals_are_told_apart_by_who_has_waited_longest_and_then_by_id() -> None:
    def chosen(*candidates: Candidate) -> str | None:
        return route(case(), policy(), candidates).agent

    early, late = at("09:00"), at("11:00")
    assert chosen(there("a", 3), there("b", 2, last_assigned_at=late)) == "b"
    assert chosen(there("a", last_assigned_at=late), there("b", last_assigned_at=early)) == "b"
    assert chosen(there("a", last_assigned_at=early), there("b")) == "b"
    assert chosen(there("b"), there("a")) == "a"


def test_round_robin_gives_it_to_who_was_given_one_longest_ago_and_has_room() -> None:
    turns = policy(queues=(Queue(name="Q", strategy=Strategy.ROUND_ROBIN),), default_queue="Q")
    candidates = [
        there("a", 0, last_assigned_at=at("11:00")),
        there("b", 9, last_assigned_at=at("10:00")),
        there("c", 10, last_assigned_at=at("09:00")),
    ]

    routed = route(case(), turns, candidates)

    assert (routed.agent, routed.method) == ("b", Method.ROUND_ROBIN)


def test_a_queue_by_load_does_not_ask_what_somebody_can_do() -> None:
    by = {
        strategy: policy(
            queues=(Queue(name="Q", strategy=strategy, skills=("refunds",)),), default_queue="Q"
        )
        for strategy in (Strategy.LOAD, Strategy.SKILL)
    }

    assert route(case(), by[Strategy.LOAD], [there("ayu")]).method is Method.LOAD
    assert route(case(), by[Strategy.SKILL], [there("ayu")]).deferred is DeferralReason.NO_SKILL


@pytest.mark.parametrize(
    ("spoken", "wanted", "understood"),
    [
        (None, "id", True),
        ({"en"}, None, True),
        ({"en"}, "id", False),
        (set(), "id", False),
        ({"pt"}, "pt-BR", True),
        ({"PT-br"}, "pt", True),
        ({"pt-PT"}, "pt-BR", False),
        ({"i"}, "id", False),
    ],
)
def test_the_language_is_spoken_where_anything_is_known_of_it(
    spoken: set[str] | None, wanted: str | None, *, understood: bool
) -> None:
    languages = None if spoken is None else frozenset(spoken)
    routed = route(case(language=wanted), policy(), [there("ayu", languages=languages)])

    assert (routed.agent == "ayu") == understood
    if not understood:
        assert routed.considered[0].why_not == f"does not speak {wanted}"


VIP: dict[str, Any] = {"customer_tier": "VIP"}
CRITICAL: dict[str, Any] = {"priority": Priority.CRITICAL}


@pytest.mark.parametrize("known", [VIP, CRITICAL])
def test_vip_and_critical_cases_are_taken_beyond_capacity_but_not_beyond_the_hard_one(
    known: dict[str, Any],
) -> None:
    def taken(active: int, **said: Any) -> bool:
        return route(case(**said), policy(), [there("ayu", active)]).agent is not None

    assert [taken(active) for active in (9, 10)] == [True, False]
    assert [taken(active, **known) for active in (9, 10, 11, 12)] == [True, True, True, False]


def test_who_has_room_is_preferred_to_who_has_fewer_but_is_full() -> None:
    small, big = there("a", 3, capacity=3), there("b", 8)

    assert route(case(**VIP), policy(), [small, big]).agent == "b"


def test_a_capacity_of_ones_own_is_what_counts() -> None:
    def taken(active: int, capacity: int, **said: Any) -> bool:
        there_is = there("ayu", active, capacity=capacity)
        return route(case(**said), policy(), [there_is]).agent is not None

    assert [taken(4, 5), taken(5, 5), taken(19, 20)] == [True, False, True]
    assert [taken(6, 5, **VIP), taken(7, 5, **VIP), taken(0, 0, **VIP)] == [True, False, False]


@pytest.mark.parametrize(
    ("candidates", "reason"),
    [
        ([], DeferralReason.NO_SKILL),
        ([there("a")], DeferralReason.NO_SKILL),
        ([there("a", skills={"x"}, availability=OFFLINE), there("b")], DeferralReason.OFFLINE),
        ([there("a", skills={"x"}, availability=None)], DeferralReason.OFFLINE),
        ([there("a", skills={"x"}, availability=AWAY)], DeferralReason.OFFLINE),
        (
            [there("a", 10, skills={"x"}), there("b", skills={"x"}, availability=AWAY)],
            DeferralReason.ALL_AT_CAPACITY,
        ),
    ],
)
def test_a_case_that_nobody_can_have_is_deferred_with_the_reason(
    candidates: list[Candidate], reason: DeferralReason
) -> None:
    routed = route(case(skills=["x"]), policy(), candidates)

    assert (routed.agent, routed.method, routed.deferred) == (None, None, reason)
    assert "deferred: " in routed.why


def test_who_frees_up_takes_the_vip_lane_first_and_then_who_has_waited_longest() -> None:
    waiting = [
        case("young", at("11:00")),
        case("old", at("09:00")),
        case("oldest but in Thai", at("08:00"), language="th"),
        case("critical", at("11:30"), **CRITICAL),
    ]
    ayu = there("ayu", 9, languages=frozenset({"en"}))

    def taken(*left: Case) -> tuple[str | None, list[str]]:
        found = next_for(ayu, left, policy())
        passed = [f"{one.ticket}: {one.why}" for one in found.passed_over]
        return (found.routed.ticket if found.routed else None), passed

    thai = "oldest but in Thai: does not speak th"
    assert taken(*waiting) == ("critical", [])
    assert taken(*waiting[:3]) == ("old", [thai])
    assert taken(waiting[0], waiting[2]) == ("young", [thai])
    assert taken(waiting[2]) == (None, [thai])
    assert taken() == (None, [])


def test_the_cases_of_who_stays_offline_too_long_go_back() -> None:
    routing = Routing(requeue_after_offline_seconds=1800)
    candidates = [
        there("gone", availability=OFFLINE, since=at("12:00")),
        there("late", availability=OFFLINE, since=at("12:01")),
        there("away", availability=AWAY, since=at("08:00")),
        there("here", since=at("08:00")),
    ]
    owned = [("t1", "gone"), ("t2", "late"), ("t3", "away"), ("t4", "here"), ("t5", "unknown")]

    assert to_requeue(owned, candidates, routing, at=at("12:30")) == [
        Requeue("t1", "gone", at("12:30"))
    ]
    assert to_requeue(owned, candidates, routing, at=at("12:29")) == []
    assert to_requeue(owned, candidates, Routing(), at=at("23:00")) == []
    assert requeue_due(candidates[1], routing) == at("12:31")


def test_a_candidate_is_an_agent_with_what_the_tickets_tell() -> None:
    agent = Agent("ayu", availability=ONLINE, available_since=NOON, capacity=3, skills=("a",))

    assert Candidate.of(agent, active=2, last_assigned_at=NOON) == there(
        "ayu", 2, since=NOON, capacity=3, skills=frozenset({"a"}), last_assigned_at=NOON
    )


SKILLS = st.frozensets(st.sampled_from(["refunds", "hotels"]), max_size=2)
LANGUAGES = st.sampled_from(["id", "en"])
MINUTES = st.integers(0, 600).map(lambda minutes: at("00:00") + timedelta(minutes=minutes))
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        agent=st.sampled_from("abcdefgh"),
        availability=st.sampled_from([ONLINE, ONLINE, ONLINE, AWAY, OFFLINE, None]),
        active=st.integers(0, 6),
        capacity=st.none() | st.integers(0, 5),
        skills=SKILLS,
        languages=st.none() | st.frozensets(LANGUAGES),
        level=st.sampled_from([Level.L1, Level.L1, Level.L2]),
        last_assigned_at=st.none() | MINUTES,
    ),
    max_size=6,
    unique_by=lambda one: one.agent,
)
CASES = st.lists(
    st.builds(
        Case,
        ticket=st.uuids().map(str),
        situation=st.builds(
            Situation,
            priority=st.sampled_from([None, Priority.CRITICAL, Priority.LOW]),
            language=st.none() | LANGUAGES,
            queue=st.sampled_from([None, "Turns", "Load"]),
            level=st.sampled_from([None, Level.L1, Level.L2]),
            body=st.sampled_from([None, "refund", "hello"]),
        ),
        waiting_since=MINUTES,
        skills=SKILLS,
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda one: one.ticket,
)
POLICY = Policy(
    title="Test",
    queues=(
        Queue(name="Turns", strategy=Strategy.ROUND_ROBIN),
        Queue(name="Load", strategy=Strategy.LOAD),
    ),
    other_queues=QueueSettings(),
    routing=Routing(rules=(REFUNDS,), capacity=Capacity(soft=3, hard=4), default_queue="General"),
)


def usual(candidate: Candidate) -> int:
    """How many active cases they have without a VIP lane."""
    return 3 if candidate.capacity is None else candidate.capacity


def can_have(candidate: Candidate, one: Case) -> bool:
    """The rules again, in other words: who may be given a case of POLICY."""
    known = one.situation
    is_refund = known.body == "refund" and known.queue is None
    needed = one.skills | ({"refunds"} if is_refund else set())
    most = usual(candidate)
    if known.priority is Priority.CRITICAL and most:
        most += 1
    return (
        candidate.availability is ONLINE
        and candidate.active < most
        and candidate.level == (known.level or Level.L1)
        and (known.queue == "Load" or needed <= candidate.skills)
        and (
            known.language is None
            or candidate.languages is None
            or known.language in candidate.languages
        )
    )


@each(CASES, CANDIDATES)
def test_a_case_goes_to_somebody_who_may_have_it_if_anybody_may(
    cases: list[Case], candidates: list[Candidate]
) -> None:
    one = cases[0]
    able = {candidate.agent: candidate for candidate in candidates if can_have(candidate, one)}

    routed = route(one, POLICY, candidates)

    assert (routed.agent in able) if able else (routed.agent is None)
    assert (routed.agent is None) == (routed.deferred is not None) == (routed.method is None)
    assert [each.agent for each in routed.considered] == sorted(c.agent for c in candidates)
    assert {each.agent for each in routed.considered if each.is_eligible} == set(able)
    if routed.agent is not None and one.situation.queue != "Turns":
        chosen = able[routed.agent]
        with_room = [
            c for c in able.values() if c.active < (3 if c.capacity is None else c.capacity)
        ]
        assert chosen.active == min(one.active for one in with_room or able.values())


@each(CASES, CANDIDATES, st.randoms())
def test_the_order_in_which_agents_and_cases_are_told_decides_nothing(
    cases: list[Case], candidates: list[Candidate], chance: Any
) -> None:
    decided = route_all(cases, POLICY, candidates, at=NOON)

    chance.shuffle(cases)
    chance.shuffle(candidates)

    assert route_all(cases, POLICY, candidates, at=NOON) == decided


@each(CASES, CANDIDATES)
def test_nobody_ever_gets_more_than_the_hard_capacity(
    cases: list[Case], candidates: list[Candidate]
) -> None:
    decided = route_all(cases, POLICY, candidates, at=NOON)

    for candidate in candidates:
        given = [one for one in decided if one.agent == candidate.agent]
        most = usual(candidate)
        ordinary = [one for one in given if one.lane is Lane.NORMAL]
        after = candidate.active + len(given)
        assert not given or after <= most + 1
        assert not ordinary or after <= most
        assert not given or most > 0


@each(CASES, CANDIDATES)
def test_no_case_gets_an_agent_whom_an_older_one_of_its_lane_could_have_had(
    cases: list[Case], candidates: list[Candidate]
) -> None:
    decided = {one.ticket: one for one in route_all(cases, POLICY, candidates, at=NOON)}
    known = {candidate.agent: candidate for candidate in candidates}

    assert decided.keys() == {one.ticket for one in cases}
    for one in cases:
        for other in cases:
            waits, given = decided[one.ticket], decided[other.ticket]
            older = one.waiting_since < other.waiting_since and waits.lane is given.lane
            if older and waits.agent is None and given.agent is not None:
                # When the older one's turn came, they had at least as much room.
                assert not can_have(replace(known[given.agent], active=0), one)


@each(CASES, CANDIDATES.filter(bool))
def test_who_frees_up_gets_the_oldest_case_of_the_first_lane_that_they_may_have(
    cases: list[Case], candidates: list[Candidate]
) -> None:
    candidate = candidates[0]
    fitting = [one for one in cases if can_have(candidate, one)]

    found = next_for(candidate, cases, POLICY)

    wanted = min(
        fitting,
        key=lambda one: (
            one.situation.priority is not Priority.CRITICAL,
            one.waiting_since,
            one.ticket,
        ),
        default=None,
    )
    assert (found.routed.ticket if found.routed else None) == (wanted.ticket if wanted else None)
    assert all(one.why for one in found.passed_over)
