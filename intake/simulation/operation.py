"""The simulated operation: its clock, its desk, and everything that happens in order of time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from typing import Any

from domain.agent import Agent
from domain.events import AgentEvent, CustomerProfiled, TicketEvent
from domain.in_force import InForce
from domain.subjects import customer_subject
from domain.values import AgentId, TicketId
from intake.desk.book import OpenCase
from intake.desk.desk import Desk
from intake.desk.saves import NOWHERE, DecidedSave, Occasion, Place, decided
from intake.simulation.customers import Customers, Person
from intake.simulation.demand import cases_in, openings
from intake.simulation.parameters import Parameters, month_after
from intake.simulation.rota import Turn, colleagues, turns
from intake.simulation.story import Story, Truth

OnCase = Callable[[OpenCase, datetime], None]

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""For what is the same command whenever it is given."""


class Operation:
    """Time, chance, ids and the desk; what people do is in `visits` and `work`, which add to it."""

    def __init__(
        self,
        parameters: Parameters,
        in_force: InForce,
        *,
        before: Mapping[AgentId, tuple[Agent, Place]],
    ) -> None:
        self.parameters = parameters
        self.run_id = parameters.run_id
        self.chance = random.Random(f"{parameters.seed}/operation")  # noqa: S311 - no secret
        self.customers = Customers(seed=parameters.seed, cases_per_month=parameters.cases_per_month)
        self.stories: dict[TicketId, Story] = {}
        self.truth = Truth()
        self.counts: dict[str, int] = {}
        self.saves: list[DecidedSave] = []
        self.desk = Desk(
            in_force,
            self.saves.append,
            customer=self.customers.known,
            watch=self._watch,
            forget=self._forget,
        )
        self.now = parameters.first_month
        self.on_save: list[Callable[[OpenCase, Sequence[TicketEvent], Occasion], None]] = []
        self.on_turn: list[Callable[[Turn], None]] = []
        self.on_opening: Callable[[datetime], None] | None = None
        self._heap: list[tuple[datetime, int, TicketId | None, Any]] = []
        self._count = 0
        self._profiled: set[str] = set()
        self.team = colleagues(in_force.policy, parameters.agents)
        for colleague in self.team:
            if colleague.id in before:
                member = self.desk.team.member(colleague.id)
                member.agent, member.place = before[colleague.id]

    def occasion(self, name: str, actor: str) -> Occasion:
        """A command given now, with an id that only this run has."""
        self._count += 1
        return Occasion(self.now, actor, f"{self.run_id}/{self._count}", name)

    def plan(self, after: timedelta, case: OpenCase, then: OnCase) -> None:
        """Let something happen to a case later, unless the simulation has ended by then."""
        at = self.now + after
        if at < self.parameters.ends:
            case.pins += 1
            self.at(at, then, ticket_id=case.ticket.id)

    def at(self, moment: datetime, then: Any, *, ticket_id: TicketId | None = None) -> None:
        """Let something happen at a moment."""
        self._count += 1
        heappush(self._heap, (moment, self._count, ticket_id, then))

    def story(self, case: OpenCase) -> Story:
        """What a case will be."""
        return self.stories[case.ticket.id]

    def profile(self, person: Person) -> None:
        """Record what is known of a customer, where that is more than nothing, once."""
        if not person.is_profiled or person.id in self._profiled:
            return
        self._profiled.add(person.id)
        event = CustomerProfiled(
            customer_id=person.id,
            language=person.known.language,
            customer_tier=person.known.tier,
        )
        # The same id in every run: who is known already is not recorded again.
        occasion = Occasion(_ANY_TIME, "system:accounts", f"profile/{person.id}", "profile")
        save, _ = decided(customer_subject(person.id), [event], occasion, NOWHERE)
        self.saves.append(save._replace(at=self.now))

    def run(self) -> Iterator[datetime]:
        """Let everything happen; the moment reached, now and then. Decided saves pile up in
        `saves`, whose taker empties it."""
        self._begin()
        heap, desk, ends = self._heap, self.desk, self.parameters.ends
        while heap and heap[0][0] < ends:
            falls_due = desk.next_at
            if falls_due is not None and falls_due <= heap[0][0]:
                desk.pass_time(falls_due)  # what follows from it may come before what is next here
                continue
            at, _, ticket_id, then = heappop(heap)
            self.now = at
            if ticket_id is None:
                then(at)
            else:
                case = desk.cases[ticket_id]
                then(case, at)
                desk.unpin(case)
            yield at
        # What falls due at the very end belongs to what comes after it.
        last = ends - timedelta(microseconds=1)
        while (falls_due := desk.next_at) is not None and falls_due <= last:
            desk.pass_time(falls_due)
        yield ends

    def _begin(self) -> None:
        for colleague in self.team:
            self._describe(colleague.id)
            for turn in turns(colleague, self.now, self.parameters.ends):
                self.at(turn.at, partial(self._turn, turn))
        for number in range(self.parameters.months):
            self.at(month_after(self.now, number), self._month)

    def _month(self, month: datetime) -> None:
        """Plan all openings of a month."""
        of = self.parameters
        count = cases_in(month, first=of.first_month, count=of.cases_per_month)
        assert self.on_opening is not None
        for moment in openings(self.chance, month=month, ends=month_after(month, 1), count=count):
            self.at(moment, self.on_opening)

    def _describe(self, agent_id: AgentId) -> None:
        colleague = next(one for one in self.team if one.id == agent_id)
        agent = self.desk.team.member(agent_id).agent
        wanted = (tuple(sorted(colleague.skills)), tuple(sorted(colleague.languages)))
        if (agent.skills, agent.languages, agent.level) == (*wanted, colleague.level):
            return
        events = agent.describe(
            skills=colleague.skills, languages=colleague.languages, level=colleague.level
        )
        self._give_agent(agent_id, events, "agent.describe")

    def _turn(self, turn: Turn, at: datetime) -> None:
        del at  # the turn's own
        agent = self.desk.team.member(turn.agent).agent
        if agent.availability is not turn.to:
            self._give_agent(turn.agent, agent.become(turn.to), "agent.become")
        for listener in self.on_turn:
            listener(turn)

    def _give_agent(self, agent_id: AgentId, events: Sequence[AgentEvent], name: str) -> None:
        self.desk.give_agent(agent_id, events, self.occasion(name, f"agent:{agent_id}"))

    def _watch(self, case: OpenCase, events: Sequence[TicketEvent], occasion: Occasion) -> None:
        self.now = max(self.now, occasion.at)
        for listener in self.on_save:
            listener(case, events, occasion)

    def _forget(self, ticket_id: TicketId) -> None:
        self.stories.pop(ticket_id, None)
