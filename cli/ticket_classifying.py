"""Verbs that say what a ticket is about."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.changing import Change, changes
from cli.context import reading
from cli.lookup import find_ticket
from cli.options import PriorityName, Reason, RoleName
from cli.ticket_app import app

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


@changes(app, example="ticketledger ticket link INC0000045 INC0000047 --role duplicate_of")
def link(
    change: Change,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The other ticket's number.")],
    role: Annotated[
        RoleName, typer.Option("--role", help="What the other ticket is to this one.")
    ] = "related",
) -> None:
    """Say what another ticket is to this one. The other ticket is not changed."""
    from domain.values import LinkRole

    with reading() as store:
        other_id = find_ticket(store, other)
    change.give(
        "link",
        {"other": other_id, "role": role},
        lambda ticket, _: ticket.link(other_id, role=LinkRole(role)),
    )
