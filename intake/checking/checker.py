"""The checker: reads every event of a run in the order of recording and says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from intake.checking.case import CaseBook
from intake.checking.rules import Limits, limits_of

FINDINGS_MAX = 1_000
_OTHERS = ("agent-", "customer-", "policy-")


class Finding(NamedTuple):
    """Something that is not as the rules want it: where, and what."""

    subject: str
    sequence: int
    what: str


@dataclass(slots=True)
class AgentBook:
    """What is known of an agent: whether they are there, and which active cases they have."""

    availability: str | None = None
    since: datetime | None = None
    capacity: int | None = None
    active: set[str] = field(default_factory=set[str])


class Checker:
    """One pass over the events of one run, each as the bytes that are stored."""

    def __init__(self, run_id: str | None = None) -> None:
        """With a run's id: only its cases; what stands about people and policies counts always."""
        self.events = 0
        self._run_id = run_id
        self.findings: list[Finding] = []
        self._limits: Limits | None = None
        self._sequences: dict[str, int] = {}
        self._cases: dict[str, CaseBook] = {}
        self._agents: dict[str, AgentBook] = {}
        self._tiers: dict[str, str | None] = {}
        self._last_save: tuple[str, str] | None = None
        self._where = ("", 0)

    def take(self, body: bytes) -> None:
        """One event."""
        event: dict[str, Any] = json.loads(body)
        is_ours = self._run_id in (None, event.get("correlationid"))
        if is_ours or event["subject"].startswith(_OTHERS):
            self.events += 1
            self._take(event)

    def _take(self, event: dict[str, Any]) -> None:
        subject, sequence = event["subject"], int(event["sequence"])
        self._end_save((subject, event["commandid"]))
        self._where = subject, sequence
        before = self._sequences.get(subject)
        if before is not None and sequence != before + 1:
            self._found([f"comes after {before}"])
        self._sequences[subject] = sequence
        name = event["type"].removeprefix("ticketledger.").removesuffix(".v1")
        at = datetime.fromisoformat(event["time"])
        if datetime.fromisoformat(event["recordedtime"]) < at:
            self._found(["was recorded before it happened"])
        if name == "policy.published":
            self._limits = limits_of(event["data"]["policy"])
        elif name.startswith("agent."):
            self._take_agent(name, event["data"], at)
        elif name == "customer.profiled":
            self._tiers[event["data"]["customer_id"]] = event["data"].get("customer_tier")
        elif not name.startswith("tracker."):
            self._take_case(subject, name, event, at)

    def finish(self, until: datetime) -> list[Finding]:
        """Everything found; also what should have been recorded before the end and is not."""
        self._end_save(None)
        for subject, case in self._cases.items():
            self._where = subject, self._sequences[subject]
            self._found(case.overdue(until))
            self._found(self._abandoned(case, until))
        return self.findings

    def _take_case(self, subject: str, name: str, event: dict[str, Any], at: datetime) -> None:
        if self._limits is None:
            self._found(["no policy was published before"])
            return
        case = self._cases.get(subject)
        if case is None:
            if name != "ticket.opened":
                self._found([f"begins with {name}"])
            case = self._cases[subject] = CaseBook(self._limits)
        else:
            self._found(case.overdue(at))
            self._found(self._abandoned(case, at))
        if name == "ticket.assigned":
            self._found(self._overload(case, event, subject))
        was_active_with = case.owner if case.is_active else None
        self._found(case.take(name, event["data"], at=at, actor=event["actor"]))
        is_active_with = case.owner if case.is_active else None
        if was_active_with != is_active_with:
            if was_active_with is not None:
                self._agent(was_active_with).active.discard(subject)
            if is_active_with is not None:
                self._agent(is_active_with).active.add(subject)

    def _overload(self, case: CaseBook, event: dict[str, Any], subject: str) -> Iterator[str]:
        """Whether the rules gave a case to somebody who was not there, or had too many."""
        data, limits = event["data"], self._limits
        if not event["actor"].startswith("rule:") or limits is None:
            return
        agent = self._agent(data["to"])
        has = len(agent.active - {subject})
        soft = limits.soft if agent.capacity is None else agent.capacity
        room = soft + limits.hard - limits.soft if self._is_vip(case) else soft
        if has >= room:
            yield f"{data['to']} has {has} of {room} and was given one more"
        if data.get("active_then") != has:
            yield f"{data['to']} has {has}, recorded was {data.get('active_then')}"
        if agent.availability != "online":
            yield f"{data['to']} is {agent.availability} and was given a case"

    def _is_vip(self, case: CaseBook) -> bool:
        assert self._limits is not None
        tier = self._tiers.get(case.customer or "")
        return any(
            case.priority in lane.get("priority", ()) or tier in lane.get("customer_tier", ())
            for lane in self._limits.vip_lane
        )

    def _abandoned(self, case: CaseBook, at: datetime) -> Iterator[str]:
        """Whether somebody who has been gone for too long still had it."""
        limits = self._limits
        if limits is None or limits.requeue is None or case.owner is None or not case.is_active:
            return
        agent = self._agent(case.owner)
        if agent.availability == "offline" and agent.since is not None:
            until = agent.since + timedelta(seconds=limits.requeue)
            if max(until, case.since) < at:
                yield f"{case.owner} is gone and had it until {at}, not {until}"

    def _take_agent(self, name: str, data: dict[str, Any], at: datetime) -> None:
        agent = self._agent(data["agent_id"])
        if name == "agent.availability_changed":
            agent.availability, agent.since = data["to"], at
        elif name == "agent.skills_changed":
            agent.capacity = data.get("capacity")

    def _agent(self, agent_id: str) -> AgentBook:
        return self._agents.setdefault(agent_id, AgentBook())

    def _end_save(self, save: tuple[str, str] | None) -> None:
        last, self._last_save = self._last_save, save
        if last is not None and last != save and last[0] in self._cases:
            self._where = last[0], self._sequences[last[0]]
            self._found(self._cases[last[0]].end_of_save())

    def _found(self, findings: Iterable[str]) -> None:
        for what in findings:
            if len(self.findings) < FINDINGS_MAX:
                self.findings.append(Finding(*self._where, what))
