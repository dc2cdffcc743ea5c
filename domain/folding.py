"""What each event changes in a ticket's state. A new one fails the type check until it is here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from domain.events import (
    FoldedByTickets,
    ImportFinished,
    MessageReceived,
    MessageSent,
    NextUpdateCancelled,
    NextUpdateKept,
    NextUpdateMissed,
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
from domain.folding_around import changes_around
from domain.state import Changes, Promise, TicketState, run_window
from domain.timekeeping import idle_changes
from domain.values import Author, LinkRole, Stage, Status

_ORDER = {stage: place for place, stage in enumerate(Stage)}


def changes_of(ticket: TicketState, event: FoldedByTickets, at: datetime) -> Changes:
    """The fields of the state that this event sets. `at` is its effective time."""
    changes = _changes(ticket, event, at)
    if "status" in changes or "owner" in changes or "first_reply_at" in changes:
        changes["stage"] = _stage(ticket, changes)
    changes.update(idle_changes(ticket, event, changes, at))
    return changes


def _changes(  # noqa: C901, PLR0911, PLR0912 (one branch an event is what makes it readable)
    ticket: TicketState, event: FoldedByTickets, at: datetime
) -> Changes:
    # The most frequent first: every case that does not match costs a check.
    match event:
        case TicketQueued():
            return {"queue": event.to}
        case TicketProgressed() | TicketImported():
            return {}
        case TicketAssigned() | TicketHandedOver():
            return {"owner": event.to, "deferred": None}
        case TicketStatusChanged():
            return _moved(ticket, event.to, at)
        case TicketFieldChanged():
            return {"fields": _with_field(ticket.fields, event)}
        case TicketOpened():
            return _opened(ticket, event, at)
        case TicketResolved() | TicketClosed() | TicketReopened():
            return _ended_or_back(ticket, event, at)
        case TicketUnassigned():
            return {"owner": None}
        case TicketEscalated() | TicketDeescalated():
            return {"level": event.to_level}
        case TicketAcknowledged():
            return {"acknowledged": True}
        case TicketLinked():
            return _linked(ticket, event)
        case (
            TicketCategorized()
            | TicketPrioritized()
            | TicketTagged()
            | TicketUntagged()
            | TicketRequesterChanged()
        ):
            return _classified(ticket, event)
        case MessageReceived() | MessageSent():
            return _said(ticket, event, at)
        case NextUpdatePromised():
            return _promised(ticket, event, at)
        case NextUpdateKept() | NextUpdateSuperseded() | NextUpdateCancelled() | NextUpdateMissed():
            return _settled(ticket, event)
        case NoteAdded() | ResolutionConfirmed() | ResolutionRejected() | ImportFinished():
            return {}
        case _:
            return changes_around(ticket, event, at)


def _opened(ticket: TicketState, event: TicketOpened, at: datetime) -> Changes:
    followed = event.follows_ticket
    return _moved(ticket, Status.NEW, at) | {
        "number": event.number,
        "opened_at": at,
        "origin": event.origin,
        "channel": event.channel,
        "requester_id": event.requester.id if event.requester else None,
        "case_type": event.case_type,
        "category": event.category,
        "priority": event.priority,
        "stated_urgency": event.stated_urgency,
        "product": event.product,
        "subject": event.subject if isinstance(event.subject, str) else None,
        "body": event.body if isinstance(event.body, str) else None,
        "fields": dict(event.custom_fields or {}),
        "order_refs": frozenset(event.order_refs or ()),
        "links": frozenset() if followed is None else frozenset({(LinkRole.FOLLOWS, followed)}),
        "follows": followed,
    }


def _moved(ticket: TicketState, to: Status, at: datetime) -> Changes:
    """Recorded history moves anywhere with any event, so reaching and leaving the end is here."""
    changes: Changes = {"status": to, "status_since": at}
    if to is Status.RESOLVED:
        changes["resolved_at"] = at
        changes["resolved_in"] = ticket.cycle
    if to is Status.CLOSED:
        changes["closed_at"] = at
    elif ticket.closed_at is not None:
        changes["closed_at"] = None
        changes["close_reason"] = None
    if to.is_unresolved and not ticket.is_unresolved:
        changes["times_reopened"] = ticket.times_reopened + 1
    return changes


def _stage(ticket: TicketState, changes: Changes) -> Stage:
    """How far the customer's stepper comes: never back, except by a reopening.

    Rule: resolved and closed → resolved; answered, pending and on hold → being worked on; owned or
    begun → in review; everything else → received.
    """
    status = changes.get("status", ticket.status)
    if not status.is_unresolved:
        return Stage.RESOLVED
    if (
        changes.get("first_reply_at", ticket.first_reply_at) is not None
        or status is Status.PENDING
        or status is Status.ON_HOLD
    ):
        here = Stage.BEING_WORKED_ON
    elif changes.get("owner", ticket.owner) is not None or status is Status.OPEN:
        here = Stage.IN_REVIEW
    else:
        here = Stage.RECEIVED
    came_back = "times_reopened" in changes
    return here if came_back or _ORDER[here] > _ORDER[ticket.stage] else ticket.stage


def _linked(ticket: TicketState, event: TicketLinked) -> Changes:
    changes: Changes = {"links": ticket.links | {(event.role, event.other)}}
    if event.role is LinkRole.FOLLOWS:
        changes["follows"] = event.other
    return changes


def _ended_or_back(
    ticket: TicketState, event: TicketResolved | TicketClosed | TicketReopened, at: datetime
) -> Changes:
    match event:
        case TicketResolved():
            return _moved(ticket, Status.RESOLVED, at) | {
                "last_resolver": event.resolver,
                "reopened_by": None,
            }
        case TicketClosed():
            return _moved(ticket, Status.CLOSED, at) | {
                "close_reason": event.reason,
                "reopened_by": None,
            }
        case TicketReopened():
            return _moved(ticket, Status.OPEN, at) | {
                "cycle": event.cycle,
                "times_reopened": ticket.times_reopened + 1,
                "reopened_at": at,
                "reopened_by": event.message_id,
            }
        case _:
            assert_never(event)


def _classified(
    ticket: TicketState,
    event: TicketCategorized
    | TicketPrioritized
    | TicketTagged
    | TicketUntagged
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
        case TicketRequesterChanged():
            return {"requester_id": event.to}
        case _:
            assert_never(event)


def _with_field(fields: dict[str, str], event: TicketFieldChanged) -> dict[str, str]:
    changed = fields.copy()
    changed.pop(event.field, None)
    if event.to is not None:
        changed[event.field] = event.to
    return changed


def _said(ticket: TicketState, event: MessageReceived | MessageSent, at: datetime) -> Changes:
    intent = event.intent if isinstance(event, MessageReceived) else None
    changes: Changes = {
        "messages": ticket.messages | {event.message_id: intent},
        "last_public_at": at,
    }
    if intent is not None and ticket.reopened_by is not None:
        changes["reopened_by"] = None
    promise = ticket.promise
    if promise is not None and at - promise.run_at <= run_window(event.channel):
        changes["promise"] = replace(promise, run_at=at)
    human = isinstance(event, MessageSent) and event.author is Author.HUMAN
    if human and ticket.first_reply_at is None:
        changes["first_reply_at"] = at
    return changes


def _promised(ticket: TicketState, event: NextUpdatePromised, at: datetime) -> Changes:
    promise = Promise(
        id=event.promise_id,
        instance=event.instance,
        due_at=event.due_at,
        made_at=at,
        message_id=event.message_id,
        run_at=at,
    )
    return {"promise": promise, "promises_made": ticket.promises_made + 1}


def _settled(
    ticket: TicketState,
    event: NextUpdateKept | NextUpdateSuperseded | NextUpdateCancelled | NextUpdateMissed,
) -> Changes:
    promise = ticket.promise
    if promise is None or promise.id != event.promise_id:
        return {}
    if not isinstance(event, NextUpdateMissed):
        return {"promise": None}
    return {
        "promise": replace(promise, instance=event.instance + 1, due_at=event.next_due_at),
    }
