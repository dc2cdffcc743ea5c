"""The verbs about notifications that were given up: list them, send them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import ledger_folder, reading, zone_of
from cli.narration import tell
from cli.notify_app import app
from cli.nouns import verb
from cli.options import Json
from cli.output import Column, say, say_json, say_table
from cli.times import short

if TYPE_CHECKING:
    from consumers.notifying.letters import Letter


@verb(app, name="dead-letters", example="ticketledger notify dead-letters --json")
def dead_letters(*, json: Json = False) -> None:
    """List the notifications that were given up, and why. Nothing that anybody wrote is shown."""
    from consumers.notifying.standing import dead_letters as found

    letters = found(ledger_folder())
    if json:
        for letter in letters:
            say_json(_fields(letter))
        return
    if not letters:
        say("no notification was given up")
        return
    with reading() as store:
        zone = zone_of(store)
    columns = [
        Column("notification"),
        Column("surface"),
        Column("about"),
        Column("why", at_least=12),
        Column("attempts", right=True, drop=2),
        Column("planned", drop=1),
        Column("ticket", drop=3),
    ]
    rows = [
        [
            letter.id,
            letter.surface.value,
            letter.fact.value,
            letter.reason or "-",
            f"{letter.attempts:,}",
            short(letter.planned_at, zone),
            letter.ticket,
        ]
        for letter in letters
    ]
    say_table(columns, rows)


@verb(app, example="ticketledger notify resend --all")
def resend(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="Which notifications.", show_default=False),
    ] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="All that were given up.")] = False,
    json: Json = False,
) -> None:
    """Let notifications that were given up be tried again, with all attempts anew.

    They keep their ids, so that a receiver who got one after all can drop it. Whoever runs `notify
    run` sends them.
    """
    from consumers.notifying.settings_file import read_settings
    from consumers.notifying.standing import dead_letters as found
    from consumers.notifying.standing import resend as send_again

    if bool(ids) == all_:
        raise typer.BadParameter("name some, or --all", param_hint="ID")
    folder = ledger_folder()
    wanted = [letter.id for letter in found(folder)] if all_ else list(ids or ())
    attempts = read_settings(folder).retries.attempts
    letters = send_again(folder, wanted, attempts=attempts) if wanted else []
    for letter in letters if json else ():
        say_json(_fields(letter))
    if not json:
        say(f"{len(letters):,} wait to be sent again")
    _tell_if_nobody_sends(bool(letters))


def _tell_if_nobody_sends(wanted: bool) -> None:
    from consumers.holding import holder_of
    from consumers.notifying.outbox_file import lock_path

    if wanted and holder_of(lock_path(ledger_folder())) is None:
        tell("nobody sends at the moment; start it: ticketledger notify run")


def _fields(letter: Letter) -> dict[str, Any]:
    return {
        "notification_id": letter.id,
        "ticket": letter.ticket,
        "about": letter.event,
        "fact": letter.fact.value,
        "surface": letter.surface.value,
        "state": letter.state.value,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "given_up": letter.given_up,
        "planned_at": letter.planned_at,
    }
