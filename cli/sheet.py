"""A ticket at a glance, read straight from its events.

Deciding folds with `domain.ticket`, which takes longer to import than a person likes to wait for a
look. This tolerant reader exists for looking only; a test holds the two together on any history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cli.entries import Entry, requester_of, text_of
from cli.sheet_clocks import SERVICE, Service

ENDED = ("resolved", "closed")
STAGES = ("received", "in_review", "being_worked_on", "resolved")


@dataclass(slots=True)
class Sheet:
    """What is shown of a ticket. Moments are effective times, as in `domain.state`."""

    id: str
    number: str
    opened_at: datetime
    effective_at: datetime
    sequence: int = 0
    position: int = 0
    status: str = "new"
    status_since: datetime | None = None
    stage: str = "received"
    times_reopened: int = 0
    level: str = "L1"
    cycle: int = 1
    origin: str = "customer"
    channel: str = "other"
    subject: str | None = None
    requester_id: str | None = None
    requester_name: str | None = None
    category: list[str] | None = None
    priority: str | None = None
    tags: set[str] = field(default_factory=set[str])
    fields: dict[str, str] = field(default_factory=dict[str, str])
    order_refs: list[str] = field(default_factory=list[str])
    queue: str | None = None
    owner: str | None = None
    acknowledged: bool = False
    first_reply_at: datetime | None = None
    last_public_at: datetime | None = None
    promise_id: str | None = None
    promise_due_at: datetime | None = None
    resolved_at: datetime | None = None
    last_resolver: str | None = None
    closed_at: datetime | None = None
    close_reason: str | None = None
    links: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    follows: str | None = None
    merged_into: str | None = None
    absorbed: set[str] = field(default_factory=set[str])
    split_into: set[str] = field(default_factory=set[str])
    service: Service = field(default_factory=Service)
    is_imported: bool = False
    unknown_events: int = 0

    @property
    def is_unresolved(self) -> bool:
        """Whether somebody still has to solve it."""
        return self.status not in ENDED

    @property
    def badges(self) -> list[str]:
        """What is worth saying beside the stage, by the rule of `domain.stages`."""
        shown = {
            "with_a_specialist": self.level != "L1",
            "waiting_for_you": self.status == "pending",
            "reopened": self.times_reopened > 0,
        }
        return [badge for badge, holds in shown.items() if holds and self.is_unresolved]


def read_sheet(entries: Iterable[Entry]) -> Sheet | None:
    """The sheet of one ticket's events, in order; None if there are none."""
    sheet: Sheet | None = None
    for entry in entries:
        if sheet is None:
            subject = entry.envelope.subject
            sheet = Sheet(subject, subject, opened_at=entry.time, effective_at=entry.time)
        sheet.effective_at = max(sheet.effective_at, entry.time)
        sheet.sequence, sheet.position = entry.envelope.sequence, entry.position
        sheet.is_imported = entry.actor.startswith("import:")
        _take(sheet, entry)
    return sheet


def _take(sheet: Sheet, entry: Entry) -> None:
    timed = SERVICE.get(entry.kind)
    if timed is not None:
        timed(sheet.service, entry.data, sheet.effective_at)
        return
    change = _CHANGES.get(entry.kind)
    if change is None:
        sheet.unknown_events += 1
        return
    first_reply_at = sheet.first_reply_at
    change(sheet, entry.data)
    if entry.kind in _MOVES or sheet.first_reply_at != first_reply_at:
        _advance(sheet)


def _opened(sheet: Sheet, data: dict[str, Any]) -> None:
    sheet.number = data["number"]
    sheet.opened_at = sheet.effective_at
    sheet.origin, sheet.channel = data["origin"], data["channel"]
    sheet.subject = text_of(data.get("subject"))
    sheet.requester_id = requester_of(data)
    sheet.requester_name = text_of(requester_of(data, "name"))
    sheet.category, sheet.priority = data.get("category"), data.get("priority")
    sheet.fields = dict(data.get("custom_fields") or {})
    sheet.order_refs = list(data.get("order_refs") or ())
    sheet.follows = data.get("follows_ticket")
    sheet.links = {("follows", sheet.follows)} if sheet.follows else set()
    _move(sheet, "new")


def _move(sheet: Sheet, status: str) -> None:
    """Recorded history moves anywhere with any event, so reaching and leaving the end is here."""
    before, sheet.status, sheet.status_since = sheet.status, status, sheet.effective_at
    if status == "resolved":
        sheet.resolved_at = sheet.effective_at
    if status == "closed":
        sheet.closed_at = sheet.effective_at
    elif sheet.closed_at is not None:
        sheet.closed_at = sheet.close_reason = None
    if before in ENDED and status not in ENDED:
        sheet.times_reopened += 1
        sheet.stage = STAGES[0]


def _advance(sheet: Sheet) -> None:
    """How far the stepper has come, by the rule of `domain.folding`: never back in one cycle."""
    if sheet.status in ENDED:
        here = 3
    elif sheet.first_reply_at is not None or sheet.status in ("pending", "on_hold"):
        here = 2
    else:
        here = 1 if sheet.owner is not None or sheet.status == "open" else 0
    sheet.stage = STAGES[max(here, STAGES.index(sheet.stage))]


def _status(sheet: Sheet, data: dict[str, Any]) -> None:
    _move(sheet, data["to"])


def _resolved(sheet: Sheet, data: dict[str, Any]) -> None:
    _move(sheet, "resolved")
    sheet.last_resolver = data.get("resolver")


def _closed(sheet: Sheet, data: dict[str, Any]) -> None:
    _move(sheet, "closed")
    sheet.close_reason = data["reason"]


def _reopened(sheet: Sheet, data: dict[str, Any]) -> None:
    times = sheet.times_reopened
    _move(sheet, "open")
    sheet.cycle, sheet.times_reopened, sheet.stage = data["cycle"], times + 1, STAGES[0]


def _requester(sheet: Sheet, data: dict[str, Any]) -> None:
    sheet.requester_id, sheet.requester_name = data.get("to"), None


def _field(sheet: Sheet, data: dict[str, Any]) -> None:
    if data.get("to") is None:
        sheet.fields.pop(data["field"], None)
    else:
        sheet.fields[data["field"]] = data["to"]


def _linked(sheet: Sheet, data: dict[str, Any]) -> None:
    sheet.links.add((data["role"], data["other"]))
    if data["role"] == "follows":
        sheet.follows = data["other"]


def _received(sheet: Sheet, data: dict[str, Any]) -> None:  # noqa: ARG001 - one shape for all
    sheet.last_public_at = sheet.effective_at


def _sent(sheet: Sheet, data: dict[str, Any]) -> None:
    sheet.last_public_at = sheet.effective_at
    if data["author"] == "human" and sheet.first_reply_at is None:
        sheet.first_reply_at = sheet.effective_at


def _promised(sheet: Sheet, data: dict[str, Any]) -> None:
    sheet.promise_id, sheet.promise_due_at = (
        data["promise_id"],
        datetime.fromisoformat(data["due_at"]),
    )


def _settled(sheet: Sheet, data: dict[str, Any]) -> None:
    if sheet.promise_id == data["promise_id"]:
        sheet.promise_id = sheet.promise_due_at = None


def _missed(sheet: Sheet, data: dict[str, Any]) -> None:
    if sheet.promise_id == data["promise_id"]:
        sheet.promise_due_at = datetime.fromisoformat(data["next_due_at"])


def _set(name: str, key: str = "to") -> Callable[[Sheet, dict[str, Any]], None]:
    return lambda sheet, data: setattr(sheet, name, data.get(key))


def _nothing(sheet: Sheet, data: dict[str, Any]) -> None:
    """It changes nothing that is shown."""


_CHANGES: dict[str, Callable[[Sheet, dict[str, Any]], None]] = {
    "ticket.opened": _opened,
    "ticket.imported": _nothing,
    "ticket.acknowledged": lambda sheet, _: setattr(sheet, "acknowledged", True),
    "ticket.requester_changed": _requester,
    "ticket.categorized": _set("category"),
    "ticket.prioritized": _set("priority"),
    "ticket.tagged": lambda sheet, data: sheet.tags.add(data["tag"]),
    "ticket.untagged": lambda sheet, data: sheet.tags.discard(data["tag"]),
    "ticket.field_changed": _field,
    "ticket.queued": _set("queue"),
    "ticket.assigned": _set("owner"),
    "ticket.handed_over": _set("owner"),
    "ticket.unassigned": lambda sheet, _: setattr(sheet, "owner", None),
    "ticket.escalated": _set("level", "to_level"),
    "ticket.deescalated": _set("level", "to_level"),
    "ticket.status_changed": _status,
    "ticket.progressed": _nothing,
    "ticket.resolved": _resolved,
    "ticket.closed": _closed,
    "ticket.reopened": _reopened,
    "ticket.linked": _linked,
    "message.received": _received,
    "message.sent": _sent,
    "note.added": _nothing,
    "resolution.confirmed": _nothing,
    "resolution.rejected": _nothing,
    "next_update.promised": _promised,
    "next_update.kept": _settled,
    "next_update.superseded": _settled,
    "next_update.cancelled": _settled,
    "next_update.missed": _missed,
    "ticket.stage_changed": _set("stage"),
    "ticket.merged": _set("merged_into", "target"),
    "ticket.absorbed": lambda sheet, data: sheet.absorbed.add(data["source"]),
    "ticket.split": lambda sheet, data: sheet.split_into.add(data["other"]),
    "ticket.assignment_deferred": _nothing,
    "escalation.requested": _nothing,
    "message.classified": _nothing,
    "message.delivery_reported": _nothing,
    "attachment.added": _nothing,
    "article.linked": _nothing,
    "notification.sent": _nothing,
    "notification.failed": _nothing,
    "notification.opened": _nothing,
    "survey.sent": _nothing,
    "survey.answered": _nothing,
    "event.corrected": _nothing,
    "import.finished": _nothing,
}
"""What each event changes but for those of time (`SERVICE`); `tests/cli` checks that between them
every event of the domain is here."""

_MOVES = frozenset(
    {
        "ticket.opened",
        "ticket.status_changed",
        "ticket.resolved",
        "ticket.closed",
        "ticket.reopened",
        "ticket.assigned",
        "ticket.handed_over",
        "ticket.unassigned",
    }
)
"""The events after which the stepper is derived anew; others leave a stage set by hand as it is."""
