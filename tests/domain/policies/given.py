"""Policies for tests: one by hand, and any that Hypothesis can think of."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from domain.policies.conditions import Condition
from domain.policies.policy import Policy, Promises, Role, Waiting
from domain.policies.routes import (
    Capacity,
    Lane,
    Queue,
    QueueSettings,
    Routing,
    RoutingRule,
    Strategy,
)
from domain.policies.targets import Clocks, Target, TargetRule
from domain.policies.telling import (
    ENGLISH,
    Notification,
    NotifiedFact,
    StageLabels,
    Survey,
    SurveyMoment,
)
from domain.reach import Direction, Surface, SurveyKind
from domain.values import EscalationTrigger, Level, Priority
from tests.domain.policies.calendars import NIGHT, OFFICE, calendars

HOUR = 3600

PLAIN = Policy(
    title="Plain",
    calendars=(OFFICE, NIGHT),
    targets=(
        TargetRule(
            name="vip",
            when=Condition(customer_tier=("vip",)),
            clocks=Clocks(first_reply=Target(seconds=300)),
        ),
        TargetRule(
            calendar="office",
            clocks=Clocks(
                first_reply=Target(seconds=900, warn_after_seconds=600),
                next_reply=Target(seconds=4 * HOUR),
                resolution=Target(seconds=24 * HOUR, warn_after_seconds=18 * HOUR),
            ),
        ),
    ),
    queues=(
        Queue(name="l1", calendar="office", no_progress=Target(seconds=2 * HOUR)),
        Queue(name="finance", strategy=Strategy.LOAD, level=Level.L2, skills=("refunds",)),
    ),
    skills=("refunds",),
    routing=Routing(
        rules=(
            RoutingRule(
                name="money", when=Condition(keywords=("refund",)), queue="finance", level=Level.L2
            ),
        ),
        default_queue="l1",
    ),
    roles=(Role(name="agent", permissions=("ticket.reply", "customer.*")),),
)
"""A policy with a bit of everything, and nothing wrong in it."""


def but(**parts: Any) -> Policy:
    """The plain policy with other parts, checked as if it were read."""
    return Policy.model_validate(PLAIN.model_copy(update=parts).model_dump(by_alias=True))


_NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
_SECONDS = st.integers(1, 10 * 365 * 86_400)
_TARGETS = st.builds(Target, seconds=_SECONDS, warn_after_seconds=st.none() | _SECONDS)
_MAYBE_TARGET = st.none() | _TARGETS


def _some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...] | None]:
    return st.none() | st.lists(values, min_size=1, max_size=2).map(tuple)


_CONDITIONS = st.builds(
    Condition,
    category=_some(_NAMES),
    keywords=st.none()
    | st.lists(st.sampled_from(["refund", "money back"]), min_size=1, max_size=2).map(tuple),
    language=st.none()
    | st.lists(st.sampled_from(["en", "pt-BR"]), min_size=1, max_size=2).map(tuple),
    priority=_some(st.sampled_from(Priority)),
    tag=_some(_NAMES),
)
_SETTINGS: dict[str, st.SearchStrategy[Any]] = {
    "calendar": _NAMES,
    "no_progress": _MAYBE_TARGET,
    "strategy": st.sampled_from(Strategy),
    "level": st.sampled_from(Level),
    "skills": st.lists(_NAMES, max_size=2).map(tuple),
}
_RULES = st.builds(
    RoutingRule,
    name=st.none() | _NAMES,
    when=_CONDITIONS,
    queue=st.none() | _NAMES,
    lane=st.none() | st.sampled_from(Lane),
)
_ROUTINGS = st.builds(
    Routing,
    rules=st.lists(_RULES, max_size=2).map(tuple),
    default_queue=st.none() | _NAMES,
    vip_lane=st.lists(_CONDITIONS, max_size=2).map(tuple),
    capacity=st.builds(Capacity, soft=st.integers(1, 20), hard=st.integers(1, 20)),
    requeue_after_offline_seconds=st.none() | _SECONDS,
)
_TARGET_RULES = st.builds(
    TargetRule,
    name=st.none() | _NAMES,
    when=_CONDITIONS,
    calendar=_NAMES,
    clocks=st.builds(
        Clocks, first_reply=_MAYBE_TARGET, next_reply=_MAYBE_TARGET, resolution=_MAYBE_TARGET
    ),
)
_SURVEYS = st.builds(
    Survey,
    kind=st.sampled_from(SurveyKind),
    after=st.sampled_from(SurveyMoment),
    delay_seconds=st.integers(0, 86_400),
    scale=st.integers(2, 11),
    direction=st.sampled_from(Direction),
)
_NOTIFICATIONS = st.builds(
    Notification,
    fact=st.sampled_from(NotifiedFact),
    surfaces=st.lists(st.sampled_from(Surface), min_size=1, max_size=3).map(tuple),
)
_LABELS = st.builds(
    StageLabels,
    language=st.sampled_from(["id", "de", "pt-BR"]),
    **{name: _NAMES for name in StageLabels.model_fields if name != "language"},
)
POLICIES = st.builds(
    Policy,
    title=_NAMES,
    calendars=st.lists(calendars(), max_size=1).map(tuple),
    targets=st.lists(_TARGET_RULES, max_size=2).map(tuple),
    queues=st.lists(st.builds(Queue, name=_NAMES, **_SETTINGS), max_size=2).map(tuple),
    other_queues=st.builds(QueueSettings, **_SETTINGS),
    escalate_on=st.lists(
        st.sampled_from([EscalationTrigger.NO_PROGRESS, EscalationTrigger.FIRST_REPLY_OVERDUE]),
        max_size=2,
    ).map(tuple),
    skills=st.lists(_NAMES, max_size=2).map(tuple),
    routing=_ROUTINGS,
    promises=st.builds(Promises, default_seconds=_SECONDS),
    waiting=st.builds(Waiting, reopening_window_seconds=_SECONDS),
    stages=st.lists(_LABELS | st.just(ENGLISH), min_size=1, max_size=2).map(tuple),
    notifications=st.lists(_NOTIFICATIONS, max_size=2).map(tuple),
    surveys=st.lists(_SURVEYS, max_size=2).map(tuple),
    frequent_contacts=st.integers(1, 20),
    roles=st.lists(
        st.builds(
            Role, name=_NAMES, permissions=st.just(("*",)) | st.just(("ticket.reply", "ticket.*"))
        ),
        max_size=2,
    ).map(tuple),
)
"""Any policy that can be recorded, also one whose names lead nowhere."""
