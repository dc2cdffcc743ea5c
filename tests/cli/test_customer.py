"""Customers' cases are shown as the customers may see them."""

from __future__ import annotations

import pytest

from cli.stepper import stepper
from tests.cli.calling import Terminal

pytestmark = pytest.mark.unit

CASE_FIELDS = {
    "number",
    "ticket",
    "subject",
    "category",
    "stage",
    "stage_index",
    "state",
    "badges",
    "agent",
    "opened_at",
    "last_update_at",
    "resolution_expected_by",
    "merged_into",
    "next_update_by",
    "next_action",
    "next_action_why",
    "times_reopened",
    "resolved_at",
    "closed_at",
    "order_refs",
}


def test_a_customers_cases_are_listed_ongoing_ones_first(cases: Terminal) -> None:
    rows = cases.done("customer", "cases", "X", "--json").objects

    assert [row["category"] for row in rows] == [["Hotel"], ["Refund"]]
    assert set(rows[0]) == CASE_FIELDS
    assert "Refund" in cases.done("customer", "cases", "X").out
    assert "has no case" in cases.done("customer", "cases", "Z").out
    assert cases.done("customer", "cases", "Z", "--json").out == ""


def test_a_case_is_shown_with_name_time_and_the_promised_update(terminal: Terminal) -> None:
    number = terminal.opened(
        *("--customer", "C7", "--subject", "No refund", "--order", "O1"),
        *("--command-id", "k", "--at", "2026-03-01T09:00"),
    )
    terminal.done("ticket", "assign", number, "--to", "ayu", "--at", "2026-03-01T09:10")
    terminal.done(
        *("ticket", "reply", number, "We asked the airline.", "--sign", "Ayu"),
        *("--at", "2026-03-01T10:00", "--next-update-by", "2026-03-02T10:00"),
    )
    terminal.done("ticket", "note", number, "they never pay", "--at", "2026-03-01T10:05")

    shown = terminal.done("customer", "show", number).out
    found = terminal.done("customer", "show", number, "--json").object

    assert shown.startswith(f"{number}  No refund\n● received ── ● in review ── ◉ being worked on")
    assert "by Mon 2 Mar 2026, 10:00" in shown
    assert "with         Ayu" in shown
    assert "We asked the airline." in shown
    assert "they never pay" not in shown + str(found)
    assert found["stage"] == "being_worked_on"
    assert [entry["kind"] for entry in found["timeline"]][:2] == ["opened", "stage_moved"]
    assert "took the case" in shown
    assert "moved on" not in shown


def test_what_a_customer_wrote_cannot_steer_the_terminal(terminal: Terminal) -> None:
    number = terminal.opened("--customer", "C7", "--subject", "\x1b]0;owned\x07\x1b[31mred")

    for words in (("customer", "show"), ("ticket", "show"), ("ticket", "history")):
        assert "\x1b" not in terminal.done(*words, number).out
        assert "\x07" not in terminal.done(*words, number).out


def test_a_case_that_nobody_has_is_not_found(cases: Terminal) -> None:
    assert cases("customer", "show", "INC1").code == 3


def test_the_stepper_marks_what_was_reached() -> None:
    assert stepper("received", []) == [
        "◉ received ── ○ in review ── ○ being worked on ── ○ resolved"
    ]
    assert stepper("resolved", [], "N")[0] == "N"
    assert stepper("in_review", ["reopened"])[1] == "[reopened]"


def _look_at_a_screen(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    """A terminal of that width, without colour."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.parametrize("columns", ["80", "160"])
@pytest.mark.parametrize(
    "words",
    [
        ("customer", "cases", "X"),
        ("ticket", "list"),
        ("queue", "list"),
        ("queue", "depth"),
        ("recontact", "rate"),
        ("recontact", "drivers"),
        ("project", "status"),
        ("log", "tail"),
        ("sql", "FROM customer_case"),
        ("sql", "--describe"),
    ],
)
def test_no_line_is_wider_than_the_terminal_and_a_pipe_has_no_colour(
    cases: Terminal, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], columns: str
) -> None:
    assert "\x1b" not in cases.done(*words).out
    _look_at_a_screen(monkeypatch, columns)

    out = cases.done(*words).out

    assert max(map(len, out.splitlines())) <= int(columns)


@pytest.mark.parametrize("verb", ["show", "history"])
def test_one_ticket_fits_eighty_columns(
    cases: Terminal, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    number = cases.done("customer", "cases", "Y", "--json").object["number"]
    _look_at_a_screen(monkeypatch, "80")

    for noun in ("ticket", "customer") if verb == "show" else ("ticket",):
        assert max(map(len, cases.done(noun, verb, number).out.splitlines())) <= 80
