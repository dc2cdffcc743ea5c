"""Verbs that say where a ticket waits, who has it and on which level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.changing import Change, changes
from cli.occasion import Occasion
from cli.options import (
    LevelName,
    Reason,
    Summary,
    TriggerName,
    needed_words,
    one_of,
    words,
)
from cli.taker import taker_of
from cli.ticket_app import app

if TYPE_CHECKING:
    from domain.ticket import Ticket

Agent = Annotated[str, typer.Option("--to", metavar="AGENT", help="The agent's id.")]
Force = Annotated[bool, typer.Option("--force", help="Also to an agent who is offline.")]


@changes(app, example="ticketledger ticket queue INC0000045 'Group 56'")
def queue(
    change: Change,
    to: Annotated[
        str | None,
        typer.Argument(metavar="QUEUE", help="The queue's name.", show_default=False),
    ] = None,
    out: Annotated[bool, typer.Option("--out", help="Out of every queue.")] = False,
    reason: Reason = None,
) -> None:
    """Move a ticket to a queue. Its owner stays."""
    if (to is not None) == out:
        raise typer.BadParameter("give a queue, or --out", param_hint="QUEUE")
    change.give(
        "queue",
        {"to": to, "reason": reason},
        lambda ticket, _: ticket.put_in_queue(to, reason=reason),
    )


@changes(app, example="ticketledger ticket assign INC0000045 --to ayu")
def assign(
    change: Change,
    *,
    to: Agent,
    summary: Summary = None,
    reason: Reason = None,
    force: Force = False,
) -> None:
    """Give a ticket to an agent.

    Where the ledger knows them, it is recorded how many they had and may have.
    """
    told, taker = words(summary), taker_of(to)

    def decide(ticket: Ticket, _: Occasion) -> Sequence[Any]:
        taker.require_there(ticket.number, force=force)
        return ticket.assign(
            to,
            summary=told,
            reason=reason,
            active_then=taker.active,
            capacity=taker.capacity,
        )

    said = {"to": to, "summary": told, "reason": reason, "force": force or None}
    change.give("assign", said, decide)


@changes(app, example="ticketledger ticket unassign INC0000045 --reason 'end of shift'")
def unassign(change: Change, reason: Reason = None) -> None:
    """Take a ticket from its owner."""
    change.give("unassign", {"reason": reason}, lambda ticket, _: ticket.unassign(reason=reason))


@changes(app, example="ticketledger ticket hand-over INC0000045 --to budi --summary 'Refund asked'")
def hand_over(
    change: Change,
    to: Agent,
    summary: Summary = None,
    reason: Reason = None,
    force: Force = False,
) -> None:
    """Pass a ticket from its owner to another agent, with what was already tried."""
    tried, taker = needed_words(summary, what="--summary"), taker_of(to, counted=False)

    def decide(ticket: Ticket, _: Occasion) -> Sequence[Any]:
        taker.require_there(ticket.number, force=force)
        return ticket.hand_over(to, summary=tried, reason=reason)

    said = {"to": to, "summary": tried, "reason": reason, "force": force or None}
    change.give("hand_over", said, decide)


@changes(app, example="ticketledger ticket escalate INC0000045 --summary 'Airline refuses twice'")
def escalate(
    change: Change,
    to: Annotated[
        LevelName | None, typer.Option("--to", help="The level. Default: the next one.")
    ] = None,
    trigger: Annotated[TriggerName, one_of("--trigger", "What moved it.", TriggerName)] = "agent",
    summary: Summary = None,
) -> None:
    """Move a ticket to a higher level."""
    from domain.values import EscalationTrigger, Level

    told = words(summary)
    change.give(
        "escalate",
        {"to": to, "trigger": trigger, "summary": told},
        lambda ticket, _: ticket.escalate(
            Level(to) if to else None, trigger=EscalationTrigger(trigger), summary=told
        ),
    )


@changes(
    app,
    name="ask-escalation",
    example="ticketledger ticket ask-escalation INC0000045 --summary 'Wants a manager'",
)
def ask_escalation(
    change: Change,
    to: Annotated[
        LevelName | None, typer.Option("--to", help="The level. Default: the next one.")
    ] = None,
    trigger: Annotated[
        TriggerName, one_of("--trigger", "Who or what asks.", TriggerName)
    ] = "customer_request",
    summary: Summary = None,
) -> None:
    """Record that somebody wants a higher level. The ticket stays where it is."""
    from domain.values import EscalationTrigger, Level

    told = words(summary)
    change.give(
        "ask_escalation",
        {"to": to, "trigger": trigger, "summary": told},
        lambda ticket, _: ticket.request_escalation(
            Level(to) if to else None, trigger=EscalationTrigger(trigger), summary=told
        ),
    )


@changes(app, example="ticketledger ticket deescalate INC0000045 --reason 'known solution'")
def deescalate(
    change: Change,
    to: Annotated[
        LevelName | None, typer.Option("--to", help="The level. Default: the one below.")
    ] = None,
    summary: Summary = None,
    reason: Reason = None,
) -> None:
    """Move a ticket back to a lower level."""
    from domain.values import Level

    told = words(summary)
    change.give(
        "deescalate",
        {"to": to, "summary": told, "reason": reason},
        lambda ticket, _: ticket.deescalate(Level(to) if to else None, reason=reason, summary=told),
    )
