"""Routing: which queue a case comes to, which agent gets it or why nobody does, fully explained.

The first rule that holds says where the case goes. Then the skills, the language and the level that
it needs decide who may have it, and the least loaded of them gets it; equals are told apart by who
has waited longest for a case, and then by their id. Nothing here looks at a clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from domain.candidates import Candidate, Considered, Needs, consider, reason_for_deferring
from domain.people import Availability
from domain.policies.conditions import Situation
from domain.policies.policy import Policy
from domain.policies.routes import Lane, Routing, RoutingRule, Strategy
from domain.values import AgentId, DeferralReason, Level, Method, QueueName, TicketId

_LEVELS = tuple(Level)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A ticket that waits for an owner. A case that is in a queue already stays there."""

    ticket: TicketId
    situation: Situation
    waiting_since: datetime
    skills: frozenset[str] = frozenset()
    """What it needs beside what its rule and its queue ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """What is decided about a case: an agent with the method, or why it is deferred.

    `why` is one sentence for people; `considered` names every candidate, by id.
    """

    ticket: TicketId
    queue: QueueName | None
    rule: str | None
    level: Level
    lane: Lane
    agent: AgentId | None
    method: Method | None
    deferred: DeferralReason | None
    why: str
    considered: tuple[Considered, ...]


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A case that an agent who has room is not given, and why."""

    ticket: TicketId
    why: str


@dataclass(frozen=True, slots=True)
class Next:
    """The case that an agent gets next, if there is one, and those that wait longer."""

    routed: Routed | None
    passed_over: tuple[PassedOver, ...]


@dataclass(frozen=True, slots=True)
class Requeue:
    """A case whose owner is gone for too long: it goes back to where it waits for another one."""

    ticket: TicketId
    agent: AgentId
    due_at: datetime


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where a case belongs, and what it asks of an agent, whoever is there."""

    queue: QueueName | None
    rule: RoutingRule | None
    rule_name: str | None
    strategy: Strategy
    needs: Needs


def route(case: Case, policy: Policy, candidates: Collection[Candidate]) -> Routed:
    """Where this case goes, and who of these agents gets it."""
    plan = _plan(case, policy)
    considered = tuple(
        consider(one, plan.needs) for one in sorted(candidates, key=lambda one: one.agent)
    )
    eligible = {one.agent for one in considered if one.is_eligible}
    chosen = _choose([one for one in candidates if one.agent in eligible], plan)
    deferred = None if chosen else reason_for_deferring(candidates, plan.needs)
    method = _method(chosen, plan) if chosen else None
    return Routed(
        ticket=case.ticket,
        queue=plan.queue,
        rule=plan.rule_name,
        level=plan.needs.level,
        lane=plan.needs.lane,
        agent=chosen.agent if chosen else None,
        method=method,
        deferred=deferred,
        why=_why(plan, chosen, method, deferred),
        considered=considered,
    )


def route_all(
    cases: Iterable[Case], policy: Policy, candidates: Iterable[Candidate], *, at: datetime
) -> list[Routed]:
    """All waiting cases in the order in which they are to be given out, each seeing what those
    before it took. So no case gets an agent whom an older one of its lane could have had."""
    there = {one.agent: one for one in candidates}
    decided: list[Routed] = []
    for case in in_order(cases, policy):
        routed = route(case, policy, there.values())
        decided.append(routed)
        if routed.agent is not None:
            taker = there[routed.agent]
            there[taker.agent] = replace(taker, active=taker.active + 1, last_assigned_at=at)
    return decided


def next_for(candidate: Candidate, cases: Iterable[Case], policy: Policy) -> Next:
    """What an agent who has room takes next: the VIP lane first, then who has waited longest."""
    passed_over: list[PassedOver] = []
    for case in in_order(cases, policy):
        routed = route(case, policy, [candidate])
        if routed.agent is not None:
            return Next(routed, tuple(passed_over))
        passed_over.append(PassedOver(case.ticket, routed.considered[0].why_not or ""))
    return Next(None, tuple(passed_over))


def in_order(cases: Iterable[Case], policy: Policy) -> list[Case]:
    """Waiting cases in the order in which they are given out: the VIP lane passes by the queues,
    and in each lane the oldest comes first."""
    return sorted(
        cases,
        key=lambda case: (
            policy.routing.lane_for(case.situation) is not Lane.VIP,
            case.waiting_since,
            case.ticket,
        ),
    )


def to_requeue(
    owned: Iterable[tuple[TicketId, AgentId]],
    candidates: Iterable[Candidate],
    routing: Routing,
    *,
    at: datetime,
) -> list[Requeue]:
    """Of these cases with their owners, those whose owner has been offline for too long by then."""
    due = {one.agent: requeue_due(one, routing) for one in candidates}
    return [
        Requeue(ticket, agent, moment)
        for ticket, agent in owned
        if (moment := due.get(agent)) is not None and moment <= at
    ]


def requeue_due(candidate: Candidate, routing: Routing) -> datetime | None:
    """When the cases of an agent who is offline go back, if they stay it; None: not because of
    that. Being away is no absence: they come back."""
    after = routing.requeue_after_offline_seconds
    if after is None or candidate.availability is not Availability.OFFLINE:
        return None
    return None if candidate.since is None else candidate.since + timedelta(seconds=after)


def _plan(case: Case, policy: Policy) -> _Plan:
    """A rule can lift a case to a higher level; no rule takes it down from where it is."""
    routing, situation = policy.routing, case.situation
    rule = routing.rule_for(situation)
    queue = situation.queue or (rule.queue if rule else None) or routing.default_queue
    settings = policy.queue(queue)
    wanted = (rule.level if rule else None) or settings.level
    skills = case.skills | set(settings.skills) | set(rule.skills if rule else ())
    return _Plan(
        queue=queue,
        rule=rule,
        rule_name=_name_of(rule, routing) if rule else None,
        strategy=settings.strategy,
        needs=Needs(
            level=max(wanted, situation.level or Level.L1, key=_LEVELS.index),
            skills=frozenset() if settings.strategy is Strategy.LOAD else frozenset(skills),
            language=situation.language,
            lane=routing.lane_for(situation),
            capacity=routing.capacity,
        ),
    )


def _name_of(rule: RoutingRule, routing: Routing) -> str:
    return rule.name or f"rule {routing.rules.index(rule) + 1}"


def _choose(eligible: Collection[Candidate], plan: _Plan) -> Candidate | None:
    """Whom the rule names, if they are eligible; else the first by the queue's strategy."""
    for one in eligible:
        if plan.rule is not None and one.agent == plan.rule.agent:
            return one
    by_load = plan.strategy is not Strategy.ROUND_ROBIN

    def place(one: Candidate) -> tuple[bool, int, datetime, AgentId]:
        is_full = one.active >= one.soft(plan.needs.capacity)
        load = one.active if by_load else 0
        return (is_full, load, one.last_assigned_at or _NEVER, one.agent)

    return min(eligible, key=place, default=None)


def _method(chosen: Candidate, plan: _Plan) -> Method:
    if plan.rule is not None and chosen.agent == plan.rule.agent:
        return Method.RULE
    if plan.strategy is Strategy.ROUND_ROBIN:
        return Method.ROUND_ROBIN
    return Method.SKILL if plan.needs.skills else Method.LOAD


def _why(
    plan: _Plan, chosen: Candidate | None, method: Method | None, deferred: DeferralReason | None
) -> str:
    parts = [f"{plan.rule_name} holds" if plan.rule_name else "no rule holds"]
    parts.append(f"queue {plan.queue}" if plan.queue else "no queue")
    if plan.needs.lane is Lane.VIP:
        parts.append("VIP lane")
    if chosen is not None and method is not None:
        load = f"{chosen.active} of {chosen.soft(plan.needs.capacity)} active"
        parts.append(f"{chosen.agent}: {_CHOSEN[method]}, {load}")
    if deferred is not None:
        parts.append(f"deferred: {_DEFERRED[deferred]}")
    return "; ".join(parts)


_CHOSEN = {
    Method.RULE: "named by the rule",
    Method.ROUND_ROBIN: "has waited longest for a case",
    Method.SKILL: "the least loaded of those who can do it",
    Method.LOAD: "the least loaded",
}
_DEFERRED = {
    DeferralReason.NO_SKILL: "nobody can do it",
    DeferralReason.OFFLINE: "nobody who can do it is online",
    DeferralReason.ALL_AT_CAPACITY: "all who can do it have as many as they may",
}
