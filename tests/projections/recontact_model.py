"""The rules of contacts once more, in plain Python, event by event: slow, nothing like the SQL."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
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
class Message:
    """What the customer said once, and whether it was neutral."""

    id: str
    neutral: bool


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
    made: dict[str, Any] | None
    said: list[Message] = field(default_factory=list[Any])

    @property
    def neutral(self) -> bool:
        """Whether it is in no rate: every message of it says so, as known by the end."""
        return not self.opening and not self.reopening and all(one.neutral for one in self.said)

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
    messages: list[Message] = field(default_factory=list[Message])
    reports: list[tuple[datetime, str, str]] = field(default_factory=list[Any])
    looks: list[datetime] = field(default_factory=list[datetime])
    merged_into: str | None = None
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
            self._reach_out(kind, int(event["sequence"]), data["from"])
        self._learn(kind, data)
        self.history.append((self.at, dict(self.now)))

    def _learn(self, kind: str, data: dict[str, Any]) -> None:
        assert self.at is not None
        if kind == "message.classified":
            for message in self.messages:
                if message.id == data["message_id"]:
                    message.neutral = data["to"] in NEUTRAL
        if kind == "message.delivery_reported":
            self.reports.append((self.at, data["message_id"], data["delivery"]))
        if kind == "notification.opened":
            self.looks.append(self.at)
        if kind == "ticket.merged":
            self.merged_into = data["target"]

    def state(self, instant: datetime) -> dict[str, Any]:
        """How it stood at an instant."""
        return ([{}] + [state for at, state in self.history if at <= instant])[-1]

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
            self.promise = {**data, "state": "running", "made_at": self.at}
        elif made and kind.startswith("next_update.") and kind != "next_update.missed":
            if made["state"] != "running" or made["promise_id"] != data["promise_id"]:
                return
            state = kind.removeprefix("next_update.")
            assert self.at is not None
            late = state == "kept" and self.at > datetime.fromisoformat(made["due_at"])
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
            if kind == "message.received":
                message = Message(data["message_id"], data["intent"] in NEUTRAL)
                run.contact.said.append(message)
                self.messages.append(message)

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
            made=self.promise,
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


@dataclass
class World:
    """Everything that a stream tells."""

    tickets: dict[str, Ticket] = field(default_factory=dict[str, Ticket])
    persons: dict[str, str] = field(default_factory=dict[str, str])

    def person(self, customer: str | None) -> str | None:
        """Who a customer is known as."""
        return end_of(customer, self.persons) if customer else None

    def case(self, ticket: str) -> str:
        """The ticket in which one goes on."""
        merges = {id_: one.merged_into for id_, one in self.tickets.items() if one.merged_into}
        return end_of(ticket, merges)

    @property
    def contacts(self) -> list[Contact]:
        """Those of known customers, each as of the person that the customer is."""
        return [
            replace(contact, customer=self.person(contact.customer))
            for ticket in self.tickets.values()
            for contact in ticket.contacts
            if contact.customer is not None
        ]


def end_of(name: str, merges: dict[str, str]) -> str:
    """Where a chain of merges ends; one that comes back to itself ends before that."""
    way = [name]
    while (further := merges.get(way[-1])) and further not in way:
        way.append(further)
    return way[-1]


def tickets(bodies: Iterable[bytes]) -> World:
    """Every ticket of a stream, the looks at it, and which customers are one."""
    events: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for body in bodies:
        event = json.loads(body)
        if event["type"] != "ticketledger.import.finished.v1":
            events[event["subject"]].append(event)
    world = World()
    for subject, of_subject in events.items():
        ordered = sorted(of_subject, key=lambda e: int(e["sequence"]))
        if subject.startswith("customer-"):
            world.persons |= {event["data"]["from"]: event["data"]["to"] for event in ordered}
        elif not subject.startswith("tracker-"):
            ticket = world.tickets[subject] = Ticket(subject, number=subject)
            for event in ordered:
                ticket.take(event)
    for ticket_id, at in looks(events):
        if ticket_id in world.tickets:
            world.tickets[ticket_id].looks.append(at)
    return world


def looks(events: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[str, datetime]]:
    """When each ticket's tracker was looked at; an impression is no look."""
    for subject, of_subject in events.items():
        at = datetime.min.replace(tzinfo=UTC)
        for event in sorted(of_subject, key=lambda e: int(e["sequence"])):
            at = max(at, datetime.fromisoformat(event["time"]))
            if subject.startswith("tracker-") and event["data"]["look"] != "impression":
                yield event["data"]["ticket"], at


@dataclass(frozen=True)
class Pair:
    """A contact and an earlier one, by their tickets' numbers and their sequences."""

    scope: str
    earlier: tuple[str, int]
    later: tuple[str, int]
    kind: str
    agent: str | None
    missing: str | None


def pairs(world: World) -> set[Pair]:
    """Every pair, both scopes."""
    histories: dict[str, list[Contact]] = defaultdict(list)
    for contact in world.contacts:
        if contact.customer is not None and not contact.neutral:
            histories[contact.customer].append(contact)
    found: set[Pair] = set()
    for history in histories.values():
        history.sort(key=lambda contact: contact.place)
        for place, later in enumerate(history):
            before = history[:place]
            related = [earlier for earlier in before if same_issue(earlier, later, world)]
            judged = judge(later, related, world)
            for scope, candidates in (("any_issue", before), ("same_issue", related)):
                if candidates:
                    earlier = candidates[-1]
                    found.add(Pair(scope, name(earlier), name(later), *judged))
    return found


def name(contact: Contact) -> tuple[str, int]:
    """What a contact is called in a pair."""
    return (contact.number, contact.sequence)


def same_issue(one: Contact, other: Contact, world: World) -> bool:
    """Whether two contacts are of the same issue."""
    mine, theirs = world.case(one.ticket), world.case(other.ticket)
    follows = [contact.follows and world.case(contact.follows) for contact in (one, other)]
    if mine in {theirs, follows[1]} or follows[0] == theirs:
        return True
    if one.orders or other.orders:
        return bool(one.orders & other.orders)
    return one.category is not None and one.category == other.category


def judge(
    later: Contact, related: list[Contact], world: World
) -> tuple[str, str | None, str | None]:
    """Kind, agent and what was missing."""
    if not related:
        return "new_issue", None, None
    if not later.opening:
        if later.reopening or later.status in DONE:
            return "reopen", later.resolver or "Unassigned", None
        what = missing(later.promise, later.made, world.tickets[later.ticket], later.at)
        return "chase", later.owner or "Unassigned", what
    for earlier in reversed(related):
        for id_ in (earlier.ticket, world.case(earlier.ticket)):
            ticket = world.tickets.get(id_)
            state = ticket.state(later.at) if ticket else {}
            if ticket and state.get("status", "closed") not in DONE:
                made = state.get("promise")
                what = missing(promise_state(made, later.at), made, ticket, later.at)
                return "chase", state.get("owner") or "Unassigned", what
    last = world.tickets.get(world.case(related[-1].ticket))
    resolver = last.state(later.at).get("resolver") if last else None
    return "return", resolver or "Unassigned", None


def missing(promise: str, made: dict[str, Any] | None, ticket: Ticket, at: datetime) -> str:
    """What would have spared a chase."""
    if promise != "running" or made is None:
        return {"missed": "promise_missed"}.get(promise, "no_promise")
    said = [
        what for when, id_, what in ticket.reports if id_ == made.get("message_id") and when <= at
    ]
    if "read" in said or any(made["made_at"] < when <= at for when in ticket.looks):
        return "nothing"
    return "promise_not_delivered" if said and said[-1] == "failed" else "not_seen"
