"""Candidates: which agents may be given a case, and why the others may not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.agent import Agent
from domain.people import Availability
from domain.policies.routes import Capacity, Lane
from domain.values import AgentId, DeferralReason, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An agent as routing sees them. Active cases are new or open; moments are in UTC."""

    agent: AgentId
    availability: Availability | None = None
    since: datetime | None = None
    """Since when the availability is as it is."""

    active: int = 0
    capacity: int | None = None
    """How many active cases they take; None: as many as the policy says."""

    skills: frozenset[str] = frozenset()
    languages: frozenset[str] | None = None
    """None: nothing is known, so no language is held against them."""

    level: Level = Level.L1
    last_assigned_at: datetime | None = None

    @classmethod
    def of(cls, agent: Agent, *, active: int, last_assigned_at: datetime | None) -> Candidate:
        """The agent with what only tickets tell."""
        return cls(
            agent=agent.id,
            availability=agent.availability,
            since=agent.available_since,
            active=active,
            capacity=agent.capacity,
            skills=frozenset(agent.skills or ()),
            languages=None if agent.languages is None else frozenset(agent.languages),
            level=agent.level or Level.L1,
            last_assigned_at=last_assigned_at,
        )

    def soft(self, capacity: Capacity) -> int:
        """How many active cases they take."""
        return capacity.soft if self.capacity is None else self.capacity

    def hard(self, capacity: Capacity) -> int:
        """How many they take where a case of the VIP lane comes.

        Who has a capacity of their own is given as many beyond it as the policy allows everybody;
        who takes none is given none.
        """
        soft = self.soft(capacity)
        return soft + max(0, capacity.hard - capacity.soft) if soft else 0


@dataclass(frozen=True, slots=True)
class Needs:
    """What a case asks of whoever gets it."""

    level: Level
    skills: frozenset[str]
    language: str | None
    lane: Lane
    capacity: Capacity

    def limit(self, candidate: Candidate) -> int:
        """How many active cases the agent may have before this one comes."""
        is_vip = self.lane is Lane.VIP
        return candidate.hard(self.capacity) if is_vip else candidate.soft(self.capacity)


@dataclass(frozen=True, slots=True)
class Considered:
    """What became of one candidate: eligible, or why not. `limit`: what they may have at most."""

    agent: AgentId
    why_not: str | None
    active: int
    limit: int
    last_assigned_at: datetime | None

    @property
    def is_eligible(self) -> bool:
        """Whether the case could be given to them."""
        return self.why_not is None


def consider(candidate: Candidate, needs: Needs) -> Considered:
    """Whether this agent may be given the case, with every reason why not."""
    reasons = [*_lacking(candidate, needs), *_absence(candidate)]
    limit = needs.limit(candidate)
    if candidate.active >= limit:
        reasons.append(f"has {candidate.active} of {limit}")
    return Considered(
        candidate.agent,
        "; ".join(reasons) or None,
        candidate.active,
        limit,
        candidate.last_assigned_at,
    )


def reason_for_deferring(candidates: Collection[Candidate], needs: Needs) -> DeferralReason:
    """Why none of them can be given the case: nobody can do it, or is there, or has room."""
    able = [one for one in candidates if not any(_lacking(one, needs))]
    if not able:
        return DeferralReason.NO_SKILL
    if all(any(_absence(one)) for one in able):
        return DeferralReason.OFFLINE
    return DeferralReason.ALL_AT_CAPACITY


def _lacking(candidate: Candidate, needs: Needs) -> Iterable[str]:
    if candidate.level is not needs.level:
        yield f"works on {candidate.level}, not {needs.level}"
    if lacking := needs.skills - candidate.skills:
        yield f"lacks {', '.join(sorted(lacking))}"
    if not _speaks(candidate, needs.language):
        yield f"does not speak {needs.language}"


def _absence(candidate: Candidate) -> Iterable[str]:
    if candidate.availability is not Availability.ONLINE:
        yield str(candidate.availability or "not known to be there")


def _speaks(candidate: Candidate, language: str | None) -> bool:
    if candidate.languages is None or language is None:
        return True
    return any(_understands(one, language) for one in candidate.languages)


def _understands(spoken: str, wanted: str) -> bool:
    """Whether who speaks one language understands the other: `pt` and `pt-BR` do, both ways."""
    one, other = spoken.casefold(), wanted.casefold()
    return f"{one}-".startswith(f"{other}-") or f"{other}-".startswith(f"{one}-")
