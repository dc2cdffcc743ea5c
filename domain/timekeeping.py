"""What the events of the service level, and human work, change in a ticket's clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from domain.events import (
    FoldedByTickets,
    MessageSent,
    NoteAdded,
    SlaApplied,
    SlaBreached,
    SlaCancelled,
    SlaFulfilled,
    SlaPaused,
    SlaRemoved,
    SlaResumed,
    SlaStarted,
    SlaWarned,
    TicketCategorized,
    TicketDeescalated,
    TicketFieldChanged,
    TicketPrioritized,
    TicketProgressed,
    TicketTagged,
    TicketUntagged,
)
from domain.state import Agreement, Changes, Clock, Idle, TicketState
from domain.values import Author, Method, Metric, Status

SlaEvent = (
    SlaApplied
    | SlaRemoved
    | SlaStarted
    | SlaPaused
    | SlaResumed
    | SlaWarned
    | SlaBreached
    | SlaFulfilled
    | SlaCancelled
)

OUR_TURN = (Status.NEW, Status.OPEN)
"""The states in which a ticket waits for our work."""


def clock_changes(ticket: TicketState, event: SlaEvent, at: datetime) -> Changes:
    """The fields that an event of the service level sets. `at` is its effective time."""
    match event:
        case SlaApplied():
            return {"agreement": Agreement.of(event)}
        case SlaRemoved():
            return {"agreement": None}
        case SlaStarted():
            begun = {event.metric: event.instance}
            return _set(ticket, Clock(event.metric, event.instance, event.due_at, at)) | {
                "clocks_begun": ticket.clocks_begun | begun
            }
        case SlaPaused() | SlaResumed():
            return _paused_or_resumed(ticket, event, at)
        case SlaWarned() | SlaBreached():
            return _rung(ticket, event, at)
        case SlaFulfilled() | SlaCancelled():
            others = {name: one for name, one in ticket.clocks.items() if name != event.metric}
            begun = {event.metric: event.instance}
            return {"clocks": others, "clocks_begun": ticket.clocks_begun | begun}
        case _:
            assert_never(event)


def idle_changes(
    ticket: TicketState, event: FoldedByTickets, changes: Changes, at: datetime
) -> Changes:
    """The no-progress clock: it begins anew with human work and with each arrival at our turn.

    Rule: a reply, a note, work done, a step of the status, a classification by an agent and taking
    the case down a level are work. What customers, rules and assignment do is not.
    """
    status = changes.get("status", ticket.status)
    if status not in OUR_TURN:
        return {"idle": None} if ticket.idle is not None else {}
    if "status" in changes or is_human_work(event):
        return {"idle": Idle(at)}
    return {}


def is_human_work(event: FoldedByTickets) -> bool:
    """Whether this event says that a human worked on the ticket."""
    match event:
        case TicketProgressed() | NoteAdded() | TicketDeescalated():
            return True
        case MessageSent():
            return event.author is Author.HUMAN
        case (
            TicketCategorized()
            | TicketPrioritized()
            | TicketTagged()
            | TicketUntagged()
            | TicketFieldChanged()
        ):
            return event.method is Method.AGENT
        case _:
            return False


def _set(ticket: TicketState, clock: Clock) -> Changes:
    return {"clocks": ticket.clocks | {clock.metric: clock}}


def _paused_or_resumed(ticket: TicketState, event: SlaPaused | SlaResumed, at: datetime) -> Changes:
    clock = ticket.clocks.get(event.metric)
    if clock is None:
        return {}
    if isinstance(event, SlaResumed):
        return _set(ticket, replace(clock, due_at=event.due_at, since=at))
    return _set(
        ticket,
        replace(
            clock,
            due_at=None,
            since=None,
            elapsed_seconds=event.elapsed_seconds,
            calendar_seconds=event.calendar_seconds,
        ),
    )


def _rung(ticket: TicketState, event: SlaWarned | SlaBreached, at: datetime) -> Changes:
    breached = isinstance(event, SlaBreached)
    if event.metric is Metric.NO_PROGRESS:
        if ticket.idle is None:
            return {}
        if breached:
            return {"idle": Idle(at, event.instance + 1)}
        return {"idle": replace(ticket.idle, warned=True)}
    clock = ticket.clocks.get(event.metric)
    if clock is None:
        return {}
    warned = clock.warned or not breached
    return _set(ticket, replace(clock, warned=warned, breached=clock.breached or breached))
