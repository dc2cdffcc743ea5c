"""Events of the conversation: what the customer wrote, what we wrote, what only we may read."""

from __future__ import annotations

from typing import ClassVar

from domain.events.base import TicketEvent
from domain.values import (
    AgentId,
    Author,
    Channel,
    Identifier,
    Instant,
    Intent,
    Label,
    MessageId,
    Personal,
    Status,
)


class MessageReceived(TicketEvent):
    """The customer wrote or called.

    What it does to the ticket depends on the status at that moment, which is kept with it.
    """

    TYPE: ClassVar[str] = "ticketledger.message.received.v1"

    message_id: MessageId
    channel: Channel
    live: bool
    intent: Intent
    status: Status
    body: Personal | None = None
    attachments: tuple[Identifier, ...] | None = None


class MessageSent(TicketEvent):
    """A public reply to the customer, or an answered outbound call.

    Only a human's is a reply: a bot's opens no ticket and keeps no promise.
    """

    TYPE: ClassVar[str] = "ticketledger.message.sent.v1"

    message_id: MessageId
    channel: Channel
    author: Author
    asks: bool
    agent_id: AgentId | None = None
    agent_display: Personal | None = None
    body: Personal | None = None
    template: Label | None = None
    next_update_by: Instant | None = None


class NoteAdded(TicketEvent):
    """An internal note. The customer never sees it."""

    TYPE: ClassVar[str] = "ticketledger.note.added.v1"

    note_id: Identifier
    body: Personal


class ResolutionConfirmed(TicketEvent):
    """The customer agrees that the case is solved."""

    TYPE: ClassVar[str] = "ticketledger.resolution.confirmed.v1"

    message_id: MessageId | None = None


class ResolutionRejected(TicketEvent):
    """The customer says that the case is not solved; the ticket reopens in the same save."""

    TYPE: ClassVar[str] = "ticketledger.resolution.rejected.v1"

    message_id: MessageId | None = None
