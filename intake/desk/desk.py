"""The desk: tickets in memory, each save with its clocks, and what time and the rules make of them.

Whoever gives commands decides them on the ticket (`case.ticket.reply(...)`) and hands the events to
`give`. The desk adds what they do to the clocks, and then does what the automation would: it routes
what needs an owner, takes cases from who is gone, and records what falls due, at its moment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from typing import Any, cast

from domain.clocks import with_clocks
from domain.events import AnyTicketEvent, TicketAssigned, TicketEvent, TicketHandedOver
from domain.in_force import Customer, InForce, situation_of
from domain.people import Availability
from domain.routing import Case, Routed, next_for, requeue_due, route
from domain.state import TicketState
from domain.subjects import agent_subject
from domain.ticket import Ticket, evolve_save
from domain.timekeeping import OUR_TURN
from domain.timing import Due, dues, fall_due
from domain.values import AgentId, CustomerId, DeferralReason, Method, TicketId
from intake.desk.saves import NOWHERE, Occasion, Place, Put, decided
from intake.desk.team import LEVELS, Member, Team
from intake.desk.waiting import Waiting

AUTOMATION = "system:automation"


@dataclass(slots=True)
class OpenCase:
    """One ticket on the desk. `pins`: how many happenings are still to come to it."""

    ticket: Ticket
    place: Place
    due: Due | None = None
    active_with: AgentId | None = None
    pins: int = 0


Watch = Callable[[OpenCase, Sequence[TicketEvent], Occasion], None]
"""Called after every save of a ticket, with its events."""


class Desk:
    """One operation under one version of a policy, the only writer of its tickets.

    What is resolved or closed, falls due no more and has no pins is forgotten.
    """

    def __init__(
        self,
        in_force: InForce,
        put: Put,
        *,
        customer: Callable[[CustomerId | None], Customer],
        watch: Watch,
        forget: Callable[[TicketId], None],
    ) -> None:
        self.in_force = in_force
        self.cases: dict[TicketId, OpenCase] = {}
        self.team = Team()
        self.waiting = Waiting(in_force.policy)
        self._put = put
        self._customer = customer
        self._watch = watch
        self._forget = forget
        self._heap: list[tuple[datetime, int, str, Due | None]] = []
        self._count = 0

    def open(
        self, ticket_id: TicketId, events: Sequence[TicketEvent], occasion: Occasion, *, pins: int
    ) -> OpenCase:
        """Begin a case. Its pins have to be known: without any it may be forgotten later."""
        ticket, place = self._record(ticket_id, None, NOWHERE, events=events, occasion=occasion)
        case = self.cases[ticket_id] = OpenCase(ticket, place, pins=pins)
        self._settle(case, events, occasion)
        return case

    def give(self, case: OpenCase, events: Sequence[TicketEvent], occasion: Occasion) -> None:
        """Record what a command on a case decided."""
        case.ticket, case.place = self._record(
            case.ticket.id, case.ticket, case.place, events=events, occasion=occasion
        )
        self._settle(case, events, occasion)

    def give_agent(self, agent_id: AgentId, events: Sequence[Any], occasion: Occasion) -> None:
        """Record what became of an agent: who is there is given cases."""
        member = self.team.member(agent_id)
        if events:
            subject = agent_subject(agent_id)
            save, member.place = decided(subject, events, occasion, member.place)
            self._put(save)
        if self.team.take(member, events, at=occasion.at, actor=occasion.actor):
            self.waiting.forget_abilities()
        due = requeue_due(member.candidate, self.in_force.policy.routing)
        if due is not None:
            self._push(due, agent_id, None)
        self._fill(member, occasion.at)

    @property
    def next_at(self) -> datetime | None:
        """When something may fall due next; nothing does before."""
        return self._heap[0][0] if self._heap else None

    def pass_time(self, until: datetime) -> None:
        """Record everything that falls due up to a moment, each thing as of its own."""
        heap = self._heap
        while heap and heap[0][0] <= until:
            at, _, id_, due = heappop(heap)
            if due is None:
                self._requeue_all(self.team.member(id_), at)
                continue
            case = self.cases.get(id_)
            if case is not None and case.due == due:
                self._fall_due(case, due)

    def unpin(self, case: OpenCase) -> None:
        """One happening less is to come to this case."""
        case.pins -= 1
        self._forget_if_done(case)

    def _record(
        self,
        ticket_id: TicketId,
        ticket: Ticket | None,
        place: Place,
        *,
        events: Sequence[TicketEvent],
        occasion: Occasion,
    ) -> tuple[Ticket, Place]:
        requester = ticket.requester_id if ticket is not None else _requester(events)
        whole = with_clocks(
            ticket,
            events,
            subject=ticket_id,
            at=occasion.at,
            in_force=self.in_force,
            customer=self._customer(requester),
        )
        save, after = decided(ticket_id, whole, occasion, place)
        self._put(save)
        folded = evolve_save(
            ticket,
            cast("Sequence[AnyTicketEvent]", whole),
            subject=ticket_id,
            after=place.sequence,
            time=occasion.at,
            actor=occasion.actor,
        )
        return folded, after

    def _settle(self, case: OpenCase, events: Sequence[TicketEvent], occasion: Occasion) -> None:
        """Everything that follows from a save: whose case it is, when it falls due, who gets it."""
        ticket, at = case.ticket, occasion.at
        freed = self._move(case, events, at)
        found = dues(ticket, self.in_force)
        due = found[0] if found else None
        if due != case.due:
            case.due = due
            if due is not None:
                self._push(due.at, ticket.id, due)
        self._watch(case, events, occasion)
        self._find_owner(case, at)
        if freed is not None:
            self._fill(self.team.member(freed), at)
        self._forget_if_done(case)

    def _move(self, case: OpenCase, events: Sequence[TicketEvent], at: datetime) -> AgentId | None:
        """Keep count of who has what; the agent who has one case less now."""
        before, ticket = case.active_with, case.ticket
        after = ticket.owner if ticket.status in OUR_TURN else None
        for event in events:
            if isinstance(event, TicketAssigned | TicketHandedOver):
                self.team.assigned(event.to, at)
        if before == after:
            return None
        self.team.move(ticket.id, before, after)
        case.active_with = after
        return before

    def _find_owner(self, case: OpenCase, at: datetime) -> None:
        """Route what nobody suitable has; where it waits already, only if it has changed."""
        ticket = case.ticket
        is_our_turn = ticket.status in OUR_TURN
        if is_our_turn and ticket.owner is not None and self._is_gone(ticket.owner, at):
            self._requeue(case, at)
            return
        if not self._needs_owner(ticket):
            self.waiting.drop(ticket.id)
            return
        waits = self.waiting.case(ticket.id)
        if waits is None or waits.situation != situation_of(ticket, self._known(ticket)):
            self.waiting.drop(ticket.id)
            self._route(case, at)

    def _needs_owner(self, ticket: TicketState) -> bool:
        """A case that waits for work and is nobody's, or has risen above its owner's level."""
        if ticket.status not in OUR_TURN:
            return False
        if ticket.owner is None:
            return True
        level = self.team.member(ticket.owner).level
        return LEVELS.index(level) < LEVELS.index(ticket.level)

    def _route(self, case: OpenCase, at: datetime) -> None:
        ticket = case.ticket
        since = ticket.status_since or ticket.opened_at
        waits = Case(
            ticket=ticket.id,
            situation=situation_of(ticket, self._known(ticket)),
            waiting_since=since,
        )
        routed = self._routed(waits)
        if routed.queue is not None and routed.queue != ticket.queue:
            events = ticket.put_in_queue(routed.queue, rule=routed.rule)
            occasion = _occasion("route", ticket, at, actor=self._actor(routed))
            case.ticket, case.place = self._record(
                ticket.id, ticket, case.place, events=events, occasion=occasion
            )
            self._watch(case, events, occasion)
            situation = situation_of(case.ticket, self._known(ticket))
            waits = Case(ticket=ticket.id, situation=situation, waiting_since=since)
        if routed.agent is None:
            self.waiting.add(waits, routed)
        self._take_routed(case, routed, at)

    def _routed(self, waits: Case) -> Routed:
        """Who is not there is never given a case, and matters only for why nobody is."""
        everybody = self.team.candidates()
        there = [one for one in everybody if one.availability is Availability.ONLINE]
        routed = route(waits, self.in_force.policy, there)
        return routed if routed.agent else route(waits, self.in_force.policy, everybody)

    def _take_routed(self, case: OpenCase, routed: Routed, at: datetime) -> None:
        """Record who gets the case, or once why nobody does."""
        ticket = case.ticket
        if routed.agent is not None and routed.method is not None:
            candidate = self.team.member(routed.agent).candidate
            events = ticket.assign(
                routed.agent,
                method=routed.method,
                reason=routed.why,
                active_then=candidate.active,
                capacity=candidate.soft(self.in_force.policy.routing.capacity),
                summary=_summary(ticket),
            )
        elif routed.deferred is not None and self._is_news(ticket, routed.deferred):
            events = ticket.defer(routed.deferred)
        else:
            return
        self.give(case, events, _occasion("assign", ticket, at, actor=self._actor(routed)))

    def _is_news(self, ticket: Ticket, reason: DeferralReason) -> bool:
        return ticket.deferred is not reason and ticket.owner is None

    def _fill(self, member: Member, at: datetime) -> None:
        """Give an agent who has room what they can take, the oldest first."""
        capacity = self.in_force.policy.routing.capacity
        while self.waiting:
            candidate = member.candidate
            is_there = candidate.availability is Availability.ONLINE
            if not is_there or candidate.active >= candidate.hard(capacity):
                return
            heads = self.waiting.oldest_for(member)
            routed = next_for(candidate, heads, self.in_force.policy).routed if heads else None
            if routed is None:
                return
            self.waiting.drop(routed.ticket)
            self._take_routed(self.cases[routed.ticket], routed, at)

    def _requeue_all(self, member: Member, at: datetime) -> None:
        """Take back every active case of an agent who has been offline for too long."""
        if not self._is_gone(member.agent.id, at):
            return
        for ticket_id in list(member.active):
            self._requeue(self.cases[ticket_id], at)

    def _is_gone(self, agent_id: AgentId, at: datetime) -> bool:
        member = self.team.member(agent_id)
        due = requeue_due(member.candidate, self.in_force.policy.routing)
        return due is not None and due <= at

    def _requeue(self, case: OpenCase, at: datetime) -> None:
        ticket = case.ticket
        events = ticket.unassign(method=Method.RULE, reason="owner_offline")
        self.give(case, events, _occasion("requeue", ticket, at, actor=AUTOMATION))

    def _fall_due(self, case: OpenCase, due: Due) -> None:
        events = fall_due(case.ticket, due, self.in_force)
        assert events, "what is due on a ticket as it stands is never void"
        command_id = due.command_id(case.ticket.id)
        self.give(case, events, Occasion(due.at, AUTOMATION, command_id, f"automation.{due.kind}"))

    def _forget_if_done(self, case: OpenCase) -> None:
        if case.pins == 0 and case.due is None and not case.ticket.is_unresolved:
            self.cases.pop(case.ticket.id, None)
            self._forget(case.ticket.id)

    def _known(self, ticket: TicketState) -> Customer:
        return self._customer(ticket.requester_id)

    def _actor(self, routed: Routed) -> str:
        if routed.rule is None:
            return AUTOMATION
        return f"rule:{routed.rule}@{self.in_force.version}"

    def _push(self, at: datetime, id_: str, due: Due | None) -> None:
        self._count += 1
        heappush(self._heap, (at, self._count, id_, due))


def _requester(events: Sequence[TicketEvent]) -> CustomerId | None:
    requester = getattr(events[0], "requester", None)
    return requester.id if requester else None


def _occasion(what: str, ticket: Ticket, at: datetime, *, actor: str) -> Occasion:
    """Of a decision of the automation: its id follows from the ticket as it stood."""
    said = f"{ticket.id}\n{ticket.sequence}".encode()
    digest = hashlib.sha256(said).hexdigest()[:32]
    return Occasion(at, actor, f"{what}:{digest}", f"automation.{what}")


def _summary(ticket: Ticket) -> str | None:
    """What a new owner is told of a case that had one: the history travels with it."""
    if ticket.owner is None:
        return None
    return f"{len(ticket.messages)} messages so far; it rose to {ticket.level}"
