"""The ticket: every command that can be given to it, opening one, and folding its events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.accompanying import Accompanying
from domain.classifying import Classifying
from domain.events import FoldedByTickets, Requester, TicketEvent, TicketOpened
from domain.facts import Fact
from domain.folding import changes_of
from domain.living import Living
from domain.owning import Owning
from domain.relating import Relating
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


class Ticket(Living, Owning, Classifying, Relating, Accompanying):
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
    return evolve_save(
        ticket,
        (fact.event,),
        subject=fact.subject,
        after=fact.sequence - 1,
        time=fact.time,
        actor=fact.actor,
    )


def evolve_save(
    ticket: Ticket | None,
    events: Sequence[FoldedByTickets],
    *,
    subject: str,
    after: int,
    time: datetime,
    actor: str | None,
) -> Ticket:
    """The ticket after the events of one save: they share their time and actor, and follow on the
    first `after` events."""
    return evolve_saves(ticket, [(events, time)], subject=subject, after=after, actor=actor)


def evolve_saves(
    ticket: Ticket | None,
    saves: Sequence[tuple[Sequence[FoldedByTickets], datetime]],
    *,
    subject: str,
    after: int,
    actor: str | None,
) -> Ticket:
    """The ticket after several saves of one actor: the events of each, and their time."""
    evolving = _begun(saves[0], subject=subject) if ticket is None else _copy(ticket)
    state = evolving.__dict__
    for events, time in saves:
        at = evolving.effective(time)
        for event in events:
            state.update(changes_of(evolving, event, at))
        after += len(events)
        state["effective_at"] = at
    state["sequence"] = after
    state["is_imported"] = actor is not None and actor.startswith("import:")
    return evolving


def _begun(save: tuple[Sequence[FoldedByTickets], datetime], *, subject: str) -> Ticket:
    """A ticket right before its first save."""
    (opening, *_), time = save
    number = opening.number if isinstance(opening, TicketOpened) else subject
    return Ticket(subject, number, opened_at=time, effective_at=time)


def _copy(ticket: Ticket) -> Ticket:
    """A copy that nobody else has yet. `dataclasses.replace` sets every field one by one, which
    costs many times as much, and folding is what every command and every import waits for."""
    copy = object.__new__(Ticket)
    object.__setattr__(copy, "__dict__", ticket.__dict__.copy())
    return copy


def fold(facts: Iterable[Fact], ticket: Ticket | None = None) -> Ticket | None:
    """The ticket after all these facts, in order of sequence."""
    for fact in facts:
        ticket = evolve(ticket, fact)
    return ticket
