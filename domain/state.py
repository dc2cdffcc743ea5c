"""What is known of a ticket after its events: the state that decisions look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict

from domain.errors import TicketIsClosed, TicketNotOpen
from domain.values import (
    AgentId,
    CategoryPath,
    Channel,
    CloseReason,
    CustomerId,
    Level,
    LinkRole,
    MessageId,
    Origin,
    Priority,
    PromiseId,
    QueueName,
    Stage,
    Status,
    TicketId,
)

LIVE_RUN = timedelta(minutes=60)
"""Messages on a live channel no further apart than this belong to one contact."""

OTHER_RUN = timedelta(minutes=15)
"""The same for the channels where people write and wait."""

DEFAULT_NEXT_UPDATE = timedelta(hours=24)
"""When the next update is promised for, where nobody said otherwise."""

REOPENING_WINDOW = timedelta(days=7)
"""How long after its closing a ticket can still reopen; later a new one follows it."""


def run_window(channel: Channel) -> timedelta:
    """How long the pause before a further message of the same contact may be."""
    return LIVE_RUN if channel.is_live else OTHER_RUN


@dataclass(frozen=True, slots=True)
class Promise:
    """The running commitment to the customer: the next update comes by `due_at`."""

    id: PromiseId
    instance: int
    due_at: datetime
    made_at: datetime
    message_id: MessageId | None
    """The message of ours that made it; None: it began with the customer's answer."""

    run_at: datetime
    """The last message, theirs or ours, that followed with no pause longer than the run window."""


@dataclass(frozen=True)
class TicketState:
    """One ticket, folded. Moments are effective times, in UTC."""

    id: TicketId
    number: str
    opened_at: datetime
    effective_at: datetime
    """The effective time of the last event: never runs back."""

    sequence: int = 0
    status: Status = Status.NEW
    status_since: datetime | None = None
    stage: Stage = Stage.RECEIVED
    """How far the customer's stepper has come in this cycle."""

    times_reopened: int = 0
    """How often the case came back, also where recorded history doesn't call it a reopening."""

    level: Level = Level.L1
    cycle: int = 1
    origin: Origin = Origin.CUSTOMER
    channel: Channel = Channel.OTHER
    requester_id: CustomerId | None = None
    category: CategoryPath | None = None
    priority: Priority | None = None
    tags: frozenset[str] = frozenset()
    fields: dict[str, str] = field(default_factory=dict[str, str])
    order_refs: frozenset[str] = frozenset()
    queue: QueueName | None = None
    owner: AgentId | None = None
    acknowledged: bool = False
    first_reply_at: datetime | None = None
    last_public_at: datetime | None = None
    messages: frozenset[MessageId] = frozenset()
    promise: Promise | None = None
    promises_made: int = 0
    resolved_at: datetime | None = None
    last_resolver: AgentId | None = None
    closed_at: datetime | None = None
    close_reason: CloseReason | None = None
    links: frozenset[tuple[LinkRole, TicketId]] = frozenset()
    follows: TicketId | None = None
    is_imported: bool = False
    """Whether the last event came from another system: automation leaves such a ticket alone."""

    @property
    def is_unresolved(self) -> bool:
        """Whether somebody still has to bring this ticket to a solution."""
        return self.status.is_unresolved

    def effective(self, at: datetime) -> datetime:
        """When something that happens `at` takes effect on this ticket."""
        return max(at, self.effective_at)

    def require_unresolved(self) -> None:
        """Raise unless the case is still to be solved."""
        if self.status is Status.CLOSED:
            raise TicketIsClosed(self.number)
        if self.status is Status.RESOLVED:
            raise TicketNotOpen(self.number, self.status)

    def require_not_closed(self) -> None:
        """Raise if the case has ended."""
        if self.status is Status.CLOSED:
            raise TicketIsClosed(self.number)


class Changes(TypedDict, total=False):
    """New values of the state's fields. The type check refuses any other name and type."""

    number: str
    opened_at: datetime
    effective_at: datetime
    sequence: int
    status: Status
    status_since: datetime
    stage: Stage
    times_reopened: int
    level: Level
    cycle: int
    origin: Origin
    channel: Channel
    requester_id: CustomerId | None
    category: CategoryPath | None
    priority: Priority | None
    tags: frozenset[str]
    fields: dict[str, str]
    order_refs: frozenset[str]
    queue: QueueName | None
    owner: AgentId | None
    acknowledged: bool
    first_reply_at: datetime | None
    last_public_at: datetime | None
    messages: frozenset[MessageId]
    promise: Promise | None
    promises_made: int
    resolved_at: datetime | None
    last_resolver: AgentId | None
    closed_at: datetime | None
    close_reason: CloseReason | None
    links: frozenset[tuple[LinkRole, TicketId]]
    follows: TicketId | None
    is_imported: bool
