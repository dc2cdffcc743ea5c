"""Placing: tickets that nobody has come to a queue and an agent, or it is said why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from consumers.automation.aside import Aside
from consumers.automation.duties import Ask, Decide, Duties, actor_of
from consumers.automation.duty import derived_id
from consumers.automation.firing import Refresh, go_on
from consumers.automation.schedule import Schedule
from domain.candidates import Candidate
from domain.events import PassedOver, TicketEvent
from domain.in_force import InForce, situation_of
from domain.people import Availability
from domain.policies.routes import Capacity, Lane
from domain.routing import Case, Routed, route
from domain.ticket import Ticket
from domain.timekeeping import OUR_TURN
from domain.values import AgentId
from eventstore.commands import Command
from eventstore.proposal import Outcome

AT_ONCE = 500
VIP, NORMAL = 0, 1
"""The lanes, in the order in which they are served."""

_REASON_CHARACTERS_MAX = 500


def waiting_since(ticket: Ticket) -> datetime | None:
    """Since when a ticket waits for an owner; None: it does not, or it is not ours to give."""
    if ticket.is_imported or ticket.owner is not None or ticket.status not in OUR_TURN:
        return None
    return ticket.status_since or ticket.opened_at


def lane_of(ticket: Ticket, in_force: InForce, duties: Duties) -> int:
    """Which lane a ticket waits in."""
    situation = situation_of(ticket, duties.rules.customer_of(ticket))
    return VIP if in_force.policy.routing.lane_for(situation) is Lane.VIP else NORMAL


@dataclass(frozen=True, slots=True)
class _Placing:
    """A decision about one ticket, and how it is asked for."""

    routed: Routed
    ask: Ask


class Placer:
    """Gives out what waits: the VIP lane first, then who has waited longest.

    Every ticket goes by the policy version that it has. What an agent is given here counts for
    those that come after.
    """

    def __init__(self, duties: Duties, schedule: Schedule, *, refresh: Refresh) -> None:
        self._duties = duties
        self._schedule = schedule
        self._refresh = refresh
        self._aside = Aside(schedule)

    def place(self, at: datetime, *, stop: Callable[[], bool] = go_on) -> int:
        """Look at everything that waits and is to be looked at; how many saves that made."""
        waiting = self._schedule.to_route()
        if not waiting:
            return 0
        crew = self._crew()
        recorded = 0
        for first in range(0, len(waiting), AT_ONCE):
            if stop():
                return recorded
            recorded += self._place(waiting[first : first + AT_ONCE], crew, at)
        for lane in (VIP, NORMAL):
            if not crew.has_room(lane):
                self._schedule.still_waiting(lane)
        return recorded

    def _crew(self) -> _Crew:
        load, last_assigned = self._schedule.load(), self._schedule.last_assigned()
        return _Crew(
            self._duties.people.candidates(load, last_assigned),
            [one.in_force.policy.routing.capacity for one in self._duties.rules.versions()],
        )

    def _place(self, waiting: Sequence[tuple[str, int, int]], crew: _Crew, at: datetime) -> int:
        """Decide on some tickets and record it. Where nobody has room, what was deferred before
        stays so."""
        placings: list[_Placing] = []
        looked_at: list[tuple[str, int]] = []
        for id_, lane, was_deferred in waiting:
            if was_deferred and not crew.has_room(lane):
                continue
            with self._aside.guard(id_):
                ticket = self._duties.ledger.load(id_).state
                if ticket is not None:
                    looked_at.append((id_, ticket.sequence))
                    placings += self._look(ticket, crew, at)
        recorded = self._record(placings, at)
        self._schedule.routed(looked_at)
        self._refresh([one.ask[0] for one in placings])
        return recorded

    def _look(self, ticket: Ticket, crew: _Crew, at: datetime) -> Iterable[_Placing]:
        """What is to be recorded about one ticket, if anything."""
        in_force, since = self._duties.rules.held_by(ticket), waiting_since(ticket)
        if in_force is None or since is None:
            return
        situation = situation_of(ticket, self._duties.rules.customer_of(ticket))
        case = Case(ticket=ticket.id, situation=situation, waiting_since=since)
        routed = route(case, in_force.policy, crew.candidates.values())
        events = _events(ticket, routed, crew, in_force.policy.routing.capacity)
        if not events:
            return
        if routed.agent is not None:
            crew.give(routed.agent, at)
        command = Command(
            derived_id("route", ticket.id, str(ticket.sequence)),
            "ticket.route",
            {"queue": routed.queue, "agent": routed.agent},
            at,
            actor_of(in_force),
            derived=True,
        )
        yield _Placing(routed, (ticket.id, command, self._unless_changed(ticket, events, at)))

    def _unless_changed(
        self, ticket: Ticket, events: Sequence[TicketEvent], at: datetime
    ) -> Decide:
        """What was decided, if the ticket is still as it was; else it is looked at once more."""

        def decide(newest: Ticket | None) -> Sequence[TicketEvent]:
            if newest is None or newest.sequence != ticket.sequence:
                return []
            return self._duties.with_clocks(newest, events, at=at)

        return decide

    def _record(self, placings: Sequence[_Placing], at: datetime) -> int:
        answers = self._duties.ledger.execute_many([one.ask for one in placings])
        given: dict[AgentId, datetime] = {}
        recorded = 0
        for placing, answer in zip(placings, answers, strict=True):
            if not isinstance(answer, Outcome):
                self._aside.answered(placing.ask[0], answer)
            elif answer.events and not answer.repeated:
                recorded += 1
                if placing.routed.agent is not None:
                    given[placing.routed.agent] = at
        if given:
            self._schedule.assigned(given)
        return recorded


class _Crew:
    """The agents while cases are given out."""

    def __init__(
        self, candidates: dict[AgentId, Candidate], capacities: Sequence[Capacity]
    ) -> None:
        self.candidates = candidates
        self._capacities = capacities

    def give(self, agent: AgentId, at: datetime) -> None:
        """One more case for them."""
        one = self.candidates[agent]
        self.candidates[agent] = replace(one, active=one.active + 1, last_assigned_at=at)

    def has_room(self, lane: int) -> bool:
        """Whether there is anybody who could have one more case of a lane under some version."""
        return any(
            one.active < (one.hard(capacity) if lane == VIP else one.soft(capacity))
            for one in self.candidates.values()
            if one.availability is Availability.ONLINE
            for capacity in self._capacities
        )


def _events(ticket: Ticket, routed: Routed, crew: _Crew, capacity: Capacity) -> list[TicketEvent]:
    """What a decision changes on the ticket: its queue, and its owner or why it has none."""
    events: list[TicketEvent] = []
    if routed.queue is not None and routed.queue != ticket.queue:
        events += ticket.put_in_queue(routed.queue, rule=routed.rule)
    if routed.agent is not None and routed.method is not None:
        one = crew.candidates[routed.agent]
        events += ticket.assign(
            routed.agent,
            method=routed.method,
            reason=routed.why[:_REASON_CHARACTERS_MAX],
            active_then=one.active,
            capacity=one.soft(capacity),
            passed_over=_passed_over(routed),
        )
    elif routed.deferred is not None and routed.deferred is not ticket.deferred:
        events += ticket.defer(
            routed.deferred, queue=routed.queue, passed_over=_passed_over(routed)
        )
    return events


def _passed_over(routed: Routed) -> tuple[PassedOver, ...] | None:
    """Who was considered and is not the one, by the reason."""
    by_reason: dict[str, list[AgentId]] = {}
    for one in routed.considered:
        if one.agent != routed.agent:
            why = one.why_not or f"could take it, with {one.active} of {one.limit}"
            by_reason.setdefault(why[:_REASON_CHARACTERS_MAX], []).append(one.agent)
    found = tuple(PassedOver(why=why, agents=tuple(ids)) for why, ids in by_reason.items())
    return found or None
