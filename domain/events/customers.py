"""Events of a customer: what is known beside their tickets, and that it is to be forgotten."""

from __future__ import annotations

from typing import ClassVar

from domain.events.base import Event
from domain.people import ErasureScope
from domain.values import CustomerId, Label


class CustomerEvent(Event):
    """A fact about one customer."""


class CustomerProfiled(CustomerEvent):
    """What is known of a customer, all of it as it is from now on; what is left out is not known.

    No name and no address: those stand, marked as personal, in the tickets' events.
    """

    TYPE: ClassVar[str] = "ticketledger.customer.profiled.v1"

    customer_id: CustomerId
    language: Label | None = None
    time_zone: Label | None = None
    customer_tier: Label | None = None
    products: tuple[Label, ...] | None = None


class CustomerErased(CustomerEvent):
    """A customer is to be forgotten: from now on nobody may use their personal text.

    The event is the record that it was asked for, when and why. Text sealed under the customer's
    key is gone once that key is destroyed; readers leave out what is not sealed. With the scope
    `everything` the profile is void too, and no other takes its place.
    """

    TYPE: ClassVar[str] = "ticketledger.customer.erased.v1"

    customer_id: CustomerId
    scope: ErasureScope
    reason: Label | None = None


class CustomersMerged(CustomerEvent):
    """Two records turned out to be one person: whatever is known of `from` belongs to `to`.

    It is recorded on `from`, of which nothing more is recorded afterwards.
    """

    TYPE: ClassVar[str] = "ticketledger.customers.merged.v1"

    from_: CustomerId
    to: CustomerId
    reason: Label | None = None
