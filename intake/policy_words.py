"""How a policy file writes durations, weekdays and hours, read into what a policy records."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, NamedTuple, cast

from pydantic import BeforeValidator, Field, PlainValidator

from domain.policies.calendars import WEEK, Span, Weekday
from domain.policies.durations import TEN_YEARS_SECONDS, UNITS
from domain.policies.near import near

_DURATION = re.compile(r"(?:\d+ *[dhms] *)+")
_AMOUNT = re.compile(r"(\d+) *([dhms])")
_SHARE = re.compile(r"(\d{1,2}(?:\.\d+)?) *%")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d) *- *(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
_SHORT = {day[:3]: day for day in WEEK}
_DAY_NAMES = {**{str(day): day for day in WEEK}, **_SHORT}
_NEVER = "never"


class Share(NamedTuple):
    """A part of a target, from 0 to 1."""

    of_target: float


def seconds_of(value: Any) -> int:
    """The seconds of a duration such as `15m` or `1d 12h`."""
    text = str(value).strip()
    if not isinstance(value, str) or not _DURATION.fullmatch(text):
        raise ValueError("a duration is a number with its unit, such as 15m, 24h, 7d or 1d 12h")
    seconds = sum(int(count) * UNITS[unit] for count, unit in _AMOUNT.findall(text))
    if seconds > TEN_YEARS_SECONDS:
        raise ValueError("a duration can be ten years at most")
    return seconds


def _some_seconds(value: Any) -> int:
    if seconds := seconds_of(value):
        return seconds
    raise ValueError("a duration of nothing; it needs a minute or more, such as 15m")


def _open_seconds(value: Any) -> int:
    if isinstance(value, str) and re.search(r"\d *d", value):
        raise ValueError(
            "a target counts the hours in which its calendar is open; "
            "say it in hours, such as 24h, or 40h for five days of 8"
        )
    return _some_seconds(value)


def _warning(value: Any) -> int | Share:
    if isinstance(value, str) and (found := _SHARE.fullmatch(value.strip())):
        return Share(float(found[1]) / 100)
    try:
        return _open_seconds(value)
    except ValueError:
        raise ValueError(
            "a warning comes after a duration or a part of the target, such as 10m or 75%"
        ) from None


def _seconds_or_never(value: Any) -> int | None:
    return None if value == _NEVER else _some_seconds(value)


def _days(value: str) -> tuple[Weekday, ...]:
    """`mon`, `mon-fri`, `sat, sun`."""
    days: list[Weekday] = []
    for part in value.lower().split(","):
        first, dash, last = (end.strip() for end in part.partition("-"))
        for name in (first, last) if dash else (first,):
            if name not in _DAY_NAMES:
                raise ValueError(
                    f"no day is called {name or 'nothing'}; such as mon, mon-fri or sat"
                    f"{near(name, _DAY_NAMES)}"
                )
        begin = WEEK.index(_DAY_NAMES[first])
        end = WEEK.index(_DAY_NAMES[last]) if dash else begin
        days += [WEEK[(begin + step) % 7] for step in range((end - begin) % 7 + 1)]
    return tuple(days)


def _times(value: Any) -> tuple[tuple[str, str], ...]:
    """`09:00-17:00`, or a list of such."""
    times: list[tuple[str, str]] = []
    for text in [value] if isinstance(value, str) else value:
        if not isinstance(text, str) or not _HOURS.fullmatch(text.strip()):
            raise ValueError(
                f"{text!r} are no hours; they look like 09:00-17:30, at night 22:00-06:00, "
                "all day 00:00-24:00"
            )
        begins, _, ends = (part.strip() for part in text.partition("-"))
        if begins == ends:
            raise ValueError(f"{text} begins as it ends; all day is 00:00-24:00")
        times.append((begins, ends))
    return tuple(times)


def _dates(value: Any) -> Any:
    """Dates alone, or with what they are called: `{ 2026-12-24 = "Christmas Eve" }`."""
    return dict.fromkeys(cast("list[Any]", value)) if isinstance(value, list) else value


def _date(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{value} is no date; such as 2026-12-24") from None


def _listed(value: Any) -> Any:
    """One value may stand without the brackets of a list."""
    return [value] if isinstance(value, str) else value


Duration = Annotated[int, PlainValidator(_some_seconds)]
OpenHours = Annotated[int, PlainValidator(_open_seconds)]
DurationOrNone = Annotated[int, PlainValidator(seconds_of)]
DurationOrNever = Annotated[int | None, PlainValidator(_seconds_or_never)]
Warning_ = Annotated[int | Share, PlainValidator(_warning)]
Days = Annotated[tuple[Weekday, ...], PlainValidator(_days)]
Times = Annotated[tuple[tuple[str, str], ...], PlainValidator(_times)]
WeeklyHours = Annotated[dict[Days, Times], Field(min_length=1)]
Date = Annotated[date, PlainValidator(_date)]
NamedDates = Annotated[dict[Date, str | None], BeforeValidator(_dates)]
Listed = BeforeValidator(_listed)


def spans_of(hours: dict[tuple[Weekday, ...], tuple[tuple[str, str], ...]]) -> tuple[Span, ...]:
    """The spans of weekly hours, in the order of the week."""
    found = [
        Span(day=day, from_=begins, to=ends)
        for days, times in hours.items()
        for day in days
        for begins, ends in times
    ]
    return tuple(sorted(found, key=lambda span: (WEEK.index(span.day), span.from_, span.to)))
