"""Events as the command line shows them: read from their bytes, whatever release wrote them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from eventstore.envelope import Envelope
    from eventstore.errors import EventUnreadable
    from eventstore.store import Store

_PREFIX = "ticketledger."
_VERSION = ".v1"


@dataclass(frozen=True, slots=True)
class Entry:
    """One event at its position. `kind` is the type without our prefix and the first version."""

    position: int
    envelope: Envelope
    data: dict[str, Any]
    partition: int = 0

    @property
    def kind(self) -> str:
        return self.envelope.type.removeprefix(_PREFIX).removesuffix(_VERSION)

    @property
    def time(self) -> datetime:
        return self.envelope.time

    @property
    def actor(self) -> str:
        return self.envelope.actor or ""

    def as_json(self, *, texts: bool = True) -> dict[str, Any]:
        """The fields of an event that `--json` promises; without texts, nobody's words."""
        envelope = self.envelope
        fields = {
            "partition": self.partition,
            "position": self.position,
            "id": envelope.id,
            "subject": envelope.subject,
            "sequence": envelope.sequence,
            "type": envelope.type,
            "time": envelope.time,
            "recordedtime": envelope.recordedtime,
            "actor": envelope.actor,
            "commandid": envelope.commandid,
            "correlationid": envelope.correlationid,
            "causationid": envelope.causationid,
        }
        return fields | {"data": self.data if texts else without_texts(self.data)}


@dataclass(frozen=True, slots=True)
class Unread:
    """An event whose bytes cannot be read, and why."""

    position: int
    reason: str
    body: bytes
    partition: int = 0

    @property
    def raw(self) -> str:
        """The bytes as text; what is no text as `\\x..`."""
        return self.body.decode("utf-8", "backslashreplace")

    def as_json(self) -> dict[str, Any]:
        """What `--json` promises of it."""
        return {
            "partition": self.partition,
            "position": self.position,
            "unreadable": self.reason,
            "raw": self.raw,
        }

    def as_error(self) -> EventUnreadable:
        """The error that says where it stands."""
        from eventstore.errors import EventUnreadable

        return EventUnreadable(where=f"position {self.position}", reason=self.reason)


def read_entry(position: int, body: bytes, *, partition: int = 0) -> Entry | Unread:
    """An event from its bytes, or what there is of one that cannot be read."""
    from eventstore.errors import EventUnreadable

    try:
        return entry_of(position, body, partition=partition)
    except EventUnreadable as error:
        return Unread(position, error.reason, body, partition)


def entry_of(position: int, body: bytes, *, partition: int = 0) -> Entry:
    """An event from its bytes. Raises EventUnreadable, which names the position."""
    from eventstore.envelope import read_event
    from eventstore.errors import EventUnreadable

    where = f"position {position}"
    try:
        envelope, data = read_event(body)
    except EventUnreadable as error:
        raise EventUnreadable(where=where, reason=error.reason) from None
    try:
        read: object = json.loads(data)
    except ValueError:
        raise EventUnreadable(where=where, reason="its data is no JSON") from None
    fields = cast(dict[str, Any], read) if isinstance(read, dict) else {}
    return Entry(position, envelope, fields, partition)


def entries_of(store: Store, subject: str) -> list[Entry]:
    """All events of a subject, in order. Raises EventUnreadable."""
    return [entry_of(position, body) for position, body in bodies_of(store, subject)]


def bodies_of(store: Store, subject: str) -> list[tuple[int, bytes]]:
    """The bytes of all events of a subject, with their positions."""
    return [
        (record.position + number, body)
        for record in store.load(subject).records
        for number, body in enumerate(record.bodies)
    ]


PERSONAL = frozenset(
    {"agent_display", "body", "email", "name", "phone", "subject", "summary", "text", "username"}
)
"""Names of the fields that hold somebody's words or name; a test reads them from the schemas."""


def without_texts(data: dict[str, Any]) -> dict[str, Any]:
    """Event data without what anybody wrote or is called."""
    return {
        key: without_texts(cast(dict[str, Any], value)) if isinstance(value, dict) else value
        for key, value in data.items()
        if key not in PERSONAL
    }


def text_of(value: object) -> str | None:
    """A personal text as it may be shown: its words, or that it is sealed."""
    if isinstance(value, str):
        return value
    return "(sealed)" if isinstance(value, dict) else None


def requester_of(data: dict[str, Any], field: str = "id") -> Any:
    """One field of the requester in an opening's data; None if there is none."""
    requester: dict[str, Any] = data.get("requester") or {}
    return requester.get(field)
