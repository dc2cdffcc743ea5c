"""What simulated agents do: one thing after the other, as long as they are there."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from domain.events import MessageSent, TicketEvent
from domain.people import Availability
from domain.timekeeping import OUR_TURN
from domain.values import (
    AgentId,
    Author,
    EscalationTrigger,
    Level,
    ResolutionCode,
    Status,
    TicketId,
    WorkKind,
)
from intake.desk.book import OpenCase
from intake.desk.saves import Occasion
from intake.simulation.operation import Operation
from intake.simulation.parameters import month_after
from intake.simulation.rota import Turn, seconds_of_work
from intake.simulation.visits import Visits

_TOUCHES_A_CASE = 2.3
_BUSY = 0.72
"""The share of their time that agents are to work: more, and every peak becomes a jam."""

_TOUCH_SECONDS_MAX = 480.0
_OUTSIDE_HOURS = 8.0
_REMEMBERS = 0.85
"""How often an agent thinks of a promised update while a case lies with somebody else."""

_NEEDS_SPECIALIST = 0.05


@dataclass(slots=True)
class Hands:
    """One agent's own list of what to do, the oldest first."""

    todo: deque[tuple[TicketId, str]] = field(default_factory=deque[tuple[TicketId, str]])
    busy: bool = False


class Work:
    """The agents of an operation at work."""

    def __init__(self, operation: Operation, visits: Visits) -> None:
        self._operation = operation
        self._visits = visits
        self._chance = operation.chance
        self._hands: dict[AgentId, Hands] = {one.id: Hands() for one in operation.team}
        self._touch_seconds = _touch_seconds(operation)
        operation.on_save.append(self._after)
        operation.on_turn.append(self._turned)

    def _after(self, case: OpenCase, events: Sequence[TicketEvent], occasion: Occasion) -> None:
        """Whatever waits for work lies on its owner's list, once."""
        del events, occasion
        ticket, story = case.ticket, self._operation.story(case)
        if ticket.status not in OUR_TURN or ticket.owner is None:
            story.waiting_for = None
        elif story.waiting_for != ticket.owner:
            story.waiting_for = ticket.owner
            self._put(ticket.owner, ticket.id, "step")

    def _turned(self, turn: Turn) -> None:
        self._start(turn.agent)

    def _put(self, agent_id: AgentId, ticket_id: TicketId, what: str) -> None:
        self._hands[agent_id].todo.append((ticket_id, what))
        self._start(agent_id)

    def _start(self, agent_id: AgentId) -> None:
        """Begin with the next thing, if there is one and the agent is there and free."""
        operation, hands = self._operation, self._hands[agent_id]
        agent = operation.desk.team.member(agent_id).agent
        if hands.busy or agent.availability is not Availability.ONLINE:
            return
        while hands.todo:
            ticket_id, what = hands.todo.popleft()
            if self._is_due(agent_id, ticket_id, what) is None:
                continue
            hands.busy = True
            seconds = self._touch_seconds * self._chance.gammavariate(2.0, 0.5)
            ends = operation.now + timedelta(seconds=round(seconds, 3))
            operation.at(ends, partial(self._done, agent_id, ticket_id, what))
            return

    def _is_due(self, agent_id: AgentId, ticket_id: TicketId, what: str) -> OpenCase | None:
        """The case, if it still is this agent's and there is something to do."""
        case = self._operation.desk.cases.get(ticket_id)
        if case is None or case.ticket.owner != agent_id:
            return None
        if what == "update":
            return case if case.ticket.status is Status.ON_HOLD else None
        lies_here = self._operation.story(case).waiting_for == agent_id
        return case if lies_here and case.ticket.status in OUR_TURN else None

    def _done(self, agent_id: AgentId, ticket_id: TicketId, what: str, at: datetime) -> None:
        del at
        self._hands[agent_id].busy = False
        case = self._is_due(agent_id, ticket_id, what)
        if case is not None:
            case.pins += 1
            if what == "update":
                self._reply(case, "We are still waiting for the airline.")
                self._remember(case)
            else:
                self._operation.story(case).waiting_for = None
                self._step(case)
            self._operation.desk.unpin(case)
        self._start(agent_id)

    def _step(self, case: OpenCase) -> None:
        story = self._operation.story(case)
        if story.outside:
            self._hold(case)
            return
        step = story.steps.pop(0) if story.steps else "resolve"
        if step == "ask":
            self._reply(case, "Could you send us your passport number?", asks=True)
            self._visits.answer_later(case)
        elif step == "hold":
            story.outside = True
            self._operation.plan(self._outside_takes(), case, self._third_party)
            self._hold(case)
        elif step == "work":
            events = case.ticket.progress(WorkKind.RESEARCH)
            self._operation.desk.give(case, events, self._occasion(case, "ticket.progress"))
        else:
            self._resolve(case)

    def _resolve(self, case: OpenCase) -> None:
        ticket = case.ticket
        if ticket.level is Level.L1 and self._chance.random() < _NEEDS_SPECIALIST:
            events = ticket.escalate(
                trigger=EscalationTrigger.AGENT, summary="Tried what the first level can do."
            )
            self._operation.desk.give(case, events, self._occasion(case, "ticket.escalate"))
            passing_on = case.ticket.unassign(reason="needs a specialist")
            self._operation.desk.give(case, passing_on, self._occasion(case, "ticket.unassign"))
            return
        occasion = self._occasion(case, "ticket.resolve")
        story = self._operation.story(case)
        message = MessageSent(
            message_id=f"m-{occasion.command_id}",
            channel=story.channel,
            author=Author.HUMAN,
            asks=False,
            agent_id=ticket.owner,
            body="It is done. Here is your new confirmation.",
        )
        informed = self._chance.random() < 0.2  # noqa: PLR2004 - a share of all solutions
        events = ticket.resolve(
            at=occasion.at,
            agent_id=ticket.owner,
            code=ResolutionCode.INFORMED if informed else ResolutionCode.SOLVED,
            message=message,
        )
        self._operation.desk.give(case, events, occasion)

    def _hold(self, case: OpenCase) -> None:
        """Tell the customer that it waits for the airline, and let it wait."""
        self._reply(case, "We have asked the airline and will write again.")
        if case.ticket.status in OUR_TURN:
            events = case.ticket.change_status(Status.ON_HOLD, reason="airline")
            self._operation.desk.give(case, events, self._occasion(case, "ticket.status"))
        self._remember(case)

    def _reply(self, case: OpenCase, words: str, *, asks: bool = False) -> None:
        occasion = self._occasion(case, "ticket.reply")
        events = case.ticket.reply(
            message_id=f"m-{occasion.command_id}",
            channel=self._operation.story(case).channel,
            at=occasion.at,
            body=words,
            agent_id=case.ticket.owner,
            asks=asks,
            default_promise=self._operation.desk.in_force.default_promise,
        )
        self._operation.desk.give(case, events, occasion)

    def _remember(self, case: OpenCase) -> None:
        """Think of the promised update in time, mostly."""
        promise = case.ticket.promise
        if promise is None or self._chance.random() >= _REMEMBERS:
            return
        ahead = timedelta(hours=self._chance.uniform(0.5, 5.0))
        later = promise.due_at - ahead - self._operation.now
        self._operation.plan(max(later, timedelta(minutes=1)), case, self._update)

    def _update(self, case: OpenCase, at: datetime) -> None:
        del at
        if case.ticket.status is Status.ON_HOLD and case.ticket.owner is not None:
            self._put(case.ticket.owner, case.ticket.id, "update")

    def _third_party(self, case: OpenCase, at: datetime) -> None:
        """The airline answers."""
        del at
        self._operation.story(case).outside = False
        if case.ticket.is_unresolved:
            events = case.ticket.progress(WorkKind.THIRD_PARTY)
            occasion = self._operation.occasion("ticket.progress", "system:airline")
            self._operation.desk.give(case, events, occasion)

    def _occasion(self, case: OpenCase, name: str) -> Occasion:
        return self._operation.occasion(name, f"agent:{case.ticket.owner}")

    def _outside_takes(self) -> timedelta:
        hours = _OUTSIDE_HOURS * math.exp(self._chance.gauss(0, 1))
        return timedelta(seconds=round(min(hours, 120.0) * 3600))


def _touch_seconds(operation: Operation) -> float:
    """How long one thing takes on average: as long as the agents there are can afford."""
    of = operation.parameters
    days = (month_after(of.first_month, 1) - of.first_month).days
    touches = of.cases_per_month * _TOUCHES_A_CASE
    return min(_TOUCH_SECONDS_MAX, _BUSY * seconds_of_work(operation.team, days) / touches)
