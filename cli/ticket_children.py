"""The verb that writes one update to every open case that belongs to a parent incident."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.changing import Change, as_object, changes, command_of, request_of
from cli.context import writing, zone_of
from cli.errors import SomeRefused
from cli.failure import as_failure
from cli.lookup import find_ticket
from cli.narration import tell
from cli.occasion import Occasion, telling_id
from cli.options import Text, needed_words
from cli.output import say, say_json
from cli.ticket_app import app
from cli.times import parse_moment
from cli.wording import label

if TYPE_CHECKING:
    from cli.deciding import Tickets
    from domain.events import AnyEvent
    from domain.ticket import Ticket
    from eventstore.proposal import Outcome, Request

_UPDATED, _REFUSED = "updated", "refused"
_OUTCOMES = (_UPDATED, "repeated", "not_open", _REFUSED)


@changes(
    app,
    name="update-children",
    example="ticketledger ticket update-children INC0000045 'The airline refunds from Monday on.'",
)
def update_children(
    change: Change,
    text: Text = None,
    *,
    next_update_by: Annotated[
        str | None,
        typer.Option(
            "--next-update-by", metavar="TIME", help="When they hear from us next: a date and time."
        ),
    ] = None,
    sign: Annotated[
        str | None, typer.Option("--sign", metavar="NAME", help="The name the customers see.")
    ] = None,
) -> None:
    """Write the same update to the customer of every unresolved child of a ticket.

    Children are linked by ticket link --role child. Each gets a reply of its own; repeating the
    command writes to those only that did not get it.
    """
    body = needed_words(text)
    said = {"text": body, "next_update_by": next_update_by, "sign": sign}
    with writing() as tickets:
        parent = find_ticket(tickets.store, change.number)
        occasion = change.occasion(tickets)
        due = None
        if next_update_by is not None:
            zone = zone_of(tickets.store)
            due = parse_moment(next_update_by, zone, option="--next-update-by", ahead=True)
        children = _children_of(tickets, parent)
        requests = [_request(tickets, child, occasion, said, due) for child in children]
        with telling_id(occasion):
            answers = tickets.execute_many(requests)
        told = [
            _told(tickets, child, answer) for child, answer in zip(children, answers, strict=True)
        ]
    _say(change.number, told, occasion, as_json=change.json)


def _children_of(tickets: Tickets, parent: str) -> list[str]:
    from domain.values import LinkRole

    state = tickets.load(parent).state
    links = state.links if state is not None else ()
    return sorted(other for role, other in links if role is LinkRole.CHILD)


def _request(
    tickets: Tickets, child: str, occasion: Occasion, said: dict[str, Any], due: datetime | None
) -> Request[Ticket, AnyEvent]:
    """A reply to one child, under an id that this command and the child determine."""
    part = occasion.part(child)

    def decide(ticket: Ticket, given: Occasion) -> Sequence[Any]:
        if not ticket.is_unresolved:
            return ()
        return ticket.reply(
            message_id=part.command_id,
            channel=ticket.channel,
            at=given.at,
            body=said["text"],
            agent_id=given.agent_id,
            agent_display=said["sign"],
            next_update_by=due,
            default_promise=given.default_promise,
        )

    return request_of(tickets, child, command_of("update_child", said, part), part, decide)


def _told(tickets: Tickets, child: str, answer: Outcome[AnyEvent] | Exception) -> dict[str, Any]:
    """What came of one child."""
    if isinstance(answer, Exception):
        state = tickets.load(child).state
        number = state.number if state is not None else None
        return {"number": number, "ticket": child, "outcome": _REFUSED, **as_failure(answer)}
    outcome = "repeated" if answer.repeated else _UPDATED if answer.events else "not_open"
    return {**as_object(tickets, answer), "outcome": outcome}


def _say(number: str, told: list[dict[str, Any]], occasion: Occasion, *, as_json: bool) -> None:
    if as_json:
        repeated = bool(told) and not any(one["outcome"] == _UPDATED for one in told)
        say_json({"command_id": occasion.command_id, "repeated": repeated, "children": told})
    else:
        for one in told:
            why = f"  {one['message']}" if one["outcome"] == _REFUSED else ""
            say(f"{one['number']}  {label(one['outcome'])}{why}")
    counts = {name: sum(one["outcome"] == name for one in told) for name in _OUTCOMES}
    told_of = ", ".join(f"{count} {label(name)}" for name, count in counts.items() if count)
    tell(f"{number}: {told_of or 'no ticket is its child; link one: ticket link --role child'}")
    if counts[_REFUSED]:
        raise SomeRefused(counts[_REFUSED], len(told))
