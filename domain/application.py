"""What a generic ledger must know to keep tickets, people and policies: bytes, folding, keys.

Each kind of subject has an application of its own, which folds its own events. Bytes and look-up
keys are the same for all, so that one store serves them and any of them can rebuild its index.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol, TypeVar, get_args

from domain import agent, codec, customer, ticket
from domain.agent import Agent
from domain.customer import Customer
from domain.events import (
    AgentEvent,
    AnyAgentEvent,
    AnyCustomerEvent,
    AnyEvent,
    CustomerEvent,
    PolicyPublished,
    TicketAssigned,
    TicketClosed,
    TicketOpened,
    TrackerViewed,
)
from domain.facts import Circumstances, Fact, FactOf
from domain.policies import published
from domain.policies.published import AnyPolicyEvent, PolicyFact, PublishedPolicy
from domain.ticket import Ticket
from domain.values import Method

Recorded = TypeVar("Recorded")

_OPENED = TicketOpened.TYPE
_CLOSED = TicketClosed.TYPE
_POLICY_PUBLISHED = PolicyPublished.TYPE
_ASSIGNED = TicketAssigned.TYPE
_CLAIM = b'"claim"'
_REQUESTER_CHANGED = "ticketledger.ticket.requester_changed.v1"
_OF_AGENTS = frozenset(event.TYPE for event in get_args(AnyAgentEvent))
_MESSAGES = ("ticketledger.message.received.v1", "ticketledger.message.sent.v1")


class RecordedCircumstances(Circumstances, Protocol):
    """An envelope that also tells when the event was recorded."""

    @property
    def recordedtime(self) -> datetime: ...


class EventMisplaced(Exception):
    """An event stands under a subject of another kind. No program of this project writes that."""

    def __init__(self, subject: str, sequence: int, type_name: str) -> None:
        super().__init__(
            f"event {sequence} of {subject} is of type {type_name}, which is of another kind of "
            f"subject; see what wrote it: ticketledger log show {subject}"
        )


class _Application:
    """What is the same for every kind of subject."""

    def encode(self, event: AnyEvent) -> tuple[str, bytes]:
        """The event's type name and data."""
        return codec.encode(event)

    def decode(self, type_name: str, data: bytes) -> AnyEvent:
        """The event that was stored."""
        return codec.decode(type_name, data)

    def keys(self, type_name: str, data: bytes) -> Iterable[str]:
        """By what a subject is found: a ticket by number, customer, order and message, an agent
        and a policy by their ids. Ids only, never names."""
        if type_name == _OPENED:
            return _opening_keys(json.loads(data))
        if type_name == _REQUESTER_CHANGED:
            to = json.loads(data).get("to")
            return [f"customer:{to}"] if to else ()
        if type_name in _MESSAGES:
            return [f"message:{json.loads(data)['message_id']}"]
        if type_name in _OF_AGENTS:
            return [f"agent:{json.loads(data)['agent_id']}"]
        if type_name == _POLICY_PUBLISHED:
            return [f"policy:{json.loads(data)['policy_id']}"]
        return ()

    def is_cold(self, type_name: str) -> bool:
        """Whether a ticket rests once this is its last event: it was closed."""
        return type_name == _CLOSED

    def is_sought_by_command(self, type_name: str, data: bytes) -> bool:
        """Whether this is a claim: which ticket it took was for the ledger to say."""
        if type_name != _ASSIGNED or _CLAIM not in data:
            return False
        return bool(json.loads(data).get("method") == Method.CLAIM)


class TicketApplication(_Application):
    """The tickets' side of `eventstore.ledger.Application`."""

    def fact(self, circumstances: Circumstances, event: AnyEvent) -> Fact:
        """The event with when, by whom and as which of its subject it was recorded."""
        if isinstance(event, AgentEvent | CustomerEvent | TrackerViewed | PolicyPublished):
            raise EventMisplaced(circumstances.subject, circumstances.sequence, event.TYPE)
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


class AgentApplication(_Application):
    """The same for agents."""

    def fact(self, circumstances: Circumstances, event: AnyEvent) -> FactOf[AnyAgentEvent]:
        """The event with when, by whom and as which of its subject it was recorded."""
        if not isinstance(event, AgentEvent):
            raise EventMisplaced(circumstances.subject, circumstances.sequence, event.TYPE)
        return _fact(circumstances, event)

    def evolve(self, state: Agent | None, fact: FactOf[AnyAgentEvent]) -> Agent:
        """The agent after one more fact."""
        return agent.evolve(state, fact)


class CustomerApplication(_Application):
    """The same for customers."""

    def fact(self, circumstances: Circumstances, event: AnyEvent) -> FactOf[AnyCustomerEvent]:
        """The event with when, by whom and as which of its subject it was recorded."""
        if not isinstance(event, CustomerEvent):
            raise EventMisplaced(circumstances.subject, circumstances.sequence, event.TYPE)
        return _fact(circumstances, event)

    def evolve(self, state: Customer | None, fact: FactOf[AnyCustomerEvent]) -> Customer:
        """The customer after one more fact."""
        return customer.evolve(state, fact)


class TrackerApplication(_Application):
    """The same for a ticket's tracker. Its state is how often it was looked at."""

    def fact(self, circumstances: Circumstances, event: AnyEvent) -> FactOf[TrackerViewed]:
        """The event with when, by whom and as which of its subject it was recorded."""
        if not isinstance(event, TrackerViewed):
            raise EventMisplaced(circumstances.subject, circumstances.sequence, event.TYPE)
        return _fact(circumstances, event)

    def evolve(self, state: int | None, fact: FactOf[TrackerViewed]) -> int:
        """One look more."""
        del fact  # each one is a look
        return (state or 0) + 1


class PolicyApplication(_Application):
    """The same for policies."""

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


def _fact(circumstances: Circumstances, event: Recorded) -> FactOf[Recorded]:
    return FactOf(
        event,
        circumstances.subject,
        circumstances.sequence,
        circumstances.time,
        circumstances.actor,
    )


def _opening_keys(data: dict[str, Any]) -> list[str]:
    keys = [f"number:{data['number']}"]
    if requester := data.get("requester"):
        keys.append(f"customer:{requester['id']}")
    keys += [f"order:{order}" for order in data.get("order_refs") or ()]
    return keys


TICKETS = TicketApplication()
"""The application that every process of this project hands to the store, and for its tickets to the
ledger."""

AGENTS = AgentApplication()
"""The one that a ledger of agents is given."""

CUSTOMERS = CustomerApplication()
"""The one that a ledger of customers is given."""

TRACKERS = TrackerApplication()
"""The one that a ledger of looks at trackers is given."""

POLICIES = PolicyApplication()
"""The one that a ledger of policies is given."""
