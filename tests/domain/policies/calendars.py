"""Calendars for tests: some by hand, and any that Hypothesis can think of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.policies.calendars import WEEK, Calendar, Holiday, Span, Weekday

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    "UTC",
    "Europe/Berlin",
    "Asia/Jakarta",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Apia",  # left out a whole day in 2011
    "Asia/Kathmandu",
    "America/Sao_Paulo",  # its clocks once jumped at midnight
]
WORKDAYS = WEEK[:5]


def spans(days: tuple[Weekday, ...], *times: str) -> tuple[Span, ...]:
    """`09:00-17:00` on each of the days."""
    return tuple(
        Span(day=day, from_=time.partition("-")[0], to=time.partition("-")[2])
        for day in days
        for time in times
    )


def in_berlin(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=BERLIN)  # type: ignore[arg-type,misc]


OFFICE = Calendar(
    name="office",
    zone="Europe/Berlin",
    hours=spans(WORKDAYS, "09:00-17:30"),
    breaks=spans(WEEK, "12:00-13:00"),
    holidays=(Holiday(date=date(2026, 12, 25), name="Christmas Day"),),
)
NIGHT = Calendar(name="night", zone="Europe/Berlin", hours=spans(WEEK, "22:00-06:00"))

_CLOCK = st.integers(0, 24 * 12 - 1).map(lambda five: f"{five // 12:02}:{five % 12 * 5:02}")
_SPAN = st.builds(Span, day=st.sampled_from(WEEK), from_=_CLOCK, to=_CLOCK | st.just("24:00"))
_YEARS = (2010, 2011, 2012, 2017, 2026)
_SECONDS_A_DAY = 86_400


def _within(first: date, days: int) -> st.SearchStrategy[datetime]:
    midnight = datetime.combine(first, datetime.min.time(), UTC)
    return st.integers(0, days * _SECONDS_A_DAY).map(lambda one: midnight + timedelta(seconds=one))


MOMENTS = _within(date(2010, 1, 1), 17 * 365) | st.sampled_from(_YEARS).flatmap(
    lambda year: _within(date(year, 3, 1), 45) | _within(date(year, 9, 15), 60)
)
"""Any moment in UTC, often around a change of the clocks."""


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any calendar: overlapping spans, nights, breaks at any time, holidays in a row."""
    try:
        return Calendar(
            name="any",
            zone=draw(st.sampled_from(ZONES)),
            hours=tuple(draw(st.lists(_SPAN, min_size=1, max_size=8))),
            breaks=tuple(draw(st.lists(_SPAN, max_size=3))),
            holidays=tuple(
                Holiday(date=day)
                for day in draw(st.lists(st.dates(date(2010, 1, 1), date(2027, 1, 1)), max_size=5))
            ),
        )
    except ValidationError:  # all of its hours are breaks
        assume(False)
        raise
