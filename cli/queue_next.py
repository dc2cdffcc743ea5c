"""The verb that gives an agent the next ticket. The ledger decides who gets it, not a view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.changing import command_of, say_outcome
from cli.context import own_agent, writing
from cli.errors import NothingToClaim
from cli.nouns import verb
from cli.occasion import drawn_occasion
from cli.options import Json
from cli.output import say_json
from cli.queue_app import app
from cli.queue_names import check_queue
from cli.views import Row, views

if TYPE_CHECKING:
    from domain.events import AnyEvent
    from domain.ticket import Ticket
    from eventstore.ledger import Ledger
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
    json: Json = False,
) -> None:
    """Claim the best ticket that waits for an agent. Two who ask at once never get the same one."""
    taker = agent or own_agent().partition(":")[2]
    with writing() as ledger:
        row, outcome = claim(ledger, taker, queue)
        if json:
            say_json(
                {
                    "number": row["number"],
                    "ticket": row["ticket"],
                    "agent": taker,
                    "queue": row["queue"],
                    "why": row["why"],
                    "command_id": outcome.command_id,
                    "position": outcome.position,
                }
            )
        else:
            say_outcome(ledger, outcome, note=row["why"])


def claim(
    ledger: Ledger[Ticket, AnyEvent], agent: str, queue: str | None
) -> tuple[Row, Outcome[AnyEvent]]:
    """Give an agent the best ticket that is nobody's; who loses one gets the next.

    Raises NothingToClaim.
    """
    for _ in range(_ROUNDS):
        with views("agent_queue") as seen:
            check_queue(seen, queue)
            rows = seen.rows("claimable", now=seen.now, queue=queue, limit=_AT_ONCE)
        for row in rows:
            try:
                return row, _assign(ledger, row["ticket"], agent)
            except _Taken:
                continue
        if len(rows) < _AT_ONCE:
            break
    raise NothingToClaim(agent, f" in {queue}" if queue else "")


def _assign(ledger: Ledger[Ticket, AnyEvent], ticket_id: str, agent: str) -> Outcome[AnyEvent]:

    def decide(ticket: Ticket | None) -> Sequence[Any]:
        from domain.values import Method

        if ticket is None or not ticket.is_unresolved or ticket.owner is not None:
            raise _Taken
        return ticket.assign(agent, method=Method.CLAIM)

    command = command_of("claim", {"to": agent}, drawn_occasion(f"agent:{agent}"))
    return ledger.execute(ticket_id, command, decide)
