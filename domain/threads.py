"""Which case a customer's message belongs to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.state import REOPENING_WINDOW
from domain.ticket import Ticket
from domain.values import CloseReason, CustomerId, Intent, Status, TicketId

_NOTHING_MERGED: Mapping[TicketId, Ticket] = {}


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a message goes: to a ticket, or (`ticket_id` None) to a new one that may follow one."""

    ticket_id: TicketId | None
    follows: TicketId | None = None


def thread(
    *,
    customer_id: CustomerId | None,
    mentioned: Ticket | None,
    candidates: Iterable[Ticket],
    order_refs: Collection[str],
    intent: Intent,
    at: datetime,
    reopening_window: timedelta = REOPENING_WINDOW,
    targets: Mapping[TicketId, Ticket] = _NOTHING_MERGED,
) -> Thread:
    """Choose the case for a message.

    Rule: the ticket whose number or reply header the message carries (`mentioned`); else the
    customer's one unresolved ticket on one of these orders (among `candidates`); else a new one. A
    mentioned ticket that cannot take it any more is followed by a new one. A merged ticket stands
    for the one in which it goes on, found in `targets`. Pure: if the save that builds on the answer
    turns out void, choose again.
    """
    if mentioned is not None:
        meant = goes_on_in(mentioned, targets)
        if _takes(meant, intent, at, reopening_window):
            return Thread(meant.id)
        return Thread(None, follows=meant.id)
    if customer_id is None:
        return Thread(None)

    wanted = frozenset(order_refs)
    matching = (
        goes_on_in(ticket, targets)
        for ticket in candidates
        if ticket.requester_id == customer_id and ticket.order_refs & wanted
    )
    unresolved = {ticket.id for ticket in matching if ticket.is_unresolved}
    return Thread(unresolved.pop()) if len(unresolved) == 1 else Thread(None)


def goes_on_in(ticket: Ticket, targets: Mapping[TicketId, Ticket]) -> Ticket:
    """The ticket in which a merged one goes on, through however many merges; else the ticket.

    Where `targets` lacks the next one, or merges lead in a circle, it is the last one before.
    """
    seen = {ticket.id}
    while ticket.merged_into is not None and ticket.merged_into not in seen:
        target = targets.get(ticket.merged_into)
        if target is None:
            break
        seen.add(target.id)
        ticket = target
    return ticket


def _takes(ticket: Ticket, intent: Intent, at: datetime, reopening_window: timedelta) -> bool:
    if ticket.status is not Status.CLOSED or intent is Intent.THANKS:
        return True
    return ticket.close_reason is CloseReason.SPAM or ticket.can_reopen(at, reopening_window)
