"""Every command in every kind of state that commands can reach: none leaves a ticket's life."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.errors import Refusal
from domain.events import Requester, TicketEvent
from domain.facts import Fact
from domain.ticket import Ticket, fold, open_ticket
from domain.values import Author, Channel, CloseReason, Intent, ResolutionCode, Status, WorkKind
from tests.domain.given import MIDNIGHT, NUMBER, TICKET, sent
from tests.domain.life import Life, check_save
from tests.domain.wishes import Wish

pytestmark = pytest.mark.unit

WAITS = [timedelta(minutes=-30), timedelta(minutes=5), timedelta(hours=2), timedelta(days=8)]


@dataclass(frozen=True)
class Visited:
    """One ticket that stands for all of its kind."""

    ticket: Ticket
    life: Life
    clock: datetime


def kind_of(ticket: Ticket) -> tuple[Any, ...]:
    """What decisions look at. Two tickets of one kind are treated alike."""
    promise = ticket.promise
    return (
        ticket.status,
        None if promise is None else promise.message_id is not None,
        promise is not None and ticket.effective_at - promise.run_at <= timedelta(minutes=15),
        ticket.close_reason,
        ticket.closed_at is not None and ticket.effective_at - ticket.closed_at > timedelta(days=7),
        ticket.first_reply_at is not None,
        ticket.owner,
        min(ticket.cycle, 2),
    )


def commands(moment: datetime, message_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every command of a ticket's life, in every way that makes a difference."""
    said = {"message_id": message_id, "channel": Channel.EMAIL, "at": moment}
    for author in Author:
        for asks in (False, True):
            for by in (None, moment + timedelta(days=2)):
                how = {"author": author, "asks": asks, "next_update_by": by, "agent_id": "ayu"}
                yield "reply", said | how
    yield from (("receive", said | {"intent": intent}) for intent in Intent)
    yield from (("change_status", {"to": status}) for status in Status)
    yield from (("close", {"reason": reason}) for reason in CloseReason)
    yield from (("progress", {"kind": kind}) for kind in WorkKind)
    for message in (
        None,
        sent(message_id),
        sent(message_id, asks=True),
        sent(message_id, author=Author.BOT),
        sent(message_id, due=moment + timedelta(days=1)),
    ):
        yield "resolve", {"at": moment, "message": message, "code": ResolutionCode.SOLVED}
    yield "reopen", {"at": moment, "reason": "again"}
    yield "reject", {"at": moment}
    yield "confirm", {}
    yield "assign", {"to": "budi"}
    yield "unassign", {}
    yield "add_note", {"body": "x", "note_id": message_id}


def step(before: Visited, wish: Wish) -> Visited | None:
    """What becomes of a ticket, held against the rules; None: the command was refused."""
    try:
        save: list[TicketEvent] = list(wish.give(before.ticket))
    except Refusal:
        return None
    check_save(wish, save, before.ticket)
    life = deepcopy(before.life)
    effective = before.ticket.effective(wish.at)
    life.take(save, effective, timedelta(days=7))
    ticket = fold(
        (
            Fact(event, TICKET, before.ticket.sequence + place, wish.at)  # type: ignore[arg-type]
            for place, event in enumerate(save, 1)
        ),
        before.ticket,
    )
    assert ticket is not None
    life.check(ticket)
    return Visited(ticket, life, effective)


def test_no_command_in_any_reachable_kind_of_state_leads_out_of_a_tickets_life() -> None:
    (opened,) = open_ticket(number=NUMBER, channel=Channel.EMAIL, requester=Requester(id="c0"))
    first = fold([Fact(opened, TICKET, 1, MIDNIGHT)])  # type: ignore[arg-type]
    assert first is not None
    waiting = deque([Visited(first, Life(), MIDNIGHT)])
    known = {kind_of(first)}
    tried = 0
    while waiting:
        here = waiting.popleft()
        for wait in WAITS:
            moment = here.clock + wait
            for command, arguments in commands(moment, f"m{here.ticket.sequence}"):
                tried += 1
                there = step(here, Wish(command, arguments, moment))
                if there is not None and kind_of(there.ticket) not in known:
                    known.add(kind_of(there.ticket))
                    waiting.append(there)

    assert {kind[0] for kind in known} == set(Status)
    assert {kind[3] for kind in known} == {*CloseReason, None} - {CloseReason.MERGED}
    assert len(known) > 50
    assert tried > 5000
