"""The rules of a ticket's life a second time, written from the events alone.

A mistake in a decision or in a fold has to be made twice to go unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from domain.events import (
    AnyTicketEvent,
    MessageClassified,
    MessageReceived,
    MessageSent,
    NextUpdateCancelled,
    NextUpdateKept,
    NextUpdatePromised,
    NextUpdateSuperseded,
    ReminderCancelled,
    ReminderDue,
    ReminderSet,
    ResolutionConfirmed,
    ResolutionRejected,
    TicketAbsorbed,
    TicketAssigned,
    TicketCategorized,
    TicketClosed,
    TicketDeescalated,
    TicketEscalated,
    TicketEvent,
    TicketFieldChanged,
    TicketHandedOver,
    TicketMerged,
    TicketPrioritized,
    TicketQueued,
    TicketReopened,
    TicketRequesterChanged,
    TicketResolved,
    TicketStatusChanged,
    TicketUnassigned,
)
from domain.ticket import Ticket
from domain.values import Author, CloseReason, Intent, Level, Status
from tests.domain.wishes import Wish

NEW, OPEN, PENDING = Status.NEW, Status.OPEN, Status.PENDING
ON_HOLD, RESOLVED, CLOSED = Status.ON_HOLD, Status.RESOLVED, Status.CLOSED

CHANGES_OF_STATUS = {
    (NEW, OPEN),
    (NEW, PENDING),
    (OPEN, PENDING),
    (OPEN, ON_HOLD),
    (PENDING, OPEN),
    (ON_HOLD, OPEN),
}
END_WITHOUT_SOLUTION = {CloseReason.SPAM, CloseReason.DUPLICATE}
NEVER_BACK = {CloseReason.SPAM, CloseReason.DUPLICATE, CloseReason.MERGED}


@dataclass
class Life:
    """What the events say about a ticket, by rules that know nothing of the domain's folding."""

    status: Status = NEW
    cycle: int = 1
    reopenings: int = 0
    first_reply_at: datetime | None = None
    human_wrote: bool = False
    promise: NextUpdatePromised | None = None
    promises: set[str] = field(default_factory=set)
    messages: dict[str, Intent | None] = field(default_factory=dict)
    reopened_by: str | None = None
    absorbed: set[str] = field(default_factory=set)
    merged_into: str | None = None
    reminders: set[str] = field(default_factory=set)
    resolver: str | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    close_reason: CloseReason | None = None
    owner: str | None = None
    queue: str | None = None
    level: Level = Level.L1
    category: tuple[str, ...] | None = None
    priority: str | None = None
    requester: str | None = "c0"
    fields: dict[str, str] = field(default_factory=dict)

    def take(self, save: Sequence[TicketEvent], at: datetime, window: timedelta) -> None:
        """Check one save against the rules, and remember it. `at` is its effective time."""
        for event in save:
            self._take_relation(event)
            self._take_life(event, save, at, window)
            self._take_message(event, at)
            self._take_promise(event, save, at)
            self._take_owner(event)
            self._take_class(event)
            self._take_reminder(event, at)

    def _take_life(
        self, event: TicketEvent, save: Sequence[TicketEvent], at: datetime, window: timedelta
    ) -> None:
        if isinstance(event, TicketStatusChanged):
            assert event.from_ is self.status
            assert (event.from_, event.to) in CHANGES_OF_STATUS
            if event.to is PENDING:
                assert any(isinstance(one, MessageSent) and one.asks for one in save)
            self.status = event.to
        elif isinstance(event, TicketResolved):
            assert self.status.is_unresolved
            assert event.cycle == self.cycle
            assert event.with_message is any(isinstance(one, MessageSent) for one in save)
            self.status, self.resolver, self.resolved_at = RESOLVED, event.resolver, at
            self.reopened_by = None
        elif isinstance(event, TicketClosed):
            assert self.status is RESOLVED or (
                self.status.is_unresolved
                and (event.reason in END_WITHOUT_SOLUTION or self._was_thanked(event, save))
            )
            merged = any(isinstance(one, TicketMerged) for one in save)
            assert merged is (event.reason is CloseReason.MERGED)
            confirmed = any(isinstance(one, ResolutionConfirmed) for one in save)
            assert confirmed is (event.reason is CloseReason.CONFIRMED)
            self.status, self.closed_at, self.close_reason = CLOSED, at, event.reason
            self.reopened_by = None
        elif isinstance(event, TicketReopened):
            assert event.from_ is self.status
            assert event.cycle == self.cycle + 1
            assert event.prior_resolver == self.resolver
            self._check_way_back(at, window)
            if self.resolved_at is not None:
                assert event.seconds_since_resolved == (at - self.resolved_at).total_seconds() >= 0
            self.status, self.cycle = OPEN, event.cycle
            self.closed_at, self.close_reason = None, None
            self.reopenings += 1
            self.reopened_by = event.message_id
        elif isinstance(event, ResolutionConfirmed):
            assert self.status is RESOLVED or self.reopened_by == event.message_id is not None
        elif isinstance(event, ResolutionRejected):
            assert self.status is RESOLVED

    def _take_relation(self, event: TicketEvent) -> None:
        if isinstance(event, TicketMerged):
            assert self.status is not CLOSED
            due = None if self.promise is None else self.promise.due_at
            assert event.promise_due_at == due
            self.merged_into = event.target
        elif isinstance(event, TicketAbsorbed):
            assert event.source not in self.absorbed
            self.absorbed.add(event.source)

    def _was_thanked(self, event: TicketClosed, save: Sequence[TicketEvent]) -> bool:
        """Whether the message that had reopened the case turned out to be thanks."""
        return event.reason in (CloseReason.CONFIRMED, CloseReason.MERGED) and any(
            isinstance(one, TicketMerged)
            or (
                isinstance(one, MessageClassified)
                and one.message_id == self.reopened_by
                and one.to is Intent.THANKS
            )
            for one in save
        )

    def _check_way_back(self, at: datetime, window: timedelta) -> None:
        assert self.status in (RESOLVED, CLOSED)
        if self.status is CLOSED:
            assert self.closed_at is not None
            assert self.close_reason not in NEVER_BACK
            assert at - self.closed_at <= window

    def _take_message(self, event: TicketEvent, at: datetime) -> None:
        if isinstance(event, MessageReceived | MessageSent):
            assert event.message_id not in self.messages
            wanted = event.intent if isinstance(event, MessageReceived) else None
            self.messages[event.message_id] = wanted
        if isinstance(event, MessageClassified):
            assert self.messages[event.message_id] is event.from_ is not event.to
            self.messages[event.message_id] = event.to
        if isinstance(event, MessageReceived):
            assert event.status is self.status
            self.reopened_by = None
        if isinstance(event, MessageSent):
            assert self.status is not CLOSED
            if event.author is Author.HUMAN and not self.human_wrote:
                self.human_wrote, self.first_reply_at = True, at

    def _take_promise(self, event: TicketEvent, save: Sequence[TicketEvent], at: datetime) -> None:
        by_human = any(isinstance(one, MessageSent) and one.author is Author.HUMAN for one in save)
        if isinstance(event, NextUpdatePromised):
            assert self.promise is None
            assert event.promise_id not in self.promises
            assert event.instance == 1
            taken_over = any(isinstance(one, TicketAbsorbed) for one in save)
            assert event.due_at > at or taken_over
            assert by_human or taken_over or any(isinstance(one, MessageReceived) for one in save)
            self.promises.add(event.promise_id)
            self.promise = event
        elif isinstance(event, NextUpdateKept | NextUpdateSuperseded | NextUpdateCancelled):
            assert self.promise is not None
            assert event.promise_id == self.promise.promise_id
            absorbed = any(isinstance(one, TicketAbsorbed) for one in save)
            if not isinstance(event, NextUpdateCancelled):
                assert by_human or absorbed
            if isinstance(event, NextUpdateSuperseded):
                assert self.promise.message_id is not None or absorbed
            self.promise = None

    def _take_owner(self, event: TicketEvent) -> None:
        if isinstance(event, TicketAssigned | TicketHandedOver | TicketUnassigned):
            assert self.status.is_unresolved
            assert event.from_ == self.owner
            self.owner = None if isinstance(event, TicketUnassigned) else event.to
            assert self.owner != event.from_
        elif isinstance(event, TicketQueued):
            assert self.status.is_unresolved
            assert event.from_ == self.queue != event.to
            self.queue = event.to
        elif isinstance(event, TicketEscalated | TicketDeescalated):
            assert self.status.is_unresolved
            assert event.from_level is self.level
            up = list(Level).index(event.to_level) > list(Level).index(self.level)
            assert up is isinstance(event, TicketEscalated)
            assert event.to_level is not self.level
            self.level = event.to_level

    def _take_class(self, event: TicketEvent) -> None:
        if isinstance(event, TicketCategorized):
            assert event.from_ == self.category != event.to
            self.category = event.to
        elif isinstance(event, TicketPrioritized):
            assert event.from_ == self.priority != event.to
            self.priority = event.to
        elif isinstance(event, TicketRequesterChanged):
            assert event.from_ == self.requester != event.to
            self.requester = event.to
        elif isinstance(event, TicketFieldChanged):
            assert event.from_ == self.fields.get(event.field) != event.to
            self.fields.pop(event.field, None)
            if event.to is not None:
                self.fields[event.field] = event.to

    def _take_reminder(self, event: TicketEvent, at: datetime) -> None:
        if isinstance(event, ReminderSet):
            assert event.reminder_id not in self.reminders
            assert event.due_at > at
            self.reminders.add(event.reminder_id)
        elif isinstance(event, ReminderCancelled | ReminderDue):
            self.reminders.remove(event.reminder_id)

    def check(self, ticket: Ticket) -> None:
        """What must hold after every save, and that the folded ticket says the same."""
        if self.status in (PENDING, RESOLVED, CLOSED):
            assert self.promise is None
        if self.human_wrote:
            assert self.status is not NEW
        assert (self.close_reason is not None) is (self.status is CLOSED)
        assert self.cycle == 1 + self.reopenings
        if self.status is RESOLVED:
            assert self.resolved_at is not None

        assert ticket.status is self.status
        assert ticket.cycle == self.cycle
        assert ticket.times_reopened == self.reopenings
        assert ticket.first_reply_at == self.first_reply_at
        assert (ticket.promise.id if ticket.promise else None) == (
            self.promise.promise_id if self.promise else None
        )
        assert (ticket.resolved_at, ticket.last_resolver) == (self.resolved_at, self.resolver)
        assert (ticket.closed_at, ticket.close_reason) == (self.closed_at, self.close_reason)
        assert (ticket.owner, ticket.queue, ticket.level) == (self.owner, self.queue, self.level)
        assert (ticket.category, ticket.priority) == (self.category, self.priority)
        assert (ticket.requester_id, ticket.fields) == (self.requester, self.fields)
        assert ticket.messages == self.messages
        assert ticket.reopened_by == self.reopened_by
        assert ticket.merged_into == self.merged_into
        assert set(ticket.absorbed) == self.absorbed
        assert set(ticket.reminders) == self.reminders


def check_save(wish: Wish, save: Sequence[TicketEvent], ticket: Ticket) -> None:
    """Rules that concern a save as a whole."""
    if wish.command == "reply" and wish.arguments["author"] is Author.BOT:
        assert len(save) == 1
    if wish.command == "add_note":
        assert len(save) == 1
    if wish.command == "receive" and ticket.status is PENDING and ticket.promise is None:
        default = wish.arguments.get("default_promise", timedelta(hours=24))
        promised = [event for event in save if isinstance(event, NextUpdatePromised)]
        assert len(promised) == (default is not None)
        for promise in promised:
            assert promise.due_at == max(wish.at, ticket.effective_at) + default
    if wish.command == "receive" and wish.arguments["intent"] is Intent.THANKS:
        closes = any(isinstance(event, TicketClosed) for event in save)
        assert closes is (ticket.status is RESOLVED)
        assert not any(isinstance(event, TicketReopened) for event in save)
    elif wish.command == "receive" and ticket.status is RESOLVED:
        assert any(isinstance(event, TicketReopened) for event in save)
    types = [type(event) for event in cast("Sequence[AnyTicketEvent]", save)]
    assert all(types.count(kind) == 1 for kind in types if kind is not TicketStatusChanged)
