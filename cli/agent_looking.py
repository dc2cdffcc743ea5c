"""Verbs that show who is there, what they can do, how much they have."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli.agent_app import app
from cli.cells import clean
from cli.nouns import verb
from cli.options import AvailabilityName, Json, Limit, Stale
from cli.output import Column, paint, say, say_json, say_table
from cli.times import relative, short
from cli.views import Row, views

_ALL = 1_000_000

Whom = Annotated[str, typer.Argument(metavar="AGENT", help="The agent's id.", show_default=False)]


@verb(app, name="list", example="ticketledger agent list --availability online")
def list_(
    *,
    availability: Annotated[
        AvailabilityName | None, typer.Option("--availability", help="Only who is that.")
    ] = None,
    limit: Limit = 50,
    stale: Stale = False,
    json: Json = False,
) -> None:
    """List the agents who are known or own a ticket: availability, load, skills."""
    with views("agent_queue", stale=stale) as seen:
        rows = seen.rows("agents", agent=None, availability=availability, limit=limit)
        if json:
            for row in rows:
                say_json(row)
            return
        if not rows:
            say("no agent is known" if availability is None else f"nobody is {availability}")
            return
        seen.tell_now()
        _say_agents(rows, seen.zone)


@verb(app, example="ticketledger agent show ayu")
def show(agent: Whom, *, stale: Stale = False, json: Json = False) -> None:
    """Show one agent: since when they are there or not, their load, what they can do."""
    with views("agent_queue", stale=stale) as seen:
        rows = seen.rows("agents", agent=agent, availability=None, limit=_ALL)
        if not rows:
            from domain.people_errors import AgentUnknown

            raise AgentUnknown(agent)
        if json:
            say_json(rows[0])
            return
        seen.tell_now()
        _say_agent(rows[0], seen.zone, seen.now)


def _say_agents(rows: list[Row], zone: ZoneInfo) -> None:
    columns = [
        Column("agent", at_least=8),
        Column("is"),
        Column("since", drop=3),
        Column("active", right=True),
        Column("of", right=True),
        Column("level", drop=1),
        Column("skills", at_least=8, drop=4),
        Column("languages", at_least=6, drop=5),
    ]
    table = [
        [
            row["agent"],
            row["availability"] or "-",
            short(row["available_since"], zone),
            f"{row['active']:,}" + (" !" if row["over_capacity"] else ""),
            "-" if row["capacity"] is None else f"{row['capacity']:,}",
            row["level"] or "-",
            _listed(row["skills"]),
            _listed(row["languages"]),
        ]
        for row in rows
    ]
    say_table(columns, table)


def _say_agent(row: Row, zone: ZoneInfo, now: datetime) -> None:
    since = row["available_since"]
    capacity = "" if row["capacity"] is None else f" of {row['capacity']:,}"
    facts = [
        ("is", row["availability"] or "availability not known"),
        ("since", f"{short(since, zone)} ({relative(since, now)})" if since else ""),
        ("active", f"{row['active']:,}{capacity}" + (", over" if row["over_capacity"] else "")),
        ("unresolved", f"{row['unresolved']:,}"),
        ("level", row["level"] or "-"),
        *((name, _listed(row[name])) for name in ("skills", "languages", "roles")),
    ]
    say(clean(row["agent"]))
    for name, value in facts:
        if value:
            say(paint(name.ljust(12), "dim") + clean(value))


def _listed(texts: list[str] | None) -> str:
    return ", ".join(texts) if texts else "-"
