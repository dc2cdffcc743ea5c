"""Commands that change a ticket: what all of them take, how they are given, what they answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import typer

from cli.context import Task, session_of_now, writing, zone_of
from cli.lookup import find_ticket
from cli.nouns import verb
from cli.occasion import Occasion, occasion_of, telling_id
from cli.options import As, At, CommandId, Json, Number
from cli.output import say, say_json
from cli.plain_words import plain, plain_field
from cli.wording import label

if TYPE_CHECKING:
    from cli.deciding import Tickets
    from domain.events import AnyEvent
    from domain.in_force import InForce
    from domain.ticket import Ticket
    from eventstore.commands import Command
    from eventstore.ledger import Ledger
    from eventstore.proposal import Outcome, Request

Parameters = ParamSpec("Parameters")
Arguments = Mapping[str, Any]


Decide = Callable[["Ticket", Occasion], "Sequence[Any]"]


@dataclass(frozen=True, slots=True)
class Change:
    """What every command on a ticket was called with."""

    number: str
    command_id: str | None
    at: str | None
    actor: str | None
    json: bool

    def give(
        self,
        name: str,
        arguments: Arguments,
        decide: Decide,
        *,
        key: str | None = None,
        by_customer: bool = False,
    ) -> None:
        """Give the command to the ticket and print what came of it.

        `arguments` are what the caller said: they tell a repeat from another command of that id.
        `key` serves as command id where none was given; `by_customer` makes the ticket's customer
        the actor where none was named.
        """
        with writing(lays=True) as tickets:
            ticket_id = find_ticket(tickets.store, self.number)
            occasion = self.occasion(tickets, ticket_id if by_customer else None, key=key)
            command = command_of(name, arguments, occasion)
            request = request_of(tickets, ticket_id, command, occasion, decide)
            hand_in(tickets, request, occasion, as_json=self.json)

    def occasion(
        self, tickets: Tickets, by_customer_of: str | None = None, *, key: str | None = None
    ) -> Occasion:
        """The occasion of this command; `by_customer_of` names the ticket whose customer acts."""
        actor = self.actor
        if actor is None and by_customer_of is not None:
            actor = _customer_of(tickets, by_customer_of)
        return occasion_of(
            zone_of(tickets.store), command_id=self.command_id or key, at=self.at, actor=actor
        )


def changes(
    app: typer.Typer, *, example: str, name: str | None = None
) -> Callable[
    [Callable[Concatenate[Change, Parameters], None]],
    Callable[Concatenate[Change, Parameters], None],
]:
    """Make a verb of a function that takes a Change: NUMBER, --command-id, --at, --as, --json."""

    def make(
        function: Callable[Concatenate[Change, Parameters], None],
    ) -> Callable[Concatenate[Change, Parameters], None]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]

        def command(**given: Any) -> None:
            change = Change(**{field: given.pop(field) for field in _ALL})
            function(change, **given)  # type: ignore[call-arg]

        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [
            inspect.Parameter("number", keyword, annotation=Number),
            *(one.replace(kind=keyword) for one in own),
            inspect.Parameter("command_id", keyword, default=None, annotation=CommandId),
            inspect.Parameter("at", keyword, default=None, annotation=At),
            inspect.Parameter("actor", keyword, default=None, annotation=As),
            inspect.Parameter("json", keyword, default=False, annotation=Json),
        ]
        vars(command)["__signature__"] = inspect.Signature(parameters)
        command.__annotations__ = {one.name: one.annotation for one in parameters}
        command.__doc__ = function.__doc__
        command.__name__ = function.__name__
        verb(app, example=example, name=name)(command)
        return function

    return make


_ALL = ("number", "command_id", "at", "actor", "json")


def hand_in(
    tickets: Tickets, request: Request[Ticket, AnyEvent], occasion: Occasion, *, as_json: bool
) -> None:
    """Give a command and print what came of it; in a session, lay it beside the others."""
    session = session_of_now()
    if session is not None:

        def told(outcome: Outcome[AnyEvent]) -> dict[str, Any]:
            return as_object(tickets, outcome)

        session.lay(Task(tickets, request, told))
        return
    with telling_id(occasion):
        outcome = tickets.give(request)
    show_outcome(tickets, outcome, as_json=as_json)


def execute(
    tickets: Tickets, ticket_id: str, command: Command, occasion: Occasion, decide: Decide
) -> Outcome[AnyEvent]:
    """Give a command to a ticket that is there. Raises what the decision and the store raise."""
    return tickets.give(request_of(tickets, ticket_id, command, occasion, decide))


def request_of(
    tickets: Tickets, ticket_id: str, command: Command, occasion: Occasion, decide: Decide
) -> Request[Ticket, AnyEvent]:
    """A command on a ticket that has to be there, to be decided by the policy in force."""
    from domain.errors import TicketNotFound

    def decide_on(ticket: Ticket | None, in_force: InForce | None) -> Sequence[Any]:
        if ticket is None:
            raise TicketNotFound(ticket_id)
        return decide(ticket, occasion.under(in_force))

    return ruled(tickets, ticket_id, command, decide_on)


def ruled(
    tickets: Tickets,
    ticket_id: str,
    command: Command,
    decide: Callable[[Ticket | None, InForce | None], Sequence[Any]],
) -> Request[Ticket, AnyEvent]:
    """What the ledger is given. Every save of a ticket on the command line comes through here:
    what is decided fits into events, and has the clocks in it."""
    from eventstore.proposal import Request

    return Request(ticket_id, command, fitting(tickets.by_the_rules(ticket_id, command, decide)))


def command_of(name: str, arguments: Arguments, occasion: Occasion) -> Command:
    """The command as the ledger records it."""
    from eventstore.commands import Command

    said = {key: value for key, value in arguments.items() if value is not None}
    return Command(occasion.command_id, f"ticket.{name}", said, occasion.at, occasion.actor)


def fitting(
    decide: Callable[[Ticket | None], Sequence[AnyEvent]],
) -> Callable[[Ticket | None], Sequence[AnyEvent]]:
    """The decision, where a value that no event can hold is a usage error, not quoted."""
    from pydantic import ValidationError

    def decided(ticket: Ticket | None) -> Sequence[AnyEvent]:
        try:
            return decide(ticket)
        except ValidationError as error:
            wrong = dict.fromkeys(
                f"{plain_field(detail['loc'])}: {plain(detail['msg'])}"
                for detail in error.errors(include_input=False, include_url=False)
            )
            raise typer.BadParameter("; ".join(wrong), param_hint="what was given") from None

    return decided


def show_outcome(
    ledger: Ledger[Ticket, AnyEvent], outcome: Outcome[AnyEvent], *, as_json: bool
) -> None:
    """Print what a command came to: where the ticket stands, and what was recorded."""
    if as_json:
        say_json(as_object(ledger, outcome))
    else:
        say_outcome(ledger, outcome)


def as_object(ledger: Ledger[Ticket, AnyEvent], outcome: Outcome[AnyEvent]) -> dict[str, Any]:
    """What a command came to, as `--json` tells it. The status is that of now."""
    state = ledger.load(outcome.subject).state
    return {
        "number": state.number if state else None,
        "ticket": outcome.subject,
        "status": str(state.status) if state else None,
        "command_id": outcome.command_id,
        "repeated": outcome.repeated,
        "sequence": outcome.sequence,
        "position": outcome.position,
        "events": kinds_of(outcome),
    }


def show_outcomes(
    ledger: Ledger[Ticket, AnyEvent], outcomes: Sequence[Outcome[AnyEvent]], *, as_json: bool
) -> None:
    """Print what a command came to that is recorded on several tickets, the first one its own.

    As JSON it is one object: the others stand in its `also`.
    """
    if not as_json:
        for outcome in outcomes:
            say_outcome(ledger, outcome)
        return
    first, *others = (as_object(ledger, outcome) for outcome in outcomes)
    first["repeated"] = all(outcome.repeated or not outcome.events for outcome in outcomes)
    say_json(first | {"also": others})


def say_outcome(
    ledger: Ledger[Ticket, AnyEvent], outcome: Outcome[AnyEvent], *, note: str = ""
) -> None:
    """One line about what a command came to."""
    state = ledger.load(outcome.subject).state
    number, status = (state.number, label(str(state.status))) if state else (outcome.subject, "")
    kinds = ", ".join(label(kind.replace(".", " ")) for kind in kinds_of(outcome))
    again = "  (recorded before, nothing new)" if outcome.repeated else ""
    told = f"  ({note})" if note else ""
    say(f"{number}  {status}  position {outcome.position}  {kinds}{again}{told}")


def kinds_of(outcome: Outcome[AnyEvent]) -> list[str]:
    """The events of a command, by their short names."""
    return [
        event.TYPE.removeprefix("ticketledger.").removesuffix(".v1") for event in outcome.events
    ]


def _customer_of(ledger: Ledger[Ticket, AnyEvent], ticket_id: str) -> str | None:
    ticket = ledger.load(ticket_id).state
    return f"customer:{ticket.requester_id}" if ticket and ticket.requester_id else None
