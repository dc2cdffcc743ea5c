"""Moments and lengths of time, as people write and read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import typer

from cli.output import NOTHING

_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(m|min|h|d|w)", re.IGNORECASE)
_HOURS = {"m": 1 / 60, "min": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0}
_UNITS = (
    ("y", 525_600, 525_600, "mo", 43_200),
    ("mo", 86_400, 43_200, "d", 1440),
    ("d", 1440, 1440, "h", 60),
    ("h", 60, 60, "min", 1),
)
"""Unit, from how many minutes on it is used, its minutes, and what is told beside a few of it."""

_EXACT = 10
_HOURS_AT_MOST = 72
"""Longer windows are named in days."""

_MOMENT = "a moment looks like 2026-03-01, 2026-03-01T09:30, 2026-03-01T09:30+01:00, now or 2h"


def parse_moment(text: str, zone: ZoneInfo, *, option: str, ahead: bool = False) -> datetime:
    """A moment in UTC. Without an offset it is meant in the ledger's reporting zone.

    `now`, and lengths such as `2h` or `3d` for that long ago (`ahead`: from now on), are understood
    too. Raises a usage error naming the option.
    """
    plain = text.strip()
    if plain.lower() == "now":
        return datetime.now(UTC)
    if match := _LENGTH.fullmatch(plain):
        distance = timedelta(hours=float(match[1]) * _HOURS[match[2].lower()])
        return datetime.now(UTC) + (distance if ahead else -distance)
    try:
        moment = datetime.fromisoformat(plain)
    except ValueError:
        raise typer.BadParameter(_MOMENT, param_hint=option) from None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise typer.BadParameter(_MOMENT, param_hint=option) from None


def is_relative(text: str) -> bool:
    """Whether a moment depends on when it is read: `now`, `2h`."""
    plain = text.strip().lower()
    return plain == "now" or _LENGTH.fullmatch(plain) is not None


def parse_hours(text: str, *, option: str) -> float | None:
    """A length of time in hours; None for `any`. Raises a usage error naming the option."""
    if text.strip().lower() == "any":
        return None
    match = _LENGTH.fullmatch(text.strip())
    if match is None:
        raise typer.BadParameter("a length looks like 90m, 24h, 7d or any", param_hint=option)
    span = float(match[1]) * _HOURS[match[2].lower()]
    return int(span) if span == int(span) else span


def read_time(text: str) -> datetime:
    """A moment as the log writes it."""
    return datetime.fromisoformat(text)


def short(moment: datetime | None, zone: ZoneInfo) -> str:
    """A moment for a table, to the minute; text order is time order."""
    return NOTHING if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def long(moment: datetime, zone: ZoneInfo) -> str:
    """A moment for a sentence, to the minute."""
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def relative(moment: datetime | None, now: datetime) -> str:
    """How far a moment is from another one: `3 h ago`, `in 2 d`."""
    if moment is None:
        return NOTHING
    distance = now - moment
    if abs(distance) < timedelta(minutes=1):
        return "just now"
    words = length(abs(distance))
    return f"{words} ago" if distance > timedelta(0) else f"in {words}"


def length(span: timedelta) -> str:
    """A length of time in one or two units, rounded down: `45 min`, `3 h 20 min`, `2 d 4 h`."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return f"{int(span.total_seconds())} s"
    for unit, at_least, in_minutes, smaller, smaller_in_minutes in _UNITS:
        if minutes >= at_least:
            count, rest = divmod(minutes, in_minutes)
            part = rest // smaller_in_minutes
            return f"{count} {unit}" + (f" {part} {smaller}" if part and count < _EXACT else "")
    return f"{minutes} min"


def hours(window: float | None) -> str:
    """A window of hours as people name it."""
    if window is None:
        return "any time"
    if window % 24 == 0 and window > _HOURS_AT_MOST:
        return f"{window / 24:g} d"
    return f"{window:g} h"


def seconds_as_span(seconds: float) -> timedelta:
    """A number of seconds as a length of time."""
    return timedelta(seconds=seconds)
