"""Events of the promise to the customer: when they will hear from us next."""

from __future__ import annotations

from typing import ClassVar

from domain.events.base import TicketEvent
from domain.values import AgentId, Instant, Label, MessageId, PromiseId


class NextUpdatePromised(TicketEvent):
    """The customer was told by when the next update comes.

    One promise runs on a ticket at a time.
    """

    TYPE: ClassVar[str] = "ticketledger.next_update.promised.v1"

    promise_id: PromiseId
    instance: int
    due_at: Instant
    maker: AgentId | None = None
    message_id: MessageId | None = None


class NextUpdateKept(TicketEvent):
    """A human's public message came: the promise is fulfilled, in time or late."""

    TYPE: ClassVar[str] = "ticketledger.next_update.kept.v1"

    promise_id: PromiseId
    instance: int
    due_at: Instant
    message_id: MessageId | None = None


class NextUpdateMissed(TicketEvent):
    """The promised moment passed without a word.

    The promise runs on as its next instance, due `next_due_at`; only the first one counts in
    figures, or a single silence would be many misses.
    """

    TYPE: ClassVar[str] = "ticketledger.next_update.missed.v1"

    promise_id: PromiseId
    instance: int
    due_at: Instant
    next_due_at: Instant
    owner: AgentId | None = None


class NextUpdateSuperseded(TicketEvent):
    """A further message of ours in the same breath took the promise's place; it is not counted."""

    TYPE: ClassVar[str] = "ticketledger.next_update.superseded.v1"

    promise_id: PromiseId
    instance: int
    message_id: MessageId | None = None


class NextUpdateCancelled(TicketEvent):
    """The promise became void: it is the customer's turn, or the case ended without a message."""

    TYPE: ClassVar[str] = "ticketledger.next_update.cancelled.v1"

    promise_id: PromiseId
    instance: int
    reason: Label
