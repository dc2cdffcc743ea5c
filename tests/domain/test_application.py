"""What a generic ledger is told about tickets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from hypothesis import given as each

from domain.application import TICKETS
from domain.codec import encode
from domain.events import (
    FoldedByTickets,
    ImportFinished,
    NoteAdded,
    Requester,
    TicketEvent,
    TicketRequesterChanged,
)
from domain.facts import Fact
from domain.ticket import fold, open_ticket
from domain.values import Channel
from tests.domain.given import MIDNIGHT, OPENED, sent
from tests.domain.strategies import ANY_TICKETS_EVENT, histories

pytestmark = pytest.mark.unit


def keys(event: TicketEvent | ImportFinished) -> set[str]:
    return set(TICKETS.keys(*encode(event)))


def test_a_ticket_is_found_by_number_customer_and_orders() -> None:
    (opened,) = open_ticket(
        number="INC1",
        channel=Channel.EMAIL,
        requester=Requester(id="Caller 1", name="Ani"),
        order_refs=("o1", "o2"),
    )

    assert keys(opened) == {"number:INC1", "customer:Caller 1", "order:o1", "order:o2"}
    assert keys(OPENED.model_copy(update={"requester": None, "order_refs": None})) == {
        f"number:{OPENED.number}"
    }


def test_a_ticket_is_found_by_every_customer_it_was_ever_said_to_be_of() -> None:
    assert keys(TicketRequesterChanged(from_="a", to="b")) == {"customer:b"}
    assert keys(TicketRequesterChanged(from_="a")) == set()


def test_a_ticket_is_found_by_its_messages_and_not_by_its_notes() -> None:
    assert keys(sent("<1@example.org>")) == {"message:<1@example.org>"}
    assert keys(NoteAdded(note_id="n1", body="x")) == set()


@dataclass(frozen=True)
class Envelope:
    subject: str
    sequence: int
    time: datetime
    actor: str | None
    id: str = "beside the point"


@each(ANY_TICKETS_EVENT)
def test_an_event_comes_back_with_its_circumstances(event: FoldedByTickets) -> None:
    envelope = Envelope("ticket-1", 7, MIDNIGHT, "agent:ayu")

    fact = TICKETS.fact(envelope, TICKETS.decode(*TICKETS.encode(event)))

    assert fact == Fact(event, "ticket-1", 7, MIDNIGHT, "agent:ayu")


@each(histories())
def test_the_ledger_folds_as_the_domain_does(history: list[Fact]) -> None:
    state = None
    for fact in history:
        state = TICKETS.evolve(state, fact)

    assert state == fold(history)


def test_an_import_is_no_ticket_but_can_be_folded() -> None:
    finished = ImportFinished(
        source="s", batch_id="b", rows_read=1, rows_changed=1, rows_progressed=0, rows_unreadable=0
    )
    fold_one: Callable[[FoldedByTickets], object] = lambda event: TICKETS.evolve(  # noqa: E731
        None, Fact(event, "import-b", 1, MIDNIGHT)
    )

    assert fold_one(finished)
    assert keys(finished) == set()
