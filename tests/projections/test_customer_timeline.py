"""What the customer reads about their case, worked out by hand."""

from __future__ import annotations

import pytest

from domain.events import (
    AnyTicketEvent,
    NextUpdateKept,
    ResolutionConfirmed,
    TicketAcknowledged,
    TicketAssigned,
    TicketCategorized,
    TicketClosed,
    TicketEscalated,
    TicketFieldChanged,
    TicketHandedOver,
    TicketImported,
    TicketProgressed,
    TicketQueued,
    TicketUnassigned,
)
from domain.stages import Stage
from domain.values import (
    Author,
    Channel,
    CloseReason,
    EscalationTrigger,
    Fidelity,
    Intent,
    Level,
    Method,
    Origin,
    Priority,
    ResolutionCode,
    Status,
    WorkKind,
)
from projections.customer_timeline import PROJECTION
from tests.projections.customer_events import (
    T1,
    T2,
    assigned,
    case,
    entries,
    moved,
    opened,
    promised,
    reopened,
    replied,
    resolved,
    told,
    when,
    wrote,
)
from tests.projections.harness import Stream, fold

pytestmark = pytest.mark.unit


def a_day() -> Stream:
    """The day of the design pages, as far as clocks are not needed."""
    p1, p2 = when("10:20", days=1), when("13:10", days=1)
    chase = wrote("Any news?", status=Status.ON_HOLD, intent=Intent.STATUS_CHASE)
    thanks = wrote("Thank you!", status=Status.RESOLVED, intent=Intent.THANKS)
    return told(
        ("10:00", [opened(), TicketQueued(to="visa desk"), assigned()]),
        ("10:03", [replied("Your passport number?", asks=True), moved(Status.NEW, Status.PENDING)]),
        ("10:20", [wrote("X123", status=Status.PENDING, intent=Intent.ANSWER)]),
        ("10:20", [moved(Status.PENDING, Status.OPEN), promised("P1", p1)]),
        ("10:30", [moved(Status.OPEN, Status.ON_HOLD)]),
        ("13:00", [chase, moved(Status.ON_HOLD, Status.OPEN)]),
        ("13:10", [replied("We wait for the airline.", next_update_by=p2)]),
        ("13:10", [NextUpdateKept(promise_id="P1", instance=1, due_at=p1)]),
        ("13:10", [promised("P2", p2, by_message="to-We wait for the airline.")]),
        ("13:11", [moved(Status.OPEN, Status.ON_HOLD)]),
        (
            "18:00",
            [TicketProgressed(kind=WorkKind.THIRD_PARTY), moved(Status.ON_HOLD, Status.OPEN)],
        ),
        (
            "18:05",
            [replied("You can fly."), NextUpdateKept(promise_id="P2", instance=1, due_at=p2)],
        ),
        ("18:05", [resolved()]),
        ("18:20", [thanks, ResolutionConfirmed(), TicketClosed(reason=CloseReason.CONFIRMED)]),
    )


def test_a_tickets_day_reads_for_its_customer_like_this() -> None:
    shown = entries(a_day(), "happened_at", "who", "kind", "stage_index", "promise_due_at")

    assert shown == [
        (when("10:00"), "customer", "opened", 1, None),
        (when("10:00"), "Ayu", "stage_moved", 2, None),
        (when("10:03"), "Ayu", "our_message", 3, None),
        (when("10:03"), "us", "waiting_for_you", 3, None),
        (when("10:20"), "customer", "customer_message", 3, None),
        (when("10:20"), "us", "work_resumed", 3, None),
        (when("10:20"), "us", "next_update_promised", 3, when("10:20", days=1)),
        (when("13:00"), "customer", "customer_message", 3, None),
        (when("13:10"), "Ayu", "our_message", 3, when("13:10", days=1)),
        (when("18:05"), "Ayu", "our_message", 3, None),
        (when("18:05"), "Ayu", "resolved", 4, None),
        (when("18:20"), "customer", "customer_message", 4, None),
        (when("18:20"), "customer", "confirmed", 4, None),
        (when("18:20"), "customer", "closed", 4, None),
    ]


def test_after_that_day_the_case_is_solved_confirmed_and_closed_by_the_customer() -> None:
    row = case(a_day())

    assert row == {
        "ticket": T1,
        "number": "N1",
        "customer": "x",
        "subject": "Visa refused",
        "category": ["Visa", "Refusal"],
        "stage": "resolved",
        "stage_index": 4,
        "stage_count": 4,
        "state": "resolved",
        "badges": [],
        "agent": "Ayu",
        "opened_at": when("10:00"),
        "last_update_at": when("18:20"),
        "next_update_by": None,
        "resolution_expected_by": None,
        "next_action": None,
        "next_action_why": "closed",
        "order_refs": ["O1"],
        "times_reopened": 0,
        "resolved_at": when("18:05"),
        "confirmed_at": when("18:20"),
        "closed_at": when("18:20"),
        "closed_by": "you",
        "merged_into": None,
        "stage_label": None,
        "surveys": [],
        "list_rank": 2,
    }


def test_an_entry_is_named_after_the_event_it_came_from() -> None:
    assert entries(
        told(("10:00", [opened(), TicketProgressed(kind=WorkKind.CALL), assigned()])), "entry"
    ) == [
        (f"{T1}/1",),
        (f"{T1}/3",),
    ]


@pytest.mark.parametrize(
    ("events", "stage"),
    [
        ([], Stage.RECEIVED),
        ([TicketQueued(to="Q"), TicketAcknowledged(channel=Channel.EMAIL)], Stage.RECEIVED),
        ([assigned()], Stage.IN_REVIEW),
        ([moved(Status.NEW, Status.OPEN)], Stage.IN_REVIEW),
        ([replied(author=Author.BOT, agent_id=None)], Stage.RECEIVED),
        ([replied(), moved(Status.NEW, Status.OPEN)], Stage.BEING_WORKED_ON),
        ([moved(Status.NEW, Status.PENDING)], Stage.BEING_WORKED_ON),
        ([moved(Status.NEW, Status.ON_HOLD)], Stage.BEING_WORKED_ON),
        ([resolved()], Stage.RESOLVED),
        ([TicketClosed(reason=CloseReason.SPAM)], Stage.RESOLVED),
    ],
)
def test_the_stepper_follows_from_the_facts(events: list[AnyTicketEvent], stage: Stage) -> None:
    row = case(told(("10:00", [opened()]), ("10:05", events)))

    assert (row["stage"], row["stage_index"]) == (stage, list(Stage).index(stage) + 1)
    assert row["stage_count"] == len(Stage)


def test_the_stepper_does_not_run_back_when_the_owner_is_taken_away() -> None:
    stream = told(
        ("10:00", [opened(), assigned()]),
        ("10:05", [TicketUnassigned(from_="ayu", method=Method.MANUAL)]),
    )

    row = case(stream)

    assert (row["stage"], row["agent"]) == ("in_review", None)


def test_waiting_for_another_party_and_going_on_is_no_step_back() -> None:
    stream = told(
        ("10:00", [opened(), assigned(), moved(Status.NEW, Status.ON_HOLD)]),
        ("11:00", [moved(Status.ON_HOLD, Status.OPEN)]),
    )

    assert case(stream)["stage"] == "being_worked_on"
    assert [kind for (kind,) in entries(stream, "kind")] == ["opened", "stage_moved", "stage_moved"]


def test_a_reopened_case_starts_a_new_cycle_and_wears_the_badge() -> None:
    stream = told(
        ("10:00", [opened(), assigned(), resolved(with_message=False)]),
        ("11:00", [wrote("Still broken", status=Status.RESOLVED), reopened(message_id="m")]),
    )

    row = case(stream)

    assert (row["stage"], row["state"], row["badges"]) == ("in_review", "ongoing", ["reopened"])
    assert (row["times_reopened"], row["resolved_at"]) == (1, None)
    assert entries(stream, "kind", "who", "stage")[-1] == ("reopened", "customer", "in_review")


def test_a_case_that_is_solved_again_keeps_the_count_but_not_the_badge() -> None:
    stream = told(
        ("10:00", [opened(), resolved()]),
        ("11:00", [reopened()]),
        ("12:00", [resolved(cycle=2)]),
    )

    row = case(stream)

    assert (row["badges"], row["times_reopened"], row["resolved_at"]) == ([], 1, when("12:00"))
    assert row["list_rank"] == 2


def test_a_specialist_is_a_badge_without_saying_who_escalated_or_why() -> None:
    escalated = TicketEscalated(
        from_level=Level.L1,
        to_level=Level.L2,
        trigger=EscalationTrigger.NO_PROGRESS,
        summary="nobody looked at it",
    )
    stream = told(("10:00", [opened()]), ("15:10", [escalated]))

    assert case(stream)["badges"] == ["with_a_specialist"]
    assert entries(stream, "kind", "who", "text")[-1] == ("with_a_specialist", "us", None)


def test_the_badges_of_a_case_that_waits_for_its_customer() -> None:
    stream = told(
        ("10:00", [opened(), replied("Which one?", asks=True)]),
        ("10:00", [moved(Status.NEW, Status.PENDING)]),
    )

    assert case(stream)["badges"] == ["waiting_for_you"]


def test_a_message_recorded_after_the_closing_stands_behind_it() -> None:
    stream = told(
        ("10:00", [opened(), resolved()]), ("12:00", [TicketClosed(reason=CloseReason.TIMEOUT)])
    )
    stream.save(
        T1,
        wrote("One minute before!", status=Status.CLOSED),
        reopened(Status.CLOSED, message_id="m"),
        at=when("11:59"),
        recorded=when("12:05"),
        actor="customer:x",
    )

    assert entries(stream, "kind", "happened_at", "recorded_at")[-2:] == [
        ("customer_message", when("12:00"), when("12:05")),
        ("reopened", when("12:00"), when("12:05")),
    ]
    row = case(stream)
    assert (row["state"], row["last_update_at"], row["closed_at"]) == (
        "ongoing",
        when("12:00"),
        None,
    )


@pytest.mark.parametrize(
    ("reason", "by"),
    [
        (CloseReason.CONFIRMED, "you"),
        (CloseReason.TIMEOUT, "time"),
        (CloseReason.SPAM, "us"),
        (CloseReason.AGENT, "us"),
    ],
)
def test_a_closing_says_whose_it_was_and_no_more(reason: CloseReason, by: str) -> None:
    assert case(told(("10:00", [opened(), TicketClosed(reason=reason)])))["closed_by"] == by


def test_an_agent_goes_by_the_name_they_last_signed_with_anywhere() -> None:
    stream = told(("10:00", [opened(), assigned(), replied(agent_display="Ayu R.")]))
    stream.save(T2, opened(number="N2"), assigned(), at=when("11:00"))
    stream.save(T2, replied("Hello", agent_display="Ayu Rahmawati"), at=when("12:00"))

    assert case(stream)["agent"] == "Ayu Rahmawati"
    assert entries(stream, "who")[-1] == ("Ayu R.",)


def test_an_agent_who_never_signed_goes_by_their_opaque_id() -> None:
    stream = told(
        ("10:00", [opened(), assigned(), TicketHandedOver(from_="ayu", to="b7", summary="s")])
    )

    assert case(stream)["agent"] == "b7"


def test_a_bot_is_us() -> None:
    stream = told(("10:00", [opened(), replied(author=Author.BOT, agent_display=None)]))

    assert entries(stream, "kind", "who", "side")[-1] == ("our_message", "us", "us")


def test_a_ticket_that_we_opened_does_not_pretend_to_be_the_customers_words() -> None:
    stream = told(
        ("10:00", [opened(origin=Origin.COMPANY, subject="Fraud?", body="Ask Risk first")])
    )

    assert entries(stream, "kind", "who", '"text"') == [("opened", "us", None)]
    assert case(stream)["subject"] is None


def test_the_category_is_the_one_known_now() -> None:
    stream = told(("10:00", [opened(), TicketCategorized(to=("Hotel",), method=Method.MODEL)]))
    cleared = told(("10:00", [opened(), TicketCategorized(to=None, method=Method.AGENT)]))

    assert case(stream)["category"] == ["Hotel"]
    assert case(cleared)["category"] is None
    assert len(entries(stream, "kind")) == 1


def test_a_subject_that_was_never_opened_is_no_case() -> None:
    stream = Stream().unknown(T1, at=when("10:00")).save(T1, resolved(), at=when("11:00"))

    with fold(PROJECTION, stream) as folded:
        assert folded.query("SELECT count(*) FROM customer_case") == [(0,)]


def test_an_imported_history_shows_its_moves_and_nothing_of_the_source_system() -> None:
    stream = Stream()
    imported_at = when("9:00", days=300)
    by = {"performed_by": "Updated by 908"}
    imported = TicketImported(
        source="servicenow", source_id="INC1", batch_id="b1", fidelity=Fidelity.FULL_HISTORY, **by
    )
    first = opened(number="INC1", subject=None, body=None, order_refs=None, priority=Priority.HIGH)
    saves: list[tuple[str, list[AnyTicketEvent]]] = [
        ("10:00", [first.model_copy(update=by), imported]),
        (
            "10:10",
            [
                TicketQueued(to="Group 56", **by),
                TicketAssigned(to="Resolver 12", method=Method.IMPORT, **by),
            ],
        ),
        ("10:20", [TicketProgressed(kind=WorkKind.UPDATE, **by)]),
        (
            "10:30",
            [TicketFieldChanged(field="u_symptom", to="Symptom 72", method=Method.IMPORT, **by)],
        ),
        (
            "11:00",
            [resolved(code=ResolutionCode.UNKNOWN, with_message=False, resolver="Resolver 12")],
        ),
        ("12:00", [reopened()]),
        ("13:00", [resolved(with_message=False, resolver=None)]),
        ("14:00", [TicketClosed(reason=CloseReason.AGENT, **by)]),
    ]
    for clock, events in saves:
        stream.save(
            T1,
            *events,
            at=when(clock),
            recorded=imported_at,
            actor="import:servicenow",
            correlation_id="b1",
        )

    assert entries(stream, "happened_at", "kind", "who", "stage_index") == [
        (when("10:00"), "opened", "customer", 1),
        (when("10:10"), "stage_moved", "Resolver 12", 2),
        (when("11:00"), "resolved", "Resolver 12", 4),
        (when("12:00"), "reopened", "us", 2),
        (when("13:00"), "resolved", "us", 4),
        (when("14:00"), "closed", "us", 4),
    ]
    row = case(stream)
    assert (row["agent"], row["times_reopened"], row["closed_by"]) == ("Resolver 12", 1, "us")


def test_history_that_leaves_closed_without_a_word_is_told_as_a_reopening() -> None:
    stream = told(
        ("10:00", [opened(), TicketClosed(reason=CloseReason.AGENT)]),
        ("11:00", [moved(Status.CLOSED, Status.OPEN)]),
    )

    row = case(stream)

    assert (row["state"], row["stage"], row["badges"]) == ("ongoing", "in_review", ["reopened"])
    assert entries(stream, "kind")[-1] == ("reopened",)


def test_every_table_view_and_column_says_what_it_holds() -> None:
    with fold(PROJECTION, told(("10:00", [opened()]))) as folded:
        silent = folded.query(
            """
            WITH described AS (
                SELECT table_name AS name, comment FROM duckdb_tables() WHERE NOT temporary
                UNION ALL
                SELECT view_name, comment FROM duckdb_views() WHERE view_name LIKE 'customer%'
                UNION ALL
                SELECT table_name || '.' || column_name, comment
                FROM duckdb_columns()
                WHERE table_name IN ('case_state', 'entry', 'agent_name')
                    OR table_name LIKE 'customer%'
            )
            SELECT name FROM described WHERE comment IS NULL
            """
        )

    assert silent == []
