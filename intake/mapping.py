"""What a mapping may say: which column of another system's log is what, as a checked model."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as Table
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from domain.happenings import EventName
from domain.toml_problems import Part
from domain.values import (
    Author,
    CaseType,
    Channel,
    EscalationTrigger,
    Intent,
    Label,
    Level,
    Origin,
    Priority,
    Status,
    WorkKind,
)

Column = Annotated[str, StringConstraints(min_length=1)]
Why = Annotated[str, StringConstraints(min_length=1)]
SOURCE_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,59}$"
SourceName = Annotated[str, StringConstraints(pattern=SOURCE_PATTERN)]
"""Stands in the actor `import:SOURCE` and in every command id, so it is short and plain."""


class FileFormat(Part):
    """How the file is written."""

    encoding: str = "utf-8"
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    missing: tuple[str, ...] = ()
    times: Annotated[tuple[str, ...], Field(min_length=1)] = ("iso",)


class Order(Part):
    """In which order the rows happened: as they stand in the file, or sorted by these columns."""

    columns: tuple[Column, ...] = ()


class Columns(Part):
    """Which column is what. `number` and `updated_at` are always needed."""

    number: Column
    updated_at: Column
    activity: Column | None = None
    state: Column | None = None
    opened_at: Column | None = None
    opened_by: Column | None = None
    updated_by: Column | None = None
    modification: Column | None = None
    reopen_count: Column | None = None
    requester: Column | None = None
    requester_name: Column | None = None
    requester_email: Column | None = None
    requester_phone: Column | None = None
    requester_username: Column | None = None
    subject: Column | None = None
    body: Column | None = None
    orders: Column | None = None
    case_type: Column | None = None
    channel: Column | None = None
    category: tuple[Column, ...] = Field(default=(), max_length=5)
    priority: Column | None = None
    impact: Column | None = None
    stated_urgency: Column | None = None
    product: Column | None = None
    queue: Column | None = None
    owner: Column | None = None


def _table(key: str) -> BeforeValidator:
    """A short form: a word alone stands for the table with only that key."""

    def spelled_out(value: Any) -> Any:
        return {key: value} if isinstance(value, str) else value

    return BeforeValidator(spelled_out)


class State(Part):
    """Our status for a state of the source, and why."""

    status: Status
    reason: Label | None = None


class Activity(Part):
    """What an activity of the source is to us. The keys after `event` belong to that event only."""

    event: EventName
    to: Status | None = None
    reason: Label | None = None
    kind: WorkKind | None = None
    intent: Intent | None = None
    channel: Channel | None = None
    author: Author | None = None
    asks: bool | None = None
    to_level: Level | None = None
    trigger: EscalationTrigger | None = None


KEYS_OF_EVENTS: Table[str, frozenset[str]] = {
    "opened": frozenset({"channel"}),
    "status_changed": frozenset({"to", "reason"}),
    "resolved": frozenset({"reason"}),
    "closed": frozenset({"reason"}),
    "progressed": frozenset({"kind"}),
    "message_received": frozenset({"intent", "channel"}),
    "message_sent": frozenset({"channel", "author", "asks"}),
    "escalated": frozenset({"to_level", "trigger"}),
}
"""What an activity may say beside its event; all others say nothing more."""


class Mapping(Part):
    """How another system's log becomes tickets of ours.

    Shape `snapshot`: each row is the whole state of a ticket right after one update. Shape
    `activity`: each row is one thing that happened to it.
    """

    source: SourceName
    shape: Literal["snapshot", "activity"] = "snapshot"
    zone: str
    origin: Origin = Origin.CUSTOMER
    file: FileFormat = FileFormat()
    order: Order = Order()
    columns: Columns
    fields: dict[Label, Column] = Field(default_factory=dict)
    ignored: dict[Column, Why] = Field(default_factory=dict)
    states: dict[str, Annotated[State, _table("status")]] = Field(default_factory=dict)
    channels: dict[str, Channel] = Field(default_factory=dict)
    priorities: dict[str, Priority] = Field(default_factory=dict)
    case_types: dict[str, CaseType] = Field(default_factory=dict)
    activities: dict[str, Annotated[Activity, _table("event")]] = Field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """16 hex digits of what it says; comments and order of tables do not matter."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def mapped_columns(self) -> list[tuple[tuple[str, ...], str]]:
        """Every column that is used, with its place in the mapping, in the order of the mapping."""
        used: list[tuple[tuple[str, ...], str]] = []
        for name in Columns.model_fields:
            value: str | tuple[str, ...] | None = getattr(self.columns, name)
            if isinstance(value, str):
                used.append((("columns", name), value))
            elif value:
                used.extend((("columns", name), column) for column in value)
        used.extend((("fields", name), column) for name, column in self.fields.items())
        return used
