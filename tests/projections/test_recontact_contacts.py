"""What is a contact: runs of messages, whose they are, and how things stood at that moment."""

from __future__ import annotations

from typing import Any

import pytest

from domain.events import (
    NextUpdateCancelled,
    NextUpdateKept,
    NextUpdatePromised,
    NextUpdateSuperseded,
    TicketHandedOver,
    TicketLinked,
    TicketStatusChanged,
    TicketUnassigned,
)
from domain.values import Author, Channel, Intent, LinkRole, Method, Origin, Status
from tests.projections.recontact_history import History, at

pytestmark = pytest.mark.unit


def contacts(history: History) -> list[dict[str, Any]]:
    """Every contact of a history, in order of time."""
    with history.folded() as folded:
        return folded.rows("FROM contact ORDER BY started_at, number, sequence")


def starts(history: History) -> list[str]:
    """When each contact began."""
    return [f"{row['started_at']:%H:%M}" for row in contacts(history)]


def test_messages_within_15_minutes_of_each_other_are_one_contact() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .writes("T1", "1 Mar 09:15")
        .writes("T1", "1 Mar 09:30")
        .writes("T1", "1 Mar 09:46")
    )

    assert starts(history) == ["09:00", "09:46"]


def test_on_live_channels_the_run_goes_on_for_60_minutes() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", channel=Channel.CHAT)
        .writes("T1", "1 Mar 10:00", channel=Channel.CHAT)
        .writes("T1", "1 Mar 11:01", channel=Channel.CHAT)
    )

    assert starts(history) == ["09:00", "11:01"]


def test_whether_a_channel_is_live_is_what_the_message_says() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", channel=Channel.OTHER, live=True)
        .writes("T1", "1 Mar 09:50", channel=Channel.OTHER, live=True)
        .writes("T1", "1 Mar 10:40", channel=Channel.OTHER, live=False)
    )

    assert starts(history) == ["09:00", "10:40"]


def test_a_message_of_ours_within_the_run_keeps_it_going() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .replies("T1", "1 Mar 09:12")
        .writes("T1", "1 Mar 09:24")
    )

    assert starts(history) == ["09:00"]


def test_a_late_reply_of_ours_does_not_join_the_answer_to_the_run_before_it() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .replies("T1", "1 Mar 12:00")
        .writes("T1", "1 Mar 12:10")
    )

    assert starts(history) == ["09:00", "12:10"]


def test_each_channel_has_runs_of_its_own() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .writes("T1", "1 Mar 09:05", channel=Channel.PHONE)
        .writes("T1", "1 Mar 09:10")
    )

    assert starts(history) == ["09:00", "09:05"]


def test_each_ticket_has_runs_of_its_own() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .opens("T2", "1 Mar 09:01")
        .writes("T1", "1 Mar 09:05")
        .writes("T2", "1 Mar 09:06")
    )

    assert starts(history) == ["09:00", "09:01"]


def test_a_run_is_neutral_only_if_all_its_messages_are() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .writes("T1", "1 Mar 12:00", Intent.THANKS)
        .writes("T1", "1 Mar 12:10", Intent.COMPLAINT)
        .writes("T1", "1 Mar 15:00", Intent.THANKS)
        .writes("T1", "1 Mar 15:10", Intent.NEW_INFO)
    )

    assert [row["neutral"] for row in contacts(history)] == [False, False, True]


@pytest.mark.parametrize(
    ("intent", "neutral"),
    [
        (Intent.THANKS, True),
        (Intent.ANSWER, True),
        (Intent.NEW_INFO, True),
        (Intent.UNKNOWN, False),
        (Intent.STATUS_CHASE, False),
        (Intent.COMPLAINT, False),
    ],
)
def test_thanks_answers_and_new_information_are_neutral_unknown_is_not(
    intent: Intent, neutral: bool
) -> None:
    history = History().opens("T1", "1 Mar 09:00").writes("T1", "2 Mar 09:00", intent)

    assert contacts(history)[1]["neutral"] is neutral


def test_a_reopening_without_a_message_is_a_contact_of_its_own() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", channel=Channel.PHONE)
        .resolves("T1", "1 Mar 09:10", "Ayu")
        .comes_back("T1", "1 Mar 09:20")
    )

    row = contacts(history)[1]
    assert (row["form"], row["channel"], row["status"], row["stage"], row["resolver"]) == (
        "reopening",
        "phone",
        "resolved",
        "resolved",
        "Ayu",
    )


def test_a_reopening_by_a_message_is_that_messages_contact() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .resolves("T1", "1 Mar 10:00", "Ayu")
        .writes("T1", "2 Mar 09:00", reopens=True)
    )

    assert [row["form"] for row in contacts(history)] == ["opening", "message"]


@pytest.mark.parametrize("origin", [Origin.COMPANY, Origin.SPLIT])
def test_tickets_made_by_a_split_or_the_company_are_not_contacts(origin: Origin) -> None:
    history = History().opens("T1", "1 Mar 09:00", origin=origin).writes("T1", "1 Mar 09:05")

    assert [row["form"] for row in contacts(history)] == ["message"]


def test_unknown_customers_are_listed_apart_and_in_no_rate() -> None:
    history = History().opens("T1", "1 Mar 09:00", customer=None).opens("T2", "1 Mar 10:00")

    with history.folded() as folded:
        assert folded.query("SELECT number FROM contact") == [("T2",)]
        assert folded.query("SELECT number FROM unknown_contact") == [("T1",)]
        assert folded.query("SELECT contacts FROM recontact_rate('any_issue')") == [(1,)]


def test_a_contact_belongs_to_who_was_the_requester_at_that_moment() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", customer="X")
        .becomes_of("T1", "1 Mar 09:05", "Y")
        .writes("T1", "1 Mar 09:10")
        .becomes_of("T1", "2 Mar 09:00", None)
        .writes("T1", "3 Mar 09:00")
    )

    assert [(row["customer"], row["sequence"]) for row in contacts(history)] == [("X", 1), ("Y", 3)]


def test_the_category_is_the_top_level_known_then() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .categorizes("T1", "1 Mar 10:00", "Hotel")
        .writes("T1", "2 Mar 09:00")
        .categorizes("T1", "2 Mar 10:00", None)
        .writes("T1", "3 Mar 09:00")
    )

    assert [row["category"] for row in contacts(history)] == ["Refund", "Hotel", None]


def test_queue_and_owner_are_those_of_that_moment() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .queues("T1", "1 Mar 09:01", "Q1")
        .assigns("T1", "1 Mar 09:02", "Ayu")
        .writes("T1", "2 Mar 09:00")
        .queues("T1", "2 Mar 09:30", "Q2")
        .save("T1", "2 Mar 09:31", TicketHandedOver(from_="Ayu", to="Budi", summary="so far"))
        .writes("T1", "3 Mar 09:00")
        .queues("T1", "3 Mar 09:30", None)
        .save("T1", "3 Mar 09:31", TicketUnassigned(from_="Budi", method=Method.MANUAL))
        .writes("T1", "4 Mar 09:00")
    )

    assert [(row["queue"], row["taken_by_queue"], row["owner"]) for row in contacts(history)] == [
        (None, "Q1", None),  # an opening is before any queue: the first one took it up
        ("Q1", "Q1", "Ayu"),
        ("Q2", "Q2", "Budi"),
        (None, None, None),
    ]


def test_the_stage_is_what_the_customer_saw_at_that_moment() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .writes("T1", "1 Mar 12:00")
        .assigns("T1", "1 Mar 13:00", "Ayu")
        .writes("T1", "1 Mar 14:00")
        .replies("T1", "1 Mar 15:00", author=Author.BOT)
        .writes("T1", "1 Mar 16:00")
        .replies("T1", "1 Mar 17:00")
        .writes("T1", "1 Mar 18:00")
        .resolves("T1", "1 Mar 19:00", "Ayu")
        .writes("T1", "1 Mar 20:00", reopens=True)
    )

    assert [row["stage"] for row in contacts(history)] == [
        "received",
        "received",
        "in_review",
        "in_review",
        "being_worked_on",
        "resolved",
    ]


def test_a_held_ticket_is_being_worked_on_without_an_answer() -> None:
    held = TicketStatusChanged(from_=Status.NEW, to=Status.ON_HOLD)
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .save("T1", "1 Mar 10:00", held)
        .writes("T1", "1 Mar 12:00")
    )

    row = contacts(history)[1]
    assert (row["status"], row["stage"]) == ("on_hold", "being_worked_on")


def promised(promise: str, due: str, *, instance: int = 1) -> NextUpdatePromised:
    return NextUpdatePromised(promise_id=promise, instance=instance, due_at=at(due))


def test_no_promise_running_then_missed() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .save("T1", "1 Mar 10:00", promised("p1", "2 Mar 10:00"))
        .writes("T1", "2 Mar 10:00")  # due at this very moment: not yet passed
        .writes("T1", "2 Mar 11:00")
        .save("T1", "2 Mar 12:00", promised("p1", "3 Mar 12:00", instance=2))
        .writes("T1", "2 Mar 13:00")  # a repeated promise means that nothing came
    )

    assert [row["promise"] for row in contacts(history)] == ["none", "running", "missed", "missed"]


@pytest.mark.parametrize(
    ("end", "when", "state"),
    [
        (
            NextUpdateKept(promise_id="p1", instance=1, due_at=at("2 Mar 10:00")),
            "2 Mar 10:00",
            "kept",
        ),
        (
            NextUpdateKept(promise_id="p1", instance=1, due_at=at("2 Mar 10:00")),
            "2 Mar 10:01",
            "kept_late",
        ),
        (NextUpdateSuperseded(promise_id="p1", instance=1), "1 Mar 11:00", "superseded"),
        (
            NextUpdateCancelled(promise_id="p1", instance=1, reason="pending"),
            "1 Mar 11:00",
            "cancelled",
        ),
        (
            NextUpdateCancelled(promise_id="another", instance=1, reason="pending"),
            "1 Mar 11:00",
            "missed",
        ),
    ],
)
def test_a_promise_ends_by_the_event_that_names_it(end: Any, when: str, state: str) -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .save("T1", "1 Mar 10:00", promised("p1", "2 Mar 10:00"))
        .save("T1", when, end)
        .writes("T1", "5 Mar 09:00")
    )

    assert contacts(history)[1]["promise"] == state


def test_what_ended_a_promise_first_ended_it() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .save("T1", "1 Mar 10:00", promised("p1", "2 Mar 10:00"))
        .save(
            "T1",
            "1 Mar 11:00",
            NextUpdateKept(promise_id="p1", instance=1, due_at=at("2 Mar 10:00")),
        )
        .save(
            "T1", "1 Mar 12:00", NextUpdateCancelled(promise_id="p1", instance=1, reason="pending")
        )
        .writes("T1", "5 Mar 09:00")
    )

    assert contacts(history)[1]["promise"] == "kept"


def test_a_time_before_the_last_one_moves_forward_never_back() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .assigns("T1", "3 Mar 09:00", "Ayu")
        .writes("T1", "2 Mar 09:00")
    )

    assert contacts(history)[1]["started_at"] == at("3 Mar 09:00")


def test_a_ticket_linked_as_follower_follows_from_then_on() -> None:
    link = TicketLinked(other="ticket-T1", role=LinkRole.FOLLOWS)
    related = TicketLinked(other="ticket-T3", role=LinkRole.RELATED)
    history = (
        History()
        .opens("T2", "1 Mar 09:00")
        .save("T2", "1 Mar 10:00", link, related)
        .writes("T2", "2 Mar 09:00")
    )

    assert [row["follows"] for row in contacts(history)] == [None, "ticket-T1"]


def test_every_table_view_macro_and_column_has_a_comment() -> None:
    with History().opens("T1", "1 Mar 09:00").folded() as folded:
        silent = folded.query(
            """
            SELECT table_name FROM duckdb_tables()
            WHERE database_name = 'recontact' AND comment IS NULL
            UNION ALL
            SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL
                AND database_name = 'memory'
            UNION ALL
            SELECT function_name FROM duckdb_functions() WHERE NOT internal AND comment IS NULL
                AND database_name = 'memory'
            UNION ALL
            SELECT table_name || '.' || column_name FROM duckdb_columns()
            WHERE NOT internal AND comment IS NULL AND database_name IN ('recontact', 'memory')
            """
        )

    assert silent == []
