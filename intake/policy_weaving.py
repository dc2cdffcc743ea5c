"""From the tables of a policy file to the policy that is recorded, and back to their places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from domain.policies.calendars import Calendar, Holiday
from domain.policies.contradictions import Contradiction
from domain.policies.contradictions import Place as PolicyPlace
from domain.policies.policy import Policy, Promises, Role, Waiting
from domain.policies.routes import Queue, QueueSettings, Routing, RoutingRule
from domain.policies.targets import Clocks, Target, TargetRule
from domain.policies.telling import ENGLISH, Notification, StageLabels, Survey
from intake.policy_tables import (
    CalendarTable,
    PolicyTable,
    QueueTable,
    RoutingTable,
    SurveyTable,
    TargetRuleTable,
    TargetTable,
)
from intake.policy_words import Share, spans_of
from intake.public_holidays import NoSuchHolidays, holidays_of

FilePlace = tuple[str | int, ...]
"""Where in a file, such as ("calendars", "office", "zone")."""

Wrong = list[Contradiction]


def policy_of(table: PolicyTable, wrong: Wrong) -> Policy:
    """The policy that a file describes. What a calendar cannot be is added to `wrong`."""
    return Policy(
        title=table.title,
        calendars=tuple(_calendars(table.calendars, wrong)),
        targets=tuple(_target_rule(rule) for rule in table.targets),
        queues=tuple(Queue(name=name, **_queue(one)) for name, one in table.queues.items()),
        other_queues=QueueSettings(**_queue(table.other_queues)),
        escalate_on=table.escalate_on,
        skills=table.skills,
        routing=_routing(table.routing),
        promises=Promises(default_seconds=table.promises.default),
        waiting=Waiting(
            pending_resolves_after_seconds=table.waiting.pending_resolves_after,
            resolved_closes_after_seconds=table.waiting.resolved_closes_after,
            reopening_window_seconds=table.waiting.reopening_window,
        ),
        stages=tuple(
            StageLabels(language=language, **one.model_dump())
            for language, one in table.stages.items()
        )
        or (ENGLISH,),
        notifications=tuple(
            Notification(fact=fact, surfaces=surfaces)
            for fact, surfaces in table.notifications.items()
        ),
        surveys=tuple(_survey(one) for one in table.surveys),
        frequent_contacts=table.frequent_contacts,
        roles=tuple(
            Role(name=name, permissions=permissions) for name, permissions in table.roles.items()
        ),
    )


def place_in_file(place: PolicyPlace, policy: Policy) -> FilePlace:
    """Where in the file stands what has this place in the policy."""
    match place:
        case ("calendars", int(number), *rest):
            return ("calendars", policy.calendars[number].name, *rest)
        case ("queues", int(number), *rest):
            return ("queues", policy.queues[number].name, *rest)
        case ("stages", int(number), *rest):
            return ("stages", policy.stages[number].language, *rest)
        case ("notifications", int(number), *_):
            return ("notifications", policy.notifications[number].fact)
        case ("roles", int(number), *_):
            return ("roles", policy.roles[number].name)
        case _:
            return place


def _calendars(tables: dict[str, CalendarTable], wrong: Wrong) -> Iterator[Calendar]:
    for name, table in tables.items():
        place = ("calendars", name)
        holidays: tuple[Holiday, ...] = ()
        try:
            holidays = holidays_of(table.holidays)
        except NoSuchHolidays as error:
            wrong.append(Contradiction((*place, "holidays", *error.place), error.message))
        breaks = spans_of(table.breaks) if table.breaks else ()
        plain = Calendar(name=name, zone=table.zone, hours=spans_of(table.hours), holidays=holidays)
        try:
            yield Calendar.model_validate(plain.model_copy(update={"breaks": breaks}).model_dump())
        except ValidationError:
            wrong.append(Contradiction((*place, "breaks"), "the breaks take all hours; leave some"))
            yield plain


def _target(table: TargetTable | None) -> Target | None:
    if table is None:
        return None
    warn_after = table.warn_after
    if isinstance(warn_after, Share):
        # A part of a second is none; a warning at nothing would come with the start.
        warn_after = max(1, round(table.within * warn_after.of_target))
    return Target(seconds=table.within, warn_after_seconds=warn_after)


def _target_rule(table: TargetRuleTable) -> TargetRule:
    return TargetRule(
        name=table.name,
        when=table.when,
        calendar=table.calendar,
        clocks=Clocks(
            first_reply=_target(table.first_reply),
            next_reply=_target(table.next_reply),
            resolution=_target(table.resolution),
        ),
    )


def _queue(table: QueueTable) -> dict[str, Any]:
    return {
        "calendar": table.calendar,
        "no_progress": _target(table.no_progress),
        "strategy": table.strategy,
        "level": table.level,
        "skills": table.skills,
    }


def _routing(table: RoutingTable) -> Routing:
    return Routing(
        rules=tuple(RoutingRule(**dict(rule)) for rule in table.rules),
        default_queue=table.default_queue,
        vip_lane=table.vip_lane,
        capacity=table.capacity,
        requeue_after_offline_seconds=table.requeue_after_offline,
    )


def _survey(table: SurveyTable) -> Survey:
    return Survey(
        kind=table.kind,
        after=table.after,
        delay_seconds=table.delay,
        scale=table.scale,
        direction=table.direction,
    )
