"""History that another system recorded: what differs between two of its rows, as our events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol

from domain import recurring
from domain.events import (
    AnyTicketEvent,
    Requester,
    TicketImported,
    TicketOpened,
    TicketReopened,
    TicketRequesterChanged,
)
from domain.snapshots import (
    CHANNEL,
    IMPACT,
    PRODUCT,
    REOPEN_COUNT,
    STATED_URGENCY,
    Snapshot,
    settled,
)
from domain.values import (
    CaseType,
    Fidelity,
    Origin,
    Status,
)

REOPENED_BY_SOURCE = "the source reopened it"


class Arrival(NamedTuple):
    """What is recorded once about a ticket that comes from another system."""

    number: str
    source: str
    batch_id: str
    fidelity: Fidelity
    opened_at: datetime
    updated_at: datetime
    requester: Requester | None = None
    subject: str | None = None
    body: str | None = None
    order_refs: tuple[str, ...] | None = None
    case_type: CaseType | None = None
    origin: Origin = Origin.CUSTOMER


class Known(Protocol):
    """What the folded ticket knows and no single row tells."""

    @property
    def cycle(self) -> int: ...
    @property
    def last_resolver(self) -> str | None: ...
    @property
    def resolved_at(self) -> datetime | None: ...
    @property
    def effective_at(self) -> datetime: ...


def arrival(opened: Snapshot, of: Arrival, *, performed_by: str | None) -> list[AnyTicketEvent]:
    """The save at the moment of opening: the ticket comes to be, and where it came from."""
    custom = dict(opened.fields)
    impact, urgency, product = (
        custom.pop(name, None) for name in (IMPACT, STATED_URGENCY, PRODUCT)
    )
    if opened.reopen_count:
        custom[REOPEN_COUNT] = str(opened.reopen_count)
    return [
        TicketOpened(
            number=of.number,
            channel=opened.channel,
            live=opened.channel.is_live,
            origin=of.origin,
            case_type=of.case_type,
            subject=of.subject,
            body=of.body,
            category=opened.category,
            priority=opened.priority,
            stated_urgency=urgency,
            impact=impact,
            product=product,
            order_refs=of.order_refs,
            custom_fields=custom or None,
            requester=of.requester,
            performed_by=performed_by,
        ),
        TicketImported(
            source=of.source,
            source_id=of.number,
            batch_id=of.batch_id,
            fidelity=of.fidelity,
            original_opened_at=of.opened_at,
            original_updated_at=of.updated_at,
            performed_by=performed_by,
        ),
    ]


def changes(
    before: Snapshot,
    after: Snapshot,
    *,
    known: Callable[[], Known],
    at: datetime,
    performed_by: str | None,
) -> list[AnyTicketEvent]:
    """One row as one save: requester, classification, fields, queue, owner, and the status last.

    Rules: history is recorded as it was, even where today's commands would refuse it. A row without
    any difference yields no event; the caller records it as work done (`worked_on`). Only a row
    that resolves or reopens asks what is `known`.
    """
    after = settled(before, after)
    return [
        *_classification(before, after, performed_by=performed_by),
        *_ownership(before, after, performed_by=performed_by),
        *_life(before, after, known=known, at=at, performed_by=performed_by),
    ]


def _classification(
    before: Snapshot, after: Snapshot, *, performed_by: str | None
) -> list[AnyTicketEvent]:
    events: list[AnyTicketEvent] = []
    if after.requester_id != before.requester_id:
        events.append(
            TicketRequesterChanged(
                from_=before.requester_id, to=after.requester_id, performed_by=performed_by
            )
        )
    if after.category != before.category:
        events.append(
            recurring.categorized(
                from_=before.category, to=after.category, performed_by=performed_by
            )
        )
    if after.priority is not before.priority:
        events.append(
            recurring.prioritized(
                from_=before.priority, to=after.priority, performed_by=performed_by
            )
        )
    events += [
        recurring.field_changed(field=name, from_=old, to=new, performed_by=performed_by)
        for name, old, new in _field_changes(before, after)
    ]
    return events


def _field_changes(before: Snapshot, after: Snapshot) -> list[tuple[str, str | None, str | None]]:
    """Each field that differs, by name. A counter that skips is kept as one, or a later row would
    count its steps again."""
    changed: list[tuple[str, str | None, str | None]] = []
    if after.channel is not before.channel:
        changed.append((CHANNEL, before.channel, after.channel))
    if after.fields is not before.fields:
        old, new = before.fields, after.fields
        changed.extend(
            (name, old.get(name), new.get(name))
            for name in sorted(old.keys() | new.keys())
            if old.get(name) != new.get(name)
        )
    if after.reopen_count not in (before.reopen_count, before.reopen_count + 1):
        reopened = after.reopen_count > before.reopen_count
        counted = after.reopen_count - 1 if reopened else after.reopen_count
        changed.append((REOPEN_COUNT, str(before.reopen_count), str(counted)))
    return changed


def _ownership(
    before: Snapshot, after: Snapshot, *, performed_by: str | None
) -> list[AnyTicketEvent]:
    events: list[AnyTicketEvent] = []
    if after.queue != before.queue:
        events.append(
            recurring.queued(from_=before.queue, to=after.queue, performed_by=performed_by)
        )
    if after.owner == before.owner:
        return events
    if after.owner is not None:
        events.append(
            recurring.assigned(from_=before.owner, to=after.owner, performed_by=performed_by)
        )
    elif before.owner is not None:
        events.append(recurring.unassigned(from_=before.owner, performed_by=performed_by))
    return events


def _life(
    before: Snapshot,
    after: Snapshot,
    *,
    known: Callable[[], Known],
    at: datetime,
    performed_by: str | None,
) -> list[AnyTicketEvent]:
    """A rising counter reopens, which leads to open; what the row says beyond that follows."""
    status, reason = before.status or Status.NEW, before.reason
    events: list[AnyTicketEvent] = []
    comes_back = after.reopen_count > before.reopen_count
    if comes_back:
        ticket = known()
        events.append(
            TicketReopened(
                from_=status,
                cycle=ticket.cycle + 1,
                reason=REOPENED_BY_SOURCE,
                prior_resolver=ticket.last_resolver,
                seconds_since_resolved=_seconds_since_resolved(ticket, at),
                performed_by=performed_by,
            )
        )
        status, reason = Status.OPEN, None
    if after.status is not None and (after.status, after.reason) != (status, reason):
        if after.status is Status.RESOLVED:
            events.append(_resolved(after, cycle=known().cycle + comes_back, by=performed_by))
        else:
            events.append(_arrives(status, after, performed_by=performed_by))
    return events


def _seconds_since_resolved(known: Known, at: datetime) -> int | None:
    """Between effective times: a row dated before the one before it counts as of that one."""
    if known.resolved_at is None:
        return None
    return int((max(at, known.effective_at) - known.resolved_at).total_seconds())


def _resolved(after: Snapshot, *, cycle: int, by: str | None) -> AnyTicketEvent:
    """Who solved it is whoever owned it on that row."""
    return recurring.resolved(code=after.reason, cycle=cycle, resolver=after.owner, performed_by=by)


def _arrives(from_: Status, after: Snapshot, *, performed_by: str | None) -> AnyTicketEvent:
    """The event that leads to the row's status, any but resolved."""
    if after.status is Status.CLOSED:
        return recurring.closed(reason=after.reason, performed_by=performed_by)
    to = after.status or from_
    return recurring.status_changed(
        from_=from_, to=to, reason=after.reason, performed_by=performed_by
    )
