"""What goes on beside the life of a case: reminders, surveys, files, notifications, corrections."""

from __future__ import annotations

import pytest

from domain.around_errors import (
    MessageUnknown,
    ReminderImpossible,
    ReminderUnknown,
    StageImpossible,
    SurveyImpossible,
)
from domain.errors import LevelImpossible, NothingChanges, TicketNotOpen
from domain.events import (
    ArticleLinked,
    AttachmentAdded,
    EscalationRequested,
    EventCorrected,
    MessageClassified,
    MessageDeliveryReported,
    NextUpdateCancelled,
    NotificationFailed,
    NotificationOpened,
    NotificationSent,
    ReminderCancelled,
    ReminderSet,
    ResolutionConfirmed,
    SurveyAnswered,
    SurveySent,
    TicketAssignmentDeferred,
    TicketClosed,
    TicketEvent,
    TicketStageChanged,
)
from domain.reach import ArticleUse, Delivery, Direction, Surface, SurveyKind
from domain.stages import Stage, stage_of
from domain.ticket import Ticket
from domain.values import (
    Channel,
    CloseReason,
    DeferralReason,
    EscalationTrigger,
    Intent,
    Level,
    Method,
    Status,
)
from tests.domain.given import NEW, ON_HOLD, OPEN, RESOLVED, Command, Given, at, received, sent

pytestmark = pytest.mark.unit

DIGEST = "9f" * 32
SURVEY = SurveySent(
    survey_id="csat-closed-1",
    kind=SurveyKind.CSAT,
    scale=5,
    direction=Direction.HIGHER_IS_BETTER,
    rated_agent="ayu",
)


def reopened(intent: Intent = Intent.UNKNOWN) -> Given:
    """Resolved, and brought back by the message c1 at 12:00."""
    return RESOLVED.when(
        lambda ticket: ticket.receive(
            message_id="c1", channel=Channel.EMAIL, at=at("12:00"), intent=intent
        )
    ).recorded(at("12:00"))


def test_thanks_that_had_reopened_the_case_confirm_it_after_all() -> None:
    history = reopened()
    history.when(lambda ticket: ticket.classify_message("c1", Intent.THANKS)).then(
        MessageClassified(
            message_id="c1", from_=Intent.UNKNOWN, to=Intent.THANKS, method=Method.AGENT
        ),
        ResolutionConfirmed(message_id="c1"),
        TicketClosed(reason=CloseReason.CONFIRMED),
    )
    closed = history.when(lambda ticket: ticket.classify_message("c1", Intent.THANKS)).recorded(
        at("12:05")
    )
    assert closed.ticket.times_reopened == 1, "it stays a reopening"
    assert closed.ticket.cycle == 2


def test_a_promise_made_meanwhile_becomes_void_with_the_thanks() -> None:
    replied = reopened().when(
        lambda ticket: ticket.reply(message_id="m9", channel=Channel.EMAIL, at=at("12:01"))
    ).recorded(at("12:01"))  # fmt: skip
    save = replied.when(lambda ticket: ticket.classify_message("c1", Intent.THANKS)).events
    assert any(isinstance(one, NextUpdateCancelled) and one.reason == "confirmed" for one in save)


def test_thanks_close_nothing_when_the_customer_has_written_again_since() -> None:
    history = reopened().and_then(at("12:10"), received("c2", status=Status.OPEN))
    history.when(lambda ticket: ticket.classify_message("c1", Intent.THANKS)).then(
        MessageClassified(
            message_id="c1", from_=Intent.UNKNOWN, to=Intent.THANKS, method=Method.AGENT
        )
    )


def _as_thanks(message_id: str) -> Command:
    return lambda ticket: ticket.classify_message(message_id, Intent.THANKS)


def test_only_a_message_of_the_customer_has_an_intent() -> None:
    history = OPEN.and_then(at("11:00"), sent("m7"))
    for message_id in ("m7", "nobody's"):
        history.when(_as_thanks(message_id)).refused(MessageUnknown, message_id)
    reopened(Intent.COMPLAINT).when(
        lambda ticket: ticket.classify_message("c1", Intent.COMPLAINT)
    ).refused(NothingChanges, "complaint")


def test_the_channel_reports_on_messages_of_ours_only() -> None:
    history = OPEN.and_then(at("11:00"), sent("m7"), received("c7", status=Status.OPEN))
    history.when(
        lambda ticket: ticket.report_delivery("m7", Delivery.FAILED, reason="mailbox full")
    ).then(
        MessageDeliveryReported(message_id="m7", delivery=Delivery.FAILED, reason="mailbox full")
    )
    history.when(lambda ticket: ticket.report_delivery("c7", Delivery.READ)).refused(
        MessageUnknown, "of ours"
    )


def test_a_file_comes_by_reference() -> None:
    def attach(message_id: str | None) -> Command:
        return lambda ticket: ticket.add_attachment(
            "file-1",
            media_type="image/png",
            size_bytes=7,
            sha256=DIGEST,
            public=True,
            message_id=message_id,
        )

    OPEN.when(attach(None)).then(
        AttachmentAdded(
            reference="file-1", media_type="image/png", bytes=7, sha256=DIGEST, public=True
        )
    )
    OPEN.when(attach("nobody's")).refused(MessageUnknown)


def test_knowledge_and_corrections_are_only_recorded() -> None:
    OPEN.when(lambda ticket: ticket.link_article("kb-1", use=ArticleUse.SENT, version="3")).then(
        ArticleLinked(article_id="kb-1", article_version="3", use=ArticleUse.SENT)
    )
    OPEN.when(lambda ticket: ticket.correct("e-1", reason="another call")).then(
        EventCorrected(corrects="e-1", reason="another call")
    )


def test_a_reminder_is_for_a_moment_to_come() -> None:
    def remind(clock: str) -> Command:
        return lambda ticket: ticket.set_reminder(
            "r1", due_at=at(clock), at=at("12:00"), agent_id="ayu", text="call"
        )

    NEW.when(remind("12:00")).refused(ReminderImpossible)
    NEW.when(remind("12:01")).then(
        ReminderSet(reminder_id="r1", due_at=at("12:01"), agent_id="ayu", text="call")
    )
    set_ = NEW.when(remind("12:01")).recorded(at("12:00"))
    set_.when(remind("13:00")).refused(NothingChanges, "r1")
    set_.when(lambda ticket: ticket.cancel_reminder("r1", reason="done")).then(
        ReminderCancelled(reminder_id="r1", reason="done")
    )
    NEW.when(lambda ticket: ticket.cancel_reminder("r1")).refused(ReminderUnknown)


def test_a_survey_is_answered_once_on_its_scale() -> None:
    asked = RESOLVED.and_then(at("13:00"), SURVEY)

    def answer(score: int) -> Command:
        return lambda ticket: ticket.answer_survey("csat-closed-1", score)

    RESOLVED.when(answer(4)).refused(SurveyImpossible, "was sent")
    for score in (0, 6):
        asked.when(answer(score)).refused(SurveyImpossible, "from 1 to 5")
    answered = SurveyAnswered(
        survey_id="csat-closed-1",
        kind=SurveyKind.CSAT,
        scale=5,
        direction=Direction.HIGHER_IS_BETTER,
        score=4,
        rated_agent="ayu",
    )
    asked.when(answer(4)).then(answered)
    asked.and_then(at("13:05"), answered).when(answer(5)).refused(SurveyImpossible, "is answered")


def test_a_notification_goes_out_once_also_after_it_was_given_up() -> None:
    def notify(failed: str | None = None) -> Command:
        return lambda ticket: ticket.notified_of(
            "n1",
            surface=Surface.EMAIL,
            about="e1",
            template="message.sent",
            attempts=2,
            sha256=DIGEST,
            failed=failed,
        )

    sent_ = NotificationSent(
        notification_id="n1",
        surface=Surface.EMAIL,
        about="e1",
        template="message.sent",
        sha256=DIGEST,
        attempts=2,
    )
    OPEN.when(notify()).then(sent_)
    given_up = NotificationFailed(
        notification_id="n1",
        surface=Surface.EMAIL,
        about="e1",
        template="message.sent",
        attempts=2,
        reason="status 503",
    )
    OPEN.when(notify("status 503")).then(given_up)
    sent_at_noon = OPEN.and_then(at("12:00"), sent_)
    sent_at_noon.when(notify()).refused(NothingChanges, "n1")
    sent_at_noon.when(notify("status 503")).refused(NothingChanges, "n1")
    assert OPEN.and_then(at("12:00"), given_up).ticket.undelivered == {"n1"}
    later = OPEN.and_then(at("12:00"), given_up).and_then(at("13:00"), given_up, sent_)
    assert later.ticket.notified == {"n1"}
    assert later.ticket.undelivered == frozenset()
    OPEN.and_then(at("12:00"), given_up).when(notify()).then(sent_)
    OPEN.when(lambda ticket: ticket.opened_notification("n1", surface=Surface.EMAIL)).then(
        NotificationOpened(notification_id="n1", surface=Surface.EMAIL)
    )


def test_the_stepper_is_moved_by_hand_and_back_only_with_a_reason() -> None:
    def move(to: Stage, reason: str | None = None) -> Command:
        return lambda ticket: ticket.set_stage(to, reason=reason)

    assert stage_of(ON_HOLD.ticket) is Stage.BEING_WORKED_ON
    ON_HOLD.when(move(Stage.IN_REVIEW)).refused(StageImpossible, "reason")
    back = ON_HOLD.when(move(Stage.IN_REVIEW, "mistaken"))
    back.then(
        TicketStageChanged(from_=Stage.BEING_WORKED_ON, to=Stage.IN_REVIEW, reason="mistaken")
    )
    assert stage_of(back.recorded(at("14:00")).ticket) is Stage.IN_REVIEW
    ON_HOLD.when(move(Stage.BEING_WORKED_ON)).refused(NothingChanges)
    ON_HOLD.when(move(Stage.RESOLVED)).refused(StageImpossible, "ticket resolve")
    RESOLVED.when(move(Stage.RECEIVED, "x")).refused(TicketNotOpen)


def test_asking_for_a_higher_level_moves_nothing() -> None:
    asked = NEW.when(lambda ticket: ticket.request_escalation(summary="tried twice"))
    asked.then(
        EscalationRequested(
            from_level=Level.L1,
            to_level=Level.L2,
            trigger=EscalationTrigger.CUSTOMER_REQUEST,
            summary="tried twice",
        )
    )
    assert asked.recorded(at("12:00")).ticket.level is Level.L1
    NEW.when(lambda ticket: ticket.request_escalation(Level.L1)).refused(LevelImpossible)


def test_why_nobody_could_be_given_the_ticket_is_said_once_in_a_row() -> None:
    def defer(ticket: Ticket) -> list[TicketEvent]:
        return ticket.defer(DeferralReason.OFFLINE)

    NEW.when(defer).then(TicketAssignmentDeferred(reason=DeferralReason.OFFLINE))
    waiting = NEW.when(defer).recorded(at("10:05"))
    waiting.when(defer).refused(NothingChanges, "offline")
    assigned = waiting.when(lambda ticket: ticket.assign("ayu")).recorded(at("10:06"))
    assert assigned.ticket.deferred is None
