"""Verbs of the conversation: replies and promises, the customer's messages, internal notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.changing import Change, changes
from cli.context import reading, zone_of
from cli.occasion import Occasion
from cli.options import (
    AuthorName,
    Channel,
    Intent,
    MessageKey,
    Text,
    listed,
    needed_words,
    words,
)
from cli.ticket_app import app
from cli.times import parse_moment

if TYPE_CHECKING:
    from domain.events import TicketEvent
    from domain.ticket import Ticket

Template = Annotated[
    str | None, typer.Option("--template", metavar="NAME", help="The template that was used.")
]


@changes(app, example="ticketledger ticket acknowledge INC0000045")
def acknowledge(change: Change, channel: Channel = None, template: Template = None) -> None:
    """Say that the customer was sent the ticket's number. It is not a reply."""
    from domain import values

    change.give(
        "acknowledge",
        {"channel": channel, "template": template},
        lambda ticket, _: ticket.acknowledge(
            channel=values.Channel(channel) if channel else ticket.channel, template=template
        ),
    )


@changes(app, example="ticketledger ticket reply INC0000045 --ask 'Which flight was it?'")
def reply(
    change: Change,
    *,
    text: Text = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="It is a question: the ticket waits for the customer.")
    ] = False,
    next_update_by: Annotated[
        str | None,
        typer.Option(
            "--next-update-by",
            metavar="TIME",
            help="When the customer hears from us next: a time, or 6h. Default: within 24 h.",
        ),
    ] = None,
    no_promise: Annotated[bool, typer.Option("--no-promise", help="Promise nothing.")] = False,
    sign: Annotated[
        str | None, typer.Option("--sign", metavar="NAME", help="The name the customer sees.")
    ] = None,
    author: Annotated[AuthorName, typer.Option("--author", help="Only a human replies.")] = "human",
    channel: Channel = None,
    template: Template = None,
    message_id: MessageKey = None,
) -> None:
    """Write to the customer. It says who, when, and when the next update comes."""
    if next_update_by is not None and no_promise:
        raise typer.BadParameter("it contradicts --no-promise", param_hint="--next-update-by")
    body = needed_words(text)
    due = None
    if next_update_by is not None:
        with reading() as store:
            due = parse_moment(
                next_update_by, zone_of(store), option="--next-update-by", ahead=True
            )

    def decide(ticket: Ticket, occasion: Occasion) -> list[TicketEvent]:
        from domain import values

        return ticket.reply(
            message_id=message_id or occasion.command_id,
            channel=values.Channel(channel) if channel else ticket.channel,
            at=occasion.at,
            body=body,
            author=values.Author(author),
            agent_id=occasion.agent_id,
            agent_display=sign,
            asks=ask,
            template=template,
            next_update_by=due,
            default_promise=None if no_promise else occasion.default_promise,
        )

    said = {"text": body, "ask": ask, "next_update_by": next_update_by, "no_promise": no_promise}
    how = {"sign": sign, "author": author, "channel": channel, "template": template}
    change.give("reply", {**said, **how, "message_id": message_id}, decide, key=message_id)


@changes(app, example="ticketledger ticket receive INC0000045 'Any news?' --intent status_chase")
def receive(
    change: Change,
    *,
    text: Text = None,
    intent: Intent = "unknown",
    channel: Channel = None,
    attachments: Annotated[
        list[str] | None,
        typer.Option("--attachment", metavar="ID", help="An attachment; may be repeated."),
    ] = None,
    message_id: MessageKey = None,
) -> None:
    """Take in what the customer wrote or said about this ticket.

    Where only the message is known and not the ticket: customer message.
    """
    body = words(text)

    def decide(ticket: Ticket, occasion: Occasion) -> list[TicketEvent]:
        from domain import values

        return ticket.receive(
            message_id=message_id or occasion.command_id,
            channel=values.Channel(channel) if channel else ticket.channel,
            at=occasion.at,
            body=body,
            intent=values.Intent(intent),
            attachments=listed(attachments),
            default_promise=occasion.default_promise,
            reopening_window=occasion.reopening_window,
        )

    change.give(
        "receive",
        {
            "text": body,
            "intent": intent,
            "channel": channel,
            "attachments": listed(attachments),
            "message_id": message_id,
        },
        decide,
        key=message_id,
        by_customer=True,
    )


@changes(app, example="ticketledger ticket note INC0000045 'Called the airline, no answer yet'")
def note(change: Change, text: Text = None) -> None:
    """Add an internal note. The customer never sees it."""
    body = needed_words(text)
    change.give(
        "note",
        {"text": body},
        lambda ticket, occasion: ticket.add_note(body, note_id=occasion.command_id),
    )
