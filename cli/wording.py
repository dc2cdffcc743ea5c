"""What an event says, in a few words for a person who works here."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from cli.entries import Entry, requester_of, text_of
from cli.times import length, seconds_as_span, short

ARROW = "→"

_MOMENTS = {"due_at": "by", "next_update_by": "by", "next_due_at": "then by"}
_DUE = ("sla.", "reminder.")


def describe(entry: Entry, zone: ZoneInfo, *, texts: bool) -> str:
    """One line about an event. Without texts, nothing that anybody wrote is in it."""
    tell = _WORDS.get(entry.kind)
    if tell is None:
        return "(an event of a newer release)" if "ticket" in entry.envelope.type else ""
    said = tell(entry.data)
    for name, preposition in _MOMENTS.items():
        if entry.data.get(name):
            when = short(datetime.fromisoformat(entry.data[name]), zone)
            word = "due" if entry.kind.startswith(_DUE) else preposition
            said = _joined(said, f"{word} {when}")
    if texts:
        for name in ("subject", "body", "summary", "text"):
            if words := text_of(entry.data.get(name)):
                said = _joined(said, f"“{words}”" if words != "(sealed)" else words, ": ")
                break
    return said


def label(word: str | None) -> str:
    """A stored word as people write it."""
    return (word or "-").replace("_", " ")


def times(count: int) -> str:
    """How often something happened; nothing if never."""
    return "" if not count else "once" if count == 1 else f"{count} times"


def path(category: list[str] | None) -> str:
    """A category from its widest level to its narrowest."""
    return " / ".join(category) if category else "-"


def _joined(said: str, more: str, between: str = ", ") -> str:
    return f"{said}{between}{more}" if said else more


def _opened(data: dict[str, Any]) -> str:
    requester = requester_of(data)
    parts = [
        f"by {label(data['channel'])}",
        f"from {requester}" if requester else "",
        data.get("priority") or "",
        path(data["category"]) if data.get("category") else "",
    ]
    return ", ".join(part for part in parts if part)


def _reason(data: dict[str, Any]) -> str:
    return f" ({label(data['reason'])})" if data.get("reason") else ""


def _moved(data: dict[str, Any]) -> str:
    return f"{label(data['from'])} {ARROW} {label(data['to'])}{_reason(data)}"


def _changed(data: dict[str, Any]) -> str:
    def shown(value: object) -> str:
        return path(cast(list[str], value)) if isinstance(value, list) else str(value or "-")

    return f"{shown(data.get('from'))} {ARROW} {shown(data.get('to'))}{_reason(data)}"


def _sent(data: dict[str, Any]) -> str:
    question = ", a question" if data["asks"] else ""
    bot = ", by a bot" if data["author"] == "bot" else ""
    return f"by {label(data['channel'])}{question}{bot}"


def _received(data: dict[str, Any]) -> str:
    return f"by {label(data['channel'])}" + (
        f", {label(data['intent'])}" if data["intent"] != "unknown" else ""
    )


def _resolved(data: dict[str, Any]) -> str:
    parts = [
        label(data["code"]) if data["code"] != "unknown" else "",
        f"by {data['resolver']}" if data.get("resolver") else "by nobody known",
        "" if data["with_message"] else "without a message",
    ]
    return ", ".join(part for part in parts if part)


def _reopened(data: dict[str, Any]) -> str:
    return f"from {label(data['from'])}{_reason(data)}, cycle {data['cycle']}"


def _escalated(data: dict[str, Any]) -> str:
    trigger = f" ({label(data['trigger'])})" if data.get("trigger") else _reason(data)
    return f"{data['from_level']} {ARROW} {data['to_level']}{trigger}"


def _finished(data: dict[str, Any]) -> str:
    return (
        f"{data['source']}: {data['rows_read']:,} rows, {data['rows_changed']:,} changes, "
        f"{data['rows_progressed']:,} progressed, {data['rows_unreadable']:,} unreadable"
    )


def _described(data: dict[str, Any]) -> str:
    capacity = data.get("capacity")
    parts = [
        f"at most {capacity}" if capacity is not None else "",
        *(", ".join(data.get(name) or ()) for name in ("skills", "languages", "roles")),
        data.get("level") or "",
    ]
    return "; ".join(part for part in parts if part)


def _profiled(data: dict[str, Any]) -> str:
    told = (data.get(name) for name in ("language", "time_zone", "customer_tier"))
    parts = [*(part or "" for part in told), ", ".join(data.get("products") or ())]
    return "; ".join(part for part in parts if part)


def _promise(data: dict[str, Any]) -> str:
    return f"promise {data['promise_id']}{_reason(data)}"


def _clock(data: dict[str, Any]) -> str:
    number = f" {data['instance']}" if data["instance"] > 1 else ""
    return f"{label(data['metric'])}{number}{_reason(data)}"


def _reading(data: dict[str, Any]) -> str:
    return f"{_clock(data)}, after {length(seconds_as_span(data['elapsed_seconds']))}"


def _applied(data: dict[str, Any]) -> str:
    rule = f", {data['rule']}" if data.get("rule") else ""
    return f"{data['policy']}, version {data['version']}{rule}"


def _notification(data: dict[str, Any]) -> str:
    template = f", {label(data['template'])}" if data.get("template") else ""
    return f"by {label(data['surface'])}{template}{_reason(data)}"


def _attached(data: dict[str, Any]) -> str:
    whose = "public" if data["public"] else "internal"
    return f"{data['media_type']}, {data['bytes']:,} bytes, {whose}, {data['reference']}"


def _article(data: dict[str, Any]) -> str:
    version = f" version {data['article_version']}" if data.get("article_version") else ""
    return f"{data['article_id']}{version}, {label(data['use'])}"


def _survey(data: dict[str, Any]) -> str:
    score = f"{data['score']} of {data['scale']}" if "score" in data else f"1 to {data['scale']}"
    return f"{data['kind']} {data['survey_id']}, {score}"


def _stage(data: dict[str, Any]) -> str:
    called = f", “{data['label']}”" if data.get("label") else ""
    return f"{_moved(data)}{called}"


def _told_of(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda data: f"{data[name]}{_reason(data)}"


_WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "ticket.opened": _opened,
    "ticket.imported": lambda data: f"from {data['source']}, {label(data['fidelity'])}",
    "ticket.acknowledged": lambda data: f"by {label(data['channel'])}",
    "ticket.requester_changed": _changed,
    "ticket.categorized": _changed,
    "ticket.prioritized": _changed,
    "ticket.tagged": lambda data: f"+ {data['tag']}",
    "ticket.untagged": lambda data: f"- {data['tag']}",
    "ticket.field_changed": lambda data: f"{data['field']}: {_changed(data)}",
    "ticket.queued": _changed,
    "ticket.assigned": _changed,
    "ticket.handed_over": _changed,
    "ticket.unassigned": lambda data: f"from {data['from']}{_reason(data)}",
    "ticket.escalated": _escalated,
    "ticket.deescalated": _escalated,
    "ticket.status_changed": _moved,
    "ticket.progressed": lambda data: label(data["kind"]),
    "ticket.resolved": _resolved,
    "ticket.closed": lambda data: label(data["reason"]),
    "ticket.reopened": _reopened,
    "ticket.linked": lambda data: f"{label(data['role'])} {data['other']}",
    "message.received": _received,
    "message.sent": _sent,
    "note.added": lambda _: "internal",
    "resolution.confirmed": lambda _: "by the customer",
    "resolution.rejected": lambda _: "by the customer",
    "next_update.promised": _promise,
    "next_update.kept": _promise,
    "next_update.superseded": _promise,
    "next_update.cancelled": _promise,
    "next_update.missed": lambda data: f"promise {data['promise_id']}",
    "sla.applied": _applied,
    "sla.removed": lambda data: f"{_applied(data)}{_reason(data)}",
    "sla.started": _clock,
    "sla.paused": _reading,
    "sla.resumed": _clock,
    "sla.warned": _reading,
    "sla.breached": _reading,
    "sla.fulfilled": _reading,
    "sla.cancelled": _reading,
    "message.classified": lambda data: f"{data['message_id']}: {_moved(data)}",
    "message.delivery_reported": lambda data: (
        f"{data['message_id']}: {label(data['delivery'])}{_reason(data)}"
    ),
    "attachment.added": _attached,
    "article.linked": _article,
    "ticket.stage_changed": _stage,
    "ticket.assignment_deferred": lambda data: label(data["reason"]),
    "escalation.requested": _escalated,
    "ticket.merged": lambda data: f"into {data['target_number']}{_reason(data)}",
    "ticket.absorbed": _told_of("source_number"),
    "ticket.split": lambda data: f"off {data['other_number']}{_reason(data)}",
    "reminder.set": _told_of("reminder_id"),
    "reminder.due": _told_of("reminder_id"),
    "reminder.cancelled": _told_of("reminder_id"),
    "notification.sent": _notification,
    "notification.failed": _notification,
    "notification.opened": _notification,
    "survey.sent": _survey,
    "survey.answered": _survey,
    "event.corrected": _told_of("corrects"),
    "tracker.viewed": lambda data: f"{label(data['look'])}, by {label(data['surface'])}",
    "import.finished": _finished,
    "agent.availability_changed": _changed,
    "agent.skills_changed": _described,
    "customer.profiled": _profiled,
    "customer.erased": lambda data: f"{label(data['scope'])}{_reason(data)}",
    "customers.merged": _changed,
    "policy.published": lambda data: f"{data['policy_id']}, version {data['version']}",
}
"""What each event says; `tests/cli` checks that every event of the domain is here."""


KINDS = frozenset(_WORDS)
"""Every kind of event that this release knows."""


_HEADLINES = {"sla.applied": "policy applied", "sla.removed": "policy removed"}


def headline(entry: Entry) -> str:
    """What happened, in two or three words."""
    if entry.kind in _HEADLINES:
        return _HEADLINES[entry.kind]
    return label(entry.kind.removeprefix("ticket.").replace("sla.", "clock ").replace(".", " "))


def in_words(value: object) -> str:
    """A value of an event's data, as it stands: text plain, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
