"""The checker's own life of a ticket, event by event."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from intake.checking.clocks import Clocks, is_same
from intake.checking.promises import Promises
from intake.checking.rules import Limits

_STEPS = {
    *(("new", "open"), ("new", "pending"), ("open", "pending"), ("open", "on_hold")),
    *(("pending", "open"), ("on_hold", "open")),
}
_UNRESOLVED = ("new", "open", "pending", "on_hold")
_OUR_TURN = ("new", "open")
_WORK = ("ticket.progressed", "note.added")
_CLASSIFIED = ("ticket.categorized", "ticket.prioritized", "ticket.tagged", "ticket.untagged")


class CaseBook:
    """What is known of one ticket after its events so far."""

    def __init__(self, limits: Limits) -> None:
        self.status = ""
        self.owner: str | None = None
        self.queue: str | None = None
        self.level = "L1"
        self.priority: str | None = None
        self.customer: str | None = None
        self._limits = limits
        self._clocks = Clocks()
        self._promises = Promises()
        self._since = self._last_public = self._owned_since = datetime.min.replace(tzinfo=UTC)
        self._idle: tuple[datetime, int, bool] | None = None
        self._cycle = 1
        self._resolved_at: datetime | None = None
        self._closed_at: datetime | None = None
        self._surveys: set[tuple[int, str, str]] = set()

    @property
    def is_active(self) -> bool:
        """Whether it counts against its owner's capacity."""
        return self.status in _OUR_TURN

    @property
    def since(self) -> datetime:
        """Since when it is in its status with its owner."""
        return max(self._since, self._owned_since)

    def overdue(self, at: datetime) -> Iterator[str]:
        """What time alone should have brought before a moment, and is not there."""
        yield from self._clocks.overdue(at)
        yield from self._promises.overdue(at)
        ends = self._ends()
        if ends is not None and ends < at:
            yield f"{self.status} was to end at {ends}"
        for due, _, what in self._idle_dues():
            if due < at:
                yield f"no_progress lacks what {what} at {due}"
        for key, due in self._survey_dues():
            if due < at:
                yield f"survey {key[1]} lacks at {due}"

    def end_of_save(self) -> Iterator[str]:
        """What has to be true after every whole save."""
        yield from self._clocks.stand(self.status)
        yield from self._promises.stand(self.status)

    def take(self, name: str, data: dict[str, Any], *, at: datetime, actor: str) -> Iterator[str]:
        """One event; what is wrong with it."""
        kind, _, verb = name.partition(".")
        if kind == "sla":
            yield from self._sla(verb, data, at)
        elif kind == "next_update":
            yield from self._promises.take(verb, data, at)
        elif name == "survey.sent":
            yield from self._survey(data, at)
        elif kind == "message":
            self._last_public = at if verb in ("sent", "received") else self._last_public
        else:
            yield from self._ticket(name, data, at, actor)
        if self._is_work(name, data) and self.status in _OUR_TURN:
            self._idle = at, 1, False

    def _sla(self, verb: str, data: dict[str, Any], at: datetime) -> Iterator[str]:
        if verb == "applied":
            self._clocks.apply(data)
        elif verb != "removed" and data["metric"] == "no_progress":
            yield from self._stood_still(verb, data, at)
        elif verb != "removed":
            yield from self._clocks.take(verb, data, at)

    def _ticket(self, name: str, data: dict[str, Any], at: datetime, actor: str) -> Iterator[str]:
        match name:
            case "ticket.opened":
                self.priority = data.get("priority")
                requester: dict[str, Any] = data.get("requester") or {}
                self.customer = requester.get("id")
                self._move("new", at)
            case "ticket.status_changed":
                if data["from"] != self.status or (data["from"], data["to"]) not in _STEPS:
                    yield f"{data['from']} to {data['to']} in {self.status}"
                self._move(data["to"], at)
            case "ticket.resolved" | "ticket.closed" | "ticket.reopened":
                yield from self._ended(name, data, at, actor)
            case "ticket.queued":
                self.queue = data.get("to")
            case "ticket.assigned" | "ticket.handed_over":
                self.owner, self._owned_since = data["to"], at
            case "ticket.unassigned":
                self.owner = None
            case "ticket.prioritized":
                self.priority = data.get("to")
            case "ticket.escalated" | "ticket.deescalated":
                self.level = data["to_level"]
            case _:
                pass

    def _ended(self, name: str, data: dict[str, Any], at: datetime, actor: str) -> Iterator[str]:
        timed = actor == "system:automation"
        ends = self._ends()
        if timed and (ends is None or not is_same(ends, at)):
            yield f"{name} by time at {at}, due was {ends}"
        if name == "ticket.resolved":
            if self.status not in _UNRESOLVED:
                yield f"resolved while {self.status}"
            self._resolved_at = at
            self._move("resolved", at)
        elif name == "ticket.closed":
            if self.status != "resolved" and data["reason"] not in ("spam", "duplicate", "merged"):
                yield f"closed while {self.status}"
            self._closed_at = at
            self._move("closed", at)
        else:
            yield from self._reopened(data, at)

    def _reopened(self, data: dict[str, Any], at: datetime) -> Iterator[str]:
        if self.status not in ("resolved", "closed") or data["cycle"] != self._cycle + 1:
            yield f"reopened as cycle {data['cycle']} while {self.status} in cycle {self._cycle}"
        window = timedelta(seconds=self._limits.window)
        if self.status == "closed" and self._closed_at and at - self._closed_at > window:
            yield "reopened after the window"
        self._cycle, self._closed_at = data["cycle"], None
        self._move("open", at)

    def _move(self, status: str, at: datetime) -> None:
        self.status, self._since = status, at
        self._idle = (at, 1, False) if status in _OUR_TURN else None

    def _ends(self) -> datetime | None:
        """When waiting for the customer ends by itself."""
        seconds = {"pending": self._limits.pending, "resolved": self._limits.resolved}
        after = seconds.get(self.status)
        quiet = max(self._since, self._last_public)
        return None if after is None else quiet + timedelta(seconds=after)

    def _idle_dues(self) -> Iterator[tuple[datetime, str, str]]:
        target = self._limits.idle_target(self.queue)
        if self._idle is None or target is None:
            return
        since, _, warned = self._idle
        is_top, warns = self.level == "manager", target.get("warn_after_seconds")
        warns = target["seconds"] if is_top and warns is None else warns
        if warns is not None and not warned:
            yield since + timedelta(seconds=warns), "warned", "warns"
        if not is_top:
            yield since + timedelta(seconds=target["seconds"]), "breached", "breaches"

    def _stood_still(self, verb: str, data: dict[str, Any], at: datetime) -> Iterator[str]:
        if self._idle is None:
            yield f"no_progress {verb} though it is not our turn"
            return
        if self._limits.idle_target(self.queue) is not None:
            due = next((due for due, what, _ in self._idle_dues() if what == verb), None)
            if due is None or not is_same(due, at) or data["instance"] != self._idle[1]:
                yield f"no_progress {verb} at {at}, due was {due}"
        since, instance, _ = self._idle
        self._idle = (at, instance + 1, False) if verb == "breached" else (since, instance, True)

    def _survey(self, data: dict[str, Any], at: datetime) -> Iterator[str]:
        key = (self._cycle, data["survey_id"], data["kind"])
        dues = {found[1]: due for found, due in self._survey_dues()}
        due = dues.get(data["survey_id"])
        if due is None or not is_same(due, at):
            yield f"survey {data['survey_id']} at {at}, due was {due}"
        self._surveys.add(key)

    def _survey_dues(self) -> Iterator[tuple[tuple[int, str, str], datetime]]:
        """A survey is asked once a cycle, after it was resolved or closed."""
        if self.status in _UNRESOLVED:
            return
        for survey in self._limits.surveys:
            key = (self._cycle, f"{survey['kind']}-{survey['after']}-{self._cycle}", survey["kind"])
            since = self._resolved_at if survey["after"] == "resolved" else self._closed_at
            if since is not None and key not in self._surveys:
                yield key, since + timedelta(seconds=survey["delay_seconds"])

    def _is_work(self, name: str, data: dict[str, Any]) -> bool:
        if name == "message.sent":
            return bool(data["author"] == "human")
        return name in _WORK or (name in _CLASSIFIED and data.get("method") == "agent")
