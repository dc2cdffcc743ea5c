"""Merging and splitting: one case goes on in another, a second matter gets its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from domain.around_errors import MergeImpossible
from domain.errors import NothingChanges, TicketIsClosed
from domain.events import (
    NextUpdateCancelled,
    NextUpdateSuperseded,
    SlaCancelled,
    TicketAbsorbed,
    TicketClosed,
    TicketEvent,
    TicketMerged,
    TicketSplit,
)
from domain.ticket import Ticket, open_ticket
from domain.values import Channel, CloseReason, Metric, Status
from tests.domain.clocked import Case
from tests.domain.given import (
    CLOSED,
    NEW,
    NUMBER,
    OTHER,
    PENDING,
    PROMISED,
    Given,
    at,
    promised,
)

pytestmark = pytest.mark.unit

TARGET = Ticket(OTHER, "N-2", opened_at=at("09:00"), effective_at=at("09:00"))
EARLY, LATE = at("09:00", day=1), at("20:00", day=1)


def target(**state: Any) -> Ticket:
    return Ticket(OTHER, "N-2", opened_at=at("09:00"), effective_at=at("09:00"), **state)


def test_a_merged_case_hands_its_promise_over_and_closes() -> None:
    promise = PROMISED.ticket.promise
    assert promise is not None
    PROMISED.when(lambda ticket: ticket.merge_into(TARGET, reason="the same refund")).then(
        TicketMerged(
            target=OTHER,
            target_number="N-2",
            reason="the same refund",
            promise_due_at=promise.due_at,
        ),
        NextUpdateCancelled(promise_id=promise.id, instance=1, reason="merged"),
        TicketClosed(reason=CloseReason.MERGED),
    )


def test_merging_cancels_the_clocks() -> None:
    case = Case()
    case.open(at("10:00"), open_ticket(number=NUMBER, channel=Channel.EMAIL))
    save = case.do(at("10:01"), lambda ticket: ticket.merge_into(TARGET))
    cancelled = [(one.metric, one.reason) for one in save if isinstance(one, SlaCancelled)]
    assert cancelled == [(Metric.FIRST_REPLY, "merged"), (Metric.RESOLUTION, "merged")]
    assert case.next_due is None


def test_a_merged_case_never_reopens() -> None:
    from domain.errors import ReopeningForbidden

    merged = NEW.when(lambda ticket: ticket.merge_into(TARGET)).recorded(at("10:05"))
    merged.when(lambda ticket: ticket.reopen(at=at("10:06"), reason="again")).refused(
        ReopeningForbidden, "merged"
    )
    assert merged.ticket.merged_into == OTHER


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (NEW.ticket, "into itself"),
        (target(status=Status.CLOSED, merged_into=NEW.ticket.id), "into this one"),
        (target(status=Status.CLOSED, merged_into="t-9"), "into another one"),
        (target(status=Status.CLOSED), "is closed"),
    ],
)
def test_a_case_is_not_merged_where_it_cannot_go_on(other: Ticket, says: str) -> None:
    NEW.when(lambda ticket: ticket.merge_into(other)).refused(MergeImpossible, says)


def test_a_closed_case_is_not_merged() -> None:
    CLOSED.when(lambda ticket: ticket.merge_into(TARGET)).refused(TicketIsClosed)


def test_the_target_absorbs_a_source_once() -> None:
    def absorb(ticket: Ticket) -> list[TicketEvent]:
        return ticket.absorb("t-1", source_number="N-1")

    NEW.when(absorb).then(TicketAbsorbed(source="t-1", source_number="N-1"))
    once = NEW.when(absorb).recorded(at("10:05"))
    once.when(absorb).refused(NothingChanges, "absorbed N-1")


ABSORBED = TicketAbsorbed(source="t-1", source_number="N-1")


def absorbing(history: Given, due: datetime) -> tuple[TicketEvent, ...]:
    return history.when(
        lambda ticket: ticket.absorb("t-1", source_number="N-1", promise_due_at=due)
    ).events


def test_of_two_promises_the_earlier_one_lives_on() -> None:
    running = PROMISED.ticket.promise
    assert running is not None
    assert EARLY < running.due_at < LATE

    assert absorbing(PROMISED, LATE) == (ABSORBED,)
    assert absorbing(PROMISED, EARLY) == (
        ABSORBED,
        NextUpdateSuperseded(promise_id=running.id, instance=running.instance),
        promised("P2", EARLY, maker=PROMISED.ticket.owner),
    )


def test_a_promise_is_taken_over_only_where_it_is_our_turn() -> None:
    assert absorbing(NEW, EARLY) == (ABSORBED, promised("P1", EARLY, maker=NEW.ticket.owner))
    assert absorbing(PENDING, EARLY) == (ABSORBED,)
    assert absorbing(CLOSED, EARLY) == (ABSORBED,)


def test_a_second_matter_becomes_a_case_of_its_own_once() -> None:
    def split(ticket: Ticket) -> list[TicketEvent]:
        return ticket.split_off(OTHER, other_number="N-2", reason="the hotel")

    NEW.when(split).then(TicketSplit(other=OTHER, other_number="N-2", reason="the hotel"))
    NEW.when(split).recorded(at("10:05")).when(split).refused(NothingChanges, "N-2")
    CLOSED.when(split).refused(TicketIsClosed)
