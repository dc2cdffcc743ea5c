"""The noun `notify`: tell customers of facts about their cases, by e-mail and webhook."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cli import notify_checking, notify_dead
from cli.context import ledger_folder, reading, zone_of
from cli.narration import tell
from cli.notify_app import app
from cli.nouns import in_order, verb
from cli.options import Json
from cli.output import say, say_json
from cli.times import parse_moment, short

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from consumers.notifying.standing import Standing

_ = (notify_checking, notify_dead)


@verb(app, example="ticketledger notify run --follow")
def run(
    *,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow/--once",
            "-f",
            help="Go on with what comes until stopped, or send what is due now and end.",
        ),
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="Where there is no outbox yet: tell what was recorded since then. Default: now.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Send what the policies say that customers are told, as notifications.toml says how.

    Without that file nothing is ever sent. With a new one it begins with what is recorded from then
    on; imports never notify. What fails is tried again, ever later, and then given up: a dead
    letter. What was sent, or given up, is recorded on the ticket. One process a ledger.
    """
    from consumers.stopping import stopping

    # Before anything that takes time: a signal that comes early is to end in the same way.
    with stopping() as stop:
        from consumers.notifying.notifier import opened
        from consumers.notifying.settings_file import read_settings

        folder = ledger_folder()
        settings = read_settings(folder)
        begins = _begins(since)
        with opened(folder, settings, since=begins) as notifier:
            if follow:
                tell("notifications follow the log; Ctrl-C ends them cleanly")
            attempts = notifier.run(stop, follow=follow)
    found = _standing()
    if json:
        say_json({"attempts": attempts, **_fields(found)})
        return
    say(f"{attempts:,} attempts; {_in_words(found)}")


@verb(app, example="ticketledger notify status --json")
def status(
    *,
    check: Annotated[
        bool,
        typer.Option("--check", help="Exit 118 if nobody sends: a health check."),
    ] = False,
    json: Json = False,
) -> None:
    """Show who sends, how far they have read, what waits and what was given up."""
    found = _standing()
    if json:
        say_json(_fields(found))
    else:
        _say(found)
    if check and found.holder is None:
        from consumers.notifying.errors import NotifierNeedsSomebody

        raise NotifierNeedsSomebody(ledger_folder())


def _begins(since: str | None) -> datetime | None:
    if since is None:
        return None
    from consumers.notifying.outbox_file import outbox_path

    with reading() as store:
        moment = parse_moment(since, zone_of(store), option="--since")
    if outbox_path(ledger_folder()).exists():
        raise typer.BadParameter(
            "there is an outbox, which knows where to go on; leave this out, or move "
            f"{outbox_path(ledger_folder())} away first",
            param_hint="--since",
        )
    return moment


def _standing() -> Standing:
    from consumers.notifying.settings_file import is_configured, read_settings
    from consumers.notifying.standing import status as standing

    folder = ledger_folder()
    settings = read_settings(folder) if is_configured(folder) else None
    with reading() as store:
        return standing(folder, store, settings)


def _fields(found: Standing) -> dict[str, object]:
    fields = asdict(found)
    fields["surfaces"] = {surface.value: since for surface, since in found.surfaces.items()}
    return fields


def _in_words(found: Standing) -> str:
    retried = f", {found.retried:,} of them tried before" if found.retried else ""
    dead = f"; {found.dead:,} given up: ticketledger notify dead-letters" if found.dead else ""
    return f"{found.waiting:,} wait{retried}{dead}"


def _say(found: Standing) -> None:
    if not found.configured:
        say("nothing is configured, so no customer is notified: docs/how-to/notify-customers.md")
        return
    with reading() as store:
        zone = zone_of(store)
    say(f"sent by  {found.holder or 'nobody'}")
    say(f"log      {found.lag_events:,} events behind")
    say(f"outbox   {_in_words(found)}")
    _say_moments(found, zone)
    for what, count in found.tally.items():
        say(f"{count:>8,} {what}")
    if found.unserved:
        names = ", ".join(found.unserved)
        say(f"the policy also names {names}: nothing here sends there")


def _say_moments(found: Standing, zone: ZoneInfo) -> None:
    if found.next_at is not None:
        say(f"next     {short(found.next_at, zone)}")
    for surface, since in sorted(found.surfaces.items()):
        say(f"{surface.value:<8} since {short(since, zone)}")


in_order(app, "run status check dead-letters resend")
