"""The verb that lists the contacts behind a rate."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.nouns import verb
from cli.options import Json, Limit, OnlyCustomer, Stale
from cli.output import Column, say, say_json, say_table
from cli.recontact_app import app
from cli.recontact_options import AsOf, Scope, Since, Until, Window, of_period, period_of
from cli.times import length, parse_hours, seconds_as_span, short
from cli.views import views
from cli.wording import label


@verb(app, example="ticketledger recontact contacts --followed --window 72h --limit 20")
def contacts(
    *,
    scope: Scope = "same_issue",
    window: Window = "7d",
    followed: Annotated[
        bool, typer.Option("--followed", help="Only those that were followed by another one.")
    ] = False,
    customer: OnlyCustomer = None,
    since: Since = None,
    until: Until = None,
    as_of: AsOf = None,
    limit: Limit = 50,
    stale: Stale = False,
    json: Json = False,
) -> None:
    """List the contacts that a rate counts, each with what it is counted by and what followed."""
    span = parse_hours(window, option="--window")
    with views("recontact", stale=stale) as seen:
        rows = seen.rows(
            "recontact_contacts",
            scope=scope,
            hours=span,
            followed=followed,
            customer=customer,
            limit=limit,
            **of_period(period_of(since, until, as_of, seen.zone)),
        )
    if json:
        for row in rows:
            say_json({"scope": scope, "window_hours": span} | row)
        return
    columns = [
        Column("began"),
        Column("case"),
        Column("customer", at_least=10),
        Column("by", drop=4),
        Column("category", at_least=10, drop=3),
        Column("agent", at_least=10, drop=2),
        Column("back after", right=True),
        Column("kind", drop=1),
        Column("mature", drop=5),
    ]
    table = [
        [
            short(row["started_at"], seen.zone),
            row["number"],
            row["customer"],
            label(row["channel"]),
            row["category"] or "-",
            row["agent"] or "Nobody",
            length(seconds_as_span(row["gap_hours"] * 3600)) if row["followed"] else "-",
            label(row["kind"]),
            "yes" if row["mature"] else "no",
        ]
        for row in rows
    ]
    say_table(columns, table)
    if not rows:
        say("no contact is like that")
