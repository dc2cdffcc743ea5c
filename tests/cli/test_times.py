"""Moments and lengths of time, as people write and read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import typer

from cli.times import hours, is_relative, length, long, parse_hours, parse_moment, relative, short

pytestmark = pytest.mark.unit

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-01T10:00", datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("2026-01-01 10:00", datetime(2026, 1, 1, 9, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-07-01T10:00Z", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-07-01T10:00+05:30", datetime(2026, 7, 1, 4, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_without_an_offset_is_meant_in_the_ledgers_zone(
    text: str, moment: datetime
) -> None:
    assert parse_moment(text, BERLIN, option="--at") == moment


def test_lengths_lead_back_from_now_or_ahead() -> None:
    ago = parse_moment("2h", BERLIN, option="--at")
    ahead = parse_moment("2h", BERLIN, option="--at", ahead=True)

    assert timedelta(hours=4) - timedelta(minutes=1) < ahead - ago < timedelta(hours=4, minutes=1)
    assert is_relative("2h")
    assert is_relative(" now ")
    assert not is_relative("2026-03-01")


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "9999-12-31T23:59-14:00", "12"])
def test_what_is_no_moment_is_a_usage_error(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="looks like"):
        parse_moment(text, BERLIN, option="--at")


@pytest.mark.parametrize(
    ("text", "found"), [("24h", 24), ("7d", 168), ("90m", 1.5), ("1w", 168), ("any", None)]
)
def test_windows_are_written_with_their_unit(text: str, found: float | None) -> None:
    assert parse_hours(text, option="--window") == found


def test_a_window_without_unit_is_a_usage_error() -> None:
    with pytest.raises(typer.BadParameter, match="90m, 24h, 7d or any"):
        parse_hours("24", option="--window")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=45), "45 min"),
        (timedelta(hours=3, minutes=20), "3 h 20 min"),
        (timedelta(hours=14, minutes=20), "14 h"),
        (timedelta(days=2, hours=4), "2 d 4 h"),
        (timedelta(days=45), "45 d"),
        (timedelta(days=60), "2 mo"),
        (timedelta(days=364), "12 mo"),
        (timedelta(days=800), "2 y 2 mo"),
    ],
)
def test_a_length_has_one_or_two_units(span: timedelta, words: str) -> None:
    assert length(span) == words


def test_distances_are_told_from_a_moment() -> None:
    assert relative(NOON - timedelta(hours=3), NOON) == "3 h ago"
    assert relative(NOON + timedelta(days=2), NOON) == "in 2 d"
    assert relative(NOON + timedelta(seconds=30), NOON) == "just now"
    assert relative(None, NOON) == "-"


def test_moments_are_shown_in_the_zone() -> None:
    assert short(NOON, BERLIN) == "2026-03-01 13:00"
    assert long(NOON, BERLIN) == "Sun 1 Mar 2026, 13:00"
    assert short(None, BERLIN) == "-"


def test_windows_are_named_in_days_where_that_is_shorter() -> None:
    assert [hours(one) for one in (24, 72, 168, 720, 1.5, None)] == [
        "24 h",
        "72 h",
        "7 d",
        "30 d",
        "1.5 h",
        "any time",
    ]
