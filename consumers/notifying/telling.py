"""What a save tells the customer, by the ticket's policy: one thing on each surface at most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.application import TICKETS
from domain.events import (
    AnyEvent,
    MessageSent,
    NextUpdateMissed,
    NextUpdatePromised,
    TicketAssigned,
    TicketClosed,
    TicketEscalated,
    TicketHandedOver,
    TicketMerged,
    TicketOpened,
    TicketReopened,
    TicketResolved,
    TicketStageChanged,
    TicketStatusChanged,
)
from domain.policies.policy import Policy
from domain.policies.telling import NotifiedFact
from domain.reach import Surface
from domain.ticket import Ticket
from domain.values import AgentId
from eventstore.envelope import Envelope
from eventstore.standing import events_of
from eventstore.store import StoredRecord

FACTS: Mapping[type[AnyEvent], NotifiedFact] = {
    TicketOpened: NotifiedFact.TICKET_OPENED,
    MessageSent: NotifiedFact.MESSAGE_SENT,
    TicketResolved: NotifiedFact.TICKET_RESOLVED,
    TicketReopened: NotifiedFact.TICKET_REOPENED,
    TicketMerged: NotifiedFact.TICKET_MERGED,
    TicketClosed: NotifiedFact.TICKET_CLOSED,
    TicketEscalated: NotifiedFact.TICKET_ESCALATED,
    NextUpdateMissed: NotifiedFact.NEXT_UPDATE_MISSED,
    TicketAssigned: NotifiedFact.TICKET_ASSIGNED,
    TicketStageChanged: NotifiedFact.STAGE_CHANGED,
    NextUpdatePromised: NotifiedFact.NEXT_UPDATE_PROMISED,
}
"""What each event is to a customer; of several in one save the first in this order is told."""

TYPES = frozenset(event.TYPE for event in (*FACTS, TicketHandedOver, TicketStatusChanged))
"""The events that can tell something: those above, and the others that move the stepper."""

_ORDER = {fact: place for place, fact in enumerate(FACTS.values())}
IMPORTS = "import:"
"""How the actor of another system's history begins. Imports never notify."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One save of a ticket, and the ticket as it left it.

    `names` are what agents were called in front of the customer until then.
    """

    events: tuple[tuple[Envelope, AnyEvent], ...]
    facts: tuple[tuple[NotifiedFact, Envelope, AnyEvent], ...]
    ticket: Ticket
    opening: TicketOpened | None
    names: Mapping[AgentId, str]

    @property
    def is_history(self) -> bool:
        """Whether another system's history was brought in by it."""
        return any((envelope.actor or "").startswith(IMPORTS) for envelope, _ in self.events)


def save_with(records: Iterator[StoredRecord], sequence: int) -> Happened | None:
    """The save that holds an event of a ticket, given the ticket's records from its beginning.

    Raises EventUnreadable.
    """
    ticket: Ticket | None = None
    opening: TicketOpened | None = None
    names: dict[AgentId, str] = {}
    for record in records:
        facts: list[tuple[NotifiedFact, Envelope, AnyEvent]] = []
        events = tuple(events_of(TICKETS, record))
        for envelope, event in events:
            before, ticket = ticket, TICKETS.evolve(ticket, TICKETS.fact(envelope, event))
            if isinstance(event, TicketOpened):
                opening = event
            if isinstance(event, MessageSent) and event.agent_id is not None:
                _learn(names, event)
            facts += [(fact, envelope, event) for fact in _facts_of(event, before, ticket)]
        if ticket is not None and sequence <= record.headers.last_sequence:
            return Happened(events, tuple(facts), ticket, opening, names)
    return None


def told(
    happened: Happened, policy: Policy
) -> dict[Surface, tuple[NotifiedFact, Envelope, AnyEvent]]:
    """What the customer is told of a save on each surface, and of which of its events it tells.

    Rule: one save tells one thing on a surface, the weightiest. A reply that resolves the case and
    says when the next update comes is one notification, not three.
    """
    chosen: dict[Surface, tuple[NotifiedFact, Envelope, AnyEvent]] = {}
    wanted = {one.fact: one.surfaces for one in policy.notifications}
    for one in sorted(happened.facts, key=lambda one: _ORDER[one[0]]):
        for surface in wanted.get(one[0], ()):
            chosen.setdefault(surface, one)
    return chosen


def _facts_of(event: AnyEvent, before: Ticket | None, after: Ticket) -> Iterator[NotifiedFact]:
    """What an event is to the customer: what it is called, and a step of the stepper if it moves
    that. Stages follow from the life of a case; few of them have an event of their own."""
    fact = FACTS.get(type(event))
    if fact is not None:
        yield fact
    moved = before is not None and after.stage is not before.stage
    if moved and fact is not NotifiedFact.STAGE_CHANGED:
        yield NotifiedFact.STAGE_CHANGED


def _learn(names: dict[AgentId, str], said: MessageSent) -> None:
    """An agent is called what their last message said. A sealed name is not known."""
    assert said.agent_id is not None
    if isinstance(said.agent_display, str) and said.agent_display.strip():
        names[said.agent_id] = " ".join(said.agent_display.split())
