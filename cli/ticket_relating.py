"""Verbs between tickets: merging, splitting, and what one ticket is to another.

Each records on several tickets, one save after the other under ids derived from the command's own:
repeating it finishes what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.changing import Change, changes, command_of, execute, show_outcomes
from cli.context import reading, writing
from cli.lookup import find_ticket
from cli.occasion import Occasion, telling_id
from cli.options import Reason, RoleName, Text, listed, words
from cli.ticket_app import app
from cli.ticket_opening import NOT_SAID, Category, Orders, opening_request

if TYPE_CHECKING:
    from cli.deciding import Tickets
    from domain.events import AnyEvent
    from domain.ticket import Ticket
    from eventstore.proposal import Outcome

_MIRRORED: dict[RoleName, RoleName] = {"parent": "child", "child": "parent"}
"""The roles of which both tickets must know."""


@changes(app, example="ticketledger ticket merge INC0000047 --into INC0000045")
def merge(
    change: Change,
    *,
    into: Annotated[
        str, typer.Option("--into", metavar="NUMBER", help="The ticket in which it goes on.")
    ],
    reason: Reason = None,
) -> None:
    """End a case in favour of another one, which takes over what was promised.

    It is closed for good; messages that come for it go to the other.
    """
    with writing() as tickets:
        source_id = find_ticket(tickets.store, change.number)
        target_id = find_ticket(tickets.store, into)
        occasion = change.occasion(tickets)
        command = command_of("merge", {"into": target_id, "reason": reason}, occasion)
        with telling_id(occasion):
            merged = execute(
                tickets,
                source_id,
                command,
                occasion,
                lambda ticket, _: ticket.merge_into(_existing(tickets, target_id), reason=reason),
            )
            absorbed = _absorb(tickets, merged, occasion)
        show_outcomes(tickets, [merged, absorbed], as_json=change.json)


@changes(app, example="ticketledger ticket split INC0000045 --subject 'Hotel not refunded'")
def split(
    change: Change,
    text: Text = None,
    *,
    subject: Annotated[
        str, typer.Option("--subject", metavar="WORDS", help="What the second matter is about.")
    ],
    orders: Orders = None,
    category: Category = None,
    reason: Reason = None,
) -> None:
    """Make a second matter in a case a case of its own, of the same customer.

    It is no new contact. Its number is printed.
    """
    from domain.numbers import number_of, ticket_id_of

    said = {
        "text": words(text),
        "subject": subject,
        "orders": listed(orders),
        "category": listed(category),
    }
    with writing() as tickets:
        source_id = find_ticket(tickets.store, change.number)
        occasion = change.occasion(tickets)
        part = occasion.part("split")
        new_id = ticket_id_of(part.command_id, part.at)
        with telling_id(occasion):
            left = execute(
                tickets,
                source_id,
                command_of("split", {**said, "reason": reason}, occasion),
                occasion,
                lambda ticket, _: ticket.split_off(
                    new_id, other_number=number_of(new_id), reason=reason
                ),
            )
            opened = _open_split(tickets, _existing(tickets, source_id), said, part)
        show_outcomes(tickets, [left, opened], as_json=change.json)


@changes(app, example="ticketledger ticket link INC0000045 INC0000047 --role duplicate_of")
def link(
    change: Change,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The other ticket's number.")],
    role: Annotated[
        RoleName, typer.Option("--role", help="What the other ticket is to this one.")
    ] = "related",
) -> None:
    """Say what another ticket is to this one. Of parent and child both tickets are told."""
    from domain.values import LinkRole

    with reading() as store:
        other_id = find_ticket(store, other)
    said = {"other": other_id, "role": role}
    if role not in _MIRRORED:
        change.give("link", said, lambda ticket, _: ticket.link(other_id, role=LinkRole(role)))
        return
    with writing() as tickets:
        ticket_id = find_ticket(tickets.store, change.number)
        occasion = change.occasion(tickets)
        command = command_of("link", said, occasion)
        with telling_id(occasion):
            here = execute(
                tickets,
                ticket_id,
                command,
                occasion,
                lambda ticket, _: ticket.link(other_id, role=LinkRole(role)),
            )
            there = _link_back(tickets, other_id, ticket_id, _MIRRORED[role], occasion)
        show_outcomes(tickets, [here, there], as_json=change.json)


def _absorb(tickets: Tickets, merged: Outcome[AnyEvent], occasion: Occasion) -> Outcome[AnyEvent]:
    """Let the target know what its source recorded, which rules. Nothing where it knows."""
    from domain.events import TicketMerged

    [event] = [one for one in merged.events if isinstance(one, TicketMerged)]
    source = _existing(tickets, merged.subject)

    def decide(target: Ticket, _: Occasion) -> Sequence[Any]:
        if source.id in target.absorbed:
            return ()
        return target.absorb(
            source.id, source_number=source.number, promise_due_at=event.promise_due_at
        )

    part = occasion.part("absorb")
    command = command_of("absorb", {"source": source.id}, part)
    return execute(tickets, event.target, command, part, decide)


def _open_split(
    tickets: Tickets, source: Ticket, said: dict[str, Any], part: Occasion
) -> Outcome[AnyEvent]:
    opened = dict.fromkeys(NOT_SAID) | said
    opened |= {"customer": source.requester_id, "channel": str(source.channel)}
    opened |= {"origin": "split", "follows": None, "live": False}
    command = command_of("open", {**said, "split_from": source.id}, part)
    return tickets.give(opening_request(tickets, opened, command))


def _link_back(
    tickets: Tickets, ticket_id: str, other_id: str, role: RoleName, occasion: Occasion
) -> Outcome[AnyEvent]:
    """Tell the other ticket what this one is to it; nothing where it knows."""
    from domain.values import LinkRole

    def decide(ticket: Ticket, _: Occasion) -> Sequence[Any]:
        known = (LinkRole(role), other_id) in ticket.links
        return () if known else ticket.link(other_id, role=LinkRole(role))

    part = occasion.part("back")
    command = command_of("link", {"other": other_id, "role": role}, part)
    return execute(tickets, ticket_id, command, part, decide)


def _existing(tickets: Tickets, ticket_id: str) -> Ticket:
    from domain.errors import TicketNotFound

    ticket = tickets.load(ticket_id).state
    if ticket is None:
        raise TicketNotFound(ticket_id)
    return ticket
