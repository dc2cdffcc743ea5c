"""Verbs of a ticket's life: work, waiting, the solution, the end, the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.changing import Change, changes
from cli.occasion import Occasion
from cli.options import (
    Channel,
    CloseReasonName,
    CodeName,
    MessageKey,
    Reason,
    StageName,
    StatusName,
    Text,
    WorkKindName,
    one_of,
    words,
)
from cli.ticket_app import app

if TYPE_CHECKING:
    from domain.events import TicketEvent
    from domain.ticket import Ticket


@changes(
    app, example="ticketledger ticket status INC0000045 on_hold --reason 'waits for the airline'"
)
def status(
    change: Change,
    to: Annotated[StatusName, typer.Argument(help="The new status.")],
    reason: Reason = None,
) -> None:
    """Take a step by hand: begin work, hold it, go on.

    Waiting for the customer comes with a question to them (ticket reply --ask), the end with
    resolve and close.
    """
    from domain.values import Status

    change.give(
        "status",
        {"to": to, "reason": reason},
        lambda ticket, _: ticket.change_status(Status(to), reason=reason),
    )


@changes(app, example="ticketledger ticket progress INC0000045 --kind third_party")
def progress(
    change: Change,
    kind: Annotated[WorkKindName, typer.Option("--kind", help="What kind of work.")] = "work",
) -> None:
    """Say that work was done without a reply. A third party's answer ends the hold for it."""
    from domain.values import WorkKind

    change.give("progress", {"kind": kind}, lambda ticket, _: ticket.progress(WorkKind(kind)))


@changes(app, example="ticketledger ticket stage INC0000045 in_review --reason 'sent back'")
def stage(
    change: Change,
    to: Annotated[StageName, typer.Argument(help="What the customer sees from now on.")],
    label: Annotated[
        str | None, typer.Option("--label", metavar="WORDS", help="Other words for the stage.")
    ] = None,
    reason: Reason = None,
) -> None:
    """Move the customer's stepper by hand, where the case's life tells it wrongly.

    Back only with a reason; the last stage comes with the solution.
    """
    from domain.values import Stage

    change.give(
        "stage",
        {"to": to, "label": label, "reason": reason},
        lambda ticket, _: ticket.set_stage(Stage(to), label=label, reason=reason),
    )


@changes(app, example="ticketledger ticket resolve INC0000045 'Your refund is on its way.'")
def resolve(
    change: Change,
    *,
    text: Text = None,
    code: Annotated[CodeName, one_of("--code", "How it was resolved.", CodeName)] = "solved",
    agent: Annotated[
        str | None,
        typer.Option("--agent", metavar="AGENT", help="Who solved it. Default: who gives this."),
    ] = None,
    channel: Channel = None,
    message_id: MessageKey = None,
) -> None:
    """Say that the problem is solved, with words to the customer or without."""
    from domain.values import ResolutionCode

    body = words(text)

    def decide(ticket: Ticket, occasion: Occasion) -> list[TicketEvent]:
        from domain import values
        from domain.events import MessageSent

        solver = agent or occasion.agent_id
        message = None
        if body:
            message = MessageSent(
                message_id=message_id or occasion.command_id,
                channel=values.Channel(channel) if channel else ticket.channel,
                author=values.Author.HUMAN,
                asks=False,
                agent_id=solver,
                body=body,
            )
        return ticket.resolve(
            at=occasion.at, agent_id=solver, code=ResolutionCode(code), message=message
        )

    said = {"text": body, "code": code, "agent": agent, "channel": channel}
    change.give("resolve", {**said, "message_id": message_id}, decide, key=message_id)


@changes(app, example="ticketledger ticket close INC0000045 --reason duplicate")
def close(
    change: Change,
    reason: Annotated[CloseReasonName, typer.Option("--reason", help="Why it ends.")] = "agent",
) -> None:
    """End a case that is resolved. Spam and duplicates end without a solution.

    A case that the customer confirmed is closed by ticketledger ticket confirm.
    """
    from domain.values import CloseReason

    change.give("close", {"reason": reason}, lambda ticket, _: ticket.close(CloseReason(reason)))


@changes(app, example="ticketledger ticket reopen INC0000045 --reason 'refund did not arrive'")
def reopen(change: Change, reason: Reason = None) -> None:
    """Bring a case back from resolved, or from closed within the reopening window."""
    why = reason or "agent"
    change.give(
        "reopen",
        {"reason": why},
        lambda ticket, occasion: ticket.reopen(
            at=occasion.at, reason=why, reopening_window=occasion.reopening_window
        ),
    )


@changes(app, example="ticketledger ticket confirm INC0000045")
def confirm(change: Change, message_id: MessageKey = None) -> None:
    """Take in that the customer agrees with the solution: the case is closed."""
    change.give(
        "confirm",
        {"message_id": message_id},
        lambda ticket, _: ticket.confirm(message_id=message_id),
        key=message_id,
        by_customer=True,
    )


@changes(app, example="ticketledger ticket reject INC0000045")
def reject(change: Change, message_id: MessageKey = None) -> None:
    """Take in that the customer disagrees with the solution: the case is open again."""
    change.give(
        "reject",
        {"message_id": message_id},
        lambda ticket, occasion: ticket.reject(at=occasion.at, message_id=message_id),
        key=message_id,
        by_customer=True,
    )
