"""The noun `queue`: what the agents do next, now or at any past moment."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli import queue_next, queue_promises
from cli.nouns import in_order, verb
from cli.options import Json, Limit, OnlyOwner, OnlyQueue, Stale
from cli.output import Column, bar, paint, say, say_json, say_table
from cli.queue_app import app
from cli.queue_names import check_queue
from cli.times import length, long, parse_moment, relative, short
from cli.views import Row, Views, views
from cli.wording import label

_ = (queue_next, queue_promises)

_NO_QUEUE = "(no queue)"
_IMMATURE = "not everything up to then is known yet"

Moment = Annotated[str, typer.Argument(metavar="TIME", help="Such as 2016-05-10T12:00.")]


@verb(app, name="list", example="ticketledger queue list --unassigned --limit 20")
def list_(
    *,
    queue: OnlyQueue = None,
    owner: OnlyOwner = None,
    unassigned: Annotated[bool, typer.Option("--unassigned", help="Only nobody's.")] = False,
    at_risk: Annotated[
        bool, typer.Option("--at-risk", help="Only what is overdue or close to it.")
    ] = False,
    limit: Limit = 50,
    stale: Stale = False,
    json: Json = False,
) -> None:
    """List unresolved tickets in the order in which to take them, and why."""
    with views("agent_queue", stale=stale) as seen:
        check_queue(seen, queue)
        rows = _items(
            seen, queue=queue, owner=owner, unassigned=unassigned, at_risk=at_risk, limit=limit
        )
    _say_items(rows, seen, as_json=json)


@verb(app, example="ticketledger queue show 'Group 70'")
def show(
    queue: Annotated[str, typer.Argument(metavar="QUEUE", help="The queue's name.")],
    *,
    limit: Limit = 50,
    stale: Stale = False,
    json: Json = False,
) -> None:
    """Show one queue: how much waits in it, and what is next."""
    with views("agent_queue", stale=stale) as seen:
        check_queue(seen, queue)
        depth = [row for row in seen.rows("queue_depth", now=seen.now) if row["queue"] == queue]
        rows = _items(seen, queue=queue, owner=None, unassigned=False, at_risk=False, limit=limit)
    if not json and depth:
        say_depth(depth, seen.zone, seen.now)
        say()
    _say_items(rows, seen, as_json=json)


@verb(app, example="ticketledger queue depth")
def depth(*, stale: Stale = False, json: Json = False) -> None:
    """Show how much waits in each queue."""
    with views("agent_queue", stale=stale) as seen:
        rows = seen.rows("queue_depth", now=seen.now)
    if json:
        for row in rows:
            say_json(row)
        return
    if not rows:
        say("nothing waits in any queue")
        return
    seen.tell_now()
    say_depth(rows, seen.zone, seen.now)


@verb(app, example="ticketledger queue at 2016-05-10T12:00 --queue 'Group 70'")
def at(
    moment: Moment,
    *,
    queue: OnlyQueue = None,
    limit: Limit = 50,
    stale: Stale = False,
    json: Json = False,
) -> None:
    """Show the queues as they stood at a past moment; of one queue, what was in it."""
    with views("agent_queue", stale=stale) as seen:
        check_queue(seen, queue)
        instant = parse_moment(moment, seen.zone, option="TIME")
        if queue is None:
            rows = seen.rows("queue_depth_at", moment=instant)
        else:
            rows = seen.rows("queue_items_at", moment=instant, queue=queue, limit=limit)
    if json:
        for row in rows:
            say_json({"at": instant} | row)
        return
    say(paint(f"as it stood on {long(instant, seen.zone)}", "dim"))
    if not rows:
        say("nothing was unresolved")
    elif queue is None:
        say_depth(rows, seen.zone, instant)
    else:
        _say_items_at(rows, seen.zone, instant)
    if not all(row["mature"] for row in rows):
        say(paint(_IMMATURE, "dim"))


@verb(app, example="ticketledger queue agents --at 2016-05-10T12:00")
def agents(
    *,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="At a past moment. Default: now.")
    ] = None,
    limit: Limit = 50,
    stale: Stale = False,
    json: Json = False,
) -> None:
    """Show what each agent has on their desk, or had at a past moment."""
    with views("agent_queue", stale=stale) as seen:
        instant = parse_moment(at, seen.zone, option="--at") if at else None
        if instant is None:
            rows = seen.rows("workload", now=seen.now, limit=limit)
        else:
            rows = seen.rows("workload_at", moment=instant, limit=limit)
    if json:
        for row in rows:
            say_json(row)
        return
    if instant is not None:
        say(paint(f"as it stood on {long(instant, seen.zone)}", "dim"))
    if not rows:
        say("nobody has an unresolved ticket")
        return
    if instant is None:
        seen.tell_now()
    say_workload(rows, seen.zone, instant or seen.now)


def say_depth(rows: list[Row], zone: ZoneInfo, now: datetime) -> None:
    """A table of queues: how many wait, in which status, the oldest."""
    most = max(row["unresolved"] for row in rows)
    counts = ("new", "open", "pending", "on_hold", "unassigned", "urgent")
    told = "overdue" in rows[0]
    columns = [
        Column("queue", at_least=8),
        Column("waiting", right=True),
        Column("", drop=6, style="cyan"),
        Column("new", right=True, drop=4),
        Column("open", right=True, drop=4),
        Column("pending", right=True, drop=3),
        Column("on hold", right=True, drop=3),
        Column("nobody's", right=True),
        Column("urgent", right=True, drop=2),
        *([Column("overdue", right=True)] if told else []),
        Column("oldest since", drop=5),
        Column("for", right=True, drop=1),
    ]
    table = [
        [
            row["queue"] or _NO_QUEUE,
            f"{row['unresolved']:,}",
            bar(row["unresolved"] / most),
            *(f"{row[name]:,}" for name in counts),
            *([f"{row['overdue']:,}"] if told else []),
            short(row["oldest_since"], zone),
            length(now - row["oldest_since"]),
        ]
        for row in rows
    ]
    say_table(columns, table)


def say_workload(rows: list[Row], zone: ZoneInfo, now: datetime) -> None:
    """A table of agents: what they have on their desk."""
    most = max([1, *(row["active"] for row in rows)])
    told = rows[0]["overdue"] is not None
    columns = [
        Column("agent", at_least=8),
        Column("active", right=True),
        Column("", drop=4, style="cyan"),
        Column("waits for customer", right=True, drop=2),
        Column("on hold", right=True, drop=2),
        *([Column("overdue", right=True)] if told else []),
        Column("oldest"),
        Column("since", drop=3),
        Column("for", right=True, drop=1),
    ]
    table = [
        [
            row["agent"],
            f"{row['active']:,}",
            bar(row["active"] / most),
            f"{row['waiting_on_customer']:,}",
            f"{row['on_hold']:,}",
            *([f"{row['overdue']:,}"] if told else []),
            row["oldest"],
            short(row["oldest_since"], zone),
            length(now - row["oldest_since"]),
        ]
        for row in rows
    ]
    say_table(columns, table)


def _items(
    seen: Views,
    *,
    queue: str | None,
    owner: str | None,
    unassigned: bool,
    at_risk: bool,
    limit: int,
) -> list[Row]:
    return seen.rows(
        "queue_items",
        now=seen.now,
        queue=queue,
        owner=owner,
        unassigned=unassigned,
        at_risk=at_risk,
        limit=limit,
    )


def _say_items(rows: list[Row], seen: Views, *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            say_json(row)
        return
    if not rows:
        say("nothing waits")
        return
    seen.tell_now()
    columns = [
        Column("queue", at_least=8),
        Column("#", right=True),
        Column("ticket"),
        Column("status", drop=2),
        Column("owner", at_least=6),
        Column("due", drop=1),
        Column("clock", drop=3),
        Column("at risk", at_least=12, drop=4),
        Column("why", at_least=20, drop=5),
    ]
    table = [
        [
            row["queue"] or _NO_QUEUE,
            str(row["rank"]),
            row["number"],
            label(row["status"]),
            row["owner"] or "-",
            relative(row["next_due"], seen.now) + (" !" if row["at_risk"] else ""),
            label(row["next_due_clock"]) if row["next_due_clock"] else "",
            row["risk"] or "",
            row["why"],
        ]
        for row in rows
    ]
    say_table(columns, table)


def _say_items_at(rows: list[Row], zone: ZoneInfo, instant: datetime) -> None:
    columns = [
        Column("ticket"),
        Column("priority"),
        Column("status"),
        Column("owner", at_least=8),
        Column("level", drop=2),
        Column("unresolved since"),
        Column("for", right=True, drop=1),
    ]
    table = [
        [
            row["number"],
            row["priority"] or "-",
            label(row["status"]),
            row["owner"] or "-",
            row["level"],
            short(row["unresolved_since"], zone),
            length(instant - row["unresolved_since"]),
        ]
        for row in rows
    ]
    say_table(columns, table)


in_order(app, "list show depth at agents promises next")
