"""Events of intake: a ticket comes to be, is acknowledged, or arrives from another system."""

from __future__ import annotations

from typing import ClassVar

from domain.events.base import Event, Requester, TicketEvent
from domain.values import (
    CaseType,
    CategoryPath,
    Channel,
    CustomerId,
    Fidelity,
    Identifier,
    Instant,
    Label,
    Origin,
    Personal,
    Priority,
    TicketId,
)


class TicketOpened(TicketEvent):
    """A customer's case begins. It is always the first event of its ticket and sets it to *new*."""

    TYPE: ClassVar[str] = "ticketledger.ticket.opened.v1"

    number: Identifier
    channel: Channel
    live: bool
    origin: Origin
    case_type: CaseType | None = None
    subject: Personal | None = None
    body: Personal | None = None
    category: CategoryPath | None = None
    priority: Priority | None = None
    stated_urgency: Label | None = None
    impact: Label | None = None
    product: Label | None = None
    order_refs: tuple[Identifier, ...] | None = None
    custom_fields: dict[str, Label] | None = None
    requester: Requester | None = None
    on_behalf_of: bool | None = None
    follows_ticket: TicketId | None = None


class TicketImported(TicketEvent):
    """The ticket's history was brought from another system.

    What follows may have been recorded long after it happened.
    """

    TYPE: ClassVar[str] = "ticketledger.ticket.imported.v1"

    source: Identifier
    source_id: Identifier
    batch_id: Identifier
    fidelity: Fidelity
    original_opened_at: Instant | None = None
    original_updated_at: Instant | None = None


class TicketAcknowledged(TicketEvent):
    """The customer was sent the ticket's number. An acknowledgement is not a reply."""

    TYPE: ClassVar[str] = "ticketledger.ticket.acknowledged.v1"

    channel: Channel
    template: Label | None = None


class TicketRequesterChanged(TicketEvent):
    """The ticket turned out to be another customer's, or the customer's records were merged."""

    TYPE: ClassVar[str] = "ticketledger.ticket.requester_changed.v1"

    from_: CustomerId | None = None
    to: CustomerId | None = None
    reason: Label | None = None


class ImportFinished(Event):
    """A batch of another system's history is complete: figures no longer wait for it."""

    TYPE: ClassVar[str] = "ticketledger.import.finished.v1"

    source: Identifier
    batch_id: Identifier
    rows_read: int
    rows_changed: int
    rows_progressed: int
    rows_unreadable: int
