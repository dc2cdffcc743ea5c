"""The noun `automate`: the process that records what time, rules and other tickets bring."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import ledger_folder, reading, zone_of
from cli.narration import progress, tell
from cli.nouns import noun, verb
from cli.options import Json, Limit
from cli.output import Column, say, say_json, say_table
from cli.times import parse_hours, relative, short
from cli.wording import label

if TYPE_CHECKING:
    from consumers.automation.standing import Standing

INTERRUPTED = 130
_EVER = timedelta(days=36_500)

app = noun("automate")


@verb(app, example="ticketledger automate run --follow")
def run(
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until stopped.")
    ] = False,
    once: Annotated[
        bool, typer.Option("--once", help="One round: all that is due by now. The default.")
    ] = False,
    json: Json = False,
) -> None:
    """Record what is due, and give tickets that nobody has to a queue and an agent.

    Every fact is recorded once, as of the moment at which it was due; what has become void by then
    is not. So it may be stopped, killed, left off for a week or started twice. With --follow it
    goes on until Ctrl-C or SIGTERM, and exits 0.
    """
    if follow and once:
        raise typer.BadParameter("either one round or on and on", param_hint="--once")
    from consumers.stopping import stopping

    # Before anything that takes time: a signal that comes early is to end in the same way.
    with stopping() as stop:
        if follow:
            tell("the automation follows the log; Ctrl-C ends it cleanly")
        from consumers.automation.automation import opened

        with (
            progress("automation", unit="events") as bar,
            opened(ledger_folder(), on_progress=bar.show) as automation,
        ):
            if automation.rules.newest() is None:
                tell("no policy is published, so nothing is due: ticketledger policy publish")
            done = automation.run(stop, follow=follow)
        if json:
            say_json({"fired": done.fired, "placed": done.placed, "missing": done.missing})
        else:
            say(f"automation: {done.fired:,} saves of what was due, {done.placed:,} of routing")
        if stop.is_set() and not follow:
            raise typer.Exit(INTERRUPTED)


@verb(app, example="ticketledger automate status --json")
def status(
    *,
    check: Annotated[
        bool,
        typer.Option("--check", help="Exit 75 also where nobody runs it: a health check."),
    ] = False,
    json: Json = False,
) -> None:
    """Show how far the automation has read, what is due next, and what it has set aside.

    Exits 75 if it had to set tickets aside.
    """
    from consumers.automation.errors import AutomationNeedsSomebody
    from consumers.automation.standing import status as standing_of

    with reading() as store:
        found = standing_of(ledger_folder(), store)
        zone = zone_of(store)
    if json:
        aside = [
            {"ticket": ticket, "number": number, "why": why} for ticket, number, why in found.aside
        ]
        say_json(asdict(found) | {"aside": aside})
    else:
        for line in _lines(found):
            say(line)
        if found.next_due is not None:
            now = datetime.now(UTC)
            say(f"next due       {short(found.next_due, zone)}, {relative(found.next_due, now)}")
        for ticket, number, why in found.aside:
            say(f"set aside      {number or ticket}: {why}")
    if found.aside or (check and not found.at_work):
        raise AutomationNeedsSomebody(aside=len(found.aside))


def _lines(found: Standing) -> list[str]:
    at_work = "at work" if found.at_work else "nobody runs it"
    return [
        f"automation     {at_work}",
        f"position       {found.position:,} of {found.last_position:,}",
        f"behind         {found.lag_events:,} events, {found.touched:,} tickets to look at again",
        f"tickets        {found.tickets:,} looked after, {found.waiting:,} wait for an owner",
        f"due            {found.duties:,} to come, {found.overdue:,} of them due already",
    ]


@verb(app, example="ticketledger automate due --within 2h")
def due(
    *,
    within: Annotated[
        str, typer.Option("--within", metavar="LENGTH", help="Due within: 90m, 24h, 7d, any.")
    ] = "24h",
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """List what falls due next if nothing else happens, as the automation's schedule has it."""
    from consumers.automation.standing import status as standing_of
    from consumers.automation.standing import upcoming

    hours = parse_hours(within, option="--within")
    now = datetime.now(UTC)
    until = now + (_EVER if hours is None else timedelta(hours=hours))
    with reading() as store:
        zone = zone_of(store)
        standing = standing_of(ledger_folder(), store)
    if standing.lag_events or standing.touched:
        tell(
            f"as of position {standing.position:,} of {standing.last_position:,}; "
            f"take in the rest: ticketledger automate run --once"
        )
    rows = upcoming(ledger_folder(), until=until, limit=limit)
    if json:
        for row in rows:
            say_json(asdict(row))
        return
    if not rows:
        say("nothing falls due then")
        return
    columns = [
        Column("due"),
        Column("", right=True),
        Column("ticket"),
        Column("what"),
        Column("of", drop=2),
        Column("owner", at_least=6, drop=1),
    ]
    table = [
        [
            short(row.at, zone),
            relative(row.at, now),
            row.number or row.ticket,
            label(row.kind),
            label(row.name),
            row.owner or "-",
        ]
        for row in rows
    ]
    say_table(columns, table)


@verb(app, example="ticketledger automate rebuild")
def rebuild(*, json: Json = False) -> None:
    """Make the schedule anew from the log's start. Nothing is recorded.

    It is a memory of the log and can be lost at any time; one that is missing or damaged is made
    anew by itself.
    """
    from consumers.automation.automation import opened

    with (
        progress("schedule", unit="events") as bar,
        opened(ledger_folder(), on_progress=bar.show) as automation,
    ):
        missing = automation.rebuild()
        tickets, _, _, duties = automation.schedule.counts()
    if json:
        say_json({"tickets": tickets, "duties": duties, "missing": missing})
        return
    behind = f"; the stream lacks {missing:,} events of the log" if missing else ""
    say(f"schedule: {tickets:,} tickets, {duties:,} to come{behind}")
