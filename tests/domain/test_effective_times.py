"""Order is the sequence; time moves forward only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from domain.facts import Fact, effective_times
from domain.ticket import evolve
from domain.values import Status, iso
from tests.domain.given import MIDNIGHT, NEW, OPEN, at, closed, moved, received
from tests.domain.strategies import MOMENTS, histories

pytestmark = pytest.mark.unit


def test_a_call_reported_late_moves_forward_and_never_back() -> None:
    times = [at("10:00"), at("10:30"), at("10:10"), at("10:40"), at("09:00")]

    assert list(effective_times(times)) == [
        at("10:00"),
        at("10:30"),
        at("10:30"),
        at("10:40"),
        at("10:40"),
    ]
    assert list(effective_times([])) == []


@each(st.lists(MOMENTS))
def test_effective_times_never_run_back_and_never_precede_the_event(times: list[datetime]) -> None:
    effective = list(effective_times(times))

    assert effective == sorted(effective)
    assert all(late >= time for late, time in zip(effective, times, strict=True))
    assert set(effective) <= set(times)


@each(histories())
def test_a_ticket_counts_time_as_its_history_does(history: list[Fact]) -> None:
    ticket = None
    for fact, effective in zip(
        history, effective_times(fact.time for fact in history), strict=True
    ):
        ticket = evolve(ticket, fact)
        assert ticket.effective_at == effective


def test_what_a_late_event_begins_begins_when_it_takes_effect() -> None:
    late = OPEN.and_then(at("09:00"), moved(Status.OPEN, Status.ON_HOLD))

    assert late.ticket.status_since == at("10:05")


def test_a_message_recorded_after_the_closing_counts_as_of_the_closing() -> None:
    history = NEW.and_then(at("12:00"), closed(), at("11:59"), received(status=Status.CLOSED))

    assert history.ticket.last_public_at == at("12:00")


@each(MOMENTS, st.integers(-23 * 60, 23 * 60))
def test_a_written_moment_has_six_decimals_and_is_in_utc_whatever_zone_it_came_from(
    moment: datetime, minutes: int
) -> None:
    zone = timezone(timedelta(minutes=minutes))
    try:
        elsewhere = moment.astimezone(zone)
    except OverflowError:
        elsewhere = moment

    text = iso(elsewhere)

    assert len(text) == len("2026-11-22T03:12:00.123456Z")
    assert datetime.fromisoformat(text) == moment


@each(MOMENTS, MOMENTS)
def test_the_order_of_written_moments_is_the_order_of_time(one: datetime, other: datetime) -> None:
    assert (iso(one) < iso(other)) == (one < other)


def test_a_moment_is_written_like_this() -> None:
    assert iso(MIDNIGHT) == "2026-11-22T00:00:00.000000Z"
    assert iso(datetime(999, 1, 2, 3, 4, 5, 6, tzinfo=UTC)) == "0999-01-02T03:04:05.000006Z"
