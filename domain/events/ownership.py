"""Events of ownership: in which queue a ticket waits, who has it, on which level."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from domain.events.base import TicketEvent
from domain.model import Model
from domain.values import (
    AgentId,
    DeferralReason,
    EscalationTrigger,
    Label,
    Level,
    Method,
    Personal,
    QueueName,
)


class TicketQueued(TicketEvent):
    """The ticket entered a queue, moved to another one, or left all queues."""

    TYPE: ClassVar[str] = "ticketledger.ticket.queued.v1"

    from_: QueueName | None = None
    to: QueueName | None = None
    rule: Label | None = None
    reason: Label | None = None


class PassedOver(Model):
    """Agents who were considered and did not get the ticket, all for the same reason."""

    why: Label
    agents: tuple[AgentId, ...]


class TicketAssigned(TicketEvent):
    """An agent owns the ticket now.

    A claim may overshoot the agent's capacity; that is recorded, not prevented. Where it is taken
    from another agent, a summary may travel with it.
    """

    TYPE: ClassVar[str] = "ticketledger.ticket.assigned.v1"

    from_: AgentId | None = None
    to: AgentId
    method: Method
    active_then: int | None = None
    capacity: int | None = None
    over_capacity: bool | None = None
    summary: Personal | None = None
    reason: Label | None = None
    passed_over: tuple[PassedOver, ...] | None = Field(
        default=None, description="Who else was considered by the rules, and why it is not them."
    )


class TicketUnassigned(TicketEvent):
    """Nobody owns the ticket any more."""

    TYPE: ClassVar[str] = "ticketledger.ticket.unassigned.v1"

    from_: AgentId
    method: Method
    reason: Label | None = None


class TicketHandedOver(TicketEvent):
    """One agent passed the ticket to another, with a summary of what was already tried."""

    TYPE: ClassVar[str] = "ticketledger.ticket.handed_over.v1"

    from_: AgentId
    to: AgentId
    summary: Personal
    reason: Label | None = None


class TicketAssignmentDeferred(TicketEvent):
    """Nobody could be given the ticket; it waits in its queue until somebody can."""

    TYPE: ClassVar[str] = "ticketledger.ticket.assignment_deferred.v1"

    queue: QueueName | None = None
    reason: DeferralReason
    passed_over: tuple[PassedOver, ...] | None = Field(
        default=None, description="Who was considered, and why it is none of them."
    )


class EscalationRequested(TicketEvent):
    """The customer or an agent asked for a higher level. Whether it comes is another fact."""

    TYPE: ClassVar[str] = "ticketledger.escalation.requested.v1"

    from_level: Level
    to_level: Level
    trigger: EscalationTrigger
    summary: Personal | None = None


class TicketEscalated(TicketEvent):
    """The ticket moved to a higher level; the summary spares the customer from telling it again."""

    TYPE: ClassVar[str] = "ticketledger.ticket.escalated.v1"

    from_level: Level
    to_level: Level
    trigger: EscalationTrigger
    summary: Personal | None = None


class TicketDeescalated(TicketEvent):
    """The ticket moved back to a lower level."""

    TYPE: ClassVar[str] = "ticketledger.ticket.deescalated.v1"

    from_level: Level
    to_level: Level
    summary: Personal | None = None
    reason: Label | None = None
