"""Hours of business: exact in every zone, over every change of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.policies.calendars import ALWAYS, WEEK, Calendar, Holiday, Span
from domain.policies.intervals import instant_of
from tests.domain.policies.calendars import (
    BERLIN,
    MOMENTS,
    NIGHT,
    OFFICE,
    WORKDAYS,
    calendars,
    in_berlin,
    spans,
)

pytestmark = pytest.mark.unit

HOUR = 3600
SECONDS = st.integers(0, 60 * 86_400_000_000).map(lambda microseconds: microseconds / 1_000_000)


def test_a_night_in_which_clocks_go_forward_has_seven_hours() -> None:
    ten_at_night = in_berlin(2026, 3, 28, 22)

    assert NIGHT.elapsed(ten_at_night, in_berlin(2026, 3, 29, 6)) == 7 * HOUR
    assert NIGHT.elapsed(ten_at_night, in_berlin(2026, 3, 29, 22)) == 7 * HOUR


def test_eight_hours_that_begin_in_it_run_out_in_the_next_night() -> None:
    assert NIGHT.due(in_berlin(2026, 3, 28, 22), 8 * HOUR) == in_berlin(2026, 3, 29, 23)
    assert NIGHT.due(in_berlin(2026, 3, 28, 22), 7 * HOUR) == in_berlin(2026, 3, 29, 6)


def test_a_night_in_which_clocks_go_back_has_nine_hours() -> None:
    assert NIGHT.elapsed(in_berlin(2026, 10, 24, 22), in_berlin(2026, 10, 25, 22)) == 9 * HOUR
    assert NIGHT.due(in_berlin(2026, 10, 24, 22), 9 * HOUR) == in_berlin(2026, 10, 25, 6)


def test_a_whole_day_has_as_many_hours_as_the_clocks_give_it() -> None:
    days = Calendar(name="days", zone="Europe/Berlin", hours=spans(WEEK[6:], "00:00-24:00"))

    def sunday(*start: int) -> float:
        return days.elapsed(in_berlin(*start), in_berlin(*start) + timedelta(days=1)) / HOUR

    assert (sunday(2026, 3, 22), sunday(2026, 3, 29), sunday(2026, 10, 25)) == (24, 23, 25)


def test_an_answer_by_the_office_hours_skips_lunch_evening_weekend_and_holiday() -> None:
    # Worked by hand: Thursday, 24 December 2026, 11:30; 7.5 hours a day; Friday is Christmas.
    start = in_berlin(2026, 12, 24, 11, 30)

    assert OFFICE.due(start, HOUR // 2) == in_berlin(2026, 12, 24, 12)
    assert OFFICE.due(start, HOUR) == in_berlin(2026, 12, 24, 13, 30)
    assert OFFICE.due(start, 5 * HOUR) == in_berlin(2026, 12, 24, 17, 30)
    assert OFFICE.due(start, 6 * HOUR) == in_berlin(2026, 12, 28, 10)
    assert OFFICE.elapsed(start, in_berlin(2026, 12, 28, 10)) == 6 * HOUR
    assert OFFICE.elapsed(in_berlin(2026, 12, 25), in_berlin(2026, 12, 28)) == 0
    assert OFFICE.seconds_a_week == 5 * 7.5 * HOUR


def test_a_question_at_night_waits_for_the_morning() -> None:
    night = in_berlin(2026, 11, 20, 23)  # a Friday

    assert OFFICE.opens_at(night) == in_berlin(2026, 11, 23, 9)
    assert OFFICE.due(night, 900) == in_berlin(2026, 11, 23, 9, 15)
    assert not OFFICE.is_open(night)
    assert OFFICE.is_open(in_berlin(2026, 11, 23, 9))
    assert not OFFICE.is_open(in_berlin(2026, 11, 23, 17, 30))
    assert OFFICE.opens_at(in_berlin(2026, 11, 23, 10)) == in_berlin(2026, 11, 23, 10)


def test_nothing_is_due_at_once_even_at_night() -> None:
    assert OFFICE.due(in_berlin(2026, 11, 20, 23), 0) == in_berlin(2026, 11, 20, 23)


def test_the_same_office_hours_are_other_moments_in_another_zone() -> None:
    jakarta = OFFICE.model_copy(update={"zone": "Asia/Jakarta"})
    start = datetime(2026, 11, 23, 1, tzinfo=UTC)

    assert OFFICE.due(start, HOUR) == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert jakarta.due(start, HOUR) == datetime(2026, 11, 23, 3, tzinfo=UTC)


def test_a_shift_that_began_before_a_holiday_ends_in_it_and_none_begins_on_it() -> None:
    holiday = (Holiday(date=date(2026, 12, 25)),)
    nights = NIGHT.model_copy(update={"holidays": holiday})

    assert nights.elapsed(in_berlin(2026, 12, 25), in_berlin(2026, 12, 26)) == 6 * HOUR
    assert nights.elapsed(in_berlin(2026, 12, 25, 6), in_berlin(2026, 12, 26, 22)) == 0


def test_a_break_counts_by_the_clock_also_after_midnight() -> None:
    nights = NIGHT.model_copy(update={"breaks": spans(WEEK, "23:30-00:30", "02:30-02:45")})

    assert nights.elapsed(in_berlin(2026, 11, 20, 22), in_berlin(2026, 11, 21, 6)) == 6.75 * HOUR
    # The clocks skip the second break in the night of 28 March.
    assert nights.elapsed(in_berlin(2026, 3, 28, 22), in_berlin(2026, 3, 29, 6)) == 6 * HOUR


def test_hours_that_are_given_twice_count_once() -> None:
    twice = Calendar(
        name="twice",
        zone="UTC",
        hours=spans(WORKDAYS, "09:00-12:00", "11:00-13:00") + spans(WEEK[:1], "20:00-10:00"),
    )
    tuesday = datetime(2026, 11, 24, tzinfo=UTC)

    assert twice.elapsed(tuesday, tuesday + timedelta(days=1)) == 13 * HOUR


def test_a_span_may_begin_in_an_hour_that_the_clocks_skip() -> None:
    early = Calendar(name="early", zone="Europe/Berlin", hours=spans(WEEK, "02:30-04:00"))

    assert early.elapsed(in_berlin(2026, 3, 29), in_berlin(2026, 3, 30)) == HOUR
    assert early.opens_at(in_berlin(2026, 3, 29)) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert instant_of(datetime(2026, 3, 29, 2, 30), BERLIN) == datetime(2026, 3, 29, 1, tzinfo=UTC)  # noqa: DTZ001 - local


def test_two_shifts_that_meet_in_an_hour_that_comes_twice_leave_nothing_out() -> None:
    meeting = Calendar(
        name="meeting", zone="Europe/Berlin", hours=spans(WEEK, "22:00-02:30", "02:30-06:00")
    )

    assert meeting.elapsed(in_berlin(2026, 10, 24, 22), in_berlin(2026, 10, 25, 6)) == 9 * HOUR


def test_the_calendar_that_is_always_open_counts_plain_seconds() -> None:
    start = datetime(2026, 3, 28, 22, tzinfo=UTC)

    assert ALWAYS.is_always
    assert not NIGHT.is_always
    assert ALWAYS.due(start, 86_400.25) == start + timedelta(days=1, milliseconds=250)
    assert ALWAYS.elapsed(start, start + timedelta(days=400)) == 400 * 86_400
    assert ALWAYS.is_open(start)


def test_a_moment_behind_the_end_of_time_is_its_end() -> None:
    late = datetime(9999, 12, 30, 23, tzinfo=UTC)

    for calendar in (ALWAYS, OFFICE):
        assert calendar.due(late, 10**9) == datetime.max.replace(tzinfo=UTC)
    assert OFFICE.elapsed(late, datetime.max.replace(tzinfo=UTC)) >= 0


@pytest.mark.parametrize(
    ("hours", "breaks"),
    [((), ()), (spans(WEEK, "12:00-13:00"), spans(WEEK, "11:00-14:00"))],
)
def test_a_calendar_that_never_opens_cannot_be(
    hours: tuple[Span, ...], breaks: tuple[Span, ...]
) -> None:
    with pytest.raises(ValidationError):
        Calendar(name="never", zone="UTC", hours=hours, breaks=breaks)


def test_a_copy_with_other_hours_remembers_nothing_of_the_first() -> None:
    monday = in_berlin(2026, 11, 23)
    assert OFFICE.due(monday, HOUR) == in_berlin(2026, 11, 23, 10)

    earlier = OFFICE.model_copy(update={"hours": spans(WORKDAYS, "08:00-17:00")})

    assert earlier.due(monday, HOUR) == in_berlin(2026, 11, 23, 9)
    assert OFFICE.due(monday, HOUR) == in_berlin(2026, 11, 23, 10)
    assert OFFICE.model_copy() == OFFICE


@given(calendars(), MOMENTS, SECONDS)
def test_what_is_due_has_run_by_then_and_not_before(
    calendar: Calendar, start: datetime, seconds: float
) -> None:
    due = calendar.due(start, seconds)

    assert due >= start
    assert due.tzinfo is UTC
    assert calendar.elapsed(start, due) == seconds
    if seconds:
        before = due - timedelta(microseconds=1)
        assert round((seconds - calendar.elapsed(start, before)) * 1_000_000) == 1


@given(calendars(), MOMENTS, st.integers(0, 90 * 86_400))
def test_what_has_run_by_a_moment_is_due_then_or_was_when_it_closed(
    calendar: Calendar, start: datetime, seconds: int
) -> None:
    end = start + timedelta(seconds=seconds)

    due = calendar.due(start, calendar.elapsed(start, end))

    assert due <= end
    assert calendar.elapsed(due, end) == 0


@given(calendars(), MOMENTS, SECONDS, SECONDS)
def test_more_is_due_later_and_a_later_start_is_due_later(
    calendar: Calendar, start: datetime, some: float, more: float
) -> None:
    low, high = sorted((some, more))

    assert calendar.due(start, low) <= calendar.due(start, high)
    assert calendar.due(start, low) <= calendar.due(start + timedelta(seconds=high), low)


@given(calendars(), MOMENTS, SECONDS, SECONDS)
def test_two_stretches_are_together_as_long_as_the_whole(
    calendar: Calendar, start: datetime, first: float, second: float
) -> None:
    middle = start + timedelta(seconds=first)
    end = middle + timedelta(seconds=second)

    parts = calendar.elapsed(start, middle) + calendar.elapsed(middle, end)

    assert parts == pytest.approx(calendar.elapsed(start, end), abs=1e-6)
    assert 0 <= parts <= (end - start).total_seconds() + 1e-6


DAYS = st.dates(date(2011, 12, 20), date(2012, 1, 10)) | st.dates(
    date(2026, 3, 1), date(2026, 4, 10)
)


def shows_open(calendar: Calendar, moment: datetime) -> bool:
    """Whether the clock on the wall shows a time inside a span and outside every break."""
    local = moment.astimezone(ZoneInfo(calendar.zone))
    closed = {holiday.date for holiday in calendar.holidays}

    def inside(some: tuple[Span, ...], *, heeds_holidays: bool) -> bool:
        for days_ago in (0, 1):
            day = local.date() - timedelta(days=days_ago)
            minute = days_ago * 1440 + local.hour * 60 + local.minute
            if heeds_holidays and day in closed:
                continue
            for span in some:
                if span.day is WEEK[day.weekday()] and (
                    span.begins_minute <= minute < span.ends_minute
                ):
                    return True
        return False

    return inside(calendar.hours, heeds_holidays=True) and not inside(
        calendar.breaks, heeds_holidays=False
    )


@given(
    calendars(),
    st.dates(date(2011, 12, 20), date(2012, 1, 10)) | st.dates(date(2026, 3, 1), date(2026, 4, 10)),
)
@example(NIGHT, date(2026, 3, 28))
@settings(max_examples=50)
def test_hours_are_what_a_clock_on_the_wall_says(calendar: Calendar, day: date) -> None:
    start = datetime.combine(day, datetime.min.time(), UTC)
    moments = [start + timedelta(minutes=5 * step) for step in range(3 * 288)]
    zone = ZoneInfo(calendar.zone)
    # Of an hour that comes twice, a span's end takes the first: no wall clock can tell that.
    twice = any(moment.astimezone(zone).fold for moment in moments)

    counted = 300 * sum(shows_open(calendar, moment) for moment in moments)

    if not twice:
        assert calendar.elapsed(start, start + timedelta(days=3)) == counted
