"""A customer's message finds the case it belongs to, once."""

from __future__ import annotations

import pytest

from tests.cli.calling import Terminal

pytestmark = pytest.mark.unit


def message(terminal: Terminal, *words: str) -> dict[str, object]:
    return terminal.done("customer", "message", "C7", *words, "--json").object


def test_a_message_without_a_case_opens_one(terminal: Terminal) -> None:
    outcome = message(terminal, "hello", "--order", "O1", "--subject", "No refund")

    shown = terminal.done("ticket", "show", str(outcome["number"]), "--json").object
    assert outcome["events"] == ["ticket.opened"]
    assert (shown["customer"], shown["order_refs"], shown["subject"]) == (
        "C7",
        ["O1"],
        "No refund",
    )


def test_the_mentioned_number_decides(terminal: Terminal) -> None:
    number = terminal.opened("--customer", "C7", "--order", "O1")
    other = terminal.opened("--customer", "C7", "--order", "O2")

    outcome = message(terminal, "hello", "--about", number, "--order", "O2")

    assert outcome["number"] == number != other


def test_the_answered_message_decides(terminal: Terminal) -> None:
    number = terminal.opened("--customer", "C7")
    terminal.done(
        *("ticket", "reply", number, "Which flight?", "--ask", "--message-id", "<q@us>"),
        *("--at", "2026-03-01T10:00"),
    )

    outcome = message(terminal, "BA 12", "--in-reply-to", "<q@us>", "--intent", "answer")

    assert (outcome["number"], outcome["status"]) == (number, "open")


def test_else_the_one_unresolved_case_on_the_order(terminal: Terminal) -> None:
    number = terminal.opened("--customer", "C7", "--order", "O1")
    terminal.opened("--customer", "C8", "--order", "O1")

    assert message(terminal, "any news?", "--order", "O1")["number"] == number


def test_two_cases_on_the_order_leave_it_open_so_a_new_one_begins(terminal: Terminal) -> None:
    terminal.opened("--customer", "C7", "--order", "O1")
    terminal.opened("--customer", "C7", "--order", "O1")

    assert message(terminal, "any news?", "--order", "O1")["events"] == ["ticket.opened"]


def test_a_case_that_is_closed_for_good_is_followed_by_a_new_one(terminal: Terminal) -> None:
    at = ("--command-id", "k", "--at", "2026-03-01T10:00")
    number = terminal.opened("--customer", "C7", *at)
    for verb in ("resolve", "close"):
        terminal.done("ticket", verb, number, "--at", "2026-03-02T10:00")

    outcome = message(terminal, "again", "--about", number, "--at", "2026-03-20T10:00")

    shown = terminal.done("ticket", "show", str(outcome["number"]), "--json").object
    assert outcome["events"] == ["ticket.opened"]
    assert shown["follows"] == number


@pytest.mark.parametrize("order", [(), ("--order", "O1")])
def test_the_same_message_again_finds_its_first_answer(
    terminal: Terminal, order: tuple[str, ...]
) -> None:
    if order:
        terminal.opened("--customer", "C7", *order)
    words = ("hi", *order, "--message-id", "<1@mail>", "--at", "2026-11-01T10:00")

    first = message(terminal, *words)
    # Now there is another case it could be put on, or none any more.
    terminal.opened("--customer", "C7", "--order", "O1")
    again = message(terminal, *words)

    assert again == first | {"repeated": True, "status": first["status"]}


def test_a_message_that_a_case_has_already_is_not_taken_in_by_another_key(
    terminal: Terminal,
) -> None:
    number = terminal.opened("--customer", "C7", "--order", "O1")
    words = ("--order", "O1", "--message-id", "<1@mail>", "--at", "2026-11-01T10:00")
    message(terminal, "hi", *words)

    answer = terminal("customer", "message", "C7", "hi", *words, "--command-id", "other")

    assert answer.code == 17
    assert number in answer.err
