"""A whole policy on paper: one table or list a part, in the order in which a file writes them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from cli.output import Column, paint, say, say_table
from cli.policy_settings import condition, target, week
from cli.wording import label

if TYPE_CHECKING:
    from domain.policies.policy import Policy
    from domain.policies.routes import QueueSettings


def say_policy(policy: Policy) -> None:
    """Print what a policy says, parts that are empty left out."""
    _calendars(policy)
    _targets(policy)
    _queues(policy)
    _routing(policy)
    _times(policy)
    _customers_side(policy)
    _roles(policy)


def _part(title: str, columns: Sequence[str], rows: list[list[str]]) -> None:
    if rows:
        say()
        say(paint(title, "bold"))
        wide = [Column(name, at_least=len(name) or 8) for name in columns]
        say_table(wide, rows, titles=any(columns))


def _calendars(policy: Policy) -> None:
    rows: list[list[str]] = []
    for calendar in policy.calendars:
        hours, breaks = week(calendar.hours), week(calendar.breaks)
        dates = [str(holiday.date) for holiday in calendar.holidays]
        holidays = f"{len(dates)} until {dates[-1]}" if dates else "-"
        for line, (open_, break_) in enumerate(zip_longest(hours, breaks, fillvalue="")):
            first = [calendar.name, calendar.zone] if line == 0 else ["", ""]
            rows.append([*first, open_, break_, holidays if line == 0 else ""])
    _part("Calendars", ["calendar", "zone", "hours", "breaks", "holidays"], rows)


def _targets(policy: Policy) -> None:
    rows = [
        [
            str(number),
            rule.name or "",
            condition(rule.when),
            rule.calendar,
            target(rule.clocks.first_reply) or "-",
            target(rule.clocks.next_reply) or "-",
            target(rule.clocks.resolution) or "-",
        ]
        for number, rule in enumerate(policy.targets, start=1)
    ]
    titles = ["", "targets", "for", "calendar", "first reply", "next reply", "resolution"]
    _part("Targets: the first that holds", titles, rows)


def _queues(policy: Policy) -> None:
    def row(name: str, queue: QueueSettings) -> list[str]:
        return [
            name,
            queue.calendar,
            target(queue.no_progress) or "never",
            label(queue.strategy),
            queue.level,
            ", ".join(queue.skills),
        ]

    rows = [row(queue.name, queue) for queue in policy.queues]
    rows.append(row("(all others)", policy.other_queues))
    titles = ["queue", "calendar", "no progress", "next case goes by", "level", "needs"]
    _part("Queues", titles, rows)


def _routing(policy: Policy) -> None:
    routing = policy.routing
    rows = [
        [
            str(number),
            rule.name or "",
            condition(rule.when),
            rule.queue or "",
            rule.agent or "",
            rule.level or "",
            rule.lane or "",
            ", ".join(rule.skills),
        ]
        for number, rule in enumerate(routing.rules, start=1)
    ]
    titles = ["", "rule", "for", "queue", "agent", "level", "lane", "needs"]
    _part("Routing: the first that holds", titles, rows)
    offline = routing.requeue_after_offline_seconds
    lane = "; or ".join(condition(one) for one in routing.vip_lane) or "nobody"
    capacity = routing.capacity
    _part(
        "Who gets what",
        ["", ""],
        [
            ["default queue", routing.default_queue or "-"],
            ["VIP lane", lane],
            ["capacity", f"{capacity.soft} active cases, {capacity.hard} with the VIP lane"],
            ["owner offline", f"back to the queue after {_long(offline)}" if offline else "stays"],
            ["escalates on", ", ".join(label(one) for one in policy.escalate_on) or "nothing"],
            ["skills", ", ".join(policy.skills) or "-"],
        ],
    )


def _times(policy: Policy) -> None:
    waiting = policy.waiting
    _part(
        "Times",
        ["", ""],
        [
            ["next update", f"promised for {_long(policy.promises.default_seconds)} later"],
            ["no answer", f"resolved after {_long(waiting.pending_resolves_after_seconds)}"],
            ["resolved", f"closed after {_long(waiting.resolved_closes_after_seconds)}"],
            ["closed", f"can reopen for {_long(waiting.reopening_window_seconds)}"],
            ["frequent", f"more than {policy.frequent_contacts} contacts on one case"],
        ],
    )


def _customers_side(policy: Policy) -> None:
    names = [name for name in type(policy.stages[0]).model_fields if name != "language"]
    languages = [words.language for words in policy.stages]
    rows = [[label(name), *(getattr(words, name) for words in policy.stages)] for name in names]
    _part("What the customer reads", ["", *languages], rows)
    told = [[one.fact.value, ", ".join(one.surfaces)] for one in policy.notifications]
    _part("What the customer is told", ["fact", "where"], told)
    asked: list[list[str]] = []
    for one in policy.surveys:
        later = f"{_long(one.delay_seconds)} after" if one.delay_seconds else "when"
        scale = f"1 to {one.scale}, {label(one.direction)}"
        asked.append([one.kind.value, f"{later} it is {label(one.after)}", scale])
    _part("What the customer is asked", ["survey", "when", "scale"], asked)


def _roles(policy: Policy) -> None:
    _part(
        "Roles",
        ["role", "may"],
        [[role.name, ", ".join(role.permissions)] for role in policy.roles],
    )


def _long(seconds: int) -> str:
    from domain.policies.durations import written

    return written(seconds)
