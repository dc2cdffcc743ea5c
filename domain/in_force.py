"""A policy as it holds for a ticket, and what its conditions may know of the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from domain.policies.calendars import Calendar
from domain.policies.conditions import Situation
from domain.policies.policy import Policy
from domain.state import TicketState


@dataclass(frozen=True, slots=True)
class InForce:
    """A policy in one of its published versions."""

    id: str
    version: int
    policy: Policy

    @property
    def default_promise(self) -> timedelta:
        """For how long ahead the next update is promised where nobody said otherwise."""
        return timedelta(seconds=self.policy.promises.default_seconds)

    @property
    def reopening_window(self) -> timedelta:
        """How long after its closing a ticket can still reopen."""
        return timedelta(seconds=self.policy.waiting.reopening_window_seconds)

    def calendar(self, name: str) -> Calendar:
        """One of its calendars. A recorded target names none that its version lacks."""
        return self.policy.calendar(name)


@dataclass(frozen=True, slots=True)
class Customer:
    """What rules may know of the customer behind a ticket."""

    language: str | None = None
    tier: str | None = None


NOBODY_KNOWN = Customer()


def situation_of(ticket: TicketState, customer: Customer = NOBODY_KNOWN) -> Situation:
    """What the conditions of a policy look at."""
    return Situation(
        channel=ticket.channel,
        case_type=ticket.case_type,
        priority=ticket.priority,
        stated_urgency=ticket.stated_urgency,
        category=ticket.category,
        product=ticket.product,
        language=customer.language,
        customer_tier=customer.tier,
        tags=ticket.tags,
        queue=ticket.queue,
        level=ticket.level,
        subject=ticket.subject,
        body=ticket.body,
    )
