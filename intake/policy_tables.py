"""The tables of a policy file: what may stand in it, as checked models."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, Field

from domain.policies.calendars import ALWAYS
from domain.policies.conditions import Condition, Language
from domain.policies.policy import AutomaticTrigger, Permission, PolicyId
from domain.policies.routes import VIP_LANE, Capacity, Lane, Strategy
from domain.policies.telling import NotifiedFact, SurveyMoment
from domain.reach import Direction, Surface, SurveyKind
from domain.toml_problems import Part
from domain.values import AgentId, EscalationTrigger, Label, Level, QueueName
from intake.policy_words import (
    Date,
    Duration,
    DurationOrNever,
    DurationOrNone,
    Listed,
    NamedDates,
    OpenHours,
    Warning_,
    WeeklyHours,
)


def _condition(value: Any) -> Any:
    """One value of a part may stand without the brackets of a list."""
    if not isinstance(value, dict):
        return value
    parts = cast("dict[str, Any]", value)
    return {part: [one] if isinstance(one, str) else one for part, one in parts.items()}


def _target(value: Any) -> Any:
    """A duration alone is a target without a warning."""
    return {"within": value} if isinstance(value, str) else value


def _no_progress(value: Any) -> Any:
    return None if value == "never" else _target(value)


When = Annotated[Condition, BeforeValidator(_condition)]
Surfaces = Annotated[tuple[Surface, ...], Listed, Field(min_length=1)]
Labels = Annotated[tuple[Label, ...], Listed]


class TargetTable(Part):
    """`{ within = "24h", warn_after = "75%" }`, or only the duration."""

    within: OpenHours
    warn_after: Warning_ | None = None


Target = Annotated[TargetTable, BeforeValidator(_target)]
TWO_HOURS = TargetTable.model_validate({"within": "2h"})


class HolidaysTable(Part):
    """Public holidays of a country, more dates, and dates that are none."""

    country: str | None = None
    subdivision: str | None = None
    years: Annotated[tuple[int, ...], Field(min_length=1)] | None = None
    also: NamedDates = Field(default_factory=dict[date, str | None])
    except_: Annotated[tuple[Date, ...], Field(alias="except")] = ()


class CalendarTable(Part):
    """When an operation is open: hours by weekday in a time zone."""

    zone: str
    hours: WeeklyHours
    breaks: WeeklyHours | None = None
    holidays: HolidaysTable = HolidaysTable()


class TargetRuleTable(Part):
    """For which cases which clocks run."""

    name: Label | None = None
    when: When = Condition()
    calendar: Label = ALWAYS.name
    first_reply: Target | None = None
    next_reply: Target | None = None
    resolution: Target | None = None


class QueueTable(Part):
    """How a queue works."""

    calendar: Label = ALWAYS.name
    no_progress: Annotated[TargetTable | None, BeforeValidator(_no_progress)] = TWO_HOURS
    strategy: Strategy = Strategy.SKILL
    level: Level = Level.L1
    skills: Labels = ()


class RoutingRuleTable(Part):
    """Where which cases go."""

    name: Label | None = None
    when: When = Condition()
    queue: QueueName | None = None
    agent: AgentId | None = None
    level: Level | None = None
    lane: Lane | None = None
    skills: Labels = ()


class RoutingTable(Part):
    """How cases come to people."""

    default_queue: QueueName | None = None
    vip_lane: tuple[When, ...] = VIP_LANE
    capacity: Capacity = Capacity()
    requeue_after_offline: DurationOrNever = 1_800
    rules: tuple[RoutingRuleTable, ...] = ()


class PromisesTable(Part):
    """The promise of a next update."""

    default: Duration = 86_400


class WaitingTable(Part):
    """How long a case waits for the customer."""

    pending_resolves_after: Duration = 172_800
    resolved_closes_after: Duration = 172_800
    reopening_window: Duration = 604_800


class StageTable(Part):
    """The words of one language."""

    received: Label
    in_review: Label
    being_worked_on: Label
    resolved: Label
    with_a_specialist: Label
    waiting_for_you: Label
    reopened: Label


class SurveyTable(Part):
    """A question to the customer when their case has ended."""

    kind: SurveyKind
    after: SurveyMoment
    delay: DurationOrNone = 0
    scale: Annotated[int, Field(ge=2, le=11)]
    direction: Direction = Direction.HIGHER_IS_BETTER


class PolicyTable(Part):
    """A whole policy file."""

    id: PolicyId
    title: Label
    skills: Labels = ()
    frequent_contacts: Annotated[int, Field(gt=0)] = 4
    escalate_on: Annotated[tuple[AutomaticTrigger, ...], Listed] = (EscalationTrigger.NO_PROGRESS,)
    calendars: dict[Label, CalendarTable] = Field(default_factory=dict)
    targets: tuple[TargetRuleTable, ...] = ()
    queues: dict[QueueName, QueueTable] = Field(default_factory=dict)
    other_queues: QueueTable = QueueTable()
    routing: RoutingTable = RoutingTable()
    promises: PromisesTable = PromisesTable()
    waiting: WaitingTable = WaitingTable()
    stages: dict[Language, StageTable] = Field(default_factory=dict)
    notifications: dict[NotifiedFact, Surfaces] = Field(
        default_factory=dict[NotifiedFact, tuple[Surface, ...]]
    )
    surveys: tuple[SurveyTable, ...] = ()
    roles: dict[Label, Annotated[tuple[Permission, ...], Listed]] = Field(default_factory=dict)
