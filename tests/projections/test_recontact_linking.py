"""Which contacts belong together, what kind a re-contact is, who is charged, what was missing."""

from __future__ import annotations

from typing import Any

import pytest

from domain.events import MessageReceived, Requester, TicketOpened, TicketReopened
from domain.values import Channel, Intent, Origin, Status
from tests.projections.recontact_history import History

pytestmark = pytest.mark.unit


def pairs(history: History, scope: str = "same_issue") -> list[tuple[str, str]]:
    """The pairs of a scope, as the numbers of their tickets, in order of the re-contact."""
    return [(row["earlier_number"], row["number"]) for row in pair_rows(history, scope)]


def pair_rows(history: History, scope: str = "same_issue") -> list[dict[str, Any]]:
    with history.folded() as folded:
        return folded.rows(
            "FROM recontact_pair WHERE scope = $scope ORDER BY started_at, number, sequence",
            scope=scope,
        )


def kinds(history: History) -> list[tuple[str, str | None, str | None]]:
    """Number, kind and agent of each re-contact, of any issue."""
    return [
        (row["number"], row["kind"], row["attributed_to"])
        for row in pair_rows(history, "any_issue")
    ]


# ── The same issue ──────────────────────────────────────────────────────────────────────────────


def test_the_same_ticket_is_the_same_issue_even_if_its_category_changed() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .categorizes("T1", "1 Mar 10:00", "Hotel")
        .writes("T1", "2 Mar 09:00")
    )

    assert pairs(history) == [("T1", "T1")]


def test_a_ticket_and_the_one_it_follows_are_the_same_issue() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund", orders=("O1",))
        .opens("T2", "2 Mar 09:00", category="Hotel", orders=("O2",), follows="T1")
    )

    assert pairs(history) == [("T1", "T2")]


def test_going_back_to_the_ticket_that_was_followed_is_the_same_issue() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund", orders=("O1",))
        .opens("T2", "2 Mar 09:00", category="Hotel", orders=("O2",), follows="T1")
        .writes("T1", "3 Mar 09:00")
    )

    assert pairs(history) == [("T1", "T2"), ("T2", "T1")]


def test_two_tickets_that_follow_a_third_are_not_the_same_issue_by_that() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", customer="Y", category="Refund")
        .opens("T2", "2 Mar 09:00", category="Hotel", follows="T1")
        .opens("T3", "3 Mar 09:00", category="Flight", follows="T1")
    )

    assert pairs(history) == []


def test_one_shared_order_is_enough() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund", orders=("O1", "O2"))
        .opens("T2", "2 Mar 09:00", category="Hotel", orders=("O2", "O3"))
    )

    assert pairs(history) == [("T1", "T2")]


def test_the_category_decides_only_where_neither_has_an_order() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund", orders=("O1",))
        .opens("T2", "2 Mar 09:00", category="Refund", orders=("O2",))
        .opens("T3", "3 Mar 09:00", category="Refund")
        .opens("T4", "4 Mar 09:00", category="Refund")
    )

    assert pairs(history) == [("T3", "T4")]


def test_the_category_is_the_one_known_at_each_contact() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .categorizes("T1", "1 Mar 10:00", "Hotel")  # too late for the contact of 09:00
        .opens("T2", "2 Mar 09:00", category="Hotel")
        .opens("T3", "3 Mar 09:00", category="Refund")
    )

    assert pairs(history) == [("T1", "T3")]


def test_unknown_categories_are_never_linked() -> None:
    history = History().opens("T1", "1 Mar 09:00").opens("T2", "2 Mar 09:00")

    assert pairs(history) == []


def test_contacts_of_unknown_issue_are_in_the_any_issue_rate_only() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .writes("T1", "2 Mar 09:00")
        .opens("T2", "3 Mar 09:00", orders=("O1",))
        .opens("T3", "4 Mar 09:00", category="Refund")
    )

    with history.folded() as folded:
        assert folded.query("SELECT contacts, recontacts FROM recontact_rate('same_issue')") == [
            (2, 0)
        ]
        assert folded.query("SELECT contacts, recontacts FROM recontact_rate('any_issue')") == [
            (4, 3)
        ]
        unknown = folded.query(
            "SELECT number, sequence FROM recontact_unknown_issues() ORDER BY ALL"
        )
        assert unknown == [("T1", 1), ("T1", 2)]
        # It still is a chase, and listed as one; only the rate leaves it out.
        [pair] = folded.rows("FROM recontact_pair WHERE scope = 'same_issue'")
        assert (pair["kind"], pair["counted"]) == ("chase", False)


def test_an_order_and_a_category_of_one_name_are_two_things() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Hotel", orders=("Refund",))
        .opens("T2", "2 Mar 09:00", category="Refund")
    )

    assert pairs(history) == []


def test_customers_are_never_linked_to_each_other() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", customer="X", category="Refund", orders=("O1",))
        .opens("T2", "2 Mar 09:00", customer="Y", category="Refund", orders=("O1",))
    )

    assert pairs(history) == []
    assert pairs(history, "any_issue") == []


def test_a_pair_goes_back_to_the_latest_contact_of_the_issue() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .opens("T2", "2 Mar 09:00", category="Hotel")
        .opens("T3", "3 Mar 09:00", category="Refund")
        .opens("T4", "4 Mar 09:00", category="Refund")
    )

    assert pairs(history) == [("T1", "T3"), ("T3", "T4")]
    assert pairs(history, "any_issue") == [("T1", "T2"), ("T2", "T3"), ("T3", "T4")]


def test_a_contact_counts_once_at_its_smallest_gap() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", orders=("O1", "O2"))
        .opens("T2", "2 Mar 09:00", orders=("O1",))
        .opens("T3", "3 Mar 09:00", orders=("O2",))  # shares O2 with T1 only
    )

    rows = pair_rows(history)

    assert [(row["earlier_number"], row["number"], row["counted"]) for row in rows] == [
        ("T1", "T2", True),
        ("T1", "T3", False),
    ]
    with history.folded() as folded:
        assert folded.query("SELECT recontacts FROM recontact_rate()") == [(1,)]
        assert folded.query("SELECT gap_hours FROM recontact_contacts() WHERE followed") == [
            (24.0,)
        ]


def test_at_one_moment_the_ticket_number_and_then_the_sequence_give_the_order() -> None:
    history = (
        History()
        .opens("T2", "1 Mar 09:00", category="Refund", channel=Channel.PHONE)
        .opens("T1", "1 Mar 09:00", category="Refund")
        .writes("T2", "1 Mar 09:00")
    )

    rows = pair_rows(history, "any_issue")

    assert [(row["earlier_number"], row["earlier_sequence"]) for row in rows] == [
        ("T1", 1),
        ("T2", 1),
    ]
    assert [(row["number"], row["sequence"]) for row in rows] == [("T2", 1), ("T2", 2)]


def test_neutral_contacts_are_neither_before_nor_after_nor_counted() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .writes("T1", "2 Mar 09:00", Intent.ANSWER)
        .writes("T1", "3 Mar 09:00")
    )

    [pair] = pair_rows(history, "any_issue")
    assert pair["gap_hours"] == 48
    with history.folded() as folded:
        assert folded.query("SELECT contacts FROM recontact_rate()") == [(2,)]


def test_a_contact_recorded_late_falls_into_its_place() -> None:
    in_time = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .opens("T2", "2 Mar 09:00", category="Refund")
        .opens("T3", "3 Mar 09:00", category="Refund")
    )
    late = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .opens("T3", "3 Mar 09:00", category="Refund")
        .opens("T2", "2 Mar 09:00", category="Refund")
    )

    assert pairs(late) == pairs(in_time) == [("T1", "T2"), ("T2", "T3")]


# ── Kinds and attribution ───────────────────────────────────────────────────────────────────────


def test_writing_on_an_unresolved_ticket_chases_its_owner() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .writes("T1", "2 Mar 09:00")
        .assigns("T1", "2 Mar 10:00", "Ayu")
        .writes("T1", "3 Mar 09:00")
    )

    assert kinds(history) == [("T1", "chase", "Unassigned"), ("T1", "chase", "Ayu")]


def test_opening_a_ticket_of_an_issue_that_is_unresolved_chases_the_owner_of_that_one() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .assigns("T1", "1 Mar 10:00", "Ayu")
        .opens("T2", "2 Mar 09:00", category="Refund")
        .assigns("T2", "2 Mar 09:00", "Budi")
    )

    assert kinds(history) == [("T2", "chase", "Ayu")]


def test_a_new_ticket_is_no_chase_of_itself() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .resolves("T1", "1 Mar 10:00", "Ayu")
        .opens("T2", "2 Mar 09:00", category="Refund")
    )

    assert kinds(history) == [("T2", "return", "Ayu")]


def test_one_unresolved_ticket_of_the_issue_is_enough_for_a_chase() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .assigns("T1", "1 Mar 10:00", "Ayu")
        .opens("T2", "2 Mar 09:00", category="Refund")
        .resolves("T2", "2 Mar 10:00", "Budi")
        .opens("T3", "3 Mar 09:00", category="Refund")  # T2 is resolved, T1 is not
    )

    assert kinds(history) == [("T2", "chase", "Ayu"), ("T3", "chase", "Ayu")]


def test_of_several_unresolved_tickets_the_one_last_spoken_of_is_chased() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .assigns("T1", "1 Mar 10:00", "Ayu")
        .opens("T2", "2 Mar 09:00", category="Refund")
        .assigns("T2", "2 Mar 10:00", "Budi")
        .writes("T1", "3 Mar 09:00")
        .opens("T3", "4 Mar 09:00", category="Refund")
    )

    assert kinds(history)[-1] == ("T3", "chase", "Ayu")


def test_an_unresolved_ticket_of_another_issue_makes_no_chase() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Hotel")
        .opens("T2", "2 Mar 09:00", category="Refund")
        .resolves("T2", "2 Mar 10:00", "Budi")
        .opens("T3", "3 Mar 09:00", category="Refund")
    )

    assert kinds(history) == [("T2", "new_issue", None), ("T3", "return", "Budi")]


def test_a_ticket_that_was_reopened_is_unresolved_again() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .resolves("T1", "1 Mar 10:00", "Ayu")
        .assigns("T1", "1 Mar 10:00", "Budi")
        .comes_back("T1", "2 Mar 09:00")
        .opens("T2", "3 Mar 09:00", category="Refund")
    )

    assert kinds(history) == [("T1", "reopen", "Ayu"), ("T2", "chase", "Budi")]


def test_a_reopening_is_charged_to_the_last_resolver_not_to_the_owner() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .resolves("T1", "1 Mar 10:00", "Ayu")
        .comes_back("T1", "2 Mar 09:00")
        .resolves("T1", "2 Mar 10:00", "Budi")
        .assigns("T1", "2 Mar 11:00", "Citra")
        .writes("T1", "3 Mar 09:00", reopens=True)
    )

    assert kinds(history) == [("T1", "reopen", "Ayu"), ("T1", "reopen", "Budi")]


def test_a_resolution_by_nobody_in_particular_leaves_the_reopening_unassigned() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .assigns("T1", "1 Mar 09:30", "Ayu")
        .resolves("T1", "1 Mar 10:00", None)
        .comes_back("T1", "2 Mar 09:00")
    )

    assert kinds(history) == [("T1", "reopen", "Unassigned")]


def test_a_reopening_is_one_whatever_the_status_was_said_to_be() -> None:
    back = TicketReopened(from_=Status.OPEN, cycle=2, reason="import")
    history = History().opens("T1", "1 Mar 09:00").save("T1", "2 Mar 09:00", back)

    assert kinds(history) == [("T1", "reopen", "Unassigned")]


def test_of_two_resolutions_in_a_row_the_last_resolver_answers_for_the_return() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .resolves("T1", "1 Mar 10:00", "Ayu")
        .resolves("T1", "1 Mar 11:00", "Budi")
        .opens("T2", "2 Mar 09:00", category="Refund")
    )

    assert kinds(history) == [("T2", "return", "Budi")]


def test_a_return_is_charged_to_whoever_had_resolved_it_by_then() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .resolves("T1", "1 Mar 10:00", "Ayu")
        .opens("T2", "2 Mar 09:00", category="Refund")
        .comes_back("T1", "5 Mar 09:00")
        .resolves("T1", "5 Mar 10:00", "Budi")
    )

    assert kinds(history)[0] == ("T2", "return", "Ayu")


def test_a_ticket_resolved_at_the_very_moment_of_the_next_one_is_resolved() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .resolves("T1", "2 Mar 09:00", "Ayu")
        .opens("T2", "2 Mar 09:00", category="Refund")
    )

    assert kinds(history) == [("T2", "return", "Ayu")]


def test_an_issue_they_had_long_ago_makes_a_return_whatever_came_between() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .resolves("T1", "1 Mar 10:00", "Ayu")
        .opens("T2", "2 Mar 09:00", category="Hotel")
        .opens("T3", "1 Sep 09:00", category="Refund")
    )

    assert kinds(history) == [("T2", "new_issue", None), ("T3", "return", "Ayu")]


def test_the_first_contact_on_a_ticket_of_the_companys_is_no_chase() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .opens("T2", "2 Mar 09:00", origin=Origin.COMPANY, category="Hotel")
        .writes("T2", "3 Mar 09:00")
        .writes("T2", "4 Mar 09:00")
    )

    assert kinds(history) == [("T2", "new_issue", None), ("T2", "chase", "Unassigned")]


def test_a_requesters_successor_on_the_ticket_does_not_repeat_their_contact() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .becomes_of("T1", "1 Mar 10:00", "Y")
        .writes("T1", "2 Mar 09:00")
        .writes("T1", "3 Mar 09:00")
    )

    assert [(row["customer"], row["gap_hours"]) for row in pair_rows(history)] == [("Y", 24.0)]


# ── What was missing ────────────────────────────────────────────────────────────────────────────


def test_every_chase_says_what_was_missing() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00")
        .writes("T1", "1 Mar 12:00")
        .replies("T1", "1 Mar 13:00", promises="2 Mar 13:00")
        .writes("T1", "2 Mar 09:00")
        .writes("T1", "3 Mar 09:00")
        .resolves("T1", "3 Mar 10:00", "Ayu")
        .writes("T1", "3 Mar 12:00", reopens=True)
    )

    assert [(row["kind"], row["avoidable"], row["missing"]) for row in pair_rows(history)] == [
        ("chase", True, "no_promise"),
        ("chase", True, "not_seen"),
        ("chase", True, "promise_missed"),
        ("reopen", False, None),
    ]


def test_a_chase_by_a_new_ticket_looks_at_the_promise_of_the_unresolved_one() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .replies("T1", "1 Mar 13:00", promises="2 Mar 13:00")
        .opens("T2", "2 Mar 09:00", category="Refund")
        .opens("T3", "3 Mar 09:00", category="Refund", orders=("O1",), follows="T1")
    )

    assert [(row["number"], row["about_ticket"], row["missing"]) for row in pair_rows(history)] == [
        ("T2", "ticket-T1", "not_seen"),
        ("T3", "ticket-T1", "promise_missed"),
    ]


def test_a_scope_that_does_not_exist_is_refused() -> None:
    history = History().opens("T1", "1 Mar 09:00")

    with history.folded() as folded, pytest.raises(Exception, match="same_issue or any_issue"):
        folded.query("FROM recontact_rate(scope := 'every_issue')")


def test_an_event_of_an_opened_ticket_only_is_the_same_issue_as_itself_once() -> None:
    """A ticket that says it follows itself, and names an order twice, is paired as any other."""
    odd = TicketOpened(
        number="T1",
        channel=Channel.EMAIL,
        live=False,
        origin=Origin.CUSTOMER,
        order_refs=("O1", "O1"),
        requester=Requester(id="X"),
        follows_ticket="ticket-T1",
    )
    message = MessageReceived(
        message_id="m1", channel=Channel.EMAIL, live=False, intent=Intent.UNKNOWN, status=Status.NEW
    )
    history = History().save("T1", "1 Mar 09:00", odd).save("T1", "2 Mar 09:00", message)

    assert pairs(history) == [("T1", "T1")]
