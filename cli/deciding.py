"""Decisions on tickets by the policy in force, with its clocks in the save that moves them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from consumers.rules import Rules
from domain.application import TICKETS, TRACKERS
from domain.events import AnyEvent, TicketOpened, TicketRequesterChanged
from domain.ticket import Ticket
from eventstore.ledger import Ledger

if TYPE_CHECKING:
    from domain.events import TicketEvent
    from domain.in_force import InForce
    from domain.values import CustomerId
    from eventstore.commands import Command
    from eventstore.proposal import Outcome, Request
    from eventstore.store import Store

Decide = Callable[["Ticket | None", "InForce | None"], "Sequence[TicketEvent]"]
"""What a command comes to, given the ticket and the policy that it goes by."""


class Tickets(Ledger[Ticket, AnyEvent]):
    """The tickets' ledger, with the rules by which is decided on it."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, TICKETS)
        self.rules = Rules(store)

    @cached_property
    def trackers(self) -> Ledger[int, AnyEvent]:
        """The ledger of looks at the tickets' trackers."""
        return Ledger(self.store, TRACKERS)

    def give(self, request: Request[Ticket, AnyEvent]) -> Outcome[AnyEvent]:
        """Execute a command that is ready."""
        return self.execute(request.subject, request.command, request.decide)

    def by_the_rules(
        self, ticket_id: str, command: Command, decide: Decide
    ) -> Callable[[Ticket | None], Sequence[AnyEvent]]:
        """The decision by the version that the ticket began with, and what it does to the clocks.

        Without a published policy the decision is left as it is.
        """

        def decided(ticket: Ticket | None) -> Sequence[AnyEvent]:
            in_force = self.rules.held_by(ticket)
            events = decide(ticket, in_force)
            if in_force is None or not events:
                return events  # type: ignore[return-value]
            from domain.clocks import with_clocks

            return with_clocks(  # type: ignore[return-value]
                ticket,
                events,
                subject=ticket_id,
                at=command.occurred_at,
                in_force=in_force,
                customer=self.rules.customer(_customer_after(ticket, events)),
            )

        return decided


def _customer_after(ticket: Ticket | None, events: Sequence[TicketEvent]) -> CustomerId | None:
    """Whose ticket it is once these events hold."""
    customer = ticket.requester_id if ticket is not None else None
    for event in events:
        if isinstance(event, TicketOpened):
            customer = event.requester.id if event.requester is not None else None
        elif isinstance(event, TicketRequesterChanged):
            customer = event.to
    return customer
