"""Events of an agent: whether they are there, what they can do and how much they take."""

from __future__ import annotations

from typing import ClassVar

from domain.events.base import Event
from domain.people import Availability, Capacity
from domain.values import AgentId, Label, Level


class AgentEvent(Event):
    """A fact about one agent."""

    agent_id: AgentId


class AgentAvailabilityChanged(AgentEvent):
    """An agent came online, stepped away or went offline.

    Only who is online is given tickets; who stays offline for long loses those they have.
    """

    TYPE: ClassVar[str] = "ticketledger.agent.availability_changed.v1"

    from_: Availability | None = None
    to: Availability
    reason: Label | None = None


class AgentSkillsChanged(AgentEvent):
    """What an agent can do and how much they take, all of it as it is from now on.

    What is left out is not known: without a capacity the policy's holds, without a level they work
    on L1, without languages none is held against them, and without skills they have none.
    """

    TYPE: ClassVar[str] = "ticketledger.agent.skills_changed.v1"

    capacity: Capacity | None = None
    skills: tuple[Label, ...] | None = None
    languages: tuple[Label, ...] | None = None
    level: Level | None = None
    roles: tuple[Label, ...] | None = None
