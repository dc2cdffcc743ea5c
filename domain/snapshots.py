"""A snapshot: the whole state of a ticket as one row of another system shows it, in our words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from domain.events import (
    AnyTicketEvent,
    TicketAssigned,
    TicketCategorized,
    TicketClosed,
    TicketFieldChanged,
    TicketHandedOver,
    TicketOpened,
    TicketPrioritized,
    TicketQueued,
    TicketReopened,
    TicketRequesterChanged,
    TicketResolved,
    TicketStatusChanged,
    TicketUnassigned,
)
from domain.values import Channel, CloseReason, Priority, ResolutionCode, Status

CHANNEL = "channel"
IMPACT = "impact"
STATED_URGENCY = "stated_urgency"
PRODUCT = "product"
REOPEN_COUNT = "reopen_count"
RESERVED_FIELDS = frozenset({CHANNEL, IMPACT, STATED_URGENCY, PRODUCT, REOPEN_COUNT})
"""Names in `ticket.field_changed` with a meaning of their own: no custom field may be called so."""

REASONS_BY_DEFAULT: Mapping[Status, str] = {
    Status.RESOLVED: ResolutionCode.UNKNOWN.value,
    Status.CLOSED: CloseReason.AGENT.value,
}
"""Why a ticket is resolved or closed, where the other system does not say."""

NO_FIELDS: Mapping[str, str] = MappingProxyType({})


class Snapshot(NamedTuple):
    """The whole state of a ticket right after one update of the other system, in our words.

    `status` None: the source's state has no translation, the status before stays. `reason` is the
    source's word for an unresolved status, the reason of a closed one (`CloseReason`) and the code
    of a resolved one (`ResolutionCode`). `fields` holds every other mapped field as text.
    """

    requester_id: str | None = None
    channel: Channel = Channel.OTHER
    category: tuple[str, ...] | None = None
    priority: Priority | None = None
    fields: Mapping[str, str] = NO_FIELDS
    queue: str | None = None
    owner: str | None = None
    status: Status | None = Status.NEW
    reason: str | None = None
    reopen_count: int = 0


def at_opening(first: Snapshot, *, without: str | None = None) -> Snapshot:
    """What of a ticket's first row held already when it was opened.

    Rule: requester, channel and classification did. Queue, owner and status (and the field
    `without`, where a state without translation is kept) came with the row's own time.
    """
    fields = {name: value for name, value in first.fields.items() if name != without}
    return first._replace(fields=fields, queue=None, owner=None, status=Status.NEW, reason=None)


def settled(before: Snapshot, after: Snapshot) -> Snapshot:
    """The state after a row whose own state may have no translation: then the one before stays."""
    if after.status is not None:
        reason = after.reason or REASONS_BY_DEFAULT.get(after.status)
        return after if reason == after.reason else after._replace(reason=reason)
    if after.reopen_count > before.reopen_count:
        return after._replace(status=Status.OPEN, reason=None)
    return after._replace(status=before.status, reason=before.reason)


def seen_from_events(snapshot: Snapshot | None, event: AnyTicketEvent) -> Snapshot | None:
    """The snapshot that a row would show after this event: how a later file is joined to the log.

    Rule: folding what `arrival` and `changes` returned gives the snapshot that they were given.
    """
    if isinstance(event, TicketOpened):
        return _opened(event)
    if snapshot is None:
        return None
    match event:
        case TicketStatusChanged() | TicketResolved() | TicketClosed() | TicketReopened():
            return _moved(snapshot, event)
        case TicketQueued():
            return snapshot._replace(queue=event.to)
        case TicketAssigned() | TicketHandedOver() | TicketUnassigned():
            owner = None if isinstance(event, TicketUnassigned) else event.to
            return snapshot._replace(owner=owner)
        case _:
            return _classified(snapshot, event)


def _moved(
    snapshot: Snapshot,
    event: TicketStatusChanged | TicketResolved | TicketClosed | TicketReopened,
) -> Snapshot:
    match event:
        case TicketStatusChanged():
            return snapshot._replace(status=event.to, reason=event.reason)
        case TicketResolved():
            return snapshot._replace(status=Status.RESOLVED, reason=event.code)
        case TicketClosed():
            return snapshot._replace(status=Status.CLOSED, reason=event.reason)
        case TicketReopened():
            count = snapshot.reopen_count + 1
            return snapshot._replace(status=Status.OPEN, reason=None, reopen_count=count)


def _classified(snapshot: Snapshot, event: AnyTicketEvent) -> Snapshot:
    match event:
        case TicketRequesterChanged():
            return snapshot._replace(requester_id=event.to)
        case TicketCategorized():
            return snapshot._replace(category=event.to)
        case TicketPrioritized():
            return snapshot._replace(priority=event.to)
        case TicketFieldChanged():
            return _field_changed(snapshot, event)
        case _:
            return snapshot


def _opened(event: TicketOpened) -> Snapshot:
    fields = dict(event.custom_fields or {})
    named = ((IMPACT, event.impact), (STATED_URGENCY, event.stated_urgency))
    fields |= {name: value for name, value in (*named, (PRODUCT, event.product)) if value}
    return Snapshot(
        requester_id=event.requester.id if event.requester else None,
        channel=event.channel,
        category=event.category,
        priority=event.priority,
        reopen_count=int(fields.pop(REOPEN_COUNT, 0)),
        fields=fields,
    )


def _field_changed(snapshot: Snapshot, event: TicketFieldChanged) -> Snapshot:
    if event.field == CHANNEL:
        return snapshot._replace(channel=Channel(event.to or Channel.OTHER))
    if event.field == REOPEN_COUNT:
        return snapshot._replace(reopen_count=int(event.to or 0))
    fields = {name: value for name, value in snapshot.fields.items() if name != event.field}
    if event.to is not None:
        fields[event.field] = event.to
    return snapshot._replace(fields=fields)
