"""The verb that puts two periods or cohorts side by side."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli.nouns import verb
from cli.options import Json, Stale
from cli.output import Column, percent, say, say_json, say_table
from cli.recontact_app import app
from cli.recontact_options import (
    AsOf,
    DimensionName,
    Period,
    Scope,
    Window,
    period_from,
    period_of,
)
from cli.times import hours, parse_hours
from cli.views import Row, views
from cli.wording import label

_OPEN = Period(None, None)


@verb(
    app,
    example="ticketledger recontact compare --before 2016-03-01..2016-04-01 "
    "--after 2016-04-01..2016-05-01",
)
def compare(
    *,
    before: Annotated[
        str | None,
        typer.Option("--before", metavar="FROM..TO", help="The first period. Default: all."),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option("--after", metavar="FROM..TO", help="The second period. Default: all."),
    ] = None,
    dimension: Annotated[
        DimensionName | None,
        typer.Option("--dimension", help="What tells two cohorts apart."),
    ] = None,
    value_a: Annotated[
        str | None, typer.Option("--a", metavar="VALUE", help="The first cohort's value.")
    ] = None,
    value_b: Annotated[
        str | None, typer.Option("--b", metavar="VALUE", help="The second cohort's value.")
    ] = None,
    scope: Scope = "same_issue",
    window: Window = "7d",
    as_of: AsOf = None,
    stale: Stale = False,
    json: Json = False,
) -> None:
    """Compare the re-contact rates of two periods, or of two cohorts, with a 95 % interval.

    The interval is resampled by customer, since one customer's contacts are not independent; it
    is the same whenever the same log is asked.
    """
    if dimension is None and before is None and after is None:
        raise typer.BadParameter(
            "give two periods, or --dimension with --a and --b", param_hint="--before"
        )
    if (dimension is None) != (value_a is None and value_b is None):
        raise typer.BadParameter(
            "cohorts need --dimension and --a or --b", param_hint="--dimension"
        )
    with views("recontact", stale=stale) as seen:
        first = period_from(before, seen.zone, option="--before") if before else _OPEN
        second = period_from(after, seen.zone, option="--after") if after else _OPEN
        asked = {
            "scope": scope,
            "hours": parse_hours(window, option="--window"),
            "as_of": period_of(None, None, as_of, seen.zone).as_of,
            "dimension": dimension,
            "a_value": value_a,
            "b_value": value_b,
        }
        [row] = seen.rows(
            "recontact_compare",
            **asked,
            a_since=first.since,
            a_until=first.until,
            b_since=second.since,
            b_until=second.until,
        )
    if json:
        say_json({"scope": scope, "window_hours": asked["hours"]} | row)
        return
    names = (_name(first, value_a, seen.zone), _name(second, value_b, seen.zone))
    say(f"re-contacts within {hours(parse_hours(window, option='--window'))}, {label(scope)}")
    _say(row, names)


def _name(period: Period, value: str | None, zone: ZoneInfo) -> str:
    if value is not None and period == _OPEN:
        return value
    return f"{value}, {period.short(zone)}" if value else period.short(zone)


def _say(row: Row, names: tuple[str, str]) -> None:
    columns = [
        Column("", at_least=10),
        Column("customers", right=True, drop=1),
        Column("contacts", right=True),
        Column("back", right=True),
        Column("rate", right=True),
        Column("left out", right=True, drop=2),
    ]
    table = [
        [
            name,
            f"{row[f'{side}_customers']:,}",
            f"{row[f'{side}_contacts']:,}",
            f"{row[f'{side}_recontacts']:,}",
            percent(row[f"{side}_rate"]),
            f"{row[f'{side}_immature']:,}",
        ]
        for side, name in zip("ab", names, strict=True)
    ]
    say_table(columns, table)
    say()
    say(
        f"change      {_points(row['absolute_change'])}   "
        f"95 % interval {_points(row['absolute_low'])} to {_points(row['absolute_high'])}"
    )
    say(
        f"relative    {_signed(row['relative_change'])}   "
        f"95 % interval {_signed(row['relative_low'])} to {_signed(row['relative_high'])}"
    )
    say(f"re-contacts {row['count_change']:+,}")
    low, high = row["absolute_low"], row["absolute_high"]
    if low is not None and low <= 0 <= high:
        say("the interval contains zero: no change is shown")


def _points(share: float | None) -> str:
    return "-" if share is None else f"{share * 100:+.1f} points"


def _signed(share: float | None) -> str:
    return "-" if share is None else f"{share * 100:+.1f} %"
