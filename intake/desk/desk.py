"""The desk: tickets in memory, each save with its clocks, and what time and the rules make of them.

Whoever gives commands decides them on the ticket (`case.ticket.reply(...)`) and hands the events to
`give`. The desk adds what they do to the clocks, and then does what the automation would: it routes
what needs an owner, takes cases from who is gone, and records what falls due, at its moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from heapq import heappop, heappush
from typing import Any

from domain.events import TicketAssigned, TicketEvent, TicketHandedOver
from domain.in_force import Customer, InForce, situation_of
from domain.people import Availability
from domain.routing import Case, Routed, next_for, requeue_due, route
from domain.subjects import agent_subject
from domain.ticket import Ticket
from domain.timekeeping import OUR_TURN
from domain.timing import Due, dues, fall_due
from domain.values import AgentId, CustomerId, Method, TicketId, iso
from intake.desk.book import Book, OpenCase, after, queued
from intake.desk.saves import NOWHERE, Occasion, Put, decided
from intake.desk.team import Member, Team
from intake.desk.waiting import Waiting

AUTOMATION = "system:automation"
_REASON_CHARACTERS_MAX = 500


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
        self._book = Book(in_force, put, customer=customer)
        self._watch = watch
        self._forget = forget
        self._heap: list[tuple[datetime, int, str, Due | None]] = []
        self._count = 0

    def open(
        self, ticket_id: TicketId, events: Sequence[TicketEvent], occasion: Occasion, *, pins: int
    ) -> OpenCase:
        """Begin a case. Its pins have to be known: without any it may be forgotten later."""
        ticket, place = self._book.record(
            ticket_id, None, NOWHERE, events=events, occasion=occasion
        )
        case = self.cases[ticket_id] = OpenCase(ticket, place, pins=pins)
        self._settle(case, events, occasion)
        return case

    def give(self, case: OpenCase, events: Sequence[TicketEvent], occasion: Occasion) -> None:
        """Record what a command on a case decided."""
        case.ticket, case.place = self._book.record(
            case.ticket.id, case.ticket, case.place, events=events, occasion=occasion
        )
        self._settle(case, events, occasion)

    def give_agent(self, agent_id: AgentId, events: Sequence[Any], occasion: Occasion) -> None:
        """Record what became of an agent: who is there is given cases."""
        member = self.team.member(agent_id)
        if events:
            subject = agent_subject(agent_id)
            save, member.place = decided(subject, events, occasion, member.place)
            self._book.put(save)
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
        if not is_our_turn or ticket.owner is not None:
            self.waiting.drop(ticket.id)
            return
        waits = self.waiting.case(ticket.id)
        if waits is None or waits.situation != situation_of(ticket, self._book.known(ticket)):
            self.waiting.drop(ticket.id)
            self._route(case, at)

    def _route(self, case: OpenCase, at: datetime) -> None:
        """Decide where a case goes and who gets it, or say once why nobody does: in one save."""
        ticket = case.ticket
        waits = self._book.waits(ticket)
        routed = self._routed(waits)
        events = queued(ticket, routed)
        if events:
            ticket = after(ticket, events, at)
            waits = self._book.waits(ticket)
        if routed.agent is None:
            self.waiting.add(waits, routed)
            if routed.deferred is not None and routed.deferred is not ticket.deferred:
                events += ticket.defer(routed.deferred)
        else:
            events += self._assigned(ticket, routed)
        if events:
            self.give(
                case,
                events,
                self._book.occasion("route", ticket.id, str(case.place.sequence), at=at),
            )

    def _routed(self, waits: Case) -> Routed:
        """Who is not there is never given a case, and matters only for why nobody is."""
        everybody = self.team.candidates()
        there = [one for one in everybody if one.availability is Availability.ONLINE]
        routed = route(waits, self.in_force.policy, there)
        return routed if routed.agent else route(waits, self.in_force.policy, everybody)

    def _assigned(self, ticket: Ticket, routed: Routed) -> list[TicketEvent]:
        assert routed.agent is not None
        assert routed.method is not None
        candidate = self.team.member(routed.agent).candidate
        return ticket.assign(
            routed.agent,
            method=routed.method,
            reason=routed.why[:_REASON_CHARACTERS_MAX],
            active_then=candidate.active,
            capacity=candidate.soft(self.in_force.policy.routing.capacity),
        )

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
            case = self.cases[routed.ticket]
            events = queued(case.ticket, routed)
            events += self._assigned(case.ticket, routed)
            id_ = case.ticket.id
            self.give(
                case, events, self._book.occasion("route", id_, str(case.place.sequence), at=at)
            )

    def _give_routed(self, case: OpenCase, events: Sequence[TicketEvent], at: datetime) -> None:
        said = case.ticket.id, str(case.place.sequence)
        self.give(case, events, self._book.occasion("route", *said, at=at))

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
        member = self.team.member(str(ticket.owner))
        due = requeue_due(member.candidate, self.in_force.policy.routing)
        assert due is not None, "who is there keeps their cases"
        events = ticket.unassign(method=Method.RULE, reason="the owner has been offline too long")
        said = (ticket.id, member.agent.id, "1", iso(due))
        self.give(case, events, self._book.occasion("requeue", *said, at=at))

    def _fall_due(self, case: OpenCase, due: Due) -> None:
        events = fall_due(case.ticket, due, self.in_force)
        assert events, "what is due on a ticket as it stands is never void"
        command_id = due.command_id(case.ticket.id)
        self.give(case, events, Occasion(due.at, AUTOMATION, command_id, f"ticket.{due.kind}"))

    def _forget_if_done(self, case: OpenCase) -> None:
        if case.pins == 0 and case.due is None and not case.ticket.is_unresolved:
            self.cases.pop(case.ticket.id, None)
            self._forget(case.ticket.id)

    def _push(self, at: datetime, id_: str, due: Due | None) -> None:
        self._count += 1
        heappush(self._heap, (at, self._count, id_, due))
