"""Events between tickets: one goes on in another, one becomes two."""

from __future__ import annotations

from typing import ClassVar

from domain.events.base import TicketEvent
from domain.values import Identifier, Instant, Label, TicketId


class TicketMerged(TicketEvent):
    """This case goes on in another one, and is closed in the same save. It never reopens.

    `promise_due_at` is what was promised here and not yet kept: the target takes it over.
    """

    TYPE: ClassVar[str] = "ticketledger.ticket.merged.v1"

    target: TicketId
    target_number: Identifier
    reason: Label | None = None
    promise_due_at: Instant | None = None


class TicketAbsorbed(TicketEvent):
    """Another case goes on in this one. What the source recorded is what counts."""

    TYPE: ClassVar[str] = "ticketledger.ticket.absorbed.v1"

    source: TicketId
    source_number: Identifier


class TicketSplit(TicketEvent):
    """A second matter in this case became a case of its own. The customer caused no new contact."""

    TYPE: ClassVar[str] = "ticketledger.ticket.split.v1"

    other: TicketId
    other_number: Identifier
    reason: Label | None = None
