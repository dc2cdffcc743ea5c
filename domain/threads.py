"""Which case a customer's message belongs to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.state import REOPENING_WINDOW
from domain.ticket import Ticket
from domain.values import CloseReason, CustomerId, Intent, Status, TicketId


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
) -> Thread:
    """Choose the case for a message.

    Rule: the ticket whose number or reply header the message carries (`mentioned`); else the
    customer's one unresolved ticket on one of these orders (among `candidates`); else a new one. A
    mentioned ticket that cannot take it any more is followed by a new one. Pure: if the save that
    builds on the answer turns out void, choose again.
    """
    if mentioned is not None:
        if _takes(mentioned, intent, at, reopening_window):
            return Thread(mentioned.id)
        return Thread(None, follows=mentioned.id)
    if customer_id is None:
        return Thread(None)

    wanted = frozenset(order_refs)
    matching = {
        ticket.id
        for ticket in candidates
        if ticket.is_unresolved
        and ticket.requester_id == customer_id
        and ticket.order_refs & wanted
    }
    return Thread(matching.pop()) if len(matching) == 1 else Thread(None)


def _takes(ticket: Ticket, intent: Intent, at: datetime, reopening_window: timedelta) -> bool:
    if ticket.status is not Status.CLOSED or intent is Intent.THANKS:
        return True
    return ticket.close_reason is CloseReason.SPAM or ticket.can_reopen(at, reopening_window)
