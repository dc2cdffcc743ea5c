"""The rules of contacts once more, in plain Python, event by event: slow, nothing like the SQL."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

NEUTRAL = {"thanks", "answer", "new_info"}
DONE = {"resolved", "closed"}


Data = dict[str, Any]


def _opened(data: Data) -> Data:
    return {
        "status": "new",
        "customer": (data.get("requester") or {}).get("id"),
        "category": (data.get("category") or [None])[0],
        "follows": data.get("follows_ticket"),
        "orders": set(data.get("order_refs") or ()),
    }


CHANGES: dict[str, Callable[[Data], Data]] = {
    "ticket.opened": _opened,
    "ticket.requester_changed": lambda data: {"customer": data.get("to")},
    "ticket.categorized": lambda data: {"category": (data.get("to") or [None])[0]},
    "ticket.linked": lambda data: {"follows": data["other"]} if data["role"] == "follows" else {},
    "ticket.queued": lambda data: {"queue": data.get("to")},
    "ticket.assigned": lambda data: {"owner": data["to"]},
    "ticket.handed_over": lambda data: {"owner": data["to"]},
    "ticket.unassigned": lambda data: {"owner": None},
    "ticket.status_changed": lambda data: {"status": data["to"]},
    "ticket.resolved": lambda data: {"status": "resolved", "resolver": data.get("resolver")},
    "ticket.closed": lambda data: {"status": "closed"},
    "ticket.reopened": lambda data: {"status": "open"},
    "message.sent": lambda data: {"answered": True} if data["author"] == "human" else {},
}
"""What each event makes of the ticket's state."""


@dataclass
class Contact:
    """One contact, with what was known at its first event."""

    customer: str | None
    ticket: str
    number: str
    sequence: int
    at: datetime
    reopening: bool
    opening: bool
    category: str | None
    orders: set[str]
    follows: str | None
    queue: str | None
    owner: str | None
    status: str
    stage: str
    resolver: str | None
    promise: str
    neutral: bool = True

    @property
    def place(self) -> tuple[datetime, str, int]:
        """Where it comes among the customer's contacts."""
        return (self.at, self.number, self.sequence)


@dataclass
class Run:
    """The latest run of messages on one ticket and channel."""

    customer: str | None
    last: datetime
    live: bool
    contact: Contact | None


@dataclass
class Ticket:
    """A ticket while its events pass by."""

    ticket: str
    number: str = ""
    at: datetime | None = None
    now: dict[str, Any] = field(default_factory=dict[str, Any])
    promise: dict[str, Any] | None = None
    runs: dict[str, Run] = field(default_factory=dict[str, Run])
    contacts: list[Contact] = field(default_factory=list[Contact])
    history: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list[Any])

    def take(self, event: dict[str, Any]) -> None:
        """One more event, in order of sequence."""
        time = datetime.fromisoformat(event["time"])
        self.at = time if self.at is None else max(self.at, time)
        kind = event["type"].removeprefix("ticketledger.").removesuffix(".v1")
        data = event["data"]
        self._change(kind, data)
        self._promise(kind, data)
        if kind in {"message.received", "message.sent"} or (
            kind == "ticket.opened" and data["origin"] == "customer"
        ):
            self._speak(kind, data, int(event["sequence"]))
        if kind == "ticket.reopened" and data.get("message_id") is None:
            self._reach_out(kind, int(event["sequence"]), data["from"]).neutral = False
        self.history.append((self.at, dict(self.now)))

    def state(self, instant: datetime) -> dict[str, Any]:
        """How it stood at an instant."""
        return [state for at, state in self.history if at <= instant][-1]

    def _change(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "ticket.opened":
            self.number = data["number"]
        changes = CHANGES[kind](data) if kind in CHANGES else {}
        if kind == "ticket.linked" and data["other"] == self.ticket:
            return  # a ticket does not follow itself
        self.now.update(changes)
        if self.now.get("follows") == self.ticket:
            self.now["follows"] = None

    def _promise(self, kind: str, data: dict[str, Any]) -> None:
        made = self.promise
        if kind == "next_update.promised":
            self.promise = {**data, "state": "running"}
        elif made and kind.startswith("next_update."):
            if made["state"] != "running" or made["promise_id"] != data["promise_id"]:
                return
            state = kind.removeprefix("next_update.")
            assert self.at is not None
            late = state == "kept" and self.at > datetime.fromisoformat(data["due_at"])
            self.promise = {**made, "state": "kept_late" if late else state}
        self.now["promise"] = self.promise

    def _speak(self, kind: str, data: dict[str, Any], sequence: int) -> None:
        assert self.at is not None
        channel, customer, theirs = (
            data["channel"],
            self.now.get("customer"),
            kind != "message.sent",
        )
        run = self.runs.get(channel)
        live = run.live if run else channel in {"phone", "chat"}
        live = data["live"] if theirs else live
        window = timedelta(minutes=60 if live else 15)
        if run is None or run.customer != customer or self.at > run.last + window:
            run = self.runs[channel] = Run(customer, self.at, live, None)
        run.last, run.live = self.at, live
        if theirs:
            if run.contact is None:
                run.contact = self._reach_out(kind, sequence, self.now.get("status") or "")
            neutral = kind == "message.received" and data["intent"] in NEUTRAL
            run.contact.neutral = run.contact.neutral and neutral

    def _reach_out(self, kind: str, sequence: int, status: str) -> Contact:
        assert self.at is not None
        now = self.now
        contact = Contact(
            customer=now.get("customer"),
            ticket=self.ticket,
            number=self.number,
            sequence=sequence,
            at=self.at,
            reopening=kind == "ticket.reopened",
            opening=kind == "ticket.opened",
            category=now.get("category"),
            orders=now.get("orders") or set(),
            follows=now.get("follows"),
            queue=now.get("queue"),
            owner=now.get("owner"),
            status=status,
            stage=stage(status, owned=now.get("owner") is not None, answered="answered" in now),
            resolver=now.get("resolver"),
            promise=promise_state(self.promise, self.at),
        )
        self.contacts.append(contact)
        return contact


def stage(status: str, *, owned: bool, answered: bool) -> str:
    """The step that the customer sees."""
    if status in DONE:
        return "resolved"
    if answered or status in {"pending", "on_hold"}:
        return "being_worked_on"
    return "in_review" if owned or status == "open" else "received"


def promise_state(promise: dict[str, Any] | None, at: datetime) -> str:
    """How a promise stands at an instant."""
    if promise is None:
        return "none"
    if promise["state"] != "running":
        return str(promise["state"])
    missed = promise["instance"] > 1 or datetime.fromisoformat(promise["due_at"]) < at
    return "missed" if missed else "running"


def tickets(bodies: Iterable[bytes]) -> dict[str, Ticket]:
    """Every ticket of a stream."""
    events: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for body in bodies:
        event = json.loads(body)
        if event["type"] != "ticketledger.import.finished.v1":
            events[event["subject"]].append(event)
    found: dict[str, Ticket] = {}
    for subject, of_subject in events.items():
        ticket = found[subject] = Ticket(subject, number=subject)
        for event in sorted(of_subject, key=lambda e: int(e["sequence"])):
            ticket.take(event)
    return found


@dataclass(frozen=True)
class Pair:
    """A contact and an earlier one, by their tickets' numbers and their sequences."""

    scope: str
    earlier: tuple[str, int]
    later: tuple[str, int]
    kind: str
    agent: str | None
    missing: str | None


def pairs(of_tickets: dict[str, Ticket]) -> set[Pair]:
    """Every pair, both scopes."""
    histories: dict[str, list[Contact]] = defaultdict(list)
    for ticket in of_tickets.values():
        for contact in ticket.contacts:
            if contact.customer is not None and not contact.neutral:
                histories[contact.customer].append(contact)
    found: set[Pair] = set()
    for history in histories.values():
        history.sort(key=lambda contact: contact.place)
        for place, later in enumerate(history):
            before = history[:place]
            related = [earlier for earlier in before if same_issue(earlier, later)]
            judged = judge(later, related, of_tickets)
            for scope, candidates in (("any_issue", before), ("same_issue", related)):
                if candidates:
                    earlier = candidates[-1]
                    found.add(Pair(scope, name(earlier), name(later), *judged))
    return found


def name(contact: Contact) -> tuple[str, int]:
    """What a contact is called in a pair."""
    return (contact.number, contact.sequence)


def same_issue(one: Contact, other: Contact) -> bool:
    """Whether two contacts are of the same issue."""
    if one.ticket in {other.ticket, other.follows} or one.follows == other.ticket:
        return True
    if one.orders or other.orders:
        return bool(one.orders & other.orders)
    return one.category is not None and one.category == other.category


def judge(
    later: Contact, related: list[Contact], of_tickets: dict[str, Ticket]
) -> tuple[str, str | None, str | None]:
    """Kind, agent and what was missing."""
    if not related:
        return "new_issue", None, None
    if not later.opening:
        if later.reopening or later.status in DONE:
            return "reopen", later.resolver or "Unassigned", None
        return "chase", later.owner or "Unassigned", missing(later.promise)
    for earlier in reversed(related):
        state = of_tickets[earlier.ticket].state(later.at)
        if state["status"] not in DONE:
            promise = promise_state(state.get("promise"), later.at)
            return "chase", state.get("owner") or "Unassigned", missing(promise)
    state = of_tickets[related[-1].ticket].state(later.at)
    return "return", state.get("resolver") or "Unassigned", None


def missing(promise: str) -> str:
    """What would have spared a chase."""
    return {"missed": "promise_missed", "running": "not_seen"}.get(promise, "no_promise")
