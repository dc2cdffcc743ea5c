"""Events of classification: category, priority, tags and other fields, by agent, rule or model."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from domain.events.base import TicketEvent
from domain.values import CategoryPath, Label, Method, Priority

Confidence = Annotated[float, Field(ge=0, le=1)]


class TicketCategorized(TicketEvent):
    """The ticket's category was set, changed or cleared.

    Figures use the category known at each contact.
    """

    TYPE: ClassVar[str] = "ticketledger.ticket.categorized.v1"

    from_: CategoryPath | None = None
    to: CategoryPath | None = None
    method: Method
    confidence: Confidence | None = None
    reason: Label | None = None


class TicketPrioritized(TicketEvent):
    """The ticket's priority was set, changed or cleared."""

    TYPE: ClassVar[str] = "ticketledger.ticket.prioritized.v1"

    from_: Priority | None = None
    to: Priority | None = None
    method: Method
    confidence: Confidence | None = None
    reason: Label | None = None


class TicketTagged(TicketEvent):
    """A tag was put on the ticket."""

    TYPE: ClassVar[str] = "ticketledger.ticket.tagged.v1"

    tag: Label
    method: Method
    reason: Label | None = None


class TicketUntagged(TicketEvent):
    """A tag was taken off the ticket."""

    TYPE: ClassVar[str] = "ticketledger.ticket.untagged.v1"

    tag: Label
    method: Method
    reason: Label | None = None


class TicketFieldChanged(TicketEvent):
    """Any other field of the ticket was set, changed or cleared; both values are kept as text."""

    TYPE: ClassVar[str] = "ticketledger.ticket.field_changed.v1"

    field: Label
    from_: Label | None = None
    to: Label | None = None
    method: Method
    reason: Label | None = None
