"""The verb that takes a customer's message in and finds the case it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.changing import command_of, ruled, show_outcome
from cli.context import writing, zone_of
from cli.customer_app import app
from cli.lookup import find_ticket
from cli.nouns import verb
from cli.occasion import Occasion, occasion_of, telling_id
from cli.options import (
    As,
    At,
    ChannelName,
    CommandId,
    Intent,
    Json,
    MessageKey,
    Text,
    listed,
    one_of,
    words,
)
from cli.ticket_opening import NOT_SAID, opening_request

if TYPE_CHECKING:
    from cli.deciding import Tickets
    from domain.events import AnyEvent
    from domain.in_force import InForce
    from domain.threads import Thread
    from domain.ticket import Ticket
    from eventstore.commands import Command
    from eventstore.proposal import Outcome

_CHOICES_MAX = 5


class _BelongsElsewhere(Exception):
    """The case changed while the message was being recorded: choose again."""


@dataclass(frozen=True, slots=True)
class _Message:
    """A message on its way: what was said, which case it mentions, which it could belong to."""

    said: dict[str, Any]
    occasion: Occasion
    message_id: str
    mentioned: Ticket | None
    candidates: tuple[Ticket, ...]
    targets: Mapping[str, Ticket] = field(default_factory=dict["str", "Ticket"])
    """The tickets in which merged ones among them go on."""

    def choose(self) -> Thread:
        """Which case it belongs to."""
        from domain import values
        from domain.threads import thread

        return thread(
            customer_id=self.said["customer"],
            mentioned=self.mentioned,
            candidates=self.candidates,
            order_refs=self.said["orders"] or (),
            intent=values.Intent(self.said["intent"]),
            at=self.occasion.at,
            reopening_window=self.occasion.reopening_window,
            targets=self.targets,
        )

    def seeing(self, ticket: Ticket) -> _Message:
        """The same message, where one of the cases has moved on."""
        newer = {ticket.id: ticket}
        return replace(
            self,
            mentioned=newer.get(self.mentioned.id, self.mentioned) if self.mentioned else None,
            candidates=tuple(newer.get(one.id, one) for one in self.candidates),
            targets={**self.targets, **(newer if ticket.id in self.targets else {})},
        )


@verb(
    app,
    example="ticketledger customer message C7 'Any news?' --order O1 --intent status_chase",
)
def message(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's opaque id.")],
    text: Text = None,
    *,
    about: Annotated[
        str | None,
        typer.Option("--about", metavar="NUMBER", help="The ticket number that it mentions."),
    ] = None,
    in_reply_to: Annotated[
        str | None,
        typer.Option("--in-reply-to", metavar="ID", help="The message that it answers."),
    ] = None,
    orders: Annotated[
        list[str] | None, typer.Option("--order", metavar="ID", help="An order; may be repeated.")
    ] = None,
    intent: Intent = "unknown",
    channel: Annotated[ChannelName, one_of("--channel", "How it came.", ChannelName)] = "email",
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="WORDS", help="Of a new case: its subject.")
    ] = None,
    message_id: MessageKey = None,
    command_id: CommandId = None,
    at: At = None,
    actor: As = None,
    json: Json = False,
) -> None:
    """Take in a customer's message and find the case it belongs to.

    The number or the answered message decides; else the customer's one unresolved case on one of
    these orders; else a new case is opened, which follows the one mentioned if that is closed for
    good.
    """
    said = {
        "customer": customer,
        "text": words(text),
        "about": about,
        "in_reply_to": in_reply_to,
        "orders": listed(orders),
        "intent": intent,
        "channel": channel,
        "subject": subject,
        "message_id": message_id,
    }
    with writing() as ledger:
        occasion = occasion_of(
            zone_of(ledger.store),
            command_id=command_id or message_id,
            at=at,
            actor=actor or f"customer:{customer}",
        )
        with telling_id(occasion):
            outcome = take_in(ledger, said, occasion)
        show_outcome(ledger, outcome, as_json=json)


def take_in(ledger: Tickets, said: dict[str, Any], occasion: Occasion) -> Outcome[AnyEvent]:
    """Record a message on the case it belongs to, once. Raises refusals and StoreError."""
    from eventstore.errors import TooManyRivals

    command = command_of("message", said, occasion)
    for _ in range(_CHOICES_MAX):
        message = _found(ledger, said, occasion)
        recorded = _recorded_on(ledger, message)
        chosen = message.choose()
        try:
            if recorded == _new_id(occasion) or (recorded is None and chosen.ticket_id is None):
                return _open(ledger, message, command, follows=chosen.follows)
            if recorded is not None:
                return _receive(ledger, message, command, recorded, fixed=True)
            return _receive(ledger, message, command, str(chosen.ticket_id), fixed=False)
        except _BelongsElsewhere:
            continue
    raise TooManyRivals(f"the case of message {command.id}", attempts=_CHOICES_MAX)


def _found(ledger: Tickets, said: dict[str, Any], occasion: Occasion) -> _Message:
    from domain.threads import goes_on_in

    store = ledger.store
    mentioned: str | None = None
    if said["about"]:
        mentioned = find_ticket(store, said["about"])
    elif said["in_reply_to"]:
        # Answers to messages that we don't know are common: then the orders decide.
        mentioned = next(iter(store.subjects_by_key(f"message:{said['in_reply_to']}")), None)
    subjects = dict.fromkeys(
        subject
        for order in said["orders"] or ()
        for subject in store.subjects_by_key(f"order:{order}")
    )
    states = (ledger.load(subject).state for subject in subjects)
    seen = ledger.load(mentioned).state if mentioned else None
    candidates = tuple(state for state in states if state is not None)
    targets = _targets(ledger, candidates if seen is None else (seen, *candidates))
    meant = goes_on_in(seen, targets) if seen is not None else None
    return _Message(
        said=said,
        occasion=occasion.under(ledger.rules.held_by(meant)),
        message_id=said["message_id"] or occasion.command_id,
        mentioned=seen,
        candidates=candidates,
        targets=targets,
    )


def _targets(ledger: Tickets, tickets: Sequence[Ticket]) -> dict[str, Ticket]:
    """Every ticket into which one of these was merged, or the one after it."""
    found: dict[str, Ticket] = {}
    todo = [ticket.merged_into for ticket in tickets]
    while todo:
        ticket_id = todo.pop()
        state = ledger.load(ticket_id).state if ticket_id and ticket_id not in found else None
        if state is not None:
            found[state.id] = state
            todo.append(state.merged_into)
    return found


def _new_id(occasion: Occasion) -> str:
    from domain.numbers import ticket_id_of

    return ticket_id_of(occasion.command_id, occasion.at)


def _recorded_on(ledger: Tickets, message: _Message) -> str | None:
    """The ticket that has this message already: repeating it must find the first answer."""
    for subject in ledger.store.subjects_by_key(f"message:{message.message_id}"):
        return subject
    new = _new_id(message.occasion)
    return new if ledger.load(new).state is not None else None


def _receive(
    ledger: Tickets,
    message: _Message,
    command: Command,
    ticket_id: str,
    *,
    fixed: bool,
) -> Outcome[AnyEvent]:
    """Record the message on a ticket; unless it is `fixed`, only if that is still the right one."""

    def decide(ticket: Ticket | None, in_force: InForce | None) -> Sequence[Any]:
        from domain import values

        occasion = message.occasion.under(in_force)
        still_right = fixed or (
            ticket is not None and message.seeing(ticket).choose().ticket_id == ticket.id
        )
        if ticket is None or not still_right:
            raise _BelongsElsewhere
        return ticket.receive(
            message_id=message.message_id,
            channel=values.Channel(message.said["channel"]),
            at=message.occasion.at,
            body=message.said["text"],
            intent=values.Intent(message.said["intent"]),
            default_promise=occasion.default_promise,
            reopening_window=occasion.reopening_window,
        )

    return ledger.give(ruled(ledger, ticket_id, command, decide))


def _open(
    ledger: Tickets, message: _Message, command: Command, *, follows: str | None
) -> Outcome[AnyEvent]:
    unsaid = dict.fromkeys(NOT_SAID)
    opened = message.said | unsaid | {"origin": "customer", "follows": follows}
    return ledger.give(opening_request(ledger, opened, command))
