"""Events of the conversation: what the customer wrote, what we wrote, what only we may read."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from domain.events.base import TicketEvent
from domain.reach import ArticleUse, Delivery
from domain.values import (
    AgentId,
    Author,
    Channel,
    Identifier,
    Instant,
    Intent,
    Label,
    MessageId,
    Method,
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


class MessageClassified(TicketEvent):
    """Why the customer wrote became known later: read by an agent, a rule or a model.

    Thanks that had reopened the case confirm it after all; the reopening stays in the figures.
    """

    TYPE: ClassVar[str] = "ticketledger.message.classified.v1"

    message_id: MessageId
    from_: Intent
    to: Intent
    method: Method


class MessageDeliveryReported(TicketEvent):
    """The channel said what became of a message of ours."""

    TYPE: ClassVar[str] = "ticketledger.message.delivery_reported.v1"

    message_id: MessageId
    delivery: Delivery
    reason: Label | None = None


class AttachmentAdded(TicketEvent):
    """A file came to the ticket, by reference: its bytes are kept elsewhere, provable by digest."""

    TYPE: ClassVar[str] = "ticketledger.attachment.added.v1"

    reference: Identifier
    media_type: Label
    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    public: bool
    message_id: MessageId | None = None


class ArticleLinked(TicketEvent):
    """A piece of knowledge was used on the ticket."""

    TYPE: ClassVar[str] = "ticketledger.article.linked.v1"

    article_id: Identifier
    article_version: Label | None = None
    use: ArticleUse


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
