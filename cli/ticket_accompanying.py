"""Verbs beside the life of a case: reminders, files, knowledge, surveys, corrections."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.changing import Change, changes
from cli.context import reading, writing, zone_of
from cli.entries import entries_of
from cli.lookup import find_ticket
from cli.occasion import Occasion
from cli.options import DeliveryName, Reason, Text, UseName, words
from cli.ticket_app import app
from cli.times import is_relative, parse_hours, parse_moment

if TYPE_CHECKING:
    from domain.events import TicketEvent
    from domain.ticket import Ticket

_UNKNOWN_MEDIA = "application/octet-stream"

MessageId = Annotated[str, typer.Argument(metavar="MESSAGE", help="The message's id.")]


@changes(app, example="ticketledger ticket remind INC0000045 --in 2h 'Call the airline again'")
def remind(
    change: Change,
    text: Text = None,
    *,
    within: Annotated[
        str | None, typer.Option("--in", metavar="LENGTH", help="How long from then on: 90m, 2h.")
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="TIME", help="At which date and time.")
    ] = None,
) -> None:
    """Ask to be reminded of a ticket. The customer never sees it; its id is the command id."""
    if (within is None) == (on is None):
        raise typer.BadParameter("say when: --in LENGTH or --on TIME", param_hint="--in")
    hours = parse_hours(within, option="--in") if within is not None else None
    if within is not None and hours is None:
        raise typer.BadParameter("a length looks like 90m, 2h or 3d", param_hint="--in")
    moment = None
    if on is not None:
        if is_relative(on):
            raise typer.BadParameter("that is a length; give it with --in", param_hint="--on")
        with reading() as store:
            moment = parse_moment(on, zone_of(store), option="--on")
    body = words(text)

    def decide(ticket: Ticket, occasion: Occasion) -> list[TicketEvent]:
        due = moment if moment is not None else occasion.at + timedelta(hours=hours or 0)
        return ticket.set_reminder(
            occasion.command_id,
            due_at=due,
            at=occasion.at,
            agent_id=occasion.agent_id,
            text=body,
        )

    change.give("remind", {"in": within, "on": on, "text": body}, decide)


@changes(app, example="ticketledger ticket unremind INC0000045 --reason 'they called back'")
def unremind(
    change: Change,
    reminder: Annotated[
        str | None,
        typer.Argument(
            metavar="REMINDER", help="Its id. Default: the only one.", show_default=False
        ),
    ] = None,
    reason: Reason = None,
) -> None:
    """Say that a reminder is not needed any more."""

    def decide(ticket: Ticket, _: Occasion) -> list[TicketEvent]:
        if reminder is None and len(ticket.reminders) != 1:
            raise typer.BadParameter(
                f"there are {len(ticket.reminders)} to come; say which", param_hint="REMINDER"
            )
        return ticket.cancel_reminder(reminder or next(iter(ticket.reminders)), reason=reason)

    change.give("unremind", {"reminder": reminder, "reason": reason}, decide)


@changes(app, example="ticketledger ticket delivery INC0000045 '<43@us>' failed --reason bounced")
def delivery(
    change: Change,
    message: MessageId,
    became: Annotated[
        DeliveryName, typer.Argument(metavar="DELIVERY", help="delivered, failed or read.")
    ],
    reason: Reason = None,
) -> None:
    """Take in what the channel says about a message of ours."""
    from domain.reach import Delivery

    change.give(
        "delivery",
        {"message": message, "delivery": became, "reason": reason},
        lambda ticket, _: ticket.report_delivery(message, Delivery(became), reason=reason),
    )


@changes(app, example="ticketledger ticket article INC0000045 KB-12 --use solved --version 3")
def article(
    change: Change,
    article: Annotated[str, typer.Argument(metavar="ARTICLE", help="The article's id.")],
    use: Annotated[UseName, typer.Option("--use", help="What it was good for.")] = "consulted",
    version: Annotated[
        str | None, typer.Option("--version", metavar="VERSION", help="Which version of it.")
    ] = None,
) -> None:
    """Say which piece of knowledge was used."""
    from domain.reach import ArticleUse

    change.give(
        "article",
        {"article": article, "use": use, "version": version},
        lambda ticket, _: ticket.link_article(article, use=ArticleUse(use), version=version),
    )


@changes(app, name="survey-answer", example="ticketledger ticket survey-answer INC0000045 S1 4")
def survey_answer(
    change: Change,
    survey: Annotated[str, typer.Argument(metavar="SURVEY", help="The survey's id.")],
    score: Annotated[int, typer.Argument(metavar="SCORE", help="On the scale that was asked.")],
) -> None:
    """Take in what the customer answered to a survey."""
    change.give(
        "survey_answer",
        {"survey": survey, "score": score},
        lambda ticket, _: ticket.answer_survey(survey, score),
        by_customer=True,
    )


@changes(app, example="ticketledger ticket correct INC0000045 7 --reason 'noted on the wrong case'")
def correct(
    change: Change,
    event: Annotated[
        str,
        typer.Argument(metavar="EVENT", help="Its id, or its number in ticket history."),
    ],
    reason: Annotated[str, typer.Option("--reason", metavar="WORDS", help="What is wrong.")],
) -> None:
    """Say that an event of a ticket was recorded wrongly. Nothing else changes by that."""
    event_id = _event_of(change.number, event)
    change.give(
        "correct",
        {"event": event_id, "reason": reason},
        lambda ticket, _: ticket.correct(event_id, reason=reason),
    )


@changes(app, example="ticketledger ticket attach INC0000045 docs/boarding-pass.pdf --public")
def attach(
    change: Change,
    path: Annotated[
        str | None,
        typer.Argument(
            metavar="PATH", help="The file; only read, never copied.", show_default=False
        ),
    ] = None,
    *,
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference", metavar="ID", help="Where it is kept. Default: sha256: and its digest."
        ),
    ] = None,
    sha256: Annotated[
        str | None, typer.Option("--sha256", metavar="HEX", help="Without PATH: its digest.")
    ] = None,
    size: Annotated[
        int | None, typer.Option("--bytes", metavar="COUNT", min=0, help="Without PATH: its size.")
    ] = None,
    media_type: Annotated[
        str | None,
        typer.Option("--media-type", metavar="TYPE", help="Default: by the name of PATH."),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="The customer may see it. Default: internal.")
    ] = False,
    message: Annotated[
        str | None, typer.Option("--message", metavar="ID", help="The message it came with.")
    ] = None,
) -> None:
    """Add a file by reference: what it is and its digest. Its bytes are kept elsewhere."""
    file = _described(path, sha256=sha256, size=size, media_type=media_type)
    where = reference or f"sha256:{file['sha256']}"
    said = {"reference": where, "public": public, "message": message}
    change.give(
        "attach",
        {**file, **said},
        lambda ticket, _: ticket.add_attachment(
            where,
            media_type=file["media_type"],
            size_bytes=file["bytes"],
            sha256=file["sha256"],
            public=public,
            message_id=message,
        ),
    )


def _described(
    path: str | None, *, sha256: str | None, size: int | None, media_type: str | None
) -> dict[str, Any]:
    """What is recorded of a file: read from it, or as given. Raises a usage error."""
    from mimetypes import guess_type

    if path is None:
        if sha256 is None or size is None:
            raise typer.BadParameter("give the file, or --sha256 and --bytes", param_hint="PATH")
        kind = media_type or _UNKNOWN_MEDIA
        return {"sha256": sha256.lower(), "bytes": size, "media_type": kind}
    if sha256 is not None or size is not None:
        raise typer.BadParameter("they are read from the file", param_hint="--sha256, --bytes")
    try:
        with Path(path).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            count = file.tell()
    except OSError as error:
        raise typer.BadParameter(f"cannot be read: {error.strerror}", param_hint="PATH") from None
    kind = media_type or guess_type(path)[0] or _UNKNOWN_MEDIA
    return {"sha256": digest, "bytes": count, "media_type": kind}


def _event_of(number: str, event: str) -> str:
    """The id of one of a ticket's events, named by it or by its place. Raises EventUnknown."""
    with writing() as tickets:
        entries = entries_of(tickets.store, find_ticket(tickets.store, number))
    for entry in entries:
        if event in (entry.envelope.id, str(entry.envelope.sequence)):
            return entry.envelope.id
    from domain.around_errors import EventUnknown

    raise EventUnknown(number, event)
