"""What the service level is at a glance: the agreement of a ticket, its clocks, its reminders.

The rules are those of `domain.timekeeping`; the test that holds `cli.sheet` to the domain's fold
holds this too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ClockShown:
    """A clock that runs since `since`, or stands still (None) with what had elapsed."""

    metric: str
    instance: int
    due_at: datetime | None
    since: datetime | None
    elapsed_seconds: float = 0.0
    warned: bool = False
    breached: bool = False

    def as_json(self) -> dict[str, Any]:
        """The fields that `--json` promises."""
        return {
            "metric": self.metric,
            "instance": self.instance,
            "running": self.since is not None,
            "due_at": self.due_at,
            "elapsed_before_seconds": self.elapsed_seconds,
            "warned": self.warned,
            "breached": self.breached,
        }


@dataclass(frozen=True, slots=True)
class ReminderShown:
    """A reminder that is still to come."""

    due_at: datetime
    agent: str | None


@dataclass(slots=True)
class Service:
    """The part of a sheet that is about time: what was agreed, what runs, what is to come."""

    policy: str | None = None
    version: int | None = None
    rule: str | None = None
    clocks: dict[str, ClockShown] = field(default_factory=dict[str, ClockShown])
    reminders: dict[str, ReminderShown] = field(default_factory=dict[str, ReminderShown])


def _applied(service: Service, data: dict[str, Any], _: datetime) -> None:
    service.policy, service.version = data["policy"], data["version"]
    service.rule = data.get("rule")


def _removed(service: Service, _: dict[str, Any], __: datetime) -> None:
    service.policy = service.version = service.rule = None


def _started(service: Service, data: dict[str, Any], at: datetime) -> None:
    metric = data["metric"]
    service.clocks[metric] = ClockShown(metric, data["instance"], _moment(data, "due_at"), at)


def _paused(service: Service, data: dict[str, Any], _: datetime) -> None:
    elapsed = data["elapsed_seconds"]
    _change(service, data, due_at=None, since=None, elapsed_seconds=elapsed)


def _resumed(service: Service, data: dict[str, Any], at: datetime) -> None:
    _change(service, data, due_at=_moment(data, "due_at"), since=at)


def _warned(service: Service, data: dict[str, Any], _: datetime) -> None:
    _change(service, data, warned=True)


def _breached(service: Service, data: dict[str, Any], _: datetime) -> None:
    _change(service, data, breached=True)


def _ended(service: Service, data: dict[str, Any], _: datetime) -> None:
    service.clocks.pop(data["metric"], None)


def _reminder_set(service: Service, data: dict[str, Any], _: datetime) -> None:
    reminder = ReminderShown(_moment(data, "due_at"), data.get("agent_id"))
    service.reminders[data["reminder_id"]] = reminder


def _reminder_gone(service: Service, data: dict[str, Any], _: datetime) -> None:
    service.reminders.pop(data["reminder_id"], None)


def _change(service: Service, data: dict[str, Any], **values: Any) -> None:
    clock = service.clocks.get(data["metric"])
    if clock is not None:
        service.clocks[clock.metric] = replace(clock, **values)


def _moment(data: dict[str, Any], name: str) -> datetime:
    return datetime.fromisoformat(data[name])


SERVICE: dict[str, Callable[[Service, dict[str, Any], datetime], None]] = {
    "sla.applied": _applied,
    "sla.removed": _removed,
    "sla.started": _started,
    "sla.paused": _paused,
    "sla.resumed": _resumed,
    "sla.warned": _warned,
    "sla.breached": _breached,
    "sla.fulfilled": _ended,
    "sla.cancelled": _ended,
    "reminder.set": _reminder_set,
    "reminder.due": _reminder_gone,
    "reminder.cancelled": _reminder_gone,
}
"""What each event changes, with the moment at which it takes effect."""
