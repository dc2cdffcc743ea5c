"""What time alone brings: when something is due on a ticket, and the facts of that moment.

Pure: what is due follows from the ticket and the policy. Whoever has a clock records it, once, as
of the moment at which it was due; what has become void meanwhile is not recorded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from domain.clocks import elapsed_of
from domain.events import (
    NextUpdateMissed,
    ReminderDue,
    SlaBreached,
    SlaWarned,
    SurveySent,
    TicketEvent,
)
from domain.in_force import InForce
from domain.policies.calendars import Calendar
from domain.policies.telling import Survey, SurveyMoment
from domain.state import Clock, Idle
from domain.ticket import Ticket
from domain.values import (
    CloseReason,
    EscalationTrigger,
    Level,
    Metric,
    ResolutionCode,
    Status,
    iso,
)

_TOP_LEVEL = tuple(Level)[-1]
_UNASKED = frozenset({CloseReason.SPAM, CloseReason.DUPLICATE, CloseReason.MERGED})
_ESCALATES = {
    Metric.NO_PROGRESS: EscalationTrigger.NO_PROGRESS,
    Metric.FIRST_REPLY: EscalationTrigger.FIRST_REPLY_OVERDUE,
}


class DueKind(StrEnum):
    """What can fall due, in the order in which facts of the same moment are recorded."""

    WARNING = "warning"
    BREACH = "breach"
    MISSED_PROMISE = "missed_promise"
    REMINDER = "reminder"
    NO_ANSWER = "no_answer"
    TIMEOUT = "timeout"
    SURVEY = "survey"


_ORDER = {kind: place for place, kind in enumerate(DueKind)}


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that falls due on a ticket; `name` and `instance` tell it from others like it."""

    kind: DueKind
    at: datetime
    name: str
    instance: int = 1

    @property
    def rank(self) -> tuple[datetime, int, str]:
        """By moment, then by kind: the order of recording."""
        return self.at, _ORDER[self.kind], self.name

    def command_id(self, ticket_id: str) -> str:
        """The id under which the fact is recorded: the same for everybody who notices it."""
        said = "\n".join((ticket_id, self.kind, self.name, str(self.instance), iso(self.at)))
        return f"{self.kind}:{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def dues(ticket: Ticket, in_force: InForce) -> list[Due]:
    """Everything that falls due on this ticket if nothing else happens, the soonest first.

    Rule: a ticket whose last event came from another system is left alone.
    """
    if ticket.is_imported:
        return []
    found = [
        *_of_clocks(ticket, in_force),
        *_of_idleness(ticket, in_force),
        *_of_waiting(ticket, in_force),
        *_of_surveys(ticket, in_force),
        *(Due(DueKind.REMINDER, one.due_at, id_) for id_, one in ticket.reminders.items()),
    ]
    promise = ticket.promise
    if promise is not None:
        found.append(Due(DueKind.MISSED_PROMISE, promise.due_at, promise.id, promise.instance))
    return sorted(found, key=lambda due: due.rank)


def fall_due(ticket: Ticket, due: Due, in_force: InForce) -> list[TicketEvent]:
    """The events of something that is due; none if it has become void."""
    if due not in dues(ticket, in_force):
        return []
    match due.kind:
        case DueKind.WARNING | DueKind.BREACH:
            return _rung(ticket, due, in_force)
        case DueKind.MISSED_PROMISE | DueKind.REMINDER:
            return [_noticed(ticket, due, in_force)]
        case DueKind.NO_ANSWER:
            return ticket.resolve(at=due.at, code=ResolutionCode.NO_RESPONSE)
        case DueKind.TIMEOUT:
            return ticket.close(CloseReason.TIMEOUT)
        case DueKind.SURVEY:
            return [_asked(ticket, due, in_force)]
        case _:
            assert_never(due.kind)


def _of_clocks(ticket: Ticket, in_force: InForce) -> Iterator[Due]:
    """The running clocks: a warning before the target, a breach at it."""
    agreement = ticket.agreement
    if agreement is None:
        return
    for clock in ticket.clocks.values():
        if clock.since is None or clock.due_at is None or clock.breached:
            continue
        target = agreement.targets[clock.metric]
        if target.warn_after_seconds is not None and not clock.warned:
            left = max(target.warn_after_seconds - clock.elapsed_seconds, 0.0)
            warns_at = in_force.calendar(target.calendar).due(clock.since, left)
            if warns_at < clock.due_at:
                yield Due(DueKind.WARNING, warns_at, clock.metric, clock.instance)
        yield Due(DueKind.BREACH, clock.due_at, clock.metric, clock.instance)


def _of_idleness(ticket: Ticket, in_force: InForce) -> Iterator[Due]:
    """The no-progress clock, by the calendar of the queue. At the top level it only warns."""
    idle, rule = ticket.idle, in_force.policy.no_progress_for(ticket.queue)
    if idle is None or rule is None:
        return
    calendar, target = rule
    warns_after = target.warn_after_seconds
    is_top = ticket.level is _TOP_LEVEL
    if is_top and warns_after is None:
        warns_after = target.seconds
    if warns_after is not None and not idle.warned:
        warns_at = calendar.due(idle.since, warns_after)
        yield Due(DueKind.WARNING, warns_at, Metric.NO_PROGRESS, idle.instance)
    if not is_top:
        breaches_at = calendar.due(idle.since, target.seconds)
        yield Due(DueKind.BREACH, breaches_at, Metric.NO_PROGRESS, idle.instance)


def _of_waiting(ticket: Ticket, in_force: InForce) -> Iterator[Due]:
    """Waiting in vain: a question without an answer, a solution without a word."""
    waiting = in_force.policy.waiting
    if ticket.status_since is None:
        return
    quiet_since = max(ticket.status_since, ticket.last_public_at or ticket.status_since)
    if ticket.status is Status.PENDING:
        ends = quiet_since + timedelta(seconds=waiting.pending_resolves_after_seconds)
        yield Due(DueKind.NO_ANSWER, ends, "pending", ticket.cycle)
    if ticket.status is Status.RESOLVED:
        ends = quiet_since + timedelta(seconds=waiting.resolved_closes_after_seconds)
        yield Due(DueKind.TIMEOUT, ends, "resolved", ticket.cycle)


def _of_surveys(ticket: Ticket, in_force: InForce) -> Iterator[Due]:
    """Surveys of this cycle, once each. Nobody is asked about spam, duplicates and merged cases,
    nor a second time about a solution of the cycle before."""
    if ticket.is_unresolved or ticket.close_reason in _UNASKED:
        return
    for survey in in_force.policy.surveys:
        id_ = _survey_id(survey, ticket)
        if id_ in ticket.surveys:
            continue
        is_after_closing = survey.after is SurveyMoment.CLOSED
        solved_at = ticket.resolved_at if ticket.resolved_in == ticket.cycle else None
        since = ticket.closed_at if is_after_closing else solved_at
        if since is not None:
            asks_at = since + timedelta(seconds=survey.delay_seconds)
            yield Due(DueKind.SURVEY, asks_at, id_, ticket.cycle)


def _noticed(ticket: Ticket, due: Due, in_force: InForce) -> TicketEvent:
    """A promise that was not kept, or a reminder whose moment has come."""
    if due.kind is DueKind.REMINDER:
        agent_id = ticket.reminders[due.name].agent_id
        return ReminderDue(reminder_id=due.name, due_at=due.at, agent_id=agent_id)
    return NextUpdateMissed(
        promise_id=due.name,
        instance=due.instance,
        due_at=due.at,
        next_due_at=due.at + in_force.default_promise,
        owner=ticket.owner,
    )


def _rung(ticket: Ticket, due: Due, in_force: InForce) -> list[TicketEvent]:
    """A warning, or a breach and the escalation that the policy makes of it."""
    metric = Metric(due.name)
    due_at, elapsed, by_any_clock = _reading(ticket, due, in_force)
    kind = SlaWarned if due.kind is DueKind.WARNING else SlaBreached
    rung = kind(
        metric=metric,
        instance=due.instance,
        due_at=due_at,
        elapsed_seconds=elapsed,
        calendar_seconds=by_any_clock,
        owner=ticket.owner,
    )
    trigger = _ESCALATES.get(metric)
    escalates = trigger in in_force.policy.escalate_on and ticket.level is not _TOP_LEVEL
    if kind is SlaWarned or trigger is None or not escalates:
        return [rung]
    return [rung, *ticket.escalate(trigger=trigger)]


def _reading(ticket: Ticket, due: Due, in_force: InForce) -> tuple[datetime, float, float]:
    """When the clock's target is reached, and what it shows at the moment that is due."""
    clock, calendar, target_seconds = _clock_of(ticket, Metric(due.name), in_force)
    elapsed, by_any_clock = elapsed_of(clock, due.at, calendar)
    due_at = clock.due_at
    if due_at is None:
        assert clock.since is not None
        due_at = calendar.due(clock.since, target_seconds)
    return due_at, elapsed, by_any_clock


def _clock_of(ticket: Ticket, metric: Metric, in_force: InForce) -> tuple[Clock, Calendar, float]:
    if metric is Metric.NO_PROGRESS:
        rule = in_force.policy.no_progress_for(ticket.queue)
        assert ticket.idle is not None
        assert rule is not None
        return _as_clock(ticket.idle), rule.calendar, rule.target.seconds
    assert ticket.agreement is not None
    target = ticket.agreement.targets[metric]
    return ticket.clocks[metric], in_force.calendar(target.calendar), target.seconds


def _as_clock(idle: Idle) -> Clock:
    return Clock(Metric.NO_PROGRESS, idle.instance, due_at=None, since=idle.since)


def _asked(ticket: Ticket, due: Due, in_force: InForce) -> SurveySent:
    survey = next(one for one in in_force.policy.surveys if _survey_id(one, ticket) == due.name)
    return SurveySent(
        survey_id=due.name,
        kind=survey.kind,
        scale=survey.scale,
        direction=survey.direction,
        rated_agent=ticket.last_resolver,
    )


def _survey_id(survey: Survey, ticket: Ticket) -> str:
    return f"{survey.kind}-{survey.after}-{ticket.cycle}"
