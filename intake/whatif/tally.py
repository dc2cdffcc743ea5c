"""Counting what a policy made of some cases, from the events as the log has them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from statistics import fmean, median
from typing import Any

_ACTIVE = ("new", "open")
CLOCKS = ("first_reply", "next_reply", "resolution", "no_progress")


@dataclass(slots=True)
class _Case:
    """Who has a case, in which status it is, and since when it lies with its owner as active."""

    status: str = "new"
    owner: str | None = None
    since: datetime | None = None


@dataclass(slots=True)
class _Load:
    """What an agent had: how often given, the most at once, and hours of active cases in all."""

    given: int = 0
    most_at_once: int = 0
    active_hours: float = 0.0
    active: set[str] = field(default_factory=set[str])


class Tally:
    """The figures of one history: the recorded one, or one under another policy.

    Attainment is dated by whichever comes first: a clock that breached and was met later counts as
    breached. Promises count in their first instance, as kept if they were kept in time.
    """

    def __init__(self) -> None:
        self._breached: set[tuple[str, str, int]] = set()
        self._breaches: Counter[str] = Counter()
        self._met: Counter[str] = Counter()
        self._waits: dict[str, list[float]] = {"first_reply": [], "next_reply": []}
        self._counts: Counter[str] = Counter()
        self._closings: Counter[str] = Counter()
        self._resolutions: Counter[str] = Counter()
        self._escalations: Counter[str] = Counter()
        self._deferrals: Counter[str] = Counter()
        self._cases: dict[str, _Case] = {}
        self._loads: dict[str, _Load] = {}

    def take(self, subject: str, type_: str, data: bytes, at: datetime) -> None:
        """One event of one of the cases."""
        name = type_.removeprefix("ticketledger.").removesuffix(".v1")
        kind, _, verb = name.partition(".")
        if kind == "sla":
            self._sla(subject, verb, json.loads(data))
        elif kind == "next_update":
            self._promise(verb, json.loads(data), at)
        elif kind == "ticket":
            self._ticket(subject, verb, json.loads(data), at)
        elif name == "survey.sent":
            self._counts["surveys"] += 1

    def figures(self, until: datetime) -> dict[str, Any]:
        """Everything counted, as it stands at the end."""
        for subject, case in self._cases.items():
            self._rest(subject, case, until)
        return {
            "cases": self._counts["cases"],
            "clocks": {metric: self._clock(metric) for metric in CLOCKS},
            "waiting_hours": {metric: _spread(found) for metric, found in self._waits.items()},
            "promises": {
                "made": self._counts["promised"],
                "kept": self._counts["kept"],
                "missed": self._counts["missed"],
            },
            "escalations": _sorted(self._escalations),
            "resolutions": _sorted(self._resolutions),
            "closings": _sorted(self._closings),
            "reopenings": self._counts["reopenings"],
            "surveys": self._counts["surveys"],
            "deferrals": _sorted(self._deferrals),
            "requeued": self._counts["requeued"],
            "agents": {agent: _told(load) for agent, load in sorted(self._loads.items())},
        }

    def _sla(self, subject: str, verb: str, data: dict[str, Any]) -> None:
        if verb not in ("breached", "fulfilled"):
            return
        metric = data["metric"]
        key = subject, metric, data["instance"]
        if verb == "breached":
            self._breached.add(key)
            self._breaches[metric] += 1
            return
        if key not in self._breached:
            self._met[metric] += 1
        if metric in self._waits:
            self._waits[metric].append(data["calendar_seconds"] / 3600)

    def _promise(self, verb: str, data: dict[str, Any], at: datetime) -> None:
        if data["instance"] != 1:
            return
        in_time = verb == "kept" and at <= datetime.fromisoformat(data["due_at"])
        if verb in ("promised", "missed") or in_time:
            self._counts[verb] += 1

    def _ticket(self, subject: str, verb: str, data: dict[str, Any], at: datetime) -> None:
        case = self._cases.setdefault(subject, _Case())
        self._rest(subject, case, at)
        match verb:
            case "opened":
                self._counts["cases"] += 1
            case "status_changed":
                case.status = data["to"]
            case "resolved" | "closed" | "reopened":
                self._end(case, verb, data)
            case "assigned" | "handed_over":
                case.owner = data["to"]
                self._load(data["to"]).given += 1
            case "unassigned":
                case.owner = None
                self._counts["requeued"] += data["method"] == "rule"
            case "escalated":
                self._escalations[data["trigger"]] += 1
            case "assignment_deferred":
                self._deferrals[data["reason"]] += 1
            case _:
                pass
        self._lie(subject, case, at)

    def _end(self, case: _Case, verb: str, data: dict[str, Any]) -> None:
        case.status = "open" if verb == "reopened" else verb
        if verb == "resolved":
            self._resolutions[data["code"]] += 1
        elif verb == "closed":
            self._closings[data["reason"]] += 1
        else:
            self._counts["reopenings"] += 1

    def _rest(self, subject: str, case: _Case, at: datetime) -> None:
        """Add up the time that an active case lay with its owner until now."""
        if case.owner is not None and case.since is not None:
            load = self._load(case.owner)
            load.active_hours += max((at - case.since).total_seconds(), 0.0) / 3600
            load.active.discard(subject)
        case.since = None

    def _lie(self, subject: str, case: _Case, at: datetime) -> None:
        """From now on it lies with its owner, if it has one and is active."""
        if case.owner is not None and case.status in _ACTIVE:
            load = self._load(case.owner)
            load.active.add(subject)
            load.most_at_once = max(load.most_at_once, len(load.active))
            case.since = at

    def _load(self, agent: str) -> _Load:
        return self._loads.setdefault(agent, _Load())

    def _clock(self, metric: str) -> dict[str, Any]:
        met, breaches = self._met[metric], self._breaches[metric]
        if metric == "no_progress":
            return {"breaches": breaches}
        whole = met + breaches
        attained = round(met / whole, 4) if whole else None
        return {"met": met, "breaches": breaches, "attainment": attained}


def _told(load: _Load) -> dict[str, int | float]:
    return {
        "given": load.given,
        "most_at_once": load.most_at_once,
        "active_hours": round(load.active_hours, 2),
    }


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _spread(hours: list[float]) -> dict[str, float | int | None]:
    """How many, mean, median, and the one that nine of ten stay below."""
    if not hours:
        return {"count": 0, "mean": None, "median": None, "p90": None}
    ordered = sorted(hours)
    nine_of_ten = ordered[min(len(ordered) - 1, int(len(ordered) * 0.9))]
    return {
        "count": len(ordered),
        "mean": round(fmean(ordered), 4),
        "median": round(median(ordered), 4),
        "p90": round(nine_of_ten, 4),
    }
