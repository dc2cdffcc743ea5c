"""The checker's own clocks: reply, resolution, and the one of a case that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from intake.checking.rules import ALWAYS

_ROUNDING = timedelta(microseconds=2)
"""Seconds stand in the log as decimal fractions."""


def is_same(one: datetime, other: datetime) -> bool:
    """Whether two moments are one."""
    return abs(one - other) <= _ROUNDING


@dataclass(slots=True)
class Running:
    """One instance of a clock: `since` None while it stands still."""

    instance: int
    target: dict[str, Any]
    since: datetime | None
    due: datetime | None
    elapsed: float = 0.0
    warned: bool = False
    breached: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it counts plain time, so that it can be computed here."""
        return bool(self.target["calendar"] == ALWAYS)

    def reached(self, seconds: float) -> datetime:
        """When it shows so many seconds, if it goes on running."""
        assert self.since is not None
        return self.since + timedelta(seconds=max(seconds - self.elapsed, 0.0))

    def overdue(self, at: datetime) -> Iterator[str]:
        """What should have been recorded before a moment."""
        if self.since is None or self.due is None or self.breached:
            return
        if self.due < at - _ROUNDING:
            yield f"a breach at {self.due}"
        warns = self.warns
        if warns is not None and warns < min(at, self.due) - _ROUNDING:
            yield f"a warning at {warns}"

    @property
    def warns(self) -> datetime | None:
        """When it is to warn; None: not, not any more, or not for us to compute."""
        after = self.target.get("warn_after_seconds")
        if after is None or self.warned or self.since is None or not self.is_plain:
            return None
        return self.reached(after)


class Clocks:
    """The clocks of one ticket. Every method gives what is wrong with an event."""

    def __init__(self) -> None:
        self.running: dict[str, Running] = {}
        self._begun: dict[str, int] = {}
        self._targets: dict[str, dict[str, Any]] = {}

    def apply(self, data: dict[str, Any]) -> None:
        """The targets that hold from now on."""
        self._targets = {one["metric"]: one for one in data["targets"]}

    def take(self, name: str, data: dict[str, Any], at: datetime) -> Iterator[str]:
        """One event of a clock, by what follows `sla.` in its name."""
        metric, instance = data["metric"], data["instance"]
        clock = self.running.get(metric)
        if name == "started":
            yield from self._start(metric, data, at)
            return
        if clock is None:
            is_live = name == "fulfilled" and metric == "first_reply" and "due_at" not in data
            if is_live and metric not in self._begun:
                self._begun[metric] = 1
            else:
                yield f"{metric} {name} without a clock"
            return
        if clock.instance != instance:
            yield f"{metric} {name} of instance {instance}, running is {clock.instance}"
        if name == "paused":
            yield from self._pause(clock, data, at)
        elif name == "resumed":
            yield from self._resume(clock, metric, data, at)
        elif name in ("warned", "breached"):
            yield from self._ring(clock, name, metric, at)
        else:
            del self.running[metric]

    def overdue(self, at: datetime) -> Iterator[str]:
        """What should have been recorded before a moment."""
        for metric, clock in self.running.items():
            for what in clock.overdue(at):
                yield f"{metric} lacks {what}"

    def stand(self, status: str) -> Iterator[str]:
        """Whether the clocks stand as the status wants it, after a whole save."""
        clock = self.running.get("resolution")
        if status in ("resolved", "closed"):
            for metric in self.running:
                yield f"{metric} runs on a {status} case"
        elif clock is not None and (clock.since is None) != (status in ("pending", "on_hold")):
            yield f"resolution {'stands still' if clock.since is None else 'runs'} in {status}"
        elif clock is None and "resolution" in self._targets:
            yield f"no resolution clock in {status}"

    def _start(self, metric: str, data: dict[str, Any], at: datetime) -> Iterator[str]:
        if metric in self.running:
            yield f"{metric} started while one runs"
        begun = self._begun.get(metric, 0)
        if data["instance"] != begun + 1:
            yield f"{metric} starts as instance {data['instance']} after {begun}"
        if metric == "first_reply" and begun:
            yield "first_reply restarted"
        self._begun[metric] = data["instance"]
        due = datetime.fromisoformat(data["due_at"])
        clock = Running(data["instance"], self._targets[metric], at, due)
        self.running[metric] = clock
        if clock.is_plain and not is_same(clock.reached(clock.target["seconds"]), due):
            yield f"{metric} is due at {due}"

    def _pause(self, clock: Running, data: dict[str, Any], at: datetime) -> Iterator[str]:
        if clock.since is None:
            yield "paused twice"
            return
        shows = clock.elapsed + (at - clock.since).total_seconds()
        if clock.is_plain and abs(shows - data["elapsed_seconds"]) > _ROUNDING.total_seconds():
            yield f"paused at {data['elapsed_seconds']} s, it shows {shows} s"
        clock.elapsed, clock.since, clock.due = data["elapsed_seconds"], None, None

    def _resume(
        self, clock: Running, metric: str, data: dict[str, Any], at: datetime
    ) -> Iterator[str]:
        if clock.since is not None:
            yield f"{metric} resumed while it runs"
        clock.target = self._targets[metric]
        clock.since, clock.due = at, datetime.fromisoformat(data["due_at"])
        if clock.is_plain and not is_same(clock.reached(clock.target["seconds"]), clock.due):
            yield f"{metric} is due at {clock.due} after resuming"

    def _ring(self, clock: Running, name: str, metric: str, at: datetime) -> Iterator[str]:
        is_breach = name == "breached"
        moment = clock.due if is_breach else clock.warns
        if clock.since is None or clock.breached or (clock.warned and not is_breach):
            yield f"{metric} {name} though it is void"
        elif moment is not None and not is_same(moment, at):
            yield f"{metric} {name} at {at}, due was {moment}"
        clock.warned = True
        clock.breached = clock.breached or is_breach
