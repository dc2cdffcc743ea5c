"""Merges, splits, intents known later, and what was seen: figures worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from domain.events import (
    AnyTicketEvent,
    CustomersMerged,
    MessageClassified,
    MessageDeliveryReported,
    NextUpdateKept,
    NextUpdateMissed,
    NotificationOpened,
    TicketClosed,
    TicketMerged,
    TicketSplit,
    TrackerViewed,
)
from domain.reach import Delivery, Look, Surface
from domain.values import CloseReason, Intent, Method, Origin
from projections.recontact import PROJECTION
from tests.projections.harness import Folded
from tests.projections.recontact_history import History, at

pytestmark = pytest.mark.unit


def merged(into: str) -> list[AnyTicketEvent]:
    return [
        TicketMerged(target=f"ticket-{into}", target_number=into),
        TicketClosed(reason=CloseReason.MERGED),
    ]


def turns_out(message_id: str, to: Intent) -> MessageClassified:
    return MessageClassified(
        message_id=message_id, from_=Intent.UNKNOWN, to=to, method=Method.MODEL
    )


def rows(history: History, scope: str = "same_issue") -> list[dict[str, Any]]:
    with history.folded() as folded:
        return folded.rows(
            "FROM recontact_pair WHERE scope = $scope ORDER BY started_at, number, sequence",
            scope=scope,
        )


def pairs(history: History) -> list[tuple[str, str, str]]:
    return [(row["earlier_number"], row["number"], row["kind"]) for row in rows(history)]


def rate(folded: Folded) -> tuple[int, int]:
    [(contacts, recontacts)] = folded.query("SELECT contacts, recontacts FROM recontact_rate()")
    return contacts, recontacts


# ── Merges and splits ───────────────────────────────────────────────────────────────────────────


def test_a_merged_ticket_is_the_same_issue_as_its_target() -> None:
    apart = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .opens("T2", "2 Mar 09:00", category="Hotel")
    )
    assert pairs(apart) == []

    assert pairs(apart.save("T2", "2 Mar 10:00", *merged("T1"))) == [("T1", "T2", "chase")]


def test_what_goes_on_in_one_ticket_is_one_issue_however_it_came_there() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .opens("T2", "2 Mar 09:00", category="Hotel")
        .opens("T3", "3 Mar 09:00", category="Flight", customer="Y")
        .save("T1", "3 Mar 10:00", *merged("T2"))
        .save("T2", "3 Mar 11:00", *merged("T3"))
    )

    assert pairs(history) == [("T1", "T2", "chase")]


def test_asking_again_while_the_target_is_unresolved_is_a_chase_of_its_owner() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", customer="Y", category="Refund")
        .assigns("T1", "1 Mar 09:10", "Ayu")
        .opens("T2", "2 Mar 09:00", category="Hotel", orders=("O1",))
        .save("T2", "2 Mar 10:00", *merged("T1"))
        .opens("T3", "3 Mar 09:00", category="Hotel", orders=("O1",))
    )

    [row] = rows(history)
    assert (row["kind"], row["about_ticket"], row["attributed_to"]) == ("chase", "ticket-T1", "Ayu")


def test_a_return_to_a_merged_case_is_the_last_resolver_of_the_target() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", customer="Y", category="Refund")
        .opens("T2", "2 Mar 09:00", category="Hotel", orders=("O1",))
        .save("T2", "2 Mar 10:00", *merged("T1"))
        .resolves("T1", "2 Mar 12:00", "Budi")
        .opens("T3", "3 Mar 09:00", category="Hotel", orders=("O1",))
    )

    [row] = rows(history)
    assert (row["kind"], row["about_ticket"], row["attributed_to"]) == (
        "return",
        "ticket-T1",
        "Budi",
    )


def test_the_contacts_of_a_merged_ticket_stay_where_they_happened() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .opens("T2", "2 Mar 09:00", category="Hotel")
        .save("T2", "2 Mar 10:00", *merged("T1"))
    )

    with history.folded() as folded:
        found = folded.query("SELECT number, merged_into FROM contact ORDER BY number")
    assert found == [("T1", None), ("T2", "ticket-T1")]


def test_as_recorded_before_the_merge_the_figures_are_what_they_were() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .opens("T2", "2 Mar 09:00", category="Hotel")
    )
    known = len(history.stream)
    history.save("T2", "2 Mar 10:00", *merged("T1"))

    with (
        Folded(PROJECTION).feed(history.stream.delivered()[:known]).with_views() as before,
        history.folded() as now,
    ):
        assert (rate(before), rate(now)) == ((2, 0), (2, 1))


def test_a_split_makes_no_contact() -> None:
    history = History().opens("T1", "1 Mar 09:00", category="Refund")
    history.save("T1", "1 Mar 10:00", TicketSplit(other="ticket-T2", other_number="T2"))
    history.opens("T2", "1 Mar 10:00", category="Refund", origin=Origin.SPLIT)

    with history.folded() as folded:
        assert folded.query("SELECT number FROM contact") == [("T1",)]


# ── Intents that become known later ─────────────────────────────────────────────────────────────


def test_a_message_that_turns_out_to_be_thanks_is_no_recontact() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .writes("T1", "2 Mar 09:00", Intent.UNKNOWN)  # m1
    )
    with history.folded() as folded:
        assert rate(folded) == (2, 1)

    history.save("T1", "3 Mar 09:00", turns_out("m1", Intent.THANKS))

    with history.folded() as folded:
        assert rate(folded) == (1, 0)
        assert folded.query("SELECT intent, neutral FROM contact ORDER BY started_at") == [
            (None, False),
            ("thanks", True),
        ]


def test_an_answer_that_turns_out_to_be_a_chase_counts() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .writes("T1", "2 Mar 09:00", Intent.ANSWER)  # m1
        .save("T1", "3 Mar 09:00", turns_out("m1", Intent.STATUS_CHASE))
    )

    assert pairs(history) == [("T1", "T1", "chase")]


def test_a_contact_is_neutral_only_if_every_message_turns_out_so() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .writes("T1", "2 Mar 09:00", Intent.UNKNOWN)  # m1
        .writes("T1", "2 Mar 09:05", Intent.UNKNOWN)  # m2
        .save("T1", "3 Mar 09:00", turns_out("m1", Intent.THANKS))
    )
    with history.folded() as folded:
        assert rate(folded) == (2, 1)

    history.save("T1", "3 Mar 10:00", turns_out("m2", Intent.ANSWER))

    with history.folded() as folded:
        assert rate(folded) == (1, 0)


def test_the_last_word_on_a_message_holds() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .writes("T1", "2 Mar 09:00", Intent.UNKNOWN)  # m1
        .save("T1", "3 Mar 09:00", turns_out("m1", Intent.THANKS))
        .save("T1", "3 Mar 10:00", turns_out("m1", Intent.COMPLAINT))
    )

    assert pairs(history) == [("T1", "T1", "chase")]


# ── What was missing ────────────────────────────────────────────────────────────────────────────


def promised() -> History:
    """We wrote (m1) on 1 March at 13:00, and the next update is promised for 3 March."""
    return (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .replies("T1", "1 Mar 13:00", promises="3 Mar 13:00")
    )


def viewed(history: History, when: str, look: Look = Look.VISIT) -> History:
    looked = TrackerViewed(ticket="ticket-T1", surface=Surface.TRACKER, look=look)
    history.stream.save("tracker-ticket-T1", looked, at=at(when), actor="customer:X")
    return history


def reported(delivery: Delivery) -> MessageDeliveryReported:
    return MessageDeliveryReported(message_id="m1", delivery=delivery)


OPENED = NotificationOpened(notification_id="n1", surface=Surface.PUSH)


@pytest.mark.parametrize(
    ("history", "missing"),
    [
        (promised(), "not_seen"),
        (promised().save("T1", "1 Mar 13:01", reported(Delivery.DELIVERED)), "not_seen"),
        (promised().save("T1", "1 Mar 13:01", reported(Delivery.FAILED)), "promise_not_delivered"),
        (
            promised()
            .save("T1", "1 Mar 13:01", reported(Delivery.FAILED))
            .save("T1", "1 Mar 13:05", reported(Delivery.DELIVERED)),
            "not_seen",
        ),
        (promised().save("T1", "1 Mar 14:00", reported(Delivery.READ)), "nothing"),
        (promised().save("T1", "1 Mar 14:00", OPENED), "nothing"),
        (viewed(promised(), "1 Mar 14:00"), "nothing"),
        (viewed(promised(), "1 Mar 14:00", Look.IMPRESSION), "not_seen"),
        (viewed(promised(), "1 Mar 12:00"), "not_seen"),
        (viewed(promised(), "2 Mar 09:01"), "not_seen"),
    ],
)
def test_a_chase_while_a_promise_ran_says_whether_it_was_delivered_and_seen(
    history: History, missing: str
) -> None:
    [row] = rows(history.writes("T1", "2 Mar 09:00"))

    assert (row["kind"], row["missing"], row["avoidable"]) == (
        "chase",
        missing,
        missing != "nothing",
    )


def test_a_promise_that_was_missed_and_is_due_again_is_a_missed_one() -> None:
    again = NextUpdateMissed(
        promise_id="p1", instance=1, due_at=at("3 Mar 13:00"), next_due_at=at("4 Mar 13:00")
    )
    history = promised().save("T1", "3 Mar 13:00", again).writes("T1", "3 Mar 14:00")

    assert [row["missing"] for row in rows(history)] == ["promise_missed"]


def test_an_update_after_a_miss_keeps_the_promise_late() -> None:
    again = NextUpdateMissed(
        promise_id="p1", instance=1, due_at=at("3 Mar 13:00"), next_due_at=at("4 Mar 13:00")
    )
    kept = NextUpdateKept(promise_id="p1", instance=2, due_at=at("4 Mar 13:00"))
    history = promised().save("T1", "3 Mar 13:00", again).save("T1", "4 Mar 09:00", kept)
    history.writes("T1", "5 Mar 09:00")

    with history.folded() as folded:
        assert folded.query("SELECT promise FROM contact ORDER BY started_at") == [
            ("none",),
            ("kept_late",),
        ]


# ── Customers who are one person ────────────────────────────────────────────────────────────────


def test_merged_customers_are_one_person_in_every_figure() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", customer="Y", category="Refund")
        .opens("T2", "2 Mar 09:00", customer="X", category="Refund")
    )
    assert pairs(history) == []

    merge = CustomersMerged(from_="Y", to="X")
    history.stream.save("customer-Y", merge, at=at("3 Mar 09:00"))

    assert pairs(history) == [("T1", "T2", "chase")]
    with history.folded() as folded:
        assert folded.query("SELECT DISTINCT customer FROM contact") == [("X",)]
        assert folded.query("SELECT customer, contacts FROM update_requesters()") == [("X", 2)]
