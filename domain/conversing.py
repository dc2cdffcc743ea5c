"""Commands of the conversation: our replies, the customer's messages, internal notes."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.around_errors import MessageUnknown
from domain.errors import MessageKnown, NothingChanges, ReopeningForbidden, ReopeningTooLate
from domain.events import (
    MessageClassified,
    MessageReceived,
    MessageSent,
    NoteAdded,
    ResolutionConfirmed,
    TicketAcknowledged,
    TicketClosed,
    TicketEvent,
    TicketReopened,
    TicketStatusChanged,
)
from domain.promising import Promising
from domain.state import DEFAULT_NEXT_UPDATE, REOPENING_WINDOW
from domain.values import (
    AgentId,
    Author,
    Channel,
    CloseReason,
    Identifier,
    Intent,
    MessageId,
    Method,
    Personal,
    Status,
)

NEVER_REOPENS = frozenset({CloseReason.SPAM, CloseReason.DUPLICATE, CloseReason.MERGED})


class Conversing(Promising):
    """What is said. Every public update of a human says who, when, and when the next one comes."""

    def acknowledge(self, *, channel: Channel, template: str | None = None) -> list[TicketEvent]:
        """Say that the customer was sent the number. It is not a reply and keeps no promise."""
        self.require_not_closed()
        if self.acknowledged:
            raise NothingChanges(self.number, "is acknowledged")

        return [TicketAcknowledged(channel=channel, template=template)]

    def add_note(self, body: Personal, *, note_id: Identifier) -> list[TicketEvent]:
        """Add an internal note, at any time. The customer never sees it."""
        return [NoteAdded(note_id=note_id, body=body)]

    def reply(
        self,
        *,
        message_id: MessageId,
        channel: Channel,
        at: datetime,
        body: Personal | None = None,
        author: Author = Author.HUMAN,
        agent_id: AgentId | None = None,
        agent_display: Personal | None = None,
        asks: bool = False,
        template: str | None = None,
        next_update_by: datetime | None = None,
        default_promise: timedelta | None = DEFAULT_NEXT_UPDATE,
    ) -> list[TicketEvent]:
        """Write to the customer.

        Rule: a human's reply opens a new ticket, keeps the running promise and makes the next one
        (`next_update_by`, else `default_promise` after `at`; None promises nothing). With a
        question (`asks`) the ticket waits for the customer and no promise runs. A bot's message is
        recorded and changes nothing of this.
        """
        self.require_not_closed()
        self._require_new_message(message_id)
        self._require_possible_promise(at, author, asks=asks, next_update_by=next_update_by)
        human = author is Author.HUMAN
        due = self._next_due(at, next_update_by, default_promise) if human and not asks else None
        sent = MessageSent(
            message_id=message_id,
            channel=channel,
            author=author,
            asks=asks,
            agent_id=agent_id,
            agent_display=agent_display,
            body=body,
            template=template,
            next_update_by=due,
        )
        if not human:
            return [sent]

        events: list[TicketEvent] = [sent]
        events += self._status_after_reply(asks=asks)
        events += self._settle_promise(message_id, channel, at, asks=asks)
        if due is not None:
            events.append(self._promise(due, maker=agent_id, message_id=message_id))
        return events

    def receive(
        self,
        *,
        message_id: MessageId,
        channel: Channel,
        at: datetime,
        live: bool | None = None,
        body: Personal | None = None,
        intent: Intent = Intent.UNKNOWN,
        attachments: tuple[Identifier, ...] | None = None,
        default_promise: timedelta | None = DEFAULT_NEXT_UPDATE,
        reopening_window: timedelta = REOPENING_WINDOW,
    ) -> list[TicketEvent]:
        """Take in what the customer wrote or said.

        Rule: it ends pending and on_hold; it reopens a resolved ticket, and a closed one within
        the window; thanks confirm a resolved ticket and close it, and are only recorded on a closed
        one. On spam every message is only recorded. The answer to our question starts a promise.
        """
        self._require_new_message(message_id)
        received = MessageReceived(
            message_id=message_id,
            channel=channel,
            live=channel.is_live if live is None else live,
            intent=intent,
            status=self.status,
            body=body,
            attachments=attachments,
        )
        if self.status is Status.CLOSED:
            return [received, *self._after_closing(at, intent, message_id, reopening_window)]
        if self.status is Status.RESOLVED and intent is Intent.THANKS:
            return [
                received,
                ResolutionConfirmed(message_id=message_id),
                TicketClosed(reason=CloseReason.CONFIRMED),
            ]
        if self.status is Status.RESOLVED:
            return [received, self._reopened(at, "customer_message", message_id)]

        events: list[TicketEvent] = [received]
        if self.status in (Status.PENDING, Status.ON_HOLD):
            events.append(
                TicketStatusChanged(from_=self.status, to=Status.OPEN, reason="customer_message")
            )
        if self.status is Status.PENDING and default_promise is not None and self.promise is None:
            due = self.effective(at) + default_promise
            events.append(self._promise(due, maker=self.owner, message_id=None))
        return events

    def classify_message(
        self, message_id: MessageId, to: Intent, *, method: Method = Method.AGENT
    ) -> list[TicketEvent]:
        """Say why the customer wrote, once it is known.

        Rule: thanks that had reopened the case, with no word of the customer since, confirm it and
        close it; it stays a reopening.
        """
        before = self.messages.get(message_id)
        if before is None:
            raise MessageUnknown(self.number, message_id)
        if before is to:
            raise NothingChanges(self.number, f"has the message as {to}")

        classified = MessageClassified(message_id=message_id, from_=before, to=to, method=method)
        if to is not Intent.THANKS or self.reopened_by != message_id:
            return [classified]
        return [
            classified,
            ResolutionConfirmed(message_id=message_id),
            *self._cancel_promise("confirmed"),
            TicketClosed(reason=CloseReason.CONFIRMED),
        ]

    def can_reopen(self, at: datetime, reopening_window: timedelta = REOPENING_WINDOW) -> bool:
        """Whether a message that comes `at` can bring this ticket back."""
        if self.status is not Status.CLOSED:
            return self.status is Status.RESOLVED
        if self.close_reason in NEVER_REOPENS or self.closed_at is None:
            return False
        return self.effective(at) - self.closed_at <= reopening_window

    def _after_closing(
        self, at: datetime, intent: Intent, message_id: MessageId, window: timedelta
    ) -> list[TicketEvent]:
        if intent is Intent.THANKS or self.close_reason is CloseReason.SPAM:
            return []
        self._require_reopening(at, window)
        return [self._reopened(at, "customer_message", message_id)]

    def _require_reopening(self, at: datetime, window: timedelta) -> None:
        if self.close_reason is not None and self.close_reason in NEVER_REOPENS:
            raise ReopeningForbidden(self.number, self.close_reason)
        if self.status is Status.CLOSED and not self.can_reopen(at, window):
            raise ReopeningTooLate(self.number, window.days)

    def _reopened(
        self, at: datetime, reason: str, message_id: MessageId | None = None
    ) -> TicketReopened:
        ago = None if self.resolved_at is None else self.effective(at) - self.resolved_at
        return TicketReopened(
            from_=self.status,
            cycle=self.cycle + 1,
            reason=reason,
            prior_resolver=self.last_resolver,
            seconds_since_resolved=None if ago is None else int(ago.total_seconds()),
            message_id=message_id,
        )

    def _require_new_message(self, message_id: MessageId) -> None:
        if message_id in self.messages:
            raise MessageKnown(self.number, message_id)

    def _status_after_reply(self, *, asks: bool) -> list[TicketEvent]:
        """A question leads to pending (from on hold by way of open), a first reply opens."""
        events: list[TicketEvent] = []
        if asks and self.status is Status.ON_HOLD:
            events.append(
                TicketStatusChanged(from_=Status.ON_HOLD, to=Status.OPEN, reason="question")
            )
        if asks and self.status in (Status.NEW, Status.OPEN, Status.ON_HOLD):
            before = Status.NEW if self.status is Status.NEW else Status.OPEN
            events.append(TicketStatusChanged(from_=before, to=Status.PENDING, reason="question"))
        elif self.status is Status.NEW:
            events.append(
                TicketStatusChanged(from_=Status.NEW, to=Status.OPEN, reason="first_reply")
            )
        return events
