"""What the customer sees, computed the plain way: event after event, in dictionaries."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Row = dict[str, Any]

STAGES = ["received", "in_review", "being_worked_on", "resolved"]
OVER = ("resolved", "closed")
SAYING = {
    "ticket.opened": "opened",
    "ticket.acknowledged": "acknowledged",
    "message.received": "customer_message",
    "message.sent": "our_message",
    "resolution.confirmed": "confirmed",
    "resolution.rejected": "rejected",
    "next_update.missed": "next_update_missed",
    "ticket.merged": "merged",
    "survey.sent": "survey_asked",
    "survey.answered": "survey_answered",
    "ticket.stage_changed": "stage_moved",
}

MOVING = {
    "ticket.status_changed",
    "ticket.resolved",
    "ticket.closed",
    "ticket.reopened",
    "ticket.assigned",
    "ticket.handed_over",
    "ticket.unassigned",
}
"""What says how the case or its owner stands: the stepper follows from it."""


@dataclass
class Case:
    """One ticket so far."""

    ticket: str
    effective: datetime
    status: str = "new"
    owner: str | None = None
    level: str = "L1"
    customer: str | None = None
    answered: bool = False
    stage: int = 0
    reopened: int = 0
    promise: tuple[str, datetime] | None = None
    misses: int = 0
    breached: bool = False
    expected: datetime | None = None
    label: str | None = None
    merged: str | None = None
    surveys: set[str] = field(default_factory=set)
    shown: Row = field(default_factory=dict)
    entries: list[Row] = field(default_factory=list)


@dataclass
class Naive:
    """All tickets so far, and the names agents signed with."""

    cases: dict[str, Case] = field(default_factory=dict)
    names: dict[str, tuple[tuple[datetime, str, int], str]] = field(default_factory=dict)

    def read(self, bodies: Iterable[bytes]) -> Naive:
        """Take in events, each ticket's in order."""
        for body in bodies:
            event = json.loads(body)
            kind = event["type"].removeprefix("ticketledger.").removesuffix(".v1")
            ticket, moment = event["subject"], datetime.fromisoformat(event["time"])
            if kind == "ticket.opened":
                self.cases[ticket] = Case(ticket, moment)
            if ticket in self.cases:
                case = self.cases[ticket]
                case.effective = max(case.effective, moment)
                self._sign(case, kind, event)
                _take_in(case, kind, event)
        return self

    def _sign(self, case: Case, kind: str, event: Row) -> None:
        agent, display = event["data"].get("agent_id"), event["data"].get("agent_display")
        if kind == "message.sent" and agent and isinstance(display, str):
            rank = (case.effective, case.ticket, int(event["sequence"]))
            self.names[agent] = max((rank, display), self.names.get(agent, (rank, display)))

    def _name(self, agent: str | None) -> str | None:
        return self.names[agent][1] if agent in self.names else agent

    def customer_case(self) -> list[Row]:
        """The rows of the view, by ticket."""
        return [self._case_row(case) for _, case in sorted(self.cases.items())]

    def _case_row(self, case: Case) -> Row:
        ongoing = case.status not in OVER
        badges = {
            "with_a_specialist": ongoing and case.level != "L1",
            "waiting_for_you": case.status == "pending",
            "reopened": ongoing and case.reopened > 0,
        }
        action, why = _next_action(case)
        return case.shown | {
            "ticket": case.ticket,
            "customer": case.customer,
            "stage": STAGES[case.stage],
            "state": "ongoing" if ongoing else "resolved",
            "badges": [badge for badge, holds in badges.items() if holds],
            "agent": self._name(case.owner),
            "last_update_at": case.entries[-1]["happened_at"],
            "next_update_by": case.promise[1] if case.promise and ongoing else None,
            "next_action": action,
            "next_action_why": why,
            "times_reopened": case.reopened,
            "resolved_at": None if ongoing else case.shown["resolved_at"],
            "confirmed_at": None if ongoing else case.shown["confirmed_at"],
            "closed_at": case.shown["closed_at"] if case.status == "closed" else None,
            "closed_by": case.shown["closed_by"] if case.status == "closed" else None,
            "resolution_expected_by": case.expected if ongoing else None,
            "stage_label": case.label,
            "merged_into": case.merged if case.status == "closed" else None,
            "surveys": sorted(case.surveys, key=["csat", "ces"].index),
        }

    def customer_timeline(self) -> list[Row]:
        """The rows of the view, by ticket and sequence."""
        rows: list[Row] = []
        for _, case in sorted(self.cases.items()):
            for entry in case.entries:
                agent, signed = entry["agent"], entry["signed"]
                who = signed or self._name(agent) if entry["side"] == "agent" else entry["side"]
                shown = {k: v for k, v in entry.items() if k not in ("agent", "signed")}
                rows.append(shown | {"who": who, "customer": case.customer})
        return rows


def _next_action(case: Case) -> tuple[str | None, str]:
    if case.status == "closed":
        return None, "merged" if case.merged else "closed"
    if case.status == "resolved":
        return "confirm", "solution_given"
    if case.status == "pending":
        return "answer", "we_asked_you"
    if case.breached:
        return "escalate", "resolution_overdue"
    if case.misses:
        return (
            ("escalate", "promise_missed_again")
            if case.misses > 1
            else ("follow_up", "promise_missed")
        )
    return "wait", "promise_running" if case.promise else "in_progress"


def _take_in(case: Case, kind: str, event: Row) -> None:
    data = event["data"]
    was = (case.status, case.stage, case.level)
    had = (case.status, case.owner, case.answered)
    if kind == "ticket.opened":
        _open(case, data)
    _pass_on(case, kind, data)
    _move(case, kind, data)
    _promise(case, kind, data)
    reopens = kind != "ticket.opened" and (
        kind == "ticket.reopened" or (was[0] in OVER and case.status not in OVER)
    )
    if reopens:
        case.reopened += 1
        case.breached = False
        case.shown |= {"resolved_at": None, "confirmed_at": None, "closed_at": None}
    _mark(case, kind, data)
    _step(case, kind, data, moves=reopens or kind == "ticket.opened", had=had)
    told = _told(case, kind, was=was, reopens=reopens, silent=data.get("message_id") is None)
    if kind == "attachment.added":
        told = "attachment" if data["public"] else None
    if told:
        case.entries.append(_entry(case, kind, event, told))


def _open(case: Case, data: Row) -> None:
    subject = data.get("subject") if data["origin"] == "customer" else None
    case.shown = {
        "number": data["number"],
        "subject": subject if isinstance(subject, str) else None,
        "category": data.get("category"),
        "order_refs": data.get("order_refs") or [],
        "opened_at": case.effective,
        "resolved_at": None,
        "confirmed_at": None,
        "closed_at": None,
        "closed_by": None,
    }
    case.customer = (data.get("requester") or {}).get("id")


def _pass_on(case: Case, kind: str, data: Row) -> None:
    if kind != "ticket.requester_changed":
        return
    if case.customer is not None and case.customer != data.get("to"):
        case.shown |= {"subject": None, "order_refs": []}
        for entry in case.entries:
            if entry["text"] is not None or entry["text_hidden"] or entry["attachment"]:
                entry |= {"text": None, "text_hidden": "another_customer"}
                entry |= {"attachment": None, "media_type": None}
    case.customer = data.get("to")


def _move(case: Case, kind: str, data: Row) -> None:
    match kind:
        case "ticket.status_changed":
            case.status = data["to"]
        case "ticket.resolved":
            case.status = "resolved"
        case "ticket.closed":
            case.status = "closed"
        case "ticket.reopened":
            case.status = "open"
        case "ticket.assigned" | "ticket.handed_over":
            case.owner = data["to"]
        case "ticket.unassigned":
            case.owner = None
        case "ticket.escalated" | "ticket.deescalated":
            case.level = data["to_level"]
        case "ticket.categorized":
            case.shown["category"] = data.get("to")
        case "message.sent" if data["author"] == "human":
            case.answered = True


def _promise(case: Case, kind: str, data: Row) -> None:
    match kind:
        case "next_update.promised":
            case.promise = (data["promise_id"], datetime.fromisoformat(data["due_at"]))
            case.misses = 0
        case _ if not case.promise or case.promise[0] != data.get("promise_id"):
            pass
        case "next_update.kept" | "next_update.superseded" | "next_update.cancelled":
            case.promise, case.misses = None, 0
        case "next_update.missed":
            again = datetime.fromisoformat(data["next_due_at"])
            case.promise, case.misses = (data["promise_id"], again), data["instance"]


def _mark(case: Case, kind: str, data: Row) -> None:
    moved_to = data.get("to") if kind == "ticket.status_changed" else None
    if kind == "ticket.resolved" or moved_to == "resolved":
        case.shown["resolved_at"] = case.effective
    if kind == "ticket.closed" or moved_to == "closed":
        case.shown["closed_at"] = case.effective
    if kind == "ticket.closed":
        by = {"confirmed": "you", "timeout": "time"}
        case.shown["closed_by"] = by.get(data["reason"], "us")
    if kind == "resolution.confirmed":
        case.shown["confirmed_at"] = case.effective
    if data.get("metric") == "resolution":
        _expect(case, kind, data)
    if kind == "ticket.merged":
        case.merged = data["target_number"]
    if kind == "survey.sent":
        case.surveys.add(data["kind"])
    if kind == "survey.answered":
        case.surveys.discard(data["kind"])


def _expect(case: Case, kind: str, data: Row) -> None:
    match kind:
        case "sla.breached":
            case.breached = True
        case "sla.started" | "sla.resumed":
            case.expected = datetime.fromisoformat(data["due_at"])
        case "sla.paused" | "sla.fulfilled" | "sla.cancelled":
            case.expected = None


def _stage(case: Case) -> int:
    if case.status in OVER:
        return 3
    if case.answered or case.status in ("pending", "on_hold"):
        return 2
    return 1 if case.owner or case.status == "open" else 0


def _step(
    case: Case, kind: str, data: Row, *, moves: bool, had: tuple[str, str | None, bool]
) -> None:
    """Move the stepper: by hand; back by a reopening; else only forward, where a fact counts."""
    before = case.stage
    if kind == "ticket.stage_changed":
        case.stage = STAGES.index(data["to"])
        case.label = data.get("label")
        return
    if moves:
        case.stage = _stage(case)
    elif kind in MOVING or (case.answered and not had[2]):
        case.stage = max(_stage(case), case.stage)
    if moves or case.stage > before:
        case.label = None


def _told(  # noqa: PLR0911 (one line a rule)
    case: Case, kind: str, *, was: tuple[str, int, str], reopens: bool, silent: bool
) -> str | None:
    """What the customer is told of an event, if anything."""
    old_status, old_stage, old_level = was
    moved = case.status != old_status
    if kind in SAYING:
        return SAYING[kind]
    if kind == "next_update.promised" and silent:
        return "next_update_promised"
    if reopens:
        return "reopened"
    if moved and case.status in OVER:
        return case.status
    if moved and case.status == "pending":
        return "waiting_for_you"
    if case.stage > old_stage:
        return "stage_moved"
    if case.level != "L1" and old_level == "L1":
        return "with_a_specialist"
    return "work_resumed" if moved and old_status == "pending" else None


def _entry(case: Case, kind: str, event: Row, told: str) -> Row:
    data, said = event["data"], kind in ("ticket.opened", "message.received", "message.sent")
    ours = kind == "ticket.opened" and data["origin"] != "customer"
    body = data.get("body") if said and not ours else None
    file = data if kind == "attachment.added" else {}
    due = {
        "message.sent": data.get("next_update_by"),
        "next_update.promised": data.get("due_at"),
        "next_update.missed": data.get("next_due_at"),
    }
    side, agent, signed = _doer(kind, data, event["actor"])
    return {
        "ticket": case.ticket,
        "sequence": int(event["sequence"]),
        "happened_at": case.effective,
        "recorded_at": datetime.fromisoformat(event["recordedtime"]),
        "kind": told,
        "side": side,
        "agent": agent,
        "signed": signed,
        "channel": data["channel"] if said or kind == "ticket.acknowledged" else None,
        "stage": STAGES[case.stage],
        "text": body if isinstance(body, str) else None,
        "text_hidden": "sealed" if isinstance(body, dict) else None,
        "promise_due_at": datetime.fromisoformat(due[kind]) if due.get(kind) else None,
        "attachment": file.get("reference"),
        "media_type": file.get("media_type"),
    }


def _doer(  # noqa: PLR0911 (one line a rule)
    kind: str, data: Row, actor: str
) -> tuple[str, str | None, str | None]:
    """Whose doing it was: the side, the agent's id and the name they signed with."""
    match kind:
        case (
            "message.received" | "resolution.confirmed" | "resolution.rejected" | "survey.answered"
        ):
            return "customer", None, None
        case "attachment.added" if actor.startswith("customer:"):
            return "customer", None, None
        case "ticket.opened":
            return "customer" if data["origin"] == "customer" else "us", None, None
        case "ticket.closed":
            return "customer" if data["reason"] == "confirmed" else "us", None, None
        case "ticket.reopened":
            theirs = data.get("message_id") or actor.startswith("customer:")
            return "customer" if theirs else "us", None, None
        case "ticket.assigned" | "ticket.handed_over":
            return "agent", data["to"], None
        case "ticket.resolved" if data.get("resolver"):
            return "agent", data["resolver"], None
        case "message.sent" if data["author"] == "human":
            signed = data.get("agent_display")
            name = signed if isinstance(signed, str) else None
            agent = data.get("agent_id")
            return "agent" if agent or name else "us", agent, name
        case _:
            return "us", None, None
