"""What the parts of a policy alone do not show: names that lead nowhere, rules never reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from domain.policies.calendars import ALWAYS, Calendar, Span
from domain.policies.conditions import Condition
from domain.policies.near import near
from domain.policies.policy import Policy
from domain.policies.routes import QueueSettings, RoutingRule
from domain.policies.targets import Target

Place = tuple[str | int, ...]
"""Where in a policy, such as ("targets", 0, "calendar")."""

COMMAND_NOUNS = ("agent", "customer", "policy", "ticket")
"""What commands are about, so what a permission can begin with."""


class Contradiction(NamedTuple):
    """Something that cannot be meant. A warning stops nobody from publishing."""

    place: Place
    message: str
    is_warning: bool = False


def contradictions(policy: Policy) -> list[Contradiction]:
    """All of a policy's contradictions, in the order of its parts."""
    return [
        *_calendars(policy),
        *_targets(policy),
        *_queues(policy),
        *_routing(policy),
        *_roles(policy),
        *_given_twice(policy),
    ]


Found = Iterator[Contradiction]


def _calendars(policy: Policy) -> Found:
    for number, calendar in enumerate(policy.calendars):
        place = ("calendars", number)
        if calendar.name == ALWAYS.name:
            yield Contradiction(
                place, "always is the calendar that never closes; give yours another name"
            )
        if not _is_zone(calendar.zone):
            yield Contradiction(
                (*place, "zone"),
                f"no time zone is called {calendar.zone}, such as Europe/Berlin or UTC"
                f"{near(calendar.zone, available_timezones())}",
            )
        for span in _overlapping(calendar):
            yield Contradiction(
                (*place, "hours"),
                f"{span.day} {span.from_}-{span.to} overlaps other hours; they count once",
                is_warning=True,
            )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _overlapping(calendar: Calendar) -> Iterator[Span]:
    days: dict[str, int] = {}
    for span in calendar.hours:
        begins = span.begins_minute
        if begins < days.get(span.day, 0):
            yield span
        days[span.day] = max(days.get(span.day, 0), span.ends_minute)


def _targets(policy: Policy) -> Found:
    for number, rule in enumerate(policy.targets):
        place = ("targets", number)
        yield from _calendar_name(policy, rule.calendar, place)
        yield from _condition(policy, rule.when, (*place, "when"))
        for name in type(rule.clocks).model_fields:
            target: Target | None = getattr(rule.clocks, name)
            yield from _target(target, (*place, name))
    yield from _unreachable([(rule.name, rule.when) for rule in policy.targets], "targets")


def _queues(policy: Policy) -> Found:
    settings: list[tuple[Place, QueueSettings]] = [
        (("queues", number), queue) for number, queue in enumerate(policy.queues)
    ]
    for place, one in [*settings, (("other_queues",), policy.other_queues)]:
        yield from _calendar_name(policy, one.calendar, place)
        yield from _target(one.no_progress, (*place, "no_progress"))
        yield from _skills(policy, one.skills, place)


def _routing(policy: Policy) -> Found:
    routing = policy.routing
    for number, rule in enumerate(routing.rules):
        place = ("routing", "rules", number)
        yield from _condition(policy, rule.when, (*place, "when"))
        yield from _queue_names(policy, [rule.queue] if rule.queue else [], (*place, "queue"))
        yield from _skills(policy, rule.skills, place)
        if not _decides(rule):
            yield Contradiction(
                place, "this rule decides nothing; it needs a queue, agent, level, lane or skills"
            )
    named = [(rule.name, rule.when) for rule in routing.rules]
    yield from _unreachable(named, "routing", "rules")
    default = routing.default_queue
    yield from _queue_names(policy, [default] if default else [], ("routing", "default_queue"))
    for number, condition in enumerate(routing.vip_lane):
        yield from _condition(policy, condition, ("routing", "vip_lane", number))
    if routing.capacity.hard < routing.capacity.soft:
        yield Contradiction(
            ("routing", "capacity", "hard"),
            f"the hard limit {routing.capacity.hard} is below the soft one, "
            f"{routing.capacity.soft}; it can be that or more",
        )


def _decides(rule: RoutingRule) -> bool:
    return bool(rule.queue or rule.agent or rule.level or rule.lane or rule.skills)


def _roles(policy: Policy) -> Found:
    for number, role in enumerate(policy.roles):
        for permission in role.permissions:
            noun = permission.partition(".")[0]
            if noun not in ("*", *COMMAND_NOUNS):
                yield Contradiction(
                    ("roles", number, "permissions"),
                    f"no command begins with {noun}{near(noun, COMMAND_NOUNS)} "
                    f"(a permission is *, or begins with one of {', '.join(COMMAND_NOUNS)})",
                )


def _given_twice(policy: Policy) -> Found:
    named: list[tuple[str, Sequence[str]]] = [
        ("calendars", [one.name for one in policy.calendars]),
        ("queues", [one.name for one in policy.queues]),
        ("stages", [one.language.casefold() for one in policy.stages]),
        ("notifications", [one.fact for one in policy.notifications]),
        ("roles", [one.name for one in policy.roles]),
    ]
    for part, names in named:
        for number, name in enumerate(names):
            if name in names[:number]:
                yield Contradiction((part, number), f"{name} is there twice; remove one")


def _unreachable(rules: Sequence[tuple[str | None, Condition]], *place: str) -> Found:
    """A rule that an earlier one always takes the cases from."""
    for number, (_, when) in enumerate(rules):
        for earlier, (name, other) in enumerate(rules[:number]):
            if other.covers(when):
                called = f"rule {earlier + 1}" + (f" ({name})" if name else "")
                yield Contradiction(
                    (*place, number),
                    f"this rule is never reached: {called} takes all of its cases; "
                    "put it before that one",
                    is_warning=True,
                )
                break


def _target(target: Target | None, place: Place) -> Found:
    if target and target.warn_after_seconds and target.warn_after_seconds >= target.seconds:
        yield Contradiction(place, "the warning comes no earlier than the target; make it earlier")


def _calendar_name(policy: Policy, name: str, place: Place) -> Found:
    known = [ALWAYS.name, *(calendar.name for calendar in policy.calendars)]
    yield from _unknown("calendar", [name], known, (*place, "calendar"))


def _condition(policy: Policy, condition: Condition, place: Place) -> Found:
    yield from _queue_names(policy, condition.queue or (), (*place, "queue"))


def _queue_names(policy: Policy, names: Iterable[str], place: Place) -> Found:
    yield from _unknown("queue", names, [queue.name for queue in policy.queues], place)


def _skills(policy: Policy, names: Iterable[str], place: Place) -> Found:
    yield from _unknown("skill", names, policy.skills, (*place, "skills"))


def _unknown(what: str, names: Iterable[str], known: Sequence[str], place: Place) -> Found:
    for name in names:
        if name not in known:
            there = f"there are {', '.join(known)}" if known else "the policy names none"
            yield Contradiction(place, f"there is no {what} {name}{near(name, known)} ({there})")
