"""The verb that lists the promises of a next update that fall due."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.nouns import verb
from cli.options import Json, Limit, OnlyOwner, OnlyQueue, Stale
from cli.output import Column, say, say_json, say_table
from cli.queue_app import app
from cli.queue_names import check_queue
from cli.times import parse_hours, relative, short
from cli.views import views
from cli.wording import label, times

_EVER_HOURS = 24 * 365 * 100.0


@verb(app, example="ticketledger queue promises --within 24h")
def promises(
    *,
    within: Annotated[
        str, typer.Option("--within", metavar="LENGTH", help="Due within: 90m, 24h, 7d, any.")
    ] = "24h",
    queue: OnlyQueue = None,
    owner: OnlyOwner = None,
    limit: Limit = 50,
    stale: Stale = False,
    json: Json = False,
) -> None:
    """List by when customers were promised to hear from us, missed promises first.

    A missed promise is due again a default period later, until they hear from us.
    """
    hours = parse_hours(within, option="--within")
    with views("agent_queue", stale=stale) as seen:
        check_queue(seen, queue)
        rows = seen.rows(
            "promises_due",
            now=seen.now,
            hours=_EVER_HOURS if hours is None else hours,
            queue=queue,
            owner=owner,
            limit=limit,
        )
    if json:
        for row in rows:
            say_json(row)
        return
    if not rows:
        say("no promise falls due then")
        return
    seen.tell_now()
    columns = [
        Column("by"),
        Column("", right=True),
        Column("missed"),
        Column("ticket"),
        Column("owner", at_least=6),
        Column("queue", at_least=8, drop=1),
        Column("customer", at_least=8, drop=2),
        Column("status", drop=3),
    ]
    table = [
        [
            short(row["due"], seen.zone),
            relative(row["due"], seen.now) + (" !" if row["overdue"] else ""),
            times(row["missed"]),
            row["number"],
            row["owner"] or "-",
            row["queue"] or "-",
            row["customer"] or "-",
            label(row["status"]),
        ]
        for row in rows
    ]
    say_table(columns, table)
