"""The figures of re-contacts are those of the views, and the options choose scope and period."""

from __future__ import annotations

import pytest

from tests.cli.calling import Terminal

pytestmark = pytest.mark.unit

RATE_FIELDS = {
    "scope",
    "window_hours",
    "contacts",
    "recontacts",
    "rate",
    "mature_contacts",
    "mature_recontacts",
    "mature_rate",
}


def rates(cases: Terminal, *words: str) -> list[tuple[str, float | None, int, int]]:
    return [
        (row["scope"], row["window_hours"], row["recontacts"], row["contacts"])
        for row in cases.done("recontact", "rate", *words, "--json").objects
    ]


def test_every_window_of_both_scopes_is_shown(cases: Terminal) -> None:
    assert rates(cases) == [
        ("same_issue", 24, 0, 3),
        ("same_issue", 72, 0, 3),
        ("same_issue", 168, 0, 3),
        ("same_issue", 720, 0, 3),
        ("same_issue", None, 0, 3),
        ("any_issue", 24, 1, 3),
        ("any_issue", 72, 1, 3),
        ("any_issue", 168, 1, 3),
        ("any_issue", 720, 1, 3),
        ("any_issue", None, 1, 3),
    ]
    rows = cases.done("recontact", "rate", "--json").objects
    assert set(rows[0]) == RATE_FIELDS


def test_scope_window_and_period_are_chosen(cases: Terminal) -> None:
    words = ("--scope", "any_issue", "--window", "23h")
    assert rates(cases, *words) == [("any_issue", 23, 0, 3)]
    until = ("--scope", "any_issue", "--window", "any", "--to", "2026-03-02")
    assert rates(cases, *until) == [("any_issue", None, 1, 1)]
    since = ("--scope", "any_issue", "--window", "7d", "--from", "2026-03-02T09:00:00")
    assert rates(cases, *since) == [("any_issue", 168, 0, 2)]
    assert cases("recontact", "rate", "--from", "2026-03-02", "--to", "2026-03-01").code == 2
    assert cases("recontact", "rate", "--window", "24").code == 2


def test_rates_are_split_by_a_dimension(cases: Terminal) -> None:
    words = ("--by", "category", "--scope", "any_issue", "--window", "7d")
    rows = cases.done("recontact", "rate", *words, "--json").objects

    assert {(row["value"], row["recontacts"], row["contacts"]) for row in rows} == {
        ("Refund", 1, 2),
        ("Hotel", 0, 1),
    }
    assert {row["dimension"] for row in rows} == {"category"}
    assert "by category" in cases.done("recontact", "rate", *words).out


def test_the_contacts_behind_a_rate_are_listed(cases: Terminal) -> None:
    [pair] = cases.done("recontact", "pairs", "--scope", "any_issue", "--json").objects

    assert (pair["customer"], pair["kind"], pair["gap_hours"]) == ("X", "new_issue", 24)
    assert "new issue" in cases.done("recontact", "pairs", "--scope", "any_issue").out
    assert "no contact" in cases.done("recontact", "pairs", "--kind", "chase").out


def test_drivers_say_what_the_rate_would_be_without_them(cases: Terminal) -> None:
    words = ("--dimension", "channel", "--scope", "any_issue")
    rows = cases.done("recontact", "drivers", *words, "--json").objects

    assert [(row["value"], row["recontacts"], row["rate_without"]) for row in rows] == [
        ("other", 1, 0),
        ("phone", 0, 0.5),
    ]
    assert "overall" in cases.done("recontact", "drivers").out
    assert cases("recontact", "drivers", "--dimension", "day").code == 2


def test_periods_and_cohorts_are_compared_with_an_interval(cases: Terminal) -> None:
    scope = ("--scope", "any_issue", "--window", "24h")
    periods = ("--before", "2026-03-01..2026-03-02", "--after", "2026-03-02..")
    answer = cases.done("recontact", "compare", *periods, *scope, "--json").object
    cohorts = ("--dimension", "channel", "--a", "other", "--b", "phone")

    assert (answer["a_recontacts"], answer["a_contacts"]) == (1, 1)
    assert answer["absolute_change"] == -1
    assert {"absolute_low", "absolute_high", "relative_low", "relative_high"} <= set(answer)
    assert "95 % interval" in cases.done("recontact", "compare", *periods, *scope).out
    assert "phone" in cases.done("recontact", "compare", *cohorts).out
    assert cases("recontact", "compare").code == 2
    assert cases("recontact", "compare", "--dimension", "channel").code == 2
    assert cases("recontact", "compare", "--before", "March").code == 2


def test_every_contact_that_a_rate_counts_is_listed(cases: Terminal) -> None:
    rows = cases.done("recontact", "contacts", "--scope", "any_issue", "--json").objects

    assert [row["customer"] for row in rows] == ["Y", "X", "X"]
    [back] = [row for row in rows if row["followed"]]
    assert (back["customer"], back["gap_hours"]) == ("X", 24)
    followed = cases.done(
        *("recontact", "contacts", "--scope", "any_issue", "--followed", "--json")
    ).object
    assert followed["number"] == back["number"]
    assert "1 d" in cases.done("recontact", "contacts", "--scope", "any_issue").out


def test_a_period_may_be_told_in_months(cases: Terminal) -> None:
    def contacts(*words: str) -> int:
        rows = cases.done("recontact", "rate", "--window", "24h", *words, "--json").objects
        return int(rows[0]["contacts"])

    assert contacts("--from", "2026-03") == 3
    assert contacts("--to", "2026-03") == 0
    assert contacts("--from", "2026-03", "--to", "2026-04") == 3
    assert cases("recontact", "rate", "--from", "2026-13").code == 2
