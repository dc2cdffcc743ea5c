"""The noun `project`: the projectors that keep the views."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.context import as_called, ledger_folder, reading, zone_of
from cli.errors import ProjectionsStopped
from cli.narration import progress, tell
from cli.nouns import noun, verb
from cli.options import Json
from cli.output import Column, say, say_json, say_table
from cli.times import length, seconds_as_span, short

if TYPE_CHECKING:
    import threading

    from consumers.following import Progress
    from consumers.standing import Standing

INTERRUPTED = 130
_NEEDS_SOMEBODY = ("stopped", "needs rebuild")

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

    Each ends when it has caught up; with --follow it goes on until Ctrl-C or SIGTERM, and exits 0.
    Interrupted anywhere, the next run goes on from the last commit. One that fails does not stop
    the others; the exit code is that of the first failure.
    """
    from consumers.stopping import stopping

    # Before anything that takes time: a signal that comes early is to end in the same way.
    with stopping() as stop:
        if follow:
            tell(_following(names))
        from projections.definition import projection_named, projection_names

        wanted = [projection_named(name).name for name in names or projection_names()]
        if follow and len(wanted) > 1:
            from cli.project_followers import follow_each

            raise typer.Exit(follow_each(wanted, on_unreadable, stop))
        _run_each(wanted, follow=follow, on_unreadable=on_unreadable, stop=stop, as_json=json)


@verb(app, example="ticketledger project status --json")
def status(
    names: Names = None,
    *,
    check: Annotated[
        bool,
        typer.Option("--check", help="Exit 86 also where nobody works on one: a health check."),
    ] = False,
    json: Json = False,
) -> None:
    """Show how far each projection is, how many events it lags behind, and who works on it.

    Exits 86 if one of them has stopped or needs a rebuild.
    """
    from consumers.standing import status as standings
    from projections.definition import projection_named

    wanted = {projection_named(name).name for name in names or ()}
    found = [
        replace(one, stopped_by=as_called(one.stopped_by)) if one.stopped_by else one
        for one in standings(ledger_folder())
        if not wanted or one.name in wanted
    ]
    if json:
        for standing in found:
            say_json(asdict(standing))
    else:
        _say_standings(found)
    _tell_relay()
    if idle := [
        one.name for one in found if one.state in _NEEDS_SOMEBODY or (check and one.holder is None)
    ]:
        raise ProjectionsStopped(idle)


def _tell_relay() -> None:
    """A projector that has caught up with the stream knows nothing of what is not in it yet."""
    from cli.relay_lag import advice, stream_lag

    folder = ledger_folder()
    with reading() as store:
        lag = stream_lag(folder, store)
    if lag:
        tell(advice(lag, folder))


def _say_standings(found: list[Standing]) -> None:
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
    from consumers.stopping import stopping

    with stopping() as stop:
        from projections.definition import projection_named

        for name in [projection_named(name).name for name in names]:
            done = _rebuild_one(name, on_unreadable=on_unreadable, stop=stop)
            _say_progress(done, as_json=json)
            if not done.caught_up:
                raise typer.Exit(INTERRUPTED)


def _following(names: list[str] | None) -> str:
    """What a follower says at its beginning: from now on a signal ends it cleanly."""
    who = " and ".join(names) if names else "every projection"
    return f"{who} {'follow' if names and names[1:] else 'follows'} the log; Ctrl-C ends it cleanly"


def _run_each(
    names: list[str], *, follow: bool, on_unreadable: str, stop: threading.Event, as_json: bool
) -> None:
    """One projector after another. The first failure is raised when all have had their turn."""
    from projections.errors import ProjectionError

    failed: ProjectionError | None = None
    for name in names:
        try:
            done = _run_one(name, follow=follow, on_unreadable=on_unreadable, stop=stop)
        except ProjectionError as error:
            if failed is not None:
                tell(f"error: {as_called(str(error))}")
            failed = failed or error
            continue
        _say_progress(done, as_json=as_json)
        if not done.caught_up and not follow:
            raise typer.Exit(INTERRUPTED)
    if failed is not None:
        raise failed


def _run_one(name: str, *, follow: bool, on_unreadable: str, stop: threading.Event) -> Progress:
    from consumers.projector import OnUnreadable, Options
    from consumers.projector import run as run_projector

    with progress(name, unit="events") as bar:
        options = Options(
            on_progress=lambda done: bar.show(done.position, done.last_position),
            on_unreadable=OnUnreadable(on_unreadable),
            stop=stop,
        )
        return run_projector(ledger_folder(), name, follow=follow, options=options)


def _rebuild_one(name: str, *, on_unreadable: str, stop: threading.Event) -> Progress:
    from consumers.projector import OnUnreadable, Options
    from consumers.projector import rebuild as build

    with progress(f"rebuilding {name}", unit="events") as bar:
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
