"""The book of a desk: every save with its clocks, and the ticket that it leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from domain.clocks import with_clocks
from domain.events import AnyTicketEvent, TicketEvent
from domain.in_force import Customer, InForce, situation_of
from domain.routing import Case, Routed
from domain.state import TicketState
from domain.ticket import Ticket, evolve_save
from domain.timing import Due
from domain.values import AgentId, CustomerId, TicketId
from intake.desk.saves import Occasion, Place, Put, decided


@dataclass(slots=True)
class OpenCase:
    """One ticket on the desk. `pins`: how many happenings are still to come to it."""

    ticket: Ticket
    place: Place
    due: Due | None = None
    active_with: AgentId | None = None
    pins: int = 0


class Book:
    """Records saves under one version of a policy, and knows what rules may know of a case."""

    def __init__(
        self, in_force: InForce, put: Put, *, customer: Callable[[CustomerId | None], Customer]
    ) -> None:
        self.in_force = in_force
        self.put = put
        self._customer = customer
        self._rules = f"rule:{in_force.id}@{in_force.version}"

    def record(
        self,
        ticket_id: TicketId,
        ticket: Ticket | None,
        place: Place,
        *,
        events: Sequence[TicketEvent],
        occasion: Occasion,
    ) -> tuple[Ticket, Place]:
        """The ticket after these events and what they do to its clocks, and its new place."""
        requester = ticket.requester_id if ticket is not None else _requester(events)
        whole = with_clocks(
            ticket,
            events,
            subject=ticket_id,
            at=occasion.at,
            in_force=self.in_force,
            customer=self._customer(requester),
        )
        save, after = decided(ticket_id, whole, occasion, place)
        self.put(save)
        folded = evolve_save(
            ticket,
            cast("Sequence[AnyTicketEvent]", whole),
            subject=ticket_id,
            after=place.sequence,
            time=occasion.at,
            actor=occasion.actor,
        )
        return folded, after

    def waits(self, ticket: Ticket) -> Case:
        """A ticket as one that waits for an owner."""
        return Case(
            ticket=ticket.id,
            situation=situation_of(ticket, self.known(ticket)),
            waiting_since=ticket.status_since or ticket.opened_at,
        )

    def known(self, ticket: TicketState) -> Customer:
        """What rules may know of a ticket's customer."""
        return self._customer(ticket.requester_id)

    def occasion(self, kind: str, *said: str, at: datetime) -> Occasion:
        """Of a decision by the rules: its id follows from what it is about, and is the one that
        the automation would take."""
        digest = hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]
        return Occasion(at, self._rules, f"{kind}:{digest}", f"ticket.{kind}")


def _requester(events: Sequence[TicketEvent]) -> CustomerId | None:
    requester = getattr(events[0], "requester", None)
    return requester.id if requester else None


def queued(ticket: Ticket, routed: Routed) -> list[TicketEvent]:
    """What moves the ticket to its queue, if it is not there."""
    if routed.queue is None or routed.queue == ticket.queue:
        return []
    return ticket.put_in_queue(routed.queue, rule=routed.rule)


def after(ticket: Ticket, events: Sequence[TicketEvent], at: datetime) -> Ticket:
    """The ticket in the middle of a save."""
    return evolve_save(
        ticket,
        cast("Sequence[AnyTicketEvent]", events),
        subject=ticket.id,
        after=ticket.sequence,
        time=at,
        actor=None,
    )
