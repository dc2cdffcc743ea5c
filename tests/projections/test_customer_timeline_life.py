"""What the customer is told of clocks, stages by hand, merges, files and surveys, and what not."""

from __future__ import annotations

import pytest

from domain.events import (
    MessageClassified,
    NextUpdateKept,
    NotificationSent,
    ReminderSet,
    ResolutionConfirmed,
    SlaCancelled,
    SlaPaused,
    SlaResumed,
    SlaStarted,
    SlaWarned,
    TicketClosed,
    TicketMerged,
    TicketRequesterChanged,
    TicketSplit,
    TicketStageChanged,
)
from domain.reach import Surface, SurveyKind
from domain.values import CloseReason, Intent, Method, Metric, Stage, Status
from projections.customer_timeline import PROJECTION
from tests.projections.customer_events import (
    T1,
    T2,
    asked,
    assigned,
    attached,
    case,
    entries,
    missed,
    moved,
    opened,
    promised,
    reopened,
    replied,
    resolved,
    scored,
    told,
    when,
    wrote,
)
from tests.projections.harness import fold

pytestmark = pytest.mark.unit


def runs(metric: Metric, due: str) -> SlaStarted:
    return SlaStarted(metric=metric, instance=1, due_at=when(due))


# ── The resolution expected by ──────────────────────────────────────────────────────────────────


def test_the_resolution_is_expected_when_its_clock_is_due() -> None:
    stream = told(
        ("10:00", [opened(), runs(Metric.RESOLUTION, "20:00"), runs(Metric.FIRST_REPLY, "10:15")])
    )

    assert case(stream)["resolution_expected_by"] == when("20:00")


def test_no_other_clock_is_the_customers_to_know() -> None:
    due = [runs(metric, "19:47") for metric in Metric if metric is not Metric.RESOLUTION]
    stream = told(("10:00", [opened(), *due]))

    with fold(PROJECTION, stream) as folded:
        tables = {name: rows for name, rows in folded.tables().items() if name != "position"}
    assert "19:47" not in str(tables)


def test_nothing_is_expected_while_we_wait_for_the_customer() -> None:
    paused = SlaPaused(metric=Metric.RESOLUTION, instance=1, elapsed_seconds=1, calendar_seconds=1)
    stream = told(
        ("10:00", [opened(), runs(Metric.RESOLUTION, "20:00")]),
        ("11:00", [moved(Status.NEW, Status.PENDING), paused]),
    )
    assert case(stream)["resolution_expected_by"] is None

    resumed = SlaResumed(metric=Metric.RESOLUTION, instance=1, due_at=when("21:00"))
    stream.save(T1, moved(Status.PENDING, Status.OPEN), resumed, at=when("12:00"))

    assert case(stream)["resolution_expected_by"] == when("21:00")


def test_a_solved_case_expects_nothing() -> None:
    stream = told(("10:00", [opened(), runs(Metric.RESOLUTION, "20:00"), resolved()]))

    assert case(stream)["resolution_expected_by"] is None


def test_a_cancelled_clock_expects_nothing() -> None:
    void = SlaCancelled(
        metric=Metric.RESOLUTION,
        instance=1,
        elapsed_seconds=1,
        calendar_seconds=1,
        reason="published",
    )
    stream = told(("10:00", [opened(), runs(Metric.RESOLUTION, "20:00"), void]))

    assert case(stream)["resolution_expected_by"] is None


# ── Promises ────────────────────────────────────────────────────────────────────────────────────


def test_a_missed_promise_is_due_again_and_both_are_told() -> None:
    stream = told(
        ("10:00", [opened(), promised("P1", when("18:00"))]),
        ("18:00", [missed("P1", 1, when("18:00"))]),
    )

    row = case(stream)
    assert (row["next_update_by"], row["next_action"]) == (when("18:00", days=1), "follow_up")
    assert entries(stream, "kind", "promise_due_at")[-1] == (
        "next_update_missed",
        when("18:00", days=1),
    )


def test_a_miss_of_a_promise_that_was_kept_changes_nothing() -> None:
    kept = NextUpdateKept(promise_id="P1", instance=1, due_at=when("18:00"))
    stream = told(
        ("10:00", [opened(), promised("P1", when("18:00")), kept]),
        ("18:00", [missed("P1", 1, when("18:00"))]),
    )

    row = case(stream)
    assert (row["next_update_by"], row["next_action"]) == (None, "wait")


# ── The stepper by hand ─────────────────────────────────────────────────────────────────────────


def by_hand(to: Stage, label: str | None = None) -> TicketStageChanged:
    return TicketStageChanged(from_=Stage.RECEIVED, to=to, label=label, reason="an internal reason")


def test_a_stage_set_by_hand_holds_until_the_case_moves_on() -> None:
    stream = told(
        ("10:00", [opened(), by_hand(Stage.BEING_WORKED_ON, "with the airline")]),
        ("11:00", [assigned()]),
    )
    row = case(stream)
    assert (row["stage"], row["stage_label"]) == ("being_worked_on", "with the airline")

    stream.save(T1, resolved(), at=when("12:00"))
    row = case(stream)
    assert (row["stage"], row["stage_label"]) == ("resolved", None)


def test_a_stage_may_be_set_back_by_hand_and_is_told() -> None:
    stream = told(
        ("10:00", [opened(), replied()]),
        ("11:00", [by_hand(Stage.IN_REVIEW)]),
        ("12:00", [wrote("And now?", status=Status.OPEN)]),
    )

    assert case(stream)["stage"] == "in_review"
    assert entries(stream, "kind", "stage")[-2:] == [
        ("stage_moved", "in_review"),
        ("customer_message", "in_review"),
    ]


# ── Merges and splits ───────────────────────────────────────────────────────────────────────────


def test_a_merged_case_points_to_where_it_goes_on_by_number_alone() -> None:
    stream = told(
        ("10:00", [opened()]),
        (
            "11:00",
            [
                TicketMerged(target=T2, target_number="N2", reason="an internal reason"),
                TicketClosed(reason=CloseReason.MERGED),
            ],
        ),
    )

    row = case(stream)
    assert (row["merged_into"], row["next_action"], row["next_action_why"], row["closed_by"]) == (
        "N2",
        None,
        "merged",
        "us",
    )
    assert [kind for (kind,) in entries(stream, "kind")] == ["opened", "merged", "closed"]
    with fold(PROJECTION, stream) as folded:
        assert T2 not in str(folded.tables())


def test_of_a_split_the_customer_sees_nothing_here() -> None:
    stream = told(("10:00", [opened(), TicketSplit(other=T2, other_number="N2")]))

    assert entries(stream, "kind") == [("opened",)]


# ── Files and surveys ───────────────────────────────────────────────────────────────────────────


def test_a_public_file_is_shown_by_reference_and_kind_alone() -> None:
    stream = told(("10:00", [opened(), attached("files/visa", public=True)]))

    [_, entry] = entries(stream, "kind", "who", "attachment", "media_type", '"text"')
    assert entry == ("attachment", "us", "files/visa", "image/png", None)


def test_an_internal_file_leaves_no_trace() -> None:
    stream = told(("10:00", [opened(), attached("files/screenshot", public=False)]))

    assert entries(stream, "kind") == [("opened",)]
    with fold(PROJECTION, stream) as folded:
        assert "screenshot" not in str(folded.tables())


def test_the_next_customer_of_a_ticket_does_not_see_the_former_ones_files() -> None:
    stream = told(
        ("10:00", [opened(), attached("files/visa", public=True)]),
        ("11:00", [TicketRequesterChanged(from_="x", to="y")]),
        ("12:00", [attached("files/refund", public=True)]),
    )

    assert entries(stream, "attachment", "media_type", "text_hidden")[1:] == [
        (None, None, "another_customer"),
        ("files/refund", "image/png", None),
    ]


def test_a_survey_is_asked_until_it_is_answered() -> None:
    stream = told(("10:00", [opened(), resolved(), asked(), asked(SurveyKind.CES)]))
    assert case(stream)["surveys"] == ["csat", "ces"]

    stream.save(T1, scored(), at=when("11:00"))

    assert case(stream)["surveys"] == ["ces"]
    assert entries(stream, "kind", "who")[-3:] == [
        ("survey_asked", "us"),
        ("survey_asked", "us"),
        ("survey_answered", "customer"),
    ]


# ── What is not theirs to see ───────────────────────────────────────────────────────────────────


def test_an_intent_that_becomes_known_later_changes_nothing_unless_it_closes() -> None:
    thanks = MessageClassified(
        message_id="m1", from_=Intent.UNKNOWN, to=Intent.THANKS, method=Method.MODEL
    )
    stream = told(("10:00", [opened(), resolved(), reopened(message_id="m1")]))
    before, said = case(stream), entries(stream, "kind")

    stream.save(T1, thanks, at=when("11:00"))
    assert (case(stream), entries(stream, "kind")) == (before, said)

    confirmed = ResolutionConfirmed(message_id="m1")
    stream.save(T1, confirmed, TicketClosed(reason=CloseReason.CONFIRMED), at=when("11:00"))
    assert (case(stream)["closed_by"], case(stream)["times_reopened"]) == ("you", 1)


def test_reminders_warnings_and_notifications_are_no_entries() -> None:
    warned = SlaWarned(metric=Metric.RESOLUTION, instance=1, elapsed_seconds=1, calendar_seconds=1)
    pushed = NotificationSent(
        notification_id="n1", surface=Surface.PUSH, about="e1", template="resolved"
    )
    reminder = ReminderSet(reminder_id="r1", due_at=when("18:00"), text="he is rude")
    stream = told(("10:00", [opened(), reminder, warned, pushed]))

    assert entries(stream, "kind") == [("opened",)]
    with fold(PROJECTION, stream) as folded:
        assert "rude" not in str(folded.tables())
