"""The verb `notify check`: are the settings right, and does a test message arrive?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import ledger_folder, reading
from cli.notify_app import app
from cli.nouns import verb
from cli.options import Json
from cli.output import paint, say, say_json

if TYPE_CHECKING:
    from consumers.notifying.trying import Tried


@verb(app, example="ticketledger notify check --to me@example.com --webhook app")
def check(
    *,
    to: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="ADDRESS", help="Send a test e-mail there."),
    ] = None,
    webhook: Annotated[
        list[str] | None,
        typer.Option("--webhook", metavar="NAME", help="Post a test message to this webhook."),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            "--url", metavar="URL", help="Post there instead, signed as for the one --webhook."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Check notifications.toml and its secrets, and send test messages if asked to.

    A test message says nothing of any customer, and is recorded nowhere. Exits 114 if the settings
    are wrong, 119 if a test message was not taken.
    """
    from consumers.notifying.errors import NotDelivered
    from consumers.notifying.notifier import utc_now
    from consumers.notifying.secrets import read_secrets
    from consumers.notifying.settings_file import read_settings
    from consumers.notifying.trying import posted_elsewhere, try_email, try_webhook

    settings = read_settings(ledger_folder())
    names = webhook or []
    for name in names:
        if name not in settings.webhooks:
            known = ", ".join(settings.webhooks) or "none"
            raise typer.BadParameter(f"no webhook {name}; there is {known}", param_hint="--webhook")
    if url is not None:
        settings = posted_elsewhere(settings, _only(names), _checked(url))
    secrets = read_secrets(settings)
    if to and settings.email is None:
        raise typer.BadParameter("there is no [email] in the settings", param_hint="--to")
    tried = [try_email(settings, secrets, address, now=utc_now()) for address in to or ()]
    tried += [try_webhook(settings, secrets, name, now=utc_now()) for name in names]
    if json:
        say_json({"settings": "fine", "unserved": _unserved()})
    else:
        surfaces = ", ".join(sorted(settings.surfaces)) or "no surface"
        say(f"the settings are fine; served: {surfaces}")
        if unserved := _unserved():
            say(f"the policy also names {', '.join(unserved)}: nothing here sends there")
    for one in tried:
        _say(one, as_json=json)
    if failed := [f"{one.name}: {one.reason}" for one in tried if one.reason is not None]:
        raise NotDelivered(failed)


def _only(names: list[str]) -> str:
    if len(names) != 1:
        raise typer.BadParameter("name one --webhook, whose secret signs", param_hint="--url")
    return names[0]


def _checked(url: str) -> str:
    from consumers.notifying.settings import checked_url

    try:
        return checked_url(url)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--url") from None


def _unserved() -> list[str]:
    from consumers.notifying.settings_file import read_settings
    from consumers.notifying.standing import status

    folder = ledger_folder()
    with reading() as store:
        return [surface.value for surface in status(folder, store, read_settings(folder)).unserved]


def _say(one: Tried, *, as_json: bool) -> None:
    if as_json:
        say_json({"transport": one.name, "taken": one.reason is None, "reason": one.reason})
        return
    told = paint("taken ", "green") if one.reason is None else paint("failed", "red")
    say(f"{told} {one.name}{f': {one.reason}' if one.reason else ''}")
