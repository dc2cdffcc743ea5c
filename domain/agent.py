"""The agent: whether they are there, what they can do, how much they take."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from domain.events import AgentAvailabilityChanged, AgentEvent, AgentSkillsChanged, AnyAgentEvent
from domain.facts import FactOf
from domain.people import Availability
from domain.people_errors import AgentOffline, AgentUnchanged
from domain.values import AgentId, Level

ABILITIES = ("capacity", "skills", "languages", "level", "roles")
"""What `agent.skills_changed` tells, in its order."""


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent, folded. Moments are effective times, in UTC; None: nothing was recorded about it.

    A command returns the events to record, or raises a Refusal. An agent of whom nothing is
    recorded yet is `Agent(id)`: whoever first does something as an agent is one.
    """

    id: AgentId
    sequence: int = 0
    effective_at: datetime | None = None
    availability: Availability | None = None
    available_since: datetime | None = None
    """Since when the availability is as it is."""

    capacity: int | None = None
    skills: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    level: Level | None = None
    roles: tuple[str, ...] | None = None

    @property
    def is_offline(self) -> bool:
        """Whether it is known that they are not there."""
        return self.availability is Availability.OFFLINE

    def become(self, to: Availability, *, reason: str | None = None) -> list[AgentEvent]:
        """Come online, step away or go offline."""
        if to is self.availability:
            raise AgentUnchanged(self.id, f"is {to}")

        return [
            AgentAvailabilityChanged(
                agent_id=self.id, from_=self.availability, to=to, reason=reason
            )
        ]

    def describe(
        self,
        *,
        capacity: int | None = None,
        skills: Iterable[str] | None = None,
        languages: Iterable[str] | None = None,
        level: Level | None = None,
        roles: Iterable[str] | None = None,
        forget: Collection[str] = (),
    ) -> list[AgentEvent]:
        """Say what they can do and how much they take; what is None stays as it is.

        A list takes the place of the one before, in alphabetical order and each once. `forget`
        names what is not known any more, of ABILITIES.
        """
        given: dict[str, Any] = {
            "capacity": capacity,
            "skills": _listed(skills),
            "languages": _listed(languages),
            "level": level,
            "roles": _listed(roles),
        }
        before: dict[str, Any] = {name: getattr(self, name) for name in ABILITIES}
        after = before | {name: value for name, value in given.items() if value is not None}
        after |= dict.fromkeys(forget)
        if after == before:
            raise AgentUnchanged(self.id, "is described like that")

        return [AgentSkillsChanged(agent_id=self.id, **after)]

    def require_there(self, number: str) -> None:
        """Raise where it is known that they would not see the ticket of that number."""
        if self.is_offline:
            raise AgentOffline(self.id, number)


def evolve(agent: Agent | None, fact: FactOf[AnyAgentEvent]) -> Agent:
    """The agent after one more fact. Any recorded history is accepted: only decisions refuse."""
    event = fact.event
    known = agent or Agent(event.agent_id)
    at = fact.time if known.effective_at is None else max(fact.time, known.effective_at)
    known = replace(known, sequence=fact.sequence, effective_at=at)
    match event:
        case AgentAvailabilityChanged():
            since = known.available_since if event.to is known.availability else at
            return replace(known, availability=event.to, available_since=since)
        case AgentSkillsChanged():
            return replace(
                known,
                capacity=event.capacity,
                skills=event.skills,
                languages=event.languages,
                level=event.level,
                roles=event.roles,
            )
        case _:
            assert_never(event)


def fold(facts: Iterable[FactOf[AnyAgentEvent]], agent: Agent | None = None) -> Agent | None:
    """The agent after all these facts, in order of sequence."""
    for fact in facts:
        agent = evolve(agent, fact)
    return agent


def _listed(texts: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if texts is None else tuple(sorted(set(texts)))
