"""Verbs that say what a ticket is about."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from cli.changing import Change, changes
from cli.options import IntentName, PriorityName, ReaderName, Reason
from cli.ticket_app import app

_INTENTS = f"Why they wrote: {', '.join(get_args(IntentName))}."

Levels = Annotated[
    list[str] | None,
    typer.Argument(metavar="LEVEL...", help="One to five levels, the widest first."),
]


@changes(app, example='ticketledger ticket categorize INC0000045 Refund "Airline cancelled"')
def categorize(
    change: Change,
    levels: Levels = None,
    clear: Annotated[bool, typer.Option("--clear", help="Take the category away.")] = False,
    reason: Reason = None,
) -> None:
    """Set the category of a ticket, or clear it."""
    if bool(levels) == clear:
        raise typer.BadParameter("give one to five levels, or --clear", param_hint="LEVEL")
    to = tuple(levels) if levels else None
    change.give(
        "categorize",
        {"to": to, "reason": reason},
        lambda ticket, _: ticket.categorize(to, reason=reason),
    )


@changes(app, example="ticketledger ticket prioritize INC0000045 high")
def prioritize(
    change: Change,
    to: Annotated[PriorityName, typer.Argument(help="How urgently it is treated.")],
    reason: Reason = None,
) -> None:
    """Set the priority of a ticket."""
    from domain.values import Priority

    change.give(
        "prioritize",
        {"to": to, "reason": reason},
        lambda ticket, _: ticket.prioritize(Priority(to), reason=reason),
    )


@changes(app, example="ticketledger ticket tag INC0000045 asked-twice")
def tag(
    change: Change,
    tag: Annotated[str, typer.Argument(metavar="TAG", help="The tag.")],
    reason: Reason = None,
) -> None:
    """Put a tag on a ticket."""
    change.give(
        "tag", {"tag": tag, "reason": reason}, lambda ticket, _: ticket.tag(tag, reason=reason)
    )


@changes(app, example="ticketledger ticket untag INC0000045 asked-twice")
def untag(
    change: Change,
    tag: Annotated[str, typer.Argument(metavar="TAG", help="The tag.")],
    reason: Reason = None,
) -> None:
    """Take a tag off a ticket."""
    change.give(
        "untag", {"tag": tag, "reason": reason}, lambda ticket, _: ticket.untag(tag, reason=reason)
    )


@changes(app, name="set", example="ticketledger ticket set INC0000045 airline 'Blue Wings'")
def set_field(
    change: Change,
    field: Annotated[str, typer.Argument(metavar="FIELD", help="The field's name.")],
    value: Annotated[
        str | None, typer.Argument(metavar="VALUE", help="Its value.", show_default=False)
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Take the value away.")] = False,
    reason: Reason = None,
) -> None:
    """Set any other field of a ticket, or clear it."""
    if (value is not None) == clear:
        raise typer.BadParameter("give a value, or --clear", param_hint="VALUE")
    change.give(
        "set",
        {"field": field, "to": value, "reason": reason},
        lambda ticket, _: ticket.set_field(field, value, reason=reason),
    )


@changes(app, example="ticketledger ticket requester INC0000045 'Caller 2403'")
def requester(
    change: Change,
    customer: Annotated[
        str | None,
        typer.Argument(metavar="CUSTOMER", help="The customer's opaque id.", show_default=False),
    ] = None,
    unknown: Annotated[bool, typer.Option("--unknown", help="Nobody known.")] = False,
    reason: Reason = None,
) -> None:
    """Say that a ticket is another customer's."""
    if (customer is not None) == unknown:
        raise typer.BadParameter("give a customer, or --unknown", param_hint="CUSTOMER")
    change.give(
        "requester",
        {"to": customer, "reason": reason},
        lambda ticket, _: ticket.change_requester(customer, reason=reason),
    )


@changes(
    app,
    name="classify-message",
    example="ticketledger ticket classify-message INC0000045 '<42@mail>' thanks",
)
def classify_message(
    change: Change,
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="The message's id.")],
    intent: Annotated[IntentName, typer.Argument(metavar="INTENT", help=_INTENTS)],
    method: Annotated[ReaderName, typer.Option("--method", help="Who found it out.")] = "agent",
) -> None:
    """Say why the customer wrote, once it is known.

    Thanks that had brought the case back close it again; it stays a reopening in the figures.
    """
    from domain.values import Intent, Method

    change.give(
        "classify_message",
        {"message": message, "intent": intent, "method": method},
        lambda ticket, _: ticket.classify_message(message, Intent(intent), method=Method(method)),
    )
