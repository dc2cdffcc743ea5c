"""What a ticket's policy, clocks and reminders are, for people and for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cli.sheet_clocks import ClockShown, Service
from cli.times import length, long, relative, seconds_as_span
from cli.wording import label


def service_as_json(service: Service) -> dict[str, Any]:
    """The fields about time that `--json` promises."""
    return {
        "policy": service.policy,
        "policy_version": service.version,
        "policy_rule": service.rule,
        "clocks": [clock.as_json() for _, clock in sorted(service.clocks.items())],
        "reminders": [
            {"reminder": id_, "due_at": one.due_at, "agent": one.agent}
            for id_, one in sorted(service.reminders.items(), key=lambda pair: pair[1].due_at)
        ],
    }


def service_facts(service: Service, zone: ZoneInfo, now: datetime) -> list[tuple[str, str]]:
    """The same as lines: a title and a value."""
    facts = [
        (label(clock.metric), _clock(clock, zone, now))
        for _, clock in sorted(service.clocks.items(), key=lambda pair: _urgency(pair[1]))
    ]
    if service.policy:
        rule = f", {service.rule}" if service.rule else ""
        facts.append(("policy", f"{service.policy}, version {service.version}{rule}"))
    for id_, reminder in sorted(service.reminders.items(), key=lambda pair: pair[1].due_at):
        whose = f" for {reminder.agent}" if reminder.agent else ""
        when = f"{long(reminder.due_at, zone)} ({relative(reminder.due_at, now)})"
        facts.append(("reminder", f"{when}{whose}, {id_}"))
    return facts


def _clock(clock: ClockShown, zone: ZoneInfo, now: datetime) -> str:
    state = ", breached" if clock.breached else ", warned" if clock.warned else ""
    if clock.due_at is None:
        return f"paused at {length(seconds_as_span(clock.elapsed_seconds))}{state}"
    return f"runs, due {long(clock.due_at, zone)} ({relative(clock.due_at, now)}){state}"


def _urgency(clock: ClockShown) -> tuple[bool, datetime | None, str]:
    """Running ones first, the soonest of them first."""
    return clock.due_at is None, clock.due_at, clock.metric
