"""The verb that opens a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.changing import command_of, hand_in, ruled
from cli.context import writing, zone_of
from cli.lookup import find_ticket
from cli.nouns import verb
from cli.occasion import occasion_of
from cli.options import (
    As,
    At,
    CaseTypeName,
    ChannelName,
    CommandId,
    Json,
    OriginName,
    PriorityName,
    Text,
    listed,
    one_of,
    words,
)
from cli.ticket_app import app

if TYPE_CHECKING:
    from cli.deciding import Tickets
    from domain.events import AnyEvent, Requester
    from domain.in_force import InForce
    from domain.ticket import Ticket
    from eventstore.commands import Command
    from eventstore.proposal import Request

Customer = Annotated[
    str | None, typer.Option("--customer", metavar="ID", help="The customer's opaque id.")
]
Category = Annotated[
    list[str] | None,
    typer.Option("--category", metavar="LEVEL", help="Widest level first; repeat for the next."),
]
Orders = Annotated[
    list[str] | None, typer.Option("--order", metavar="ID", help="An order; may be repeated.")
]


NOT_SAID = (
    "category",
    "priority",
    "case_type",
    "urgency",
    "impact",
    "product",
    "fields",
    "name",
    "email",
    "phone",
    "username",
    "on_behalf",
    "live",
)
"""What nobody tells of a case that does not begin with ticket open."""


def _personal(what: str) -> Any:
    return typer.Option(f"--{what}", metavar="WORDS", help=f"The customer's {what}.")


@verb(
    app,
    name="open",
    example="ticketledger ticket open --customer C7 --channel email --subject 'No refund yet'",
)
def open_(
    *,
    text: Text = None,
    customer: Customer = None,
    channel: Annotated[ChannelName, one_of("--channel", "How it came.", ChannelName)] = "other",
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="WORDS", help="What it is about.")
    ] = None,
    category: Category = None,
    priority: Annotated[
        PriorityName | None, typer.Option("--priority", help="How urgently it is treated.")
    ] = None,
    case_type: Annotated[
        CaseTypeName | None, typer.Option("--case-type", help="What kind of wish it is.")
    ] = None,
    orders: Orders = None,
    urgency: Annotated[
        str | None, typer.Option("--urgency", metavar="WORDS", help="As the customer states it.")
    ] = None,
    impact: Annotated[str | None, typer.Option("--impact", help="Who or what is affected.")] = None,
    product: Annotated[str | None, typer.Option("--product", help="What it is about.")] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option("--field", metavar="NAME=VALUE", help="Any other field; may be repeated."),
    ] = None,
    name: Annotated[str | None, _personal("name")] = None,
    email: Annotated[str | None, _personal("email")] = None,
    phone: Annotated[str | None, _personal("phone")] = None,
    username: Annotated[str | None, _personal("username")] = None,
    on_behalf: Annotated[
        bool, typer.Option("--on-behalf", help="An agent opens it for the customer.")
    ] = False,
    live: Annotated[
        bool | None,
        typer.Option(
            "--live/--not-live", help="Whether the customer is present. Default: by channel."
        ),
    ] = None,
    origin: Annotated[OriginName, typer.Option("--origin", help="Who caused it.")] = "customer",
    follows: Annotated[
        str | None,
        typer.Option("--follows", metavar="NUMBER", help="An earlier ticket it goes on from."),
    ] = None,
    command_id: CommandId = None,
    at: At = None,
    actor: As = None,
    json: Json = False,
) -> None:
    """Open a ticket. The TEXT is what the customer wrote; its number is printed.

    It needs a customer, a subject or a TEXT: nobody could work on one that says nothing.
    """
    message = words(text)
    if not any(said and said.strip() for said in (customer, subject, message)):
        raise typer.BadParameter(
            "say who it is from or what it is about: --customer, --subject or a TEXT"
        )
    said = {
        "text": message,
        "customer": customer,
        "channel": channel,
        "subject": subject,
        "category": listed(category),
        "priority": priority,
        "case_type": case_type,
        "orders": listed(orders),
        "urgency": urgency,
        "impact": impact,
        "product": product,
        "fields": fields_of(fields),
        "name": name,
        "email": email,
        "phone": phone,
        "username": username,
        "on_behalf": on_behalf or None,
        "live": live,
        "origin": origin,
    }
    with writing(lays=True) as tickets:
        said["follows"] = find_ticket(tickets.store, follows) if follows else None
        occasion = occasion_of(zone_of(tickets.store), command_id=command_id, at=at, actor=actor)
        request = opening_request(tickets, said, command_of("open", said, occasion))
        hand_in(tickets, request, occasion, as_json=json)


def opening_request(
    tickets: Tickets, said: dict[str, Any], command: Command
) -> Request[Ticket, AnyEvent]:
    """To open the ticket that this command determines. Refuses with TicketExists."""
    from domain.errors import TicketExists
    from domain.numbers import number_of, ticket_id_of

    ticket_id = ticket_id_of(command.id, command.occurred_at)

    def decide(ticket: Ticket | None, _: InForce | None) -> Sequence[Any]:
        if ticket is not None:
            raise TicketExists(ticket.number)
        return opening(number_of(ticket_id), said)

    return ruled(tickets, ticket_id, command, decide)


def opening(number: str, said: dict[str, Any]) -> Sequence[Any]:
    """The decision that opens a ticket from what the caller said."""
    from domain.ticket import open_ticket
    from domain.values import CaseType, Channel, Origin, Priority

    return open_ticket(
        number=number,
        channel=Channel(said["channel"]),
        requester=_requester(said),
        origin=Origin(said["origin"]),
        live=said["live"],
        case_type=CaseType(said["case_type"]) if said["case_type"] else None,
        subject=said["subject"],
        body=said["text"],
        category=said["category"],
        priority=Priority(said["priority"]) if said["priority"] else None,
        stated_urgency=said["urgency"],
        impact=said["impact"],
        product=said["product"],
        order_refs=said["orders"],
        custom_fields=said["fields"],
        on_behalf_of=said["on_behalf"],
        follows_ticket=said["follows"],
    )


def fields_of(pairs: list[str] | None) -> dict[str, str] | None:
    """Custom fields from NAME=VALUE. Raises a usage error."""
    fields: dict[str, str] = {}
    for pair in pairs or ():
        name, equals, value = pair.partition("=")
        if not name or not equals or not value:
            raise typer.BadParameter("a field looks like NAME=VALUE", param_hint="--field")
        fields[name] = value
    return fields or None


def _requester(said: dict[str, Any]) -> Requester | None:
    from domain.events import Requester

    personal = {key: said[key] for key in ("name", "email", "phone", "username")}
    if said["customer"] is None:
        if any(personal.values()):
            raise typer.BadParameter(
                "a customer's name or address needs their id too", param_hint="--customer"
            )
        return None
    return Requester(id=said["customer"], **personal)
