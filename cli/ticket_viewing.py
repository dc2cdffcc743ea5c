"""The verb that records a look at a ticket's tracker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.changing import Change, changes, command_of, fitting, kinds_of
from cli.context import Task, session_of_now, writing
from cli.lookup import find_ticket
from cli.occasion import telling_id
from cli.options import LookName, SurfaceName
from cli.output import say, say_json
from cli.ticket_app import app
from cli.wording import label

if TYPE_CHECKING:
    from domain.events import AnyEvent
    from eventstore.proposal import Outcome


@changes(app, example="ticketledger ticket viewed INC0000045 --surface tracker --look visit")
def viewed(
    change: Change,
    *,
    surface: Annotated[SurfaceName, typer.Option("--surface", help="Where.")] = "tracker",
    look: Annotated[LookName, typer.Option("--look", help="How closely.")] = "visit",
    customer: Annotated[
        str | None, typer.Option("--customer", metavar="ID", help="Who looked, where it is known.")
    ] = None,
) -> None:
    """Record that somebody looked at a ticket's tracker. The ticket itself is not changed."""
    from domain.subjects import tracker_subject
    from eventstore.proposal import Request

    with writing(lays=True) as tickets:
        ticket_id = find_ticket(tickets.store, change.number)
        occasion = change.occasion(tickets, ticket_id)
        said = {"surface": surface, "look": look, "customer": customer}

        def decide(_: Any) -> Sequence[AnyEvent]:
            from domain import reach
            from domain.events import TrackerViewed

            return [
                TrackerViewed(
                    ticket=ticket_id,
                    surface=reach.Surface(surface),
                    look=reach.Look(look),
                    customer_id=customer,
                )
            ]

        command = command_of("viewed", said, occasion)
        request: Request[Any, AnyEvent] = Request(
            tracker_subject(ticket_id), command, fitting(decide)
        )
        state = tickets.load(ticket_id).state
        number = state.number if state is not None else ticket_id

        def told(outcome: Outcome[AnyEvent]) -> dict[str, Any]:
            return _as_object(number, ticket_id, outcome)

        task = Task(tickets.trackers, request, told)
        session = session_of_now()
        if session is not None:
            session.lay(task)
            return
        with telling_id(occasion):
            outcome = tickets.trackers.execute(request.subject, command, request.decide)
    if change.json:
        say_json(task.told(outcome))
        return
    again = "  (recorded before, nothing new)" if outcome.repeated else ""
    say(f"{number}  {label(look)} by {label(surface)}  position {outcome.position}{again}")


def _as_object(number: str, ticket_id: str, outcome: Outcome[AnyEvent]) -> dict[str, Any]:
    return {
        "number": number,
        "ticket": ticket_id,
        "command_id": outcome.command_id,
        "repeated": outcome.repeated,
        "sequence": outcome.sequence,
        "position": outcome.position,
        "events": kinds_of(outcome),
    }
