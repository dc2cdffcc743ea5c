"""The customer: what is known of them beside their tickets, and whether it is to be forgotten."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from domain.events import (
    AnyCustomerEvent,
    CustomerErased,
    CustomerEvent,
    CustomerProfiled,
    CustomersMerged,
)
from domain.facts import FactOf
from domain.people import ErasureScope
from domain.people_errors import (
    CustomerIsErased,
    CustomerIsMerged,
    CustomerMergeImpossible,
    CustomerUnchanged,
)
from domain.values import CustomerId

PROFILE = ("language", "time_zone", "customer_tier", "products")
"""What `customer.profiled` tells, in its order."""


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer, folded. Moments are effective times, in UTC; None: nothing was recorded.

    A command returns the events to record, or raises a Refusal. A customer of whom only tickets are
    recorded is `Customer(id)`.
    """

    id: CustomerId
    sequence: int = 0
    effective_at: datetime | None = None
    language: str | None = None
    time_zone: str | None = None
    customer_tier: str | None = None
    products: tuple[str, ...] | None = None
    erased: ErasureScope | None = None
    merged_into: CustomerId | None = None

    def profile(
        self,
        *,
        language: str | None = None,
        time_zone: str | None = None,
        customer_tier: str | None = None,
        products: Iterable[str] | None = None,
        forget: Collection[str] = (),
    ) -> list[CustomerEvent]:
        """Say what is known of them; what is None stays as it is.

        A list takes the place of the one before, in alphabetical order and each once. `forget`
        names what is not known any more, of PROFILE.
        """
        self._require_own_record()
        if self.erased is ErasureScope.EVERYTHING:
            raise CustomerIsErased(self.id, "is not described again")
        given: dict[str, Any] = {
            "language": language,
            "time_zone": time_zone,
            "customer_tier": customer_tier,
            "products": None if products is None else tuple(sorted(set(products))),
        }
        before: dict[str, Any] = {name: getattr(self, name) for name in PROFILE}
        after = before | {name: value for name, value in given.items() if value is not None}
        after |= dict.fromkeys(forget)
        if after == before:
            raise CustomerUnchanged(self.id, "is described like that")

        return [CustomerProfiled(customer_id=self.id, **after)]

    def erase(self, scope: ErasureScope, *, reason: str | None = None) -> list[CustomerEvent]:
        """Record that they are to be forgotten. A wider scope may follow a narrower one.

        A record that was merged away is erased by itself: its tickets' texts are under its key.
        """
        if self.erased in (scope, ErasureScope.EVERYTHING):
            raise CustomerUnchanged(self.id, "is erased")

        return [CustomerErased(customer_id=self.id, scope=scope, reason=reason)]

    def merge_into(self, other: Customer, *, reason: str | None = None) -> list[CustomerEvent]:
        """Say that this record and the other one are of one person, who goes on as the other."""
        if other.id == self.id:
            raise CustomerMergeImpossible(self.id)
        self._require_own_record()
        # With it a chain of merges could lead back to where it began.
        other._require_own_record()
        for one in (self, other):
            if one.erased is not None:
                raise CustomerIsErased(one.id, "is not to be recognised again")

        return [CustomersMerged(from_=self.id, to=other.id, reason=reason)]

    def _require_own_record(self) -> None:
        if self.merged_into is not None:
            raise CustomerIsMerged(self.id, self.merged_into)


def evolve(customer: Customer | None, fact: FactOf[AnyCustomerEvent]) -> Customer:
    """The customer after one more fact. Any recorded history is accepted: only decisions refuse."""
    event = fact.event
    known = customer or Customer(
        event.from_ if isinstance(event, CustomersMerged) else event.customer_id
    )
    at = fact.time if known.effective_at is None else max(fact.time, known.effective_at)
    known = replace(known, sequence=fact.sequence, effective_at=at)
    match event:
        case CustomerProfiled():
            return replace(
                known,
                language=event.language,
                time_zone=event.time_zone,
                customer_tier=event.customer_tier,
                products=event.products,
            )
        case CustomerErased(scope=ErasureScope.EVERYTHING):
            return replace(
                known,
                erased=event.scope,
                language=None,
                time_zone=None,
                customer_tier=None,
                products=None,
            )
        case CustomerErased():
            return replace(known, erased=known.erased or event.scope)
        case CustomersMerged():
            return replace(known, merged_into=event.to)
        case _:
            assert_never(event)


def fold(
    facts: Iterable[FactOf[AnyCustomerEvent]], customer: Customer | None = None
) -> Customer | None:
    """The customer after all these facts, in order of sequence."""
    for fact in facts:
        customer = evolve(customer, fact)
    return customer
