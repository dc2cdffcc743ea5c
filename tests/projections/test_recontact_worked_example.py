"""The worked example of the design, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from projections.recontact import PROJECTION
from tests.projections.harness import Folded
from tests.projections.recontact_history import NAMES, WINDOWS, worked_example

pytestmark = pytest.mark.unit

ANY_ISSUE = {"24 h": 2, "72 h": 3, "7 d": 4, "30 d": 5, "any": 6}
SAME_ISSUE = {"24 h": 1, "72 h": 1, "7 d": 3, "30 d": 4, "any": 5}
TICKETS_SAME_ISSUE = {"24 h": 1, "72 h": 1, "7 d": 1, "30 d": 1, "any": 2}

GAPS_ANY_ISSUE = {
    ("c1", "c2"): 24,
    ("c2", "c4"): 49,
    ("c4", "c5"): 24,
    ("c5", "c7"): 96,
    ("c7", "c8"): 384,
    ("c8", "c10"): 864,
}
GAPS_SAME_ISSUE = {
    ("c1", "c2"): 24,
    ("c2", "c5"): 73,
    ("c5", "c7"): 96,
    ("c7", "c8"): 384,
    ("c4", "c10"): 1368,
}
KINDS = {
    "c2": "chase",
    "c4": "new_issue",
    "c5": "chase",
    "c7": "reopen",
    "c8": "return",
    "c10": "return",
}
AGENTS = {"c2": "Ayu", "c4": None, "c5": "Budi", "c7": "Budi", "c8": "Budi", "c10": "Citra"}


@pytest.fixture(scope="module")
def example() -> Iterator[Folded]:
    with worked_example().folded() as folded:
        yield folded


def hours(window: str) -> float | None:
    span = WINDOWS[window]
    return None if span is None else span.total_seconds() / 3600


def rate(example: Folded, scope: str, window: str, **more: Any) -> dict[str, Any]:
    [row] = example.rows(
        "FROM recontact_rate(scope := $scope, window_hours := $hours, as_of := $as_of)",
        scope=scope,
        hours=hours(window),
        as_of=more.get("as_of"),
    )
    return row


def named(moment: datetime) -> str:
    return NAMES[moment]


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize(
    ("scope", "followed"), [("any_issue", ANY_ISSUE), ("same_issue", SAME_ISSUE)]
)
def test_of_eight_contacts_so_many_were_followed(
    example: Folded, scope: str, followed: dict[str, int], window: str
) -> None:
    row = rate(example, scope, window)

    assert (row["contacts"], row["recontacts"]) == (8, followed[window])
    assert row["rate"] == followed[window] / 8


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("scope", ["any_issue", "same_issue"])
def test_by_10_june_every_window_that_ends_is_over(
    example: Folded, scope: str, window: str
) -> None:
    row = rate(example, scope, window)

    if window == "any":
        assert (row["mature_contacts"], row["mature_rate"]) == (0, None)
    else:
        assert (row["mature_contacts"], row["mature_rate"]) == (8, row["rate"])


@pytest.mark.parametrize("window", WINDOWS)
def test_of_five_tickets_so_many_have_a_recontact_of_the_same_issue(
    example: Folded, window: str
) -> None:
    measures = overview(example, "same_issue", window)

    assert measures["tickets"] == (5, TICKETS_SAME_ISSUE[window])


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("scope", ["any_issue", "same_issue"])
def test_one_of_two_customers_came_back_throughout(
    example: Folded, scope: str, window: str
) -> None:
    assert overview(example, scope, window)["customers"] == (2, 1)


def overview(example: Folded, scope: str, window: str) -> dict[str, tuple[int, int]]:
    rows = example.rows(
        "FROM recontact_overview(scope := $scope, window_hours := $hours)",
        scope=scope,
        hours=hours(window),
    )
    return {row["measure"]: (row["total"], row["recontacted"]) for row in rows}


@pytest.mark.parametrize(
    ("scope", "gaps"), [("any_issue", GAPS_ANY_ISSUE), ("same_issue", GAPS_SAME_ISSUE)]
)
def test_the_pairs_and_their_gaps(
    example: Folded, scope: str, gaps: dict[tuple[str, str], int]
) -> None:
    rows = example.rows("FROM recontact_pair WHERE scope = $scope", scope=scope)

    found = {(named(row["earlier_at"]), named(row["started_at"])): row["gap_hours"] for row in rows}
    assert found == gaps
    assert all(row["counted"] for row in rows)


def test_the_kind_of_every_recontact_is_the_same_in_both_scopes(example: Folded) -> None:
    rows = example.rows("FROM recontact_pair")

    assert {named(row["started_at"]): row["kind"] for row in rows} == KINDS
    same = {named(row["started_at"]) for row in rows if row["scope"] == "same_issue"}
    assert same == set(KINDS) - {"c4"}


def test_whom_every_recontact_is_charged_to(example: Folded) -> None:
    rows = example.rows("FROM recontact_pair")

    assert {named(row["started_at"]): row["attributed_to"] for row in rows} == AGENTS


def test_ayu_answers_for_one_recontact_budi_for_three_citra_for_one(example: Folded) -> None:
    rows = example.rows("FROM recontact_rate_by('agent', window_hours := NULL)")

    charged = {row["value"]: row["recontacts"] for row in rows if row["recontacts"]}
    assert charged == {"Ayu": 1, "Budi": 3, "Citra": 1}


def test_only_the_answer_and_the_thanks_are_neutral(example: Folded) -> None:
    rows = example.rows("SELECT started_at FROM contact WHERE neutral")

    assert {named(row["started_at"]) for row in rows} == {"c3", "c6"}


def test_all_ten_contacts_are_there(example: Folded) -> None:
    rows = example.rows("SELECT started_at FROM contact")

    assert sorted(named(row["started_at"]) for row in rows) == sorted(NAMES.values())


@pytest.mark.parametrize(("scope", "followed"), [("any_issue", 2), ("same_issue", 1)])
@pytest.mark.parametrize("as_of", ["2026-03-06", "2026-03-06 00:00:00+00"])
def test_as_of_6_march_two_contacts_are_mature_in_72_hours(
    example: Folded, scope: str, followed: int, as_of: str
) -> None:
    row = rate(example, scope, "72 h", as_of=as_of)

    assert (row["mature_contacts"], row["mature_recontacts"]) == (2, followed)
    assert row["mature_rate"] == followed / 2
    immature = example.rows(
        "FROM recontact_contacts(scope := $scope, window_hours := 72, as_of := $as_of) "
        "WHERE NOT mature ORDER BY started_at",
        scope=scope,
        as_of=as_of,
    )
    assert [named(contact["started_at"]) for contact in immature] == ["c4", "c5"]


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("scope", ["any_issue", "same_issue"])
def test_the_drill_down_lists_the_contacts_behind_the_rate(
    example: Folded, scope: str, window: str
) -> None:
    row = rate(example, scope, window)
    listed = example.rows(
        "FROM recontact_contacts(scope := $scope, window_hours := $hours)",
        scope=scope,
        hours=hours(window),
    )

    assert len(listed) == row["contacts"]
    assert sum(contact["followed"] for contact in listed) == row["recontacts"]
    gaps = GAPS_ANY_ISSUE if scope == "any_issue" else GAPS_SAME_ISSUE
    assert {
        (named(contact["started_at"]), named(contact["next_at"])): contact["gap_hours"]
        for contact in listed
        if contact["followed"]
    } == {pair: gap for pair, gap in gaps.items() if gap <= (hours(window) or gap)}


def test_the_order_in_which_a_batch_holds_its_events_does_not_matter() -> None:
    example = worked_example()
    bodies = [body for _, _, body in example.stream.delivered()]
    batch = [(0, position, body) for position, body in enumerate(reversed(bodies), start=1)]

    with example.folded() as in_time, Folded(PROJECTION).feed(batch).with_views() as backwards:
        query = "FROM recontact_pair ORDER BY scope, started_at"
        assert in_time.query(query) == backwards.query(query)
