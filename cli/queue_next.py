"""The verb that gives an agent the next ticket. The ledger decides who gets it, not a view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.changing import command_of, ruled, say_outcome
from cli.context import own_agent, writing, zone_of
from cli.errors import NothingToClaim
from cli.nouns import verb
from cli.occasion import occasion_of, telling_id
from cli.options import At, CommandId, Json
from cli.output import say_json
from cli.queue_app import app
from cli.queue_names import check_queue
from cli.taker import Taker, active_of, known_agent
from cli.views import Row, views

if TYPE_CHECKING:
    from cli.deciding import Tickets
    from domain.events import AnyEvent
    from domain.in_force import InForce
    from domain.ticket import Ticket
    from eventstore.commands import Command
    from eventstore.proposal import Outcome

_AT_ONCE = 200
_ROUNDS = 3


class _Taken(Exception):
    """Somebody else was faster, or the ticket needs nobody any more."""


@verb(app, name="next", example="ticketledger queue next --agent ayu --queue Refunds")
def next_(
    *,
    agent: Annotated[
        str | None, typer.Option("--agent", metavar="AGENT", help="Who takes it. Default: you.")
    ] = None,
    queue: Annotated[
        str | None, typer.Option("--queue", metavar="NAME", help="Only from this queue.")
    ] = None,
    command_id: CommandId = None,
    at: At = None,
    json: Json = False,
) -> None:
    """Claim the best ticket that waits for an agent. Two who ask at once never get the same one."""
    taker = agent or own_agent().partition(":")[2]
    with writing() as ledger:
        occasion = occasion_of(
            zone_of(ledger.store), command_id=command_id, at=at, actor=f"agent:{taker}"
        )
        command = command_of("claim", {"to": taker, "queue": queue}, occasion)
        with telling_id(occasion):
            row, outcome = _claimed_before(ledger, command) or claim(
                ledger, command, agent=taker, queue=queue
            )
        if json:
            say_json(
                {
                    "number": row["number"],
                    "ticket": row["ticket"],
                    "agent": taker,
                    "queue": row["queue"],
                    "why": row["why"],
                    "command_id": outcome.command_id,
                    "repeated": outcome.repeated,
                    "position": outcome.position,
                }
            )
        else:
            say_outcome(ledger, outcome, note=row["why"])


def claim(
    ledger: Tickets, command: Command, *, agent: str, queue: str | None
) -> tuple[Row, Outcome[AnyEvent]]:
    """Give an agent the best ticket that is nobody's; who loses one gets the next.

    Raises NothingToClaim.
    """
    known = known_agent(ledger.store, agent)
    for _ in range(_ROUNDS):
        with views("agent_queue") as seen:
            check_queue(seen, queue)
            rows = seen.rows("claimable", now=seen.now, queue=queue, limit=_AT_ONCE)
            taker = Taker(known, active_of(seen, agent) if known else None)
        for row in rows:
            try:
                return row, _assign(ledger, row["ticket"], command, agent, taker)
            except _Taken:
                continue
        if len(rows) < _AT_ONCE:
            break
    raise NothingToClaim(agent, f" in {queue}" if queue else "")


def _claimed_before(ledger: Tickets, command: Command) -> tuple[Row, Outcome[AnyEvent]] | None:
    """What this very command claimed when it was given before; None if it is new."""
    ticket_id = ledger.store.subject_of_command(command.id)
    if ticket_id is None:
        return None
    outcome = ledger.execute(ticket_id, command, _nothing_new)
    state = _state_then(ledger, ticket_id, outcome.sequence)
    row = {"number": state.number, "ticket": ticket_id, "queue": state.queue}
    return row | {"why": "claimed before"}, outcome


def _state_then(ledger: Tickets, ticket_id: str, sequence: int) -> Ticket:
    """A ticket as it was when the claim was recorded: the answer must not change with it."""
    from domain.ticket import fold

    facts = [
        ledger.application.fact(envelope, event)
        for envelope, event in ledger.history(ticket_id)
        if envelope.sequence <= sequence
    ]
    state = fold(facts)
    assert state is not None
    return state


def _nothing_new(_: Ticket | None) -> Sequence[Any]:
    return ()


def _assign(
    ledger: Tickets, ticket_id: str, command: Command, agent: str, taker: Taker
) -> Outcome[AnyEvent]:

    def decide(ticket: Ticket | None, _: InForce | None) -> Sequence[Any]:
        from domain.values import Method

        if ticket is None or not ticket.is_unresolved or ticket.owner is not None:
            raise _Taken
        return ticket.assign(
            agent, method=Method.CLAIM, active_then=taker.active, capacity=taker.capacity
        )

    return ledger.give(ruled(ledger, ticket_id, command, decide))
