"""The noun `project`: the projectors that keep the views."""

from __future__ import annotations

import multiprocessing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.context import ledger_folder, reading, zone_of
from cli.narration import progress, tell
from cli.nouns import noun, verb
from cli.options import Json
from cli.output import Column, say, say_json, say_table
from cli.times import length, seconds_as_span, short

if TYPE_CHECKING:
    from consumers.following import Progress

INTERRUPTED = 130

app = noun("project")

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME...", help="Which projections. Default: all.", show_default=False),
]
OnUnreadableName = Annotated[
    Literal["stop", "quarantine"],
    typer.Option(
        "--on-unreadable", help="Stop before an event that is unreadable, or set it aside."
    ),
]


@verb(app, example="ticketledger project run agent_queue --follow")
def run(
    names: Names = None,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until stopped.")
    ] = False,
    on_unreadable: OnUnreadableName = "stop",
    json: Json = False,
) -> None:
    """Let projectors take in what the log has and publish the views.

    Each ends when it has caught up; with --follow it goes on until Ctrl-C. Interrupted anywhere,
    the next run goes on from the last commit.
    """
    from projections.definition import projection_named, projection_names

    wanted = [projection_named(name).name for name in names or projection_names()]
    if follow and len(wanted) > 1:
        raise typer.Exit(_follow_each(wanted, on_unreadable))
    for name in wanted:
        done = _run_one(name, follow=follow, on_unreadable=on_unreadable)
        _say_progress(done, as_json=json)
        if not done.caught_up and not follow:
            raise typer.Exit(INTERRUPTED)


@verb(app, example="ticketledger project status --json")
def status(*, json: Json = False) -> None:
    """Show how far each projection is, how many events it lags behind, and who works on it."""
    from consumers.standing import status as standings

    found = standings(ledger_folder())
    if json:
        for standing in found:
            say_json(asdict(standing))
        return
    with reading() as store:
        zone = zone_of(store)
    columns = [
        Column("projection"),
        Column("state"),
        Column("position", right=True),
        Column("behind", right=True),
        Column("for", right=True, drop=3),
        Column("events/s", right=True, drop=4),
        Column("set aside", right=True, drop=2),
        Column("size", right=True, drop=5),
        Column("knows until", drop=1),
        Column("worked on by", at_least=12, drop=6),
    ]
    rows = [
        [
            one.name,
            one.state,
            f"{one.position:,}",
            f"{one.lag_events:,}",
            length(seconds_as_span(one.lag_seconds)) if one.lag_events else "-",
            f"{one.events_per_second:,.0f}" if one.events_per_second else "-",
            f"{one.quarantined:,}",
            f"{one.file_bytes / 1_000_000:,.1f} MB" if one.file_bytes else "-",
            short(one.as_of, zone),
            one.holder or "nobody",
        ]
        for one in found
    ]
    say_table(columns, rows)
    for one in found:
        if one.stopped_by:
            say(f"{one.name} stopped: {one.stopped_by}")


@verb(app, example="ticketledger project rebuild recontact")
def rebuild(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Which projections.")],
    *,
    on_unreadable: OnUnreadableName = "stop",
    json: Json = False,
) -> None:
    """Build projections anew from the start of the log, beside the ones in use, then swap.

    Readers keep the version before until the new one has caught up. Interrupted, the next rebuild
    goes on where this one was.
    """
    from projections.definition import projection_named

    for name in [projection_named(name).name for name in names]:
        done = _rebuild_one(name, on_unreadable=on_unreadable)
        _say_progress(done, as_json=json)
        if not done.caught_up:
            raise typer.Exit(INTERRUPTED)


def _run_one(name: str, *, follow: bool, on_unreadable: str) -> Progress:
    from consumers.projector import OnUnreadable, Options
    from consumers.projector import run as run_projector
    from consumers.stopping import stopping

    with stopping() as stop, progress(name, unit="events") as bar:
        options = Options(
            on_progress=lambda done: bar.show(done.position, done.last_position),
            on_unreadable=OnUnreadable(on_unreadable),
            stop=stop,
        )
        if follow:
            tell(f"{name} follows the log; Ctrl-C ends it cleanly")
        return run_projector(ledger_folder(), name, follow=follow, options=options)


def _rebuild_one(name: str, *, on_unreadable: str) -> Progress:
    from consumers.projector import OnUnreadable, Options
    from consumers.projector import rebuild as build
    from consumers.stopping import stopping

    with stopping() as stop, progress(f"rebuilding {name}", unit="events") as bar:
        options = Options(
            on_progress=lambda done: bar.show(done.position, done.last_position),
            on_unreadable=OnUnreadable(on_unreadable),
            stop=stop,
        )
        return build(ledger_folder(), name, options=options)


def _say_progress(done: Progress, *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "projection": done.name,
                "position": done.position,
                "last_position": done.last_position,
                "events": done.events,
                "quarantined": done.quarantined,
                "seconds": round(done.seconds, 3),
                "events_per_second": round(done.events_per_second, 1),
                "caught_up": done.caught_up,
            }
        )
        return
    aside = f", {done.quarantined:,} set aside" if done.quarantined else ""
    rate = f", {done.events_per_second:,.0f} events/s" if done.events else ""
    where = "caught up" if done.caught_up else f"of {done.last_position:,}"
    say(f"{done.name}: position {done.position:,}, {where}; {done.events:,} taken in{rate}{aside}")


def _follow_each(names: list[str], on_unreadable: str) -> int:
    """A process for each projection, as in production; ends when all have ended."""
    from consumers.stopping import stopping

    # A fork would inherit DuckDB's threads and locks half-way.
    spawn = multiprocessing.get_context("spawn")
    projectors = [
        spawn.Process(target=_follow_alone, args=(str(ledger_folder()), name, on_unreadable))
        for name in names
    ]
    with stopping() as stop:
        for projector in projectors:
            projector.start()
        while not stop.is_set() and any(projector.is_alive() for projector in projectors):
            projectors[0].join(0.2)
            if any(projector.exitcode for projector in projectors):
                break
        for projector in projectors:
            if projector.is_alive():
                projector.terminate()
        for projector in projectors:
            projector.join()
    return max(abs(projector.exitcode or 0) for projector in projectors)


def _follow_alone(folder: str, name: str, on_unreadable: str) -> None:
    """What a child process does: the command line of one projector."""
    import sys

    from cli.main import run as run_line

    line = ["--ledger", folder, "project", "run", name, "--follow"]
    sys.exit(run_line([*line, "--on-unreadable", on_unreadable]))
