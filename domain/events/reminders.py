"""Events of an agent's own reminders."""

from __future__ import annotations

from typing import ClassVar

from domain.events.base import TicketEvent
from domain.values import AgentId, Identifier, Instant, Label, Personal


class ReminderSet(TicketEvent):
    """An agent wants to be reminded of this ticket. The customer never sees it."""

    TYPE: ClassVar[str] = "ticketledger.reminder.set.v1"

    reminder_id: Identifier
    due_at: Instant
    agent_id: AgentId | None = None
    text: Personal | None = None


class ReminderDue(TicketEvent):
    """The moment of a reminder has come."""

    TYPE: ClassVar[str] = "ticketledger.reminder.due.v1"

    reminder_id: Identifier
    due_at: Instant
    agent_id: AgentId | None = None


class ReminderCancelled(TicketEvent):
    """A reminder is not needed any more."""

    TYPE: ClassVar[str] = "ticketledger.reminder.cancelled.v1"

    reminder_id: Identifier
    reason: Label | None = None
