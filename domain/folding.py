"""What each event changes in a ticket's state. A new event fails the type check until it is here."""

from __future__ import annotations

from datetime import datetime
from typing import Any, assert_never

from domain.events import (
    AnyEvent,
    ImportFinished,
    MessageReceived,
    MessageSent,
    NextUpdateCancelled,
    NextUpdateKept,
    NextUpdatePromised,
    NextUpdateSuperseded,
    NoteAdded,
    ResolutionConfirmed,
    ResolutionRejected,
    TicketAcknowledged,
    TicketAssigned,
    TicketCategorized,
    TicketClosed,
    TicketDeescalated,
    TicketEscalated,
    TicketFieldChanged,
    TicketHandedOver,
    TicketImported,
    TicketLinked,
    TicketOpened,
    TicketPrioritized,
    TicketProgressed,
    TicketQueued,
    TicketReopened,
    TicketRequesterChanged,
    TicketResolved,
    TicketStatusChanged,
    TicketTagged,
    TicketUnassigned,
    TicketUntagged,
)
from domain.state import Promise, TicketState
from domain.values import Author, LinkRole, Status

Changes = dict[str, Any]
"""New values by name of a field of TicketState; `tests/domain` checks that no other name occurs."""


def changes_of(ticket: TicketState, event: AnyEvent, at: datetime) -> Changes:
    """The fields of the state that this event sets. `at` is its effective time."""
    match event:
        case TicketOpened():
            return _opened(event, at)
        case TicketStatusChanged():
            return _moved(event.to, at)
        case TicketQueued():
            return {"queue": event.to}
        case TicketAssigned() | TicketHandedOver():
            return {"owner": event.to}
        case TicketUnassigned():
            return {"owner": None}
        case TicketEscalated() | TicketDeescalated():
            return {"level": event.to_level}
        case TicketAcknowledged():
            return {"acknowledged": True}
        case TicketLinked():
            return _linked(ticket, event)
        case TicketResolved() | TicketClosed() | TicketReopened():
            return _ended_or_back(event, at)
        case (
            TicketCategorized()
            | TicketPrioritized()
            | TicketTagged()
            | TicketUntagged()
            | TicketFieldChanged()
            | TicketRequesterChanged()
        ):
            return _classified(ticket, event)
        case MessageReceived() | MessageSent():
            return _said(ticket, event, at)
        case NextUpdatePromised():
            return _promised(ticket, event, at)
        case NextUpdateKept() | NextUpdateSuperseded() | NextUpdateCancelled():
            running = ticket.promise is not None and ticket.promise.id == event.promise_id
            return {"promise": None} if running else {}
        case (
            TicketImported()
            | TicketProgressed()
            | NoteAdded()
            | ResolutionConfirmed()
            | ResolutionRejected()
            | ImportFinished()
        ):
            return {}
        case _:
            assert_never(event)


def _opened(event: TicketOpened, at: datetime) -> Changes:
    return {
        "number": event.number,
        "opened_at": at,
        "status": Status.NEW,
        "status_since": at,
        "origin": event.origin,
        "channel": event.channel,
        "requester_id": event.requester.id if event.requester else None,
        "category": event.category,
        "priority": event.priority,
        "fields": dict(event.custom_fields or {}),
        "order_refs": frozenset(event.order_refs or ()),
        "follows": event.follows_ticket,
    }


def _moved(to: Status, at: datetime) -> Changes:
    return {"status": to, "status_since": at}


def _linked(ticket: TicketState, event: TicketLinked) -> Changes:
    changes: Changes = {"links": ticket.links | {(event.role, event.other)}}
    if event.role is LinkRole.FOLLOWS:
        changes["follows"] = event.other
    return changes


def _ended_or_back(
    event: TicketResolved | TicketClosed | TicketReopened, at: datetime
) -> Changes:
    match event:
        case TicketResolved():
            return _moved(Status.RESOLVED, at) | {
                "resolved_at": at,
                "last_resolver": event.resolver,
            }
        case TicketClosed():
            return _moved(Status.CLOSED, at) | {"closed_at": at, "close_reason": event.reason}
        case TicketReopened():
            return _moved(Status.OPEN, at) | {
                "cycle": event.cycle,
                "closed_at": None,
                "close_reason": None,
            }
        case _:
            assert_never(event)


def _classified(
    ticket: TicketState,
    event: TicketCategorized
    | TicketPrioritized
    | TicketTagged
    | TicketUntagged
    | TicketFieldChanged
    | TicketRequesterChanged,
) -> Changes:
    match event:
        case TicketCategorized():
            return {"category": event.to}
        case TicketPrioritized():
            return {"priority": event.to}
        case TicketTagged():
            return {"tags": ticket.tags | {event.tag}}
        case TicketUntagged():
            return {"tags": ticket.tags - {event.tag}}
        case TicketFieldChanged():
            others = {name: text for name, text in ticket.fields.items() if name != event.field}
            return {"fields": others if event.to is None else others | {event.field: event.to}}
        case TicketRequesterChanged():
            return {"requester_id": event.to}
        case _:
            assert_never(event)


def _said(ticket: TicketState, event: MessageReceived | MessageSent, at: datetime) -> Changes:
    changes: Changes = {"messages": ticket.messages | {event.message_id}, "last_public_at": at}
    human = isinstance(event, MessageSent) and event.author is Author.HUMAN
    if human and ticket.first_reply_at is None:
        changes["first_reply_at"] = at
    return changes


def _promised(ticket: TicketState, event: NextUpdatePromised, at: datetime) -> Changes:
    promise = Promise(event.promise_id, event.instance, event.due_at, at, event.message_id)
    return {"promise": promise, "promises_made": ticket.promises_made + 1}
