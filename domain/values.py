"""The small vocabulary of events, decisions and views: identifiers, enumerations, instants."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)


def _in_utc(moment: datetime) -> datetime:
    """Every instant is kept in UTC: a naive one would silently mean another zone elsewhere."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a moment in UTC must lie in the years 1 to 9999") from None


def iso(moment: datetime) -> str:
    """A moment as the log writes it: UTC, six decimals, `Z`: order of text is order of time."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    text = moment.isoformat().removesuffix("+00:00")
    return f"{text}Z" if moment.microsecond else f"{text}.000000Z"


Instant = Annotated[datetime, AfterValidator(_in_utc), PlainSerializer(iso, return_type=str)]

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""An opaque name of a person, queue, message or ticket; never personal data."""

TicketId = Identifier
AgentId = Identifier
CustomerId = Identifier
QueueName = Identifier
MessageId = Identifier
PromiseId = Identifier

Label = Annotated[str, StringConstraints(min_length=1, max_length=500)]
"""One classifying text, such as a category level, a tag or a custom field's value."""

CategoryPath = Annotated[tuple[Label, ...], Field(min_length=1, max_length=5)]
"""One to five levels, the widest first."""


class SealedText(BaseModel):
    """A personal text under a person's key; destroying the key erases the text, not the event."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    nonce: str
    text: str


class Sealed(BaseModel):
    """The place of a personal text that is stored sealed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sealed: SealedText


Personal = Annotated[
    Annotated[str, StringConstraints(max_length=100_000)] | Sealed,
    Field(json_schema_extra={"x-personal": True}),
]
"""Text about or by a person. It stands only in such fields, so that it can be found and sealed."""


class Status(StrEnum):
    """Where a ticket stands between intake and its final end."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_unresolved(self) -> bool:
        """Whether somebody still has to bring this ticket to a solution."""
        return self not in (Status.RESOLVED, Status.CLOSED)


class Channel(StrEnum):
    """How a message travelled."""

    EMAIL = "email"
    WEB_FORM = "web_form"
    PORTAL = "portal"
    SOCIAL = "social"
    PHONE = "phone"
    CHAT = "chat"
    IN_PRODUCT = "in_product"
    WHATSAPP = "whatsapp"
    MARKETPLACE = "marketplace"
    SELF_SERVICE = "self_service"
    OTHER = "other"

    @property
    def is_live(self) -> bool:
        """Whether both sides are present at once, so that a contact is answered at once."""
        return self in (Channel.PHONE, Channel.CHAT)


class Priority(StrEnum):
    """How urgently the operation treats a ticket."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Stage(StrEnum):
    """The steps of a case as the customer sees them, in order."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    BEING_WORKED_ON = "being_worked_on"
    RESOLVED = "resolved"


class Level(StrEnum):
    """Who works on it: the front line, specialists, or a manager."""

    L1 = "L1"
    L2 = "L2"
    MANAGER = "manager"


class CaseType(StrEnum):
    """What kind of wish brought the customer."""

    COMPLAINT = "complaint"
    INQUIRY = "inquiry"
    REQUEST = "request"


class Origin(StrEnum):
    """Who caused the ticket: only a customer's own is a contact."""

    CUSTOMER = "customer"
    COMPANY = "company"
    SPLIT = "split"


class Intent(StrEnum):
    """Why the customer wrote."""

    NEW_INFO = "new_info"
    STATUS_CHASE = "status_chase"
    COMPLAINT = "complaint"
    THANKS = "thanks"
    ANSWER = "answer"
    UNKNOWN = "unknown"


class Method(StrEnum):
    """How a classification or an assignment came about."""

    AGENT = "agent"
    RULE = "rule"
    MODEL = "model"
    CUSTOMER = "customer"
    IMPORT = "import"
    MANUAL = "manual"
    CLAIM = "claim"
    SKILL = "skill"
    LOAD = "load"
    ROUND_ROBIN = "round_robin"


class Author(StrEnum):
    """Who wrote a message of ours: only a human's counts as a reply."""

    HUMAN = "human"
    BOT = "bot"


class ResolutionCode(StrEnum):
    """How a case was resolved."""

    SOLVED = "solved"
    WORKAROUND = "workaround"
    INFORMED = "informed"
    NOT_POSSIBLE = "not_possible"
    NO_RESPONSE = "no_response"
    DUPLICATE = "duplicate"
    SPAM = "spam"
    UNKNOWN = "unknown"


class CloseReason(StrEnum):
    """Why a case reached its end."""

    CONFIRMED = "confirmed"
    TIMEOUT = "timeout"
    AGENT = "agent"
    DUPLICATE = "duplicate"
    SPAM = "spam"
    MERGED = "merged"


class EscalationTrigger(StrEnum):
    """What moved a case to a higher level."""

    NO_PROGRESS = "no_progress"
    FIRST_REPLY_OVERDUE = "first_reply_overdue"
    CUSTOMER_COMPLAINT = "customer_complaint"
    CUSTOMER_REQUEST = "customer_request"
    AGENT = "agent"


class Metric(StrEnum):
    """The clocks that a service-level policy can set on a ticket."""

    FIRST_REPLY = "first_reply"
    NEXT_REPLY = "next_reply"
    RESOLUTION = "resolution"
    NO_PROGRESS = "no_progress"


class DeferralReason(StrEnum):
    """Why nobody could be given a ticket."""

    ALL_AT_CAPACITY = "all_at_capacity"
    OFFLINE = "offline"
    NO_SKILL = "no_skill"


class WorkKind(StrEnum):
    """What work was done without a reply."""

    WORK = "work"
    CALL = "call"
    RESEARCH = "research"
    THIRD_PARTY = "third_party"
    UPDATE = "update"


class LinkRole(StrEnum):
    """What the other ticket is to this one."""

    RELATED = "related"
    DUPLICATE_OF = "duplicate_of"
    PARENT = "parent"
    CHILD = "child"
    FOLLOWS = "follows"


class Fidelity(StrEnum):
    """How much of a ticket's history another system gave us."""

    FULL_HISTORY = "full_history"
    SNAPSHOT = "snapshot"
