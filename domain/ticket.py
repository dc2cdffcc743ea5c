"""The ticket: every command that can be given to it, opening one, and folding its events."""

from __future__ import annotations

from collections.abc import Iterable

from domain.classifying import Classifying
from domain.events import Requester, TicketEvent, TicketOpened
from domain.facts import Fact
from domain.folding import changes_of
from domain.living import Living
from domain.owning import Owning
from domain.state import Changes
from domain.values import (
    CaseType,
    CategoryPath,
    Channel,
    Identifier,
    Origin,
    Personal,
    Priority,
    TicketId,
)


class Ticket(Living, Owning, Classifying):
    """One support case. A command returns the events to record, or raises a Refusal; nothing else
    changes a ticket."""


def open_ticket(
    *,
    number: Identifier,
    channel: Channel,
    requester: Requester | None = None,
    origin: Origin = Origin.CUSTOMER,
    live: bool | None = None,
    case_type: CaseType | None = None,
    subject: Personal | None = None,
    body: Personal | None = None,
    category: CategoryPath | None = None,
    priority: Priority | None = None,
    stated_urgency: str | None = None,
    impact: str | None = None,
    product: str | None = None,
    order_refs: tuple[Identifier, ...] | None = None,
    custom_fields: dict[str, str] | None = None,
    on_behalf_of: bool | None = None,
    follows_ticket: TicketId | None = None,
) -> list[TicketEvent]:
    """Begin a case. `live` says whether the customer is present; by default the channel tells."""
    return [
        TicketOpened(
            number=number,
            channel=channel,
            live=channel.is_live if live is None else live,
            origin=origin,
            case_type=case_type,
            subject=subject,
            body=body,
            category=category,
            priority=priority,
            stated_urgency=stated_urgency,
            impact=impact,
            product=product,
            order_refs=order_refs,
            custom_fields=custom_fields,
            requester=requester,
            on_behalf_of=on_behalf_of,
            follows_ticket=follows_ticket,
        )
    ]


def evolve(ticket: Ticket | None, fact: Fact) -> Ticket:
    """The ticket after one more fact. Any recorded history is accepted: only decisions refuse."""
    if ticket is None:
        number = fact.event.number if isinstance(fact.event, TicketOpened) else fact.subject
        ticket = Ticket(fact.subject, number, opened_at=fact.time, effective_at=fact.time)
    at = ticket.effective(fact.time)
    changes = changes_of(ticket, fact.event, at)
    changes["sequence"] = fact.sequence
    changes["effective_at"] = at
    changes["is_imported"] = fact.actor is not None and fact.actor.startswith("import:")
    return _with(ticket, changes)


def _with(ticket: Ticket, changes: Changes) -> Ticket:
    """A copy with these fields changed. `dataclasses.replace` sets every field one by one, which
    costs ten times as much, and folding is what every command and every import waits for."""
    copy = object.__new__(Ticket)
    copy.__dict__.update(ticket.__dict__)
    copy.__dict__.update(changes)
    return copy


def fold(facts: Iterable[Fact], ticket: Ticket | None = None) -> Ticket | None:
    """The ticket after all these facts, in order of sequence."""
    for fact in facts:
        ticket = evolve(ticket, fact)
    return ticket
