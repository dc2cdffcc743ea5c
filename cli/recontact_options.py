"""What a question about re-contacts says: scope, window, period, as of when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from cli.times import long, parse_moment, short

_MONTH = re.compile(r"\d{4}-\d{2}")

ScopeName = Literal["same_issue", "any_issue"]
DimensionName = Literal[
    "day", "week", "month", "queue", "agent", "category", "channel", "kind", "stage", "promise"
]
KindName = Literal["chase", "reopen", "return", "new_issue"]

Scope = Annotated[
    ScopeName, typer.Option("--scope", help="Back about the same issue, or about any.")
]
Window = Annotated[
    str,
    typer.Option("--window", metavar="LENGTH", help="Within which time: 24h, 72h, 7d, 30d, any."),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="TIME",
        help="Contacts that began then or later: 2016-05-10, the month 2016-05, or 7d for ago.",
    ),
]
Until = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="Contacts that began before then.")
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="TIME", help="As if nothing later were known."),
]


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when contacts began, and as of when the question is asked; None: open."""

    since: datetime | None
    until: datetime | None
    as_of: datetime | None = None

    def in_words(self, zone: ZoneInfo) -> str:
        """The period as a sentence's end."""
        begin = f"from {long(self.since, zone)}" if self.since else "from the first on"
        end = f" to {long(self.until, zone)}" if self.until else ""
        known = f", as known on {long(self.as_of, zone)}" if self.as_of else ""
        return f"contacts {begin}{end}{known}"

    def short(self, zone: ZoneInfo) -> str:
        """The period in a table."""
        return f"{short(self.since, zone)} to {short(self.until, zone)}"


def period_of(since: str | None, until: str | None, as_of: str | None, zone: ZoneInfo) -> Period:
    """The period that the options name. Raises a usage error."""
    period = Period(
        _parse(since, zone, option="--from") if since else None,
        _parse(until, zone, option="--to") if until else None,
        _parse(as_of, zone, option="--as-of") if as_of else None,
    )
    if period.since and period.until and period.since >= period.until:
        raise typer.BadParameter("it is not before --to", param_hint="--from")
    return period


def of_period(period: Period) -> dict[str, object]:
    """A period as parameters of a query."""
    return {"since": period.since, "until": period.until, "as_of": period.as_of}


def _parse(text: str, zone: ZoneInfo, *, option: str) -> datetime:
    """A moment; a month such as 2016-05 is where it begins. Raises a usage error."""
    if _MONTH.fullmatch(text.strip()):
        text = f"{text.strip()}-01"
    return parse_moment(text, zone, option=option)


def period_from(text: str, zone: ZoneInfo, *, option: str) -> Period:
    """A period written `FROM..TO`, each may be left out. Raises a usage error."""
    begin, dots, end = text.partition("..")
    if not dots:
        raise typer.BadParameter("a period looks like 2016-03-01..2016-04-01", param_hint=option)
    return Period(
        _parse(begin, zone, option=option) if begin else None,
        _parse(end, zone, option=option) if end else None,
    )
