"""Where a ticket waits, who has it, on which level."""

from __future__ import annotations

import pytest

from domain.errors import (
    LevelImpossible,
    NobodyOwnsIt,
    NothingChanges,
    TicketIsClosed,
    TicketNotOpen,
)
from domain.events import (
    TicketAssigned,
    TicketDeescalated,
    TicketEscalated,
    TicketEvent,
    TicketHandedOver,
    TicketQueued,
    TicketUnassigned,
)
from domain.ticket import Ticket
from domain.values import EscalationTrigger, Level, Method
from tests.domain.given import CLOSED, NEW, OPEN, RESOLVED, Command, at

pytestmark = pytest.mark.unit


def test_a_ticket_enters_moves_between_and_leaves_queues() -> None:
    history = NEW.when(lambda ticket: ticket.put_in_queue("Q1", rule="refund")).recorded(
        at("10:01")
    )
    assert history.ticket.queue == "Q1"

    moved = history.when(lambda ticket: ticket.put_in_queue("Q2", reason="wrong team"))
    moved.then(TicketQueued(from_="Q1", to="Q2", reason="wrong team"))

    left = moved.recorded(at("10:02")).when(lambda ticket: ticket.put_in_queue(None))
    left.then(TicketQueued(from_="Q2"))
    assert left.recorded(at("10:03")).ticket.queue is None


def test_a_queue_it_is_in_already_is_refused() -> None:
    NEW.when(lambda ticket: ticket.put_in_queue(None)).refused(NothingChanges, "is in no queue")
    queued = NEW.and_then(TicketQueued(to="Q1"))
    queued.when(lambda ticket: ticket.put_in_queue("Q1")).refused(NothingChanges, "in that queue")


def test_a_queue_does_not_change_the_owner() -> None:
    queued = OPEN.when(lambda ticket: ticket.put_in_queue("Q1")).recorded(at("10:20"))

    assert queued.ticket.owner == "ayu"


def test_an_agent_gets_the_ticket() -> None:
    NEW.when(lambda ticket: ticket.assign("budi")).then(
        TicketAssigned(to="budi", method=Method.MANUAL)
    )


def test_a_reassignment_takes_a_summary_along() -> None:
    OPEN.when(
        lambda ticket: ticket.assign("budi", summary="asked the airline", reason="leave")
    ).then(
        TicketAssigned(
            from_="ayu",
            to="budi",
            method=Method.MANUAL,
            summary="asked the airline",
            reason="leave",
        )
    )


@pytest.mark.parametrize(("active", "over"), [(0, False), (9, False), (10, True), (11, True)])
def test_a_claim_may_overshoot_capacity_and_that_is_recorded(active: int, *, over: bool) -> None:
    NEW.when(
        lambda ticket: ticket.assign("budi", method=Method.CLAIM, active_then=active, capacity=10)
    ).then(
        TicketAssigned(
            to="budi",
            method=Method.CLAIM,
            active_then=active,
            capacity=10,
            over_capacity=over,
        )
    )


def test_who_has_it_already_is_refused() -> None:
    OPEN.when(lambda ticket: ticket.assign("ayu")).refused(NothingChanges, "belongs to that agent")
    OPEN.when(lambda ticket: ticket.hand_over("ayu", summary="s")).refused(NothingChanges)


def test_a_ticket_is_taken_from_its_owner() -> None:
    taken = OPEN.when(lambda ticket: ticket.unassign(reason="offline"))

    taken.then(TicketUnassigned(from_="ayu", method=Method.MANUAL, reason="offline"))
    assert taken.recorded(at("11:00")).ticket.owner is None


def test_a_hand_over_carries_a_summary() -> None:
    passed = OPEN.when(lambda ticket: ticket.hand_over("budi", summary="asked the airline"))

    passed.then(TicketHandedOver(from_="ayu", to="budi", summary="asked the airline"))
    assert passed.recorded(at("11:00")).ticket.owner == "budi"


def test_without_an_owner_nobody_can_be_taken_away_or_hand_over() -> None:
    NEW.when(lambda ticket: ticket.unassign()).refused(
        NobodyOwnsIt, "has no owner", "ticketledger ticket assign"
    )
    NEW.when(lambda ticket: ticket.hand_over("budi", summary="s")).refused(NobodyOwnsIt)


def test_escalation_leads_one_level_up_or_straight_to_the_manager() -> None:
    higher = NEW.when(lambda ticket: ticket.escalate(summary="three refunds bounced"))
    higher.then(
        TicketEscalated(
            from_level=Level.L1,
            to_level=Level.L2,
            trigger=EscalationTrigger.AGENT,
            summary="three refunds bounced",
        )
    )
    assert higher.recorded(at("10:10")).ticket.level is Level.L2

    NEW.when(
        lambda ticket: ticket.escalate(Level.MANAGER, trigger=EscalationTrigger.CUSTOMER_REQUEST)
    ).then(
        TicketEscalated(
            from_level=Level.L1,
            to_level=Level.MANAGER,
            trigger=EscalationTrigger.CUSTOMER_REQUEST,
        )
    )


def test_deescalation_leads_one_level_down_or_straight_to_the_front_line() -> None:
    top = NEW.when(lambda ticket: ticket.escalate(Level.MANAGER)).recorded(at("10:10"))

    top.when(lambda ticket: ticket.deescalate(reason="clear now", summary="refund approved")).then(
        TicketDeescalated(
            from_level=Level.MANAGER,
            to_level=Level.L2,
            summary="refund approved",
            reason="clear now",
        )
    )
    lower = top.when(lambda ticket: ticket.deescalate(Level.L1))
    lower.then(TicketDeescalated(from_level=Level.MANAGER, to_level=Level.L1))
    assert lower.recorded(at("10:20")).ticket.level is Level.L1


@pytest.mark.parametrize("to", [Level.L1, None])
def test_nothing_lies_below_the_front_line(to: Level | None) -> None:
    NEW.when(lambda ticket: ticket.deescalate(to)).refused(LevelImpossible, "is not lower")


@pytest.mark.parametrize("to", [*Level, None])
def test_nothing_lies_above_the_manager(to: Level | None) -> None:
    top = NEW.when(lambda ticket: ticket.escalate(Level.MANAGER)).recorded(at("10:10"))

    top.when(lambda ticket: ticket.escalate(to)).refused(
        LevelImpossible, "at manager", "not higher"
    )


def test_down_is_not_up() -> None:
    NEW.when(lambda ticket: ticket.escalate(Level.L1)).refused(LevelImpossible)
    NEW.when(lambda ticket: ticket.deescalate(Level.L2)).refused(LevelImpossible)


def _escalate(ticket: Ticket) -> list[TicketEvent]:
    return ticket.escalate()


def _queue(ticket: Ticket) -> list[TicketEvent]:
    return ticket.put_in_queue("Q9")


def _assign(ticket: Ticket) -> list[TicketEvent]:
    return ticket.assign("budi")


def _unassign(ticket: Ticket) -> list[TicketEvent]:
    return ticket.unassign()


def _hand_over(ticket: Ticket) -> list[TicketEvent]:
    return ticket.hand_over("budi", summary="s")


def _deescalate(ticket: Ticket) -> list[TicketEvent]:
    return ticket.deescalate()


def _progress(ticket: Ticket) -> list[TicketEvent]:
    return ticket.progress()


@pytest.mark.parametrize(
    "command", [_escalate, _deescalate, _queue, _assign, _unassign, _hand_over, _progress]
)
def test_after_the_solution_ownership_says_who_solved_it_and_stays(command: Command) -> None:
    RESOLVED.when(command).refused(TicketNotOpen, "reopen it first")
    CLOSED.when(command).refused(TicketIsClosed)
