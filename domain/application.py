"""What a generic ledger must know to keep tickets: bytes, facts, folding, look-up keys."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from domain import codec, ticket
from domain.events import AnyEvent, TicketAssigned, TicketClosed, TicketOpened
from domain.facts import Circumstances, Fact
from domain.ticket import Ticket
from domain.values import Method

_OPENED = TicketOpened.TYPE
_CLOSED = TicketClosed.TYPE
_ASSIGNED = TicketAssigned.TYPE
_CLAIM = b'"claim"'
_REQUESTER_CHANGED = "ticketledger.ticket.requester_changed.v1"
_MESSAGES = ("ticketledger.message.received.v1", "ticketledger.message.sent.v1")


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
        """By what a ticket is found: number, customer, order, message. Ids only, never names."""
        if type_name == _OPENED:
            return _opening_keys(json.loads(data))
        if type_name == _REQUESTER_CHANGED:
            to = json.loads(data).get("to")
            return [f"customer:{to}"] if to else ()
        if type_name in _MESSAGES:
            return [f"message:{json.loads(data)['message_id']}"]
        return ()

    def is_cold(self, type_name: str) -> bool:
        """Whether a ticket rests once this is its last event: it was closed."""
        return type_name == _CLOSED

    def is_sought_by_command(self, type_name: str, data: bytes) -> bool:
        """Whether this is a claim: which ticket it took was for the ledger to say."""
        if type_name != _ASSIGNED or _CLAIM not in data:
            return False
        return bool(json.loads(data).get("method") == Method.CLAIM)


def _opening_keys(data: dict[str, Any]) -> list[str]:
    keys = [f"number:{data['number']}"]
    if requester := data.get("requester"):
        keys.append(f"customer:{requester['id']}")
    keys += [f"order:{order}" for order in data.get("order_refs") or ()]
    return keys


TICKETS = TicketApplication()
"""The application that every process of this project hands to the ledger."""
