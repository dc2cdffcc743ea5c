"""What time alone brings: each kind of due, when it is void, and in which order it comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.events import (
    NextUpdateMissed,
    ReminderDue,
    SlaBreached,
    SlaWarned,
    SurveySent,
    TicketClosed,
    TicketEscalated,
    TicketEvent,
    TicketResolved,
)
from domain.in_force import InForce
from domain.policies.calendars import Calendar, Span, Weekday
from domain.policies.routes import Queue, QueueSettings
from domain.policies.targets import Target
from domain.policies.telling import Survey, SurveyMoment
from domain.reach import Direction, SurveyKind
from domain.ticket import open_ticket
from domain.timing import DueKind, dues, fall_due
from domain.values import (
    Channel,
    CloseReason,
    EscalationTrigger,
    Intent,
    Level,
    Metric,
    ResolutionCode,
    Status,
)
from tests.domain.clocked import HOUR, MINUTE, POLICY, TRAVEL, Case
from tests.domain.given import NUMBER, OPENED, at

pytestmark = pytest.mark.unit


def opened(in_force: InForce = TRAVEL) -> Case:
    case = Case(in_force)
    case.open(at("10:00"), open_ticket(number=NUMBER, channel=Channel.EMAIL))
    return case


def answered(in_force: InForce = TRAVEL, *, asks: bool = False) -> Case:
    """Opened at 10:00 and answered at 10:05."""
    case = opened(in_force)
    case.do(
        at("10:05"),
        lambda ticket: ticket.reply(
            message_id="m1", channel=Channel.EMAIL, at=at("10:05"), agent_id="ayu", asks=asks
        ),
    )
    return case


def but(**settings: object) -> InForce:
    """The travel policy with other settings."""
    return InForce("travel", 1, POLICY.model_copy(update=settings))


def kinds(saves: list[tuple[object, list[TicketEvent]]]) -> list[list[type[TicketEvent]]]:
    return [[type(event) for event in save] for _, save in saves]


def test_a_first_reply_that_does_not_come_is_warned_of_and_breached() -> None:
    case = opened()

    assert case.wait_until(at("10:30")) == [
        (
            at("10:10"),
            [
                SlaWarned(
                    metric=Metric.FIRST_REPLY,
                    instance=1,
                    due_at=at("10:15"),
                    elapsed_seconds=10 * MINUTE,
                    calendar_seconds=10 * MINUTE,
                )
            ],
        ),
        (
            at("10:15"),
            [
                SlaBreached(
                    metric=Metric.FIRST_REPLY,
                    instance=1,
                    due_at=at("10:15"),
                    elapsed_seconds=15 * MINUTE,
                    calendar_seconds=15 * MINUTE,
                )
            ],
        ),
    ]
    assert case.ticket.clocks[Metric.FIRST_REPLY].breached, "it runs on until the reply"


def test_a_policy_can_escalate_an_overdue_first_reply() -> None:
    case = opened(but(escalate_on=(EscalationTrigger.FIRST_REPLY_OVERDUE,)))
    *_, (_, breach) = case.wait_until(at("10:15"))
    assert [type(event) for event in breach] == [SlaBreached, TicketEscalated]
    assert case.ticket.level is Level.L2


def test_what_a_reply_made_void_is_not_recorded() -> None:
    case = opened()
    warning = case.next_due
    assert warning is not None
    case.do(
        at("10:05"),
        lambda ticket: ticket.reply(message_id="m1", channel=Channel.EMAIL, at=at("10:05")),
    )
    assert fall_due(case.ticket, warning, TRAVEL) == []


def test_no_progress_climbs_the_levels_and_only_warns_at_the_top() -> None:
    case = answered()
    saves = [
        (moment, save)
        for moment, save in case.wait_until(at("20:00"))
        if getattr(save[0], "metric", None) is Metric.NO_PROGRESS
    ]
    assert [moment for moment, _ in saves] == [at("12:05"), at("14:05"), at("16:05")]
    assert kinds(saves) == [  # type: ignore[arg-type]
        [SlaBreached, TicketEscalated],
        [SlaBreached, TicketEscalated],
        [SlaWarned],
    ]
    assert [save[0].instance for _, save in saves] == [1, 2, 3]  # type: ignore[attr-defined]
    assert case.ticket.level is Level.MANAGER


def test_no_progress_is_counted_in_the_hours_of_the_queue() -> None:
    office = Calendar(
        name="office",
        zone="UTC",
        hours=tuple(Span(day=day, from_="09:00", to="11:00") for day in Weekday),
    )
    queue = Queue(name="refunds", calendar="office", no_progress=Target(seconds=2 * HOUR))
    quiet = QueueSettings(no_progress=None)
    case = opened(but(calendars=(office,), queues=(queue,), other_queues=quiet))
    case.do(at("10:01"), lambda ticket: ticket.progress())
    assert DueKind.BREACH in {one.kind for one in dues(case.ticket, case.in_force or TRAVEL)}
    assert all(
        one.name != Metric.NO_PROGRESS for one in dues(case.ticket, case.in_force or TRAVEL)
    ), "other queues have no such clock"

    case.do(at("10:02"), lambda ticket: ticket.put_in_queue("refunds"))
    due = next(
        one for one in dues(case.ticket, case.in_force or TRAVEL) if one.name == Metric.NO_PROGRESS
    )
    assert due.at == at("10:01", day=1)


def test_a_promise_is_missed_again_and_again_as_the_next_instance() -> None:
    case = answered()
    missed = [
        save[0]
        for _, save in case.wait_until(at("10:05", day=3))
        if isinstance(save[0], NextUpdateMissed)
    ]
    assert missed == [
        NextUpdateMissed(
            promise_id="P1",
            instance=instance,
            due_at=at("10:05", day=instance),
            next_due_at=at("10:05", day=instance + 1),
        )
        for instance in (1, 2, 3)
    ]
    promise = case.ticket.promise
    assert promise is not None
    assert (promise.id, promise.instance) == ("P1", 4)


def test_a_question_without_an_answer_resolves_and_a_solution_without_a_word_closes() -> None:
    case = answered(asks=True)
    saves = case.wait_until(at("00:00", day=10))

    assert [moment for moment, _ in saves] == [at("10:05", day=2), at("10:05", day=4)]
    resolved, closed = (save[0] for _, save in saves)
    assert isinstance(resolved, TicketResolved)
    assert resolved.code is ResolutionCode.NO_RESPONSE
    assert closed == TicketClosed(reason=CloseReason.TIMEOUT)
    assert case.ticket.clocks == {}


def test_waiting_counts_from_the_last_public_message() -> None:
    case = answered(asks=True)
    case.do(
        at("10:00", day=1),
        lambda ticket: ticket.reply(
            message_id="m2", channel=Channel.EMAIL, at=at("10:00", day=1), agent_id="ayu"
        ),
    )
    due = case.next_due
    assert due is not None
    assert (due.kind, due.at) == (DueKind.NO_ANSWER, at("10:00", day=3))


def test_a_message_recorded_after_the_closing_was_due_reopens_the_ticket() -> None:
    case = answered()
    case.do(at("11:00"), lambda ticket: ticket.resolve(at=at("11:00")))
    case.wait_until(at("12:00", day=2))
    assert case.ticket.closed_at == at("11:00", day=2)

    late = at("11:00", day=2) - timedelta(seconds=30)
    case.do(
        late,
        lambda ticket: ticket.receive(message_id="c1", channel=Channel.EMAIL, at=late),
        "customer:c0",
    )
    assert case.ticket.status is Status.OPEN
    assert case.ticket.status_since == at("11:00", day=2), "it moves forward, never back"


def test_a_reminder_falls_due_once() -> None:
    case = answered()
    case.do(
        at("10:06"),
        lambda ticket: ticket.set_reminder(
            "r1", due_at=at("11:00"), at=at("10:06"), agent_id="ayu", text="call"
        ),
    )
    assert case.wait_until(at("11:30")) == [
        (at("11:00"), [ReminderDue(reminder_id="r1", due_at=at("11:00"), agent_id="ayu")])
    ]
    assert case.ticket.reminders == {}


def test_a_survey_follows_each_cycle_once_and_never_spam() -> None:
    survey = Survey(kind=SurveyKind.CSAT, after=SurveyMoment.RESOLVED, delay_seconds=HOUR, scale=5)
    case = answered(but(surveys=(survey,)))
    case.do(at("11:00"), lambda ticket: ticket.resolve(at=at("11:00"), agent_id="ayu"))
    ((moment, save),) = case.wait_until(at("13:00"))
    assert moment == at("12:00")
    assert save == [
        SurveySent(
            survey_id="csat-resolved-1",
            kind=SurveyKind.CSAT,
            scale=5,
            direction=Direction.HIGHER_IS_BETTER,
            rated_agent="ayu",
        )
    ]
    case.do(
        at("14:00"),
        lambda ticket: ticket.receive(message_id="c1", channel=Channel.EMAIL, at=at("14:00")),
        "customer:c0",
    )
    case.do(at("14:30"), lambda ticket: ticket.close(CloseReason.SPAM))
    assert case.next_due is None


def test_a_reopening_that_turns_out_as_thanks_asks_no_second_time() -> None:
    survey = Survey(kind=SurveyKind.CES, after=SurveyMoment.RESOLVED, scale=7)
    case = answered(but(surveys=(survey,)))
    case.do(at("11:00"), lambda ticket: ticket.resolve(at=at("11:00"), agent_id="ayu"))
    [(_, save)] = case.wait_until(at("11:00"))
    assert [type(event) for event in save] == [SurveySent]
    case.do(
        at("12:00"),
        lambda ticket: ticket.receive(message_id="c1", channel=Channel.EMAIL, at=at("12:00")),
        "customer:c0",
    )
    case.do(at("12:05"), lambda ticket: ticket.classify_message("c1", Intent.THANKS))
    assert (case.ticket.status, case.ticket.cycle) == (Status.CLOSED, 2)
    assert case.next_due is None


def test_taking_a_case_down_a_level_begins_the_no_progress_clock_anew() -> None:
    case = answered()
    case.wait_until(at("17:00"))
    assert case.ticket.level is Level.MANAGER
    case.do(at("17:00"), lambda ticket: ticket.deescalate(Level.L1, reason="known"))

    [(moment, save)] = case.wait_until(at("19:30"))

    assert moment == at("19:00")
    assert [type(event) for event in save] == [SlaBreached, TicketEscalated]


def test_an_imported_case_is_left_alone() -> None:
    case = Case()
    case.take(OPENED, at("10:00"), "import:servicenow")
    assert dues(case.ticket, TRAVEL) == []


def test_what_is_due_at_one_moment_comes_in_a_fixed_order() -> None:
    case = answered()
    case.do(
        at("10:06"),
        lambda ticket: ticket.set_reminder("r1", due_at=at("12:05"), at=at("10:06")),
    )
    found = [(due.kind, due.name) for due in dues(case.ticket, TRAVEL) if due.at == at("12:05")]
    assert found == [(DueKind.BREACH, Metric.NO_PROGRESS), (DueKind.REMINDER, "r1")]


def test_every_due_fact_has_a_command_id_of_its_own() -> None:
    case = answered()
    seen: set[str] = set()
    for _ in range(20):
        due = case.next_due
        assert due is not None
        assert due.command_id("another ticket") not in seen
        command_id = due.command_id(case.ticket.id)
        assert command_id == due.command_id(case.ticket.id)
        assert command_id not in seen
        assert len(command_id) < 100
        seen.add(command_id)
        case.wait_until(due.at)


def test_an_escalated_case_may_have_other_targets() -> None:
    from domain.policies.conditions import Condition
    from domain.policies.targets import Clocks, TargetRule

    specialists = TargetRule(
        name="specialists",
        when=Condition(level=(Level.L2,)),
        clocks=Clocks(resolution=Target(seconds=HOUR)),
    )
    case = answered(but(targets=(specialists, *POLICY.targets)))
    (moment, save), *_ = case.wait_until(at("12:05"))
    assert moment == at("12:05")
    assert [type(event) for event in save[:2]] == [SlaBreached, TicketEscalated]
    assert case.ticket.clocks[Metric.RESOLUTION].due_at == at("12:05"), "two hours are one too many"
    assert case.ticket.clocks[Metric.RESOLUTION].breached


def test_the_customers_turn_leaves_no_promise_to_miss() -> None:
    case = answered()
    case.do(
        at("10:30"),
        lambda ticket: ticket.reply(
            message_id="m2", channel=Channel.EMAIL, at=at("10:30"), agent_id="ayu", asks=True
        ),
    )
    assert case.ticket.promise is None
    case.do(
        at("11:00"),
        lambda ticket: ticket.receive(
            message_id="c1", channel=Channel.EMAIL, at=at("11:00"), intent=Intent.ANSWER
        ),
        "customer:c0",
    )
    assert any(
        due.kind is DueKind.MISSED_PROMISE and due.at == at("11:00", day=1)
        for due in dues(case.ticket, TRAVEL)
    )
