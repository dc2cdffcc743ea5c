"""The noun `recontact`: how often customers have to contact us again, and why."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli import recontact_compare, recontact_contacts
from cli.nouns import in_order, verb
from cli.options import Json, Limit, Stale
from cli.output import Column, bar, paint, percent, say, say_json, say_table
from cli.recontact_app import app
from cli.recontact_options import (
    AsOf,
    DimensionName,
    KindName,
    Period,
    Scope,
    ScopeName,
    Since,
    Until,
    Window,
    of_period,
    period_of,
)
from cli.times import hours, length, parse_hours, seconds_as_span, short
from cli.views import Row, Views, views
from cli.wording import label

_ = (recontact_compare, recontact_contacts)

WINDOWS: tuple[float | None, ...] = (24, 72, 168, 720, None)
"""The windows that are shown where none is asked for; None is any."""

_DRIVERS = ("category", "channel", "queue", "agent", "stage", "promise")
_IMMATURE = "not mature: for some contacts the window reaches past what is known"


@verb(app, example="ticketledger recontact rate --by month --window 7d")
def rate(
    *,
    by: Annotated[
        DimensionName | None, typer.Option("--by", help="For each value of a dimension.")
    ] = None,
    scope: Annotated[
        ScopeName | None,
        typer.Option("--scope", help="Back about the same issue, or about any. Default: both."),
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(
            "--window", metavar="LENGTH", help="24h, 72h, 7d, 30d, any. Default: all of these."
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    as_of: AsOf = None,
    stale: Stale = False,
    json: Json = False,
) -> None:
    """Show how many contacts were followed by another one within a window.

    Looking forward: a rate belongs to the contacts that began in the period. Mature are those whose
    whole window lies before what is known.
    """
    with views("recontact", stale=stale) as seen:
        period = period_of(since, until, as_of, seen.zone)
        if by is None:
            windows = (parse_hours(window, option="--window"),) if window else WINDOWS
            scopes: tuple[ScopeName, ...] = (scope,) if scope else ("same_issue", "any_issue")
            _say_rates(rates(seen, scopes, windows, period), period, seen.zone, as_json=json)
            return
        about, span = scope or "same_issue", parse_hours(window or "7d", option="--window")
        rows = seen.rows(
            "recontact_rate_by", dimension=by, scope=about, hours=span, **of_period(period)
        )
    if json:
        for row in rows:
            say_json({"scope": about, "window_hours": span, "dimension": by} | row)
        return
    say(f"re-contacts within {hours(span)}, {label(about)}, by {by}; {period.in_words(seen.zone)}")
    _say_rate_rows([[str(row["value"])] for row in rows], rows, [Column(by, at_least=10)])


@verb(app, example="ticketledger recontact pairs --kind chase --window 72h --limit 20")
def pairs(
    *,
    scope: Scope = "same_issue",
    window: Window = "7d",
    kind: Annotated[KindName | None, typer.Option("--kind", help="Only these.")] = None,
    since: Since = None,
    until: Until = None,
    as_of: AsOf = None,
    limit: Limit = 50,
    stale: Stale = False,
    json: Json = False,
) -> None:
    """List the contacts that followed an earlier one, with the gap and whom it is charged to."""
    span = parse_hours(window, option="--window")
    with views("recontact", stale=stale) as seen:
        period = period_of(since, until, as_of, seen.zone)
        rows = seen.rows(
            "recontact_pairs",
            scope=scope,
            hours=span,
            kind=kind,
            limit=limit,
            **of_period(period),
        )
    if json:
        for row in rows:
            say_json({"scope": scope} | row)
        return
    columns = [
        Column("back on"),
        Column("kind"),
        Column("case"),
        Column("customer", at_least=10),
        Column("after", right=True),
        Column("earlier case", drop=2),
        Column("charged to", at_least=10, drop=1),
        Column("missing", drop=3),
    ]
    table = [
        [
            short(row["started_at"], seen.zone),
            label(row["kind"]),
            row["number"],
            row["customer"],
            length(seconds_as_span(row["gap_hours"] * 3600)),
            row["earlier_number"],
            row["attributed_to"] or "Nobody",
            label(row["missing"]) if row["missing"] else "",
        ]
        for row in rows
    ]
    say_table(columns, table)
    if not rows:
        say("no contact followed another one like that")


@verb(app, example="ticketledger recontact drivers --dimension category --limit 10")
def drivers(
    *,
    dimension: Annotated[
        str | None,
        typer.Option("--dimension", metavar="NAME", help=f"Only one of: {', '.join(_DRIVERS)}."),
    ] = None,
    scope: Scope = "same_issue",
    window: Window = "7d",
    since: Since = None,
    until: Until = None,
    as_of: AsOf = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", metavar="COUNT", min=1, help="Values of a dimension.")
    ] = 5,
    stale: Stale = False,
    json: Json = False,
) -> None:
    """Show what re-contacts come with, and what the rate would be without it."""
    if dimension is not None and dimension not in _DRIVERS:
        raise typer.BadParameter(f"it is one of {', '.join(_DRIVERS)}", param_hint="--dimension")
    span = parse_hours(window, option="--window")
    with views("recontact", stale=stale) as seen:
        period = period_of(since, until, as_of, seen.zone)
        rows = seen.rows(
            "recontact_drivers",
            scope=scope,
            hours=span,
            dimension=dimension,
            limit=limit,
            **of_period(period),
        )
    if json:
        for row in rows:
            say_json({"scope": scope, "window_hours": span} | row)
        return
    if rows:
        say(
            f"re-contacts within {hours(span)}, {label(scope)}: "
            f"{percent(rows[0]['overall_rate'])} overall; {period.in_words(seen.zone)}"
        )
    columns = [
        Column("dimension"),
        Column("value", at_least=10),
        Column("contacts", right=True),
        Column("back", right=True),
        Column("rate", right=True),
        Column("", drop=2, style="cyan"),
        Column("of all back", right=True, drop=1),
        Column("rate without", right=True),
    ]
    table = [
        [
            row["dimension"],
            str(row["value"]),
            f"{row['contacts']:,}",
            f"{row['recontacts']:,}",
            percent(row["rate"]),
            bar(row["rate"]),
            percent(row["share_of_recontacts"]),
            percent(row["rate_without"]),
        ]
        for row in rows
    ]
    say_table(columns, table)


def rates(
    seen: Views,
    scopes: tuple[ScopeName, ...],
    windows: tuple[float | None, ...],
    period: Period,
) -> list[Row]:
    """The rate of each scope and window."""
    return [
        {"scope": scope, "window_hours": window} | row
        for scope in scopes
        for window in windows
        for row in seen.rows("recontact_rate", scope=scope, hours=window, **of_period(period))
    ]


def say_rates(rows: list[Row]) -> None:
    """A table of rates by scope and window."""
    heads = [[label(row["scope"]), hours(row["window_hours"])] for row in rows]
    _say_rate_rows(heads, rows, [Column("scope"), Column("within", right=True)])


def _say_rates(rows: list[Row], period: Period, zone: ZoneInfo, *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            say_json(row)
        return
    say(f"contacts followed by a re-contact; {period.in_words(zone)}")
    say_rates(rows)


def _say_rate_rows(heads: list[list[str]], rows: list[Row], columns: list[Column]) -> None:
    """Rows of counts and rates; the mature rate stands where it is another one."""
    shown = [
        *columns,
        Column("contacts", right=True),
        Column("back", right=True),
        Column("rate", right=True),
        Column("", drop=1, style="cyan"),
        Column("mature rate", right=True),
        Column("of mature", right=True, drop=2),
    ]
    table = [
        [
            *head,
            f"{row['contacts']:,}",
            f"{row['recontacts']:,}",
            percent(row["rate"]),
            bar(row["rate"]),
            percent(row["mature_rate"]),
            f"{row['mature_contacts']:,}",
        ]
        for head, row in zip(heads, rows, strict=True)
    ]
    say_table(shown, table)
    if any(row["mature_contacts"] < row["contacts"] for row in rows):
        say(paint(_IMMATURE, "dim"))


in_order(app, "rate contacts pairs drivers compare")
