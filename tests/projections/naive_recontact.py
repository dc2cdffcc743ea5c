"""The re-contact figures of the real log straight from its CSV: no event, no SQL, no code of ours.

What the rules mean for this file. A contact is an incident's first row, at `opened_at`, or a row
whose `reopen_count` rises, of a known caller. An issue is the ticket, else the category; `?` never
links, and contacts without a category are in the any-issue rates only. Times of
one incident never run back: a row earlier than the one before it happened with that one.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

RESOLVED = {"Resolved", "Closed"}
STATES = RESOLVED | {
    "New",
    "Active",
    "Awaiting User Info",
    "Awaiting Vendor",
    "Awaiting Problem",
    "Awaiting Evidence",
}


@dataclass(frozen=True)
class Moment:
    """How an incident stood from one instant on."""

    since: datetime
    resolved: bool
    owner: str
    resolver: str


@dataclass
class Incident:
    """One incident, as its rows tell it."""

    number: str
    moments: list[Moment] = field(default_factory=list[Moment])

    def at(self, instant: datetime) -> Moment:
        """How it stood at an instant."""
        return [moment for moment in self.moments if moment.since <= instant][-1]


@dataclass(frozen=True)
class Contact:
    """A caller reaching out. `order` breaks ties within an incident."""

    caller: str
    at: datetime
    number: str
    order: int
    category: str
    reopening: bool
    last_resolver: str


@dataclass(frozen=True)
class Pair:
    """A contact and an earlier one; kind and agent are those of the later one."""

    earlier: Contact
    later: Contact
    kind: str
    agent: str | None

    @property
    def gap(self) -> timedelta:
        """The time between the two."""
        return self.later.at - self.earlier.at


@dataclass(frozen=True)
class Figures:
    """All that is compared."""

    contacts: list[Contact]
    pairs: dict[str, list[Pair]]
    latest: datetime

    def rate(self, scope: str, window: timedelta | None) -> tuple[int, int, int, int]:
        """Contacts and followed contacts; the same of the mature ones."""
        base = [c for c in self.contacts if scope == "any_issue" or c.category != "?"]
        smallest: dict[Contact, timedelta] = {}
        for pair in self.pairs[scope]:
            smallest[pair.earlier] = min(pair.gap, smallest.get(pair.earlier, pair.gap))
        followed = {c for c in base if c in smallest and (window is None or smallest[c] <= window)}
        mature = {c for c in base if window is not None and c.at + window <= self.latest}
        return len(base), len(followed), len(mature), len(followed & mature)


def read(lines: Iterable[str]) -> Figures:
    """Read the CSV and compute everything."""
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in csv.DictReader(lines):
        rows[row["number"]].append(row)
    incidents: dict[str, Incident] = {}
    contacts: list[Contact] = []
    for number, of_incident in rows.items():
        incident, found = _follow(number, of_incident)
        incidents[number] = incident
        contacts += [contact for contact in found if contact.caller != "?"]
    by_caller: dict[str, list[Contact]] = defaultdict(list)
    for contact in sorted(contacts, key=lambda c: (c.at, c.number, c.order)):
        by_caller[contact.caller].append(contact)
    pairs: dict[str, list[Pair]] = {"any_issue": [], "same_issue": []}
    for history in by_caller.values():
        for scope, pair in _pairs(history, incidents):
            pairs[scope].append(pair)
    latest = max(moment.since for incident in incidents.values() for moment in incident.moments)
    return Figures(contacts, pairs, latest)


def _time(text: str) -> datetime:
    day, clock = text.split(" ")
    dd, mm, yyyy = (int(part) for part in day.split("/"))
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(yyyy, mm, dd, hour, minute)  # noqa: DTZ001 - the file's own zone, whatever it is


def _follow(number: str, rows: list[dict[str, str]]) -> tuple[Incident, list[Contact]]:
    first = rows[0]
    now = _time(first["opened_at"])
    incident = Incident(number, [Moment(now, resolved=False, owner="?", resolver="?")])
    contacts = [Contact(first["caller_id"], now, number, 0, first["category"], False, "?")]
    state, resolver, reopened = "New", "?", int(first["reopen_count"])
    for order, row in enumerate(rows, start=1):
        now = max(now, _time(row["sys_updated_at"]))
        back = int(row["reopen_count"]) > reopened
        if back:
            contacts.append(
                Contact(row["caller_id"], now, number, order, row["category"], True, resolver)
            )
            state = "Active"
        if row["incident_state"] in STATES:
            if row["incident_state"] == "Resolved" != state:
                resolver = row["assigned_to"]
            state = row["incident_state"]
        reopened = int(row["reopen_count"])
        incident.moments.append(Moment(now, state in RESOLVED, row["assigned_to"], resolver))
    return incident, contacts


def _pairs(history: list[Contact], incidents: dict[str, Incident]) -> Iterator[tuple[str, Pair]]:
    """The pairs of one caller's contacts, which are given in order."""
    for place, later in enumerate(history):
        before = history[:place]
        related = [c for c in before if _same_issue(c, later)]
        kind, agent = _judge(later, related, incidents)
        if before:
            yield "any_issue", Pair(before[-1], later, kind, agent)
        if related:
            yield "same_issue", Pair(related[-1], later, kind, agent)


def _same_issue(one: Contact, other: Contact) -> bool:
    return one.number == other.number or one.category == other.category != "?"


def _judge(
    later: Contact, related: list[Contact], incidents: dict[str, Incident]
) -> tuple[str, str | None]:
    if not related:
        return "new_issue", None
    if later.reopening:
        return "reopen", later.last_resolver
    for earlier in reversed(related):
        moment = incidents[earlier.number].at(later.at)
        if not moment.resolved:
            return "chase", moment.owner
    return "return", incidents[related[-1].number].at(later.at).resolver
