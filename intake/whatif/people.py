"""The customers of a replay: what rules may know of them by the moment that was reached."""

from __future__ import annotations

from typing import Any

from domain import customer as customers
from domain.customer import Customer as Known
from domain.events import AnyEvent, CustomersMerged
from domain.facts import FactOf
from domain.in_force import NOBODY_KNOWN, Customer
from domain.values import CustomerId
from intake.whatif.history import Raw


class People:
    """Customers as they were recorded. They are read, and not repeated elsewhere."""

    def __init__(self) -> None:
        self._known: dict[CustomerId, Known] = {}

    def take(self, save: Raw) -> None:
        """One save about a customer."""
        head = save.head
        for number, event in enumerate(save.events()):
            id_ = _id_of(event)
            fact: Any = FactOf(event, head.subject, head.sequence + number, head.time, head.actor)
            self._known[id_] = customers.evolve(self._known.get(id_), fact)

    def known(self, id_: CustomerId | None) -> Customer:
        """What rules may know; of one who was merged, what is known of the other."""
        seen: set[CustomerId] = set()
        while id_ is not None and id_ not in seen:
            seen.add(id_)
            found = self._known.get(id_)
            if found is None:
                break
            if found.merged_into is None:
                return Customer(language=found.language, tier=found.customer_tier)
            id_ = found.merged_into
        return NOBODY_KNOWN


def _id_of(event: AnyEvent) -> CustomerId:
    id_: CustomerId = event.from_ if isinstance(event, CustomersMerged) else _named(event)
    return id_


def _named(event: Any) -> CustomerId:
    return str(event.customer_id)
