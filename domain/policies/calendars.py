"""Calendars: when an operation is open, and how many seconds of that lie between two moments.

A span is local time of day in the calendar's zone. What is open are the instants at which a clock
on the wall there shows a time inside a span: a night of 22:00 to 06:00 has 7 hours when clocks go
forward in it, and 9 when they go back. A span that ends or begins at a time which the clock shows
twice does so at the first of the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, model_validator

from domain.model import Model
from domain.policies.intervals import Interval, instant_of, joined, without

TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""Such as 09:30."""

EndOfSpan = Annotated[str, StringConstraints(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
"""Such as 17:30, or 24:00 for the end of the day."""

_DAY = timedelta(days=1)
_MINUTES_A_DAY = 1440
_MINUTES_A_WEEK = 7 * _MINUTES_A_DAY
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class Weekday(StrEnum):
    """The days of the week, in order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


WEEK = tuple(Weekday)


class Span(Model):
    """Hours of one weekday, in local time. `to` at or before `from`: it ends on the next day."""

    day: Weekday
    from_: TimeOfDay
    to: EndOfSpan

    @property
    def begins_minute(self) -> int:
        """Minutes after the day's midnight."""
        return _minute(self.from_)

    @property
    def ends_minute(self) -> int:
        """Minutes after the midnight of the day that it begins on, at most two days."""
        ends = _minute(self.to)
        return ends if ends > self.begins_minute else ends + _MINUTES_A_DAY


class Holiday(Model):
    """A date on which no hours begin. What began on the evening before runs to its end."""

    date: date
    name: str | None = None


def _minute(time_of_day: str) -> int:
    return int(time_of_day[:2]) * 60 + int(time_of_day[3:])


def _minutes(spans: Iterable[Span]) -> set[int]:
    minutes: set[int] = set()
    for span in spans:
        midnight = WEEK.index(span.day) * _MINUTES_A_DAY
        begins, ends = midnight + span.begins_minute, midnight + span.ends_minute
        minutes.update(minute % _MINUTES_A_WEEK for minute in range(begins, ends))
    return minutes


class Calendar(Model):
    """When an operation is open. Its figures are exact to the microsecond, in every zone.

    Hours belong to the day they begin on. Breaks are taken off by the clock, also from what passes
    midnight, and on every date.
    """

    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    zone: str
    hours: Annotated[tuple[Span, ...], Field(min_length=1)]
    breaks: tuple[Span, ...] = ()
    holidays: tuple[Holiday, ...] = ()

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if not self._open_minutes():
            raise ValueError("a calendar needs some hours that are no break")
        return self

    @property
    def is_always(self) -> bool:
        """Whether it never closes; then business time is the time itself."""
        return self._is_always

    @property
    def seconds_a_week(self) -> int:
        """How long it is open in a week without holidays and changes of the clock."""
        return 60 * len(self._open_minutes())

    def elapsed(self, start: datetime, end: datetime) -> float:
        """How many seconds of business lie between two moments; 0 where the end is no later."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        if end <= start:
            return 0.0
        if self._is_always:
            return (end - start).total_seconds()
        total = timedelta()
        for opens, closes in self._open_after(start):
            if opens >= end:
                break
            total += min(closes, end) - max(opens, start)
        return total.total_seconds()

    def due(self, start: datetime, seconds: float) -> datetime:
        """The first moment (UTC) at which so many seconds of business have run since the start.

        None at all: the start itself. What lies behind the year 9999 is its last moment.
        """
        left = timedelta(seconds=seconds)
        moment = start.astimezone(UTC)
        if left <= timedelta():
            return moment
        if self._is_always:
            return moment + left if left <= _END_OF_TIME - moment else _END_OF_TIME
        for opens, closes in self._open_after(moment):
            begins = max(opens, moment)
            if left <= closes - begins:
                return begins + left
            left -= closes - begins
        return _END_OF_TIME

    def is_open(self, moment: datetime) -> bool:
        """Whether it is open at a moment; at the very end of a span it is not."""
        return self.opens_at(moment) == moment

    def opens_at(self, moment: datetime) -> datetime:
        """The moment itself if it is open then, else when it opens next (UTC)."""
        moment = moment.astimezone(UTC)
        opens, _ = next(self._open_after(moment), (_END_OF_TIME, _END_OF_TIME))
        return max(opens, moment)

    def _open_after(self, moment: datetime) -> Iterator[Interval]:
        """The open intervals, in order, that end after a moment; the first may have begun."""
        try:
            # What began the day before yesterday ended at the latest where today begins.
            day = moment.astimezone(self._zone).date() - _DAY
            while True:
                for interval in self._open_on(day):
                    if interval[1] > moment:
                        yield interval
                day += _DAY
        except OverflowError:
            return

    def _open_on(self, day: date) -> tuple[Interval, ...]:
        """What begins on this local day, without what yesterday's hours cover already; in UTC."""
        found = self._days.get(day)
        if found is None:
            breaks = (self._dated(self.breaks, day + shift * _DAY) for shift in (-1, 0, 1))
            local = without(self._shifts(day), self._shifts(day - _DAY))
            local = without(local, sorted(one for some in breaks for one in some))
            found = tuple(self._in_utc(local))
            self._days[day] = found
        return found

    def _shifts(self, day: date) -> list[Interval]:
        return [] if day in self._closed_dates else joined(self._dated(self.hours, day))

    def _dated(self, spans: Iterable[Span], day: date) -> list[Interval]:
        """The spans of that date's weekday as local moments, in order."""
        midnight = datetime.combine(day, datetime.min.time())
        weekday = WEEK[day.weekday()]
        return sorted(
            (
                midnight + timedelta(minutes=span.begins_minute),
                midnight + timedelta(minutes=span.ends_minute),
            )
            for span in spans
            if span.day is weekday
        )

    def _in_utc(self, local: Iterable[Interval]) -> Iterator[Interval]:
        for opens, closes in local:
            interval = instant_of(opens, self._zone), instant_of(closes, self._zone)
            if interval[0] < interval[1]:  # else the clocks skipped all of it
                yield interval

    def _open_minutes(self) -> set[int]:
        """The minutes of a plain week, from Monday's midnight, at which it is open."""
        return _minutes(self.hours) - _minutes(self.breaks)

    @cached_property
    def _is_always(self) -> bool:
        return not self.holidays and len(self._open_minutes()) == _MINUTES_A_WEEK

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _closed_dates(self) -> frozenset[date]:
        return frozenset(holiday.date for holiday in self.holidays)

    @cached_property
    def _days(self) -> dict[date, tuple[Interval, ...]]:
        """The days that were looked at: a ledger's clocks ask for the same ones all the time."""
        return {}

    def __copy__(self) -> Self:
        """A copy that remembers nothing: it may be given other hours."""
        copied = super().__copy__()
        state = vars(copied)
        for name in state.keys() - Calendar.model_fields.keys():
            del state[name]
        return copied


ALWAYS = Calendar(
    name="always",
    zone="UTC",
    hours=tuple(Span(day=day, from_="00:00", to="24:00") for day in WEEK),
)
"""The calendar that every policy knows: never closed, so that its seconds are plain seconds."""
