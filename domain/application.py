"""What a generic ledger must know to keep tickets and policies: bytes, facts, folding, keys."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from domain import codec, ticket
from domain.events import AnyEvent, PolicyPublished, TicketClosed, TicketOpened
from domain.facts import Circumstances, Fact
from domain.policies import published
from domain.policies.published import AnyPolicyEvent, PolicyFact, PublishedPolicy
from domain.ticket import Ticket

_OPENED = TicketOpened.TYPE
_POLICY_PUBLISHED = PolicyPublished.TYPE
_CLOSED = TicketClosed.TYPE
_REQUESTER_CHANGED = "ticketledger.ticket.requester_changed.v1"
_MESSAGES = ("ticketledger.message.received.v1", "ticketledger.message.sent.v1")


class RecordedCircumstances(Circumstances, Protocol):
    """An envelope that also tells when the event was recorded."""

    @property
    def recordedtime(self) -> datetime: ...


class TicketApplication:
    """The tickets' side of `eventstore.ledger.Application`."""

    def encode(self, event: AnyEvent) -> tuple[str, bytes]:
        """The event's type name and data."""
        return codec.encode(event)

    def decode(self, type_name: str, data: bytes) -> AnyEvent:
        """The event that was stored."""
        return codec.decode(type_name, data)

    def fact(self, circumstances: Circumstances, event: AnyEvent) -> Fact:
        """The event with when, by whom and as which of its subject it was recorded."""
        return Fact(
            event,
            circumstances.subject,
            circumstances.sequence,
            circumstances.time,
            circumstances.actor,
        )

    def evolve(self, state: Ticket | None, fact: Fact) -> Ticket:
        """The ticket after one more fact."""
        return ticket.evolve(state, fact)

    def keys(self, type_name: str, data: bytes) -> Iterable[str]:
        """By what any subject is found."""
        return keys_of(type_name, data)

    def is_cold(self, type_name: str) -> bool:
        """Whether a ticket rests once this is its last event: it was closed."""
        return type_name == _CLOSED


class PolicyApplication:
    """The policies' side of `eventstore.ledger.Application`."""

    def encode(self, event: AnyPolicyEvent) -> tuple[str, bytes]:
        """The event's type name and data."""
        return codec.encode(event)

    def decode(self, type_name: str, data: bytes) -> AnyPolicyEvent:
        """The event that was stored. Raises UnknownEventType also for what is no policy's."""
        event = codec.decode(type_name, data)
        if not isinstance(event, AnyPolicyEvent):
            raise codec.UnknownEventType(type_name)
        return event

    def fact(self, circumstances: RecordedCircumstances, event: AnyPolicyEvent) -> PolicyFact:
        """The event with when it happened and was recorded, and by whom."""
        return PolicyFact(
            event, circumstances.time, circumstances.recordedtime, circumstances.actor
        )

    def evolve(self, state: PublishedPolicy | None, fact: PolicyFact) -> PublishedPolicy:
        """The policy after one more fact."""
        return published.evolve(state, fact)

    def keys(self, type_name: str, data: bytes) -> Iterable[str]:
        """By what any subject is found."""
        return keys_of(type_name, data)

    def is_cold(self, type_name: str) -> bool:  # noqa: ARG002 - the ledger's interface
        """Whether a policy rests: never, every new case asks for it."""
        return False


def keys_of(type_name: str, data: bytes) -> Iterable[str]:
    """By what a subject is found because of one of its events: a ticket by number, customer,
    order and message, a policy by its id. Ids only, never names.

    One function for all kinds of subjects: whoever indexes a log sees every kind.
    """
    if type_name == _OPENED:
        return _opening_keys(json.loads(data))
    if type_name == _REQUESTER_CHANGED:
        to = json.loads(data).get("to")
        return [f"customer:{to}"] if to else ()
    if type_name in _MESSAGES:
        return [f"message:{json.loads(data)['message_id']}"]
    if type_name == _POLICY_PUBLISHED:
        return [f"policy:{json.loads(data)['policy_id']}"]
    return ()


def _opening_keys(data: dict[str, Any]) -> list[str]:
    keys = [f"number:{data['number']}"]
    if requester := data.get("requester"):
        keys.append(f"customer:{requester['id']}")
    keys += [f"order:{order}" for order in data.get("order_refs") or ()]
    return keys


TICKETS = TicketApplication()
"""What every process of this project hands to a ledger of tickets, and to the store."""

POLICIES = PolicyApplication()
"""The same for a ledger of policies; both are ledgers over one store."""
