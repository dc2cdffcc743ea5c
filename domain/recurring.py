"""Events that a log repeats: one is made and checked, and stands for all that say the same.

A log's rows say the same few things about the same few people again and again, and events are
values. Whoever meets the very same object again may keep what it has found out about it.
"""

from __future__ import annotations

from functools import lru_cache

from domain.events import (
    TicketAssigned,
    TicketCategorized,
    TicketClosed,
    TicketFieldChanged,
    TicketPrioritized,
    TicketProgressed,
    TicketQueued,
    TicketResolved,
    TicketStatusChanged,
    TicketUnassigned,
)
from domain.values import CloseReason, Method, Priority, ResolutionCode, Status, WorkKind

_kept = lru_cache(maxsize=20_000)


@_kept
def worked_on(*, performed_by: str | None, kind: WorkKind = WorkKind.UPDATE) -> TicketProgressed:
    """Somebody worked on the ticket and nothing that we can see changed."""
    return TicketProgressed(kind=kind, performed_by=performed_by)


@_kept
def categorized(
    *, from_: tuple[str, ...] | None, to: tuple[str, ...] | None, performed_by: str | None
) -> TicketCategorized:
    return TicketCategorized(from_=from_, to=to, method=Method.IMPORT, performed_by=performed_by)


@_kept
def prioritized(
    *, from_: Priority | None, to: Priority | None, performed_by: str | None
) -> TicketPrioritized:
    return TicketPrioritized(from_=from_, to=to, method=Method.IMPORT, performed_by=performed_by)


@_kept
def field_changed(
    *, field: str, from_: str | None, to: str | None, performed_by: str | None
) -> TicketFieldChanged:
    return TicketFieldChanged(
        field=field, from_=from_, to=to, method=Method.IMPORT, performed_by=performed_by
    )


@_kept
def queued(*, from_: str | None, to: str | None, performed_by: str | None) -> TicketQueued:
    return TicketQueued(from_=from_, to=to, performed_by=performed_by)


@_kept
def assigned(*, from_: str | None, to: str, performed_by: str | None) -> TicketAssigned:
    return TicketAssigned(from_=from_, to=to, method=Method.IMPORT, performed_by=performed_by)


@_kept
def unassigned(*, from_: str, performed_by: str | None) -> TicketUnassigned:
    return TicketUnassigned(from_=from_, method=Method.IMPORT, performed_by=performed_by)


@_kept
def resolved(
    *, code: str | None, cycle: int, resolver: str | None, performed_by: str | None
) -> TicketResolved:
    return TicketResolved(
        code=ResolutionCode(code or ResolutionCode.UNKNOWN),
        with_message=False,
        cycle=cycle,
        resolver=resolver,
        performed_by=performed_by,
    )


@_kept
def closed(*, reason: str | None, performed_by: str | None) -> TicketClosed:
    return TicketClosed(reason=CloseReason(reason or CloseReason.AGENT), performed_by=performed_by)


@_kept
def status_changed(
    *, from_: Status, to: Status, reason: str | None, performed_by: str | None
) -> TicketStatusChanged:
    return TicketStatusChanged(from_=from_, to=to, reason=reason, performed_by=performed_by)
