"""The agents of a desk: whether they are there, what they can do, and what they have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain import agent as agents
from domain.agent import Agent
from domain.candidates import Candidate
from domain.events import AgentSkillsChanged, AnyAgentEvent
from domain.facts import FactOf
from domain.people import Availability
from domain.subjects import agent_subject
from domain.values import AgentId, TicketId
from intake.desk.saves import NOWHERE, Place


@dataclass(slots=True)
class Member:
    """One agent, with the active cases they have."""

    agent: Agent
    place: Place = NOWHERE
    active: dict[TicketId, None] = field(default_factory=dict[TicketId, None])
    last_assigned_at: datetime | None = None
    seen: Candidate | None = None
    """As routing sees them, as long as nothing changes."""

    @property
    def candidate(self) -> Candidate:
        """As routing sees them."""
        if self.seen is None:
            self.seen = Candidate.of(
                self.agent, active=len(self.active), last_assigned_at=self.last_assigned_at
            )
        return self.seen

    @property
    def rested(self) -> Candidate:
        """The same if they were there and had nothing to do: what they could do at all."""
        return replace(self.candidate, availability=Availability.ONLINE, active=0)


class Team:
    """All agents of a desk, by id. Who first does something as an agent is one."""

    def __init__(self) -> None:
        self._members: dict[AgentId, Member] = {}

    def member(self, agent_id: AgentId) -> Member:
        """One of them."""
        found = self._members.get(agent_id)
        if found is None:
            found = self._members[agent_id] = Member(Agent(agent_id))
        return found

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    def candidates(self) -> list[Candidate]:
        """All of them, as routing sees them."""
        return [one.candidate for one in self._members.values()]

    def take(
        self, member: Member, events: Iterable[AnyAgentEvent], *, at: datetime, actor: str
    ) -> bool:
        """Let what was recorded of an agent hold; whether what they can do has changed."""
        others = False
        for event in events:
            fact = FactOf(
                event, agent_subject(event.agent_id), member.agent.sequence + 1, at, actor
            )
            member.agent = agents.evolve(member.agent, fact)
            others = others or isinstance(event, AgentSkillsChanged)
        member.seen = None
        return others

    def move(self, ticket_id: TicketId, before: AgentId | None, after: AgentId | None) -> None:
        """Note whose active case a ticket is now."""
        for agent_id in (before, after):
            if agent_id is None:
                continue
            member = self.member(agent_id)
            member.seen = None
            if agent_id == after:
                member.active[ticket_id] = None
            else:
                member.active.pop(ticket_id, None)

    def assigned(self, agent_id: AgentId, at: datetime) -> None:
        """Note that an agent was given a case."""
        member = self.member(agent_id)
        member.last_assigned_at = at
        member.seen = None
