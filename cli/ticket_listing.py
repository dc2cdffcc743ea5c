"""The verb that lists tickets."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.nouns import verb
from cli.options import Json, Limit, OnlyCustomer, OnlyOwner, Stale, StatusName
from cli.output import Column, say, say_json, say_table
from cli.queue_names import check_queue
from cli.ticket_app import app
from cli.times import relative, short
from cli.views import views
from cli.wording import label


@verb(app, name="list", example="ticketledger ticket list --unresolved --queue 'Group 70'")
def list_(
    *,
    status: Annotated[StatusName | None, typer.Option("--status", help="Only with it.")] = None,
    unresolved: Annotated[
        bool, typer.Option("--unresolved", help="Only what has to be solved yet.")
    ] = False,
    queue: Annotated[
        str | None, typer.Option("--queue", metavar="NAME", help="Only in this queue.")
    ] = None,
    owner: OnlyOwner = None,
    customer: OnlyCustomer = None,
    limit: Limit = 50,
    stale: Stale = False,
    json: Json = False,
) -> None:
    """List tickets, the newest first."""
    with views("agent_queue", stale=stale) as seen:
        check_queue(seen, queue)
        rows = seen.rows(
            "ticket_list",
            status=status,
            unresolved=unresolved,
            queue=queue,
            owner=owner,
            customer=customer,
            limit=limit,
        )
    if json:
        for row in rows:
            say_json(row)
        return
    if not rows:
        say("no ticket is like that")
        return
    columns = [
        Column("ticket"),
        Column("status"),
        Column("priority", drop=5),
        Column("queue", at_least=8, drop=3),
        Column("owner", at_least=12),
        Column("customer", at_least=11),
        Column("category", at_least=10, drop=6),
        Column("opened"),
        Column("last change", right=True, drop=4),
    ]
    seen.tell_now()
    table = [
        [
            row["number"],
            label(row["status"]),
            row["priority"] or "-",
            row["queue"] or "-",
            row["owner"] or "-",
            row["customer"] or "-",
            row["category"] or "-",
            short(row["opened_at"], seen.zone),
            relative(row["updated_at"], seen.now),
        ]
        for row in rows
    ]
    say_table(columns, table)
