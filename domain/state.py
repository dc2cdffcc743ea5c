"""What is known of a ticket after its events: the state that decisions look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict

from domain.errors import TicketIsClosed, TicketNotOpen
from domain.events.clocks import SetTarget, SlaApplied
from domain.events.outreach import SurveySent
from domain.values import (
    AgentId,
    CaseType,
    CategoryPath,
    Channel,
    CloseReason,
    CustomerId,
    DeferralReason,
    Intent,
    Level,
    LinkRole,
    MessageId,
    Metric,
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


@dataclass(frozen=True, slots=True)
class Clock:
    """One instance of a service-level clock. It runs since `since`, or stands still (None).

    `elapsed_seconds` (by its calendar) and `calendar_seconds` (by any clock) are those before
    `since`. `due_at` is known while it runs. A clock that has breached runs on.
    """

    metric: Metric
    instance: int
    due_at: datetime | None
    since: datetime | None
    elapsed_seconds: float = 0.0
    calendar_seconds: float = 0.0
    warned: bool = False
    breached: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    """Which version of which policy holds for a ticket, and the targets that it sets."""

    policy: str
    version: int
    rule: str | None
    targets: dict[Metric, SetTarget]

    @classmethod
    def of(cls, applied: SlaApplied) -> Agreement:
        """What holds once these targets are applied."""
        targets = {target.metric: target for target in applied.targets}
        return cls(applied.policy, applied.version, applied.rule, targets)


@dataclass(frozen=True, slots=True)
class Idle:
    """How long no human has worked on the ticket: the no-progress clock.

    It begins anew with human work, and with each breach: then as the next instance.
    """

    since: datetime
    instance: int = 1
    warned: bool = False


@dataclass(frozen=True, slots=True)
class Reminder:
    """An agent's own reminder that is still to come."""

    due_at: datetime
    agent_id: AgentId | None


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
    case_type: CaseType | None = None
    category: CategoryPath | None = None
    priority: Priority | None = None
    stated_urgency: str | None = None
    product: str | None = None
    subject: str | None = None
    body: str | None = None
    """What the customer wrote at the opening, as far as it is not sealed: rules look for words."""

    tags: frozenset[str] = frozenset()
    fields: dict[str, str] = field(default_factory=dict[str, str])
    order_refs: frozenset[str] = frozenset()
    queue: QueueName | None = None
    owner: AgentId | None = None
    acknowledged: bool = False
    first_reply_at: datetime | None = None
    last_public_at: datetime | None = None
    messages: dict[MessageId, Intent | None] = field(default_factory=dict[str, Intent | None])
    """Every message, with what the customer wanted; None: it was ours."""

    promise: Promise | None = None
    promises_made: int = 0
    resolved_at: datetime | None = None
    resolved_in: int | None = None
    """The cycle that ended with the last solution."""

    reopened_at: datetime | None = None
    last_resolver: AgentId | None = None
    closed_at: datetime | None = None
    close_reason: CloseReason | None = None
    links: frozenset[tuple[LinkRole, TicketId]] = frozenset()
    follows: TicketId | None = None
    is_imported: bool = False
    """Whether the last event came from another system: automation leaves such a ticket alone."""

    agreement: Agreement | None = None
    clocks: dict[Metric, Clock] = field(default_factory=dict[Metric, Clock])
    """The clocks that run or are paused, one of a kind at most."""

    clocks_begun: dict[Metric, int] = field(default_factory=dict[Metric, int])
    """How many instances of each clock there were."""

    idle: Idle | None = None
    """Since when nobody worked on it; None: it is not our turn."""

    reopened_by: MessageId | None = None
    """The message that reopened the case, while nothing else was said since."""

    deferred: DeferralReason | None = None
    """Why it could not be given to anybody, while nobody has it."""

    merged_into: TicketId | None = None
    absorbed: frozenset[TicketId] = frozenset()
    split_into: frozenset[TicketId] = frozenset()
    reminders: dict[str, Reminder] = field(default_factory=dict[str, Reminder])
    surveys: dict[str, SurveySent] = field(default_factory=dict[str, SurveySent])
    answered: frozenset[str] = frozenset()
    """The surveys that were sent, and those of them that were answered."""

    notified: frozenset[str] = frozenset()
    """The notifications that were sent."""

    undelivered: frozenset[str] = frozenset()
    """Those that were given up and not sent since."""

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
    case_type: CaseType | None
    category: CategoryPath | None
    priority: Priority | None
    stated_urgency: str | None
    product: str | None
    subject: str | None
    body: str | None
    tags: frozenset[str]
    fields: dict[str, str]
    order_refs: frozenset[str]
    queue: QueueName | None
    owner: AgentId | None
    acknowledged: bool
    first_reply_at: datetime | None
    last_public_at: datetime | None
    messages: dict[MessageId, Intent | None]
    promise: Promise | None
    promises_made: int
    resolved_at: datetime | None
    resolved_in: int | None
    reopened_at: datetime | None
    last_resolver: AgentId | None
    closed_at: datetime | None
    close_reason: CloseReason | None
    links: frozenset[tuple[LinkRole, TicketId]]
    follows: TicketId | None
    is_imported: bool
    agreement: Agreement | None
    clocks: dict[Metric, Clock]
    clocks_begun: dict[Metric, int]
    idle: Idle | None
    reopened_by: MessageId | None
    deferred: DeferralReason | None
    merged_into: TicketId | None
    absorbed: frozenset[TicketId]
    split_into: frozenset[TicketId]
    reminders: dict[str, Reminder]
    surveys: dict[str, SurveySent]
    answered: frozenset[str]
    notified: frozenset[str]
    undelivered: frozenset[str]
