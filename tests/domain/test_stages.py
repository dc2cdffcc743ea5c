"""What the customer's stepper shows."""

from __future__ import annotations

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from domain.events import TicketReopened, TicketStageChanged, TicketUnassigned
from domain.stages import Badge, Stage, badges_of, stage_of
from domain.ticket import evolve
from domain.values import Level, Method, Status
from tests.domain.given import (
    ASSIGNED,
    CLOSED,
    NEW,
    ON_HOLD,
    OPEN,
    PENDING,
    PROMISED,
    RESOLVED,
    Given,
    at,
    moved,
)
from tests.domain.strategies import histories

pytestmark = pytest.mark.unit

ORDER = list(Stage)


@pytest.mark.parametrize(
    ("history", "stage"),
    [
        (NEW, Stage.RECEIVED),
        (NEW.and_then(ASSIGNED), Stage.IN_REVIEW),
        (OPEN, Stage.IN_REVIEW),
        (PROMISED, Stage.BEING_WORKED_ON),
        (PENDING, Stage.BEING_WORKED_ON),
        (ON_HOLD, Stage.BEING_WORKED_ON),
        (RESOLVED, Stage.RESOLVED),
        (CLOSED, Stage.RESOLVED),
    ],
)
def test_the_stage_follows_from_status_owner_and_reply(history: Given, stage: Stage) -> None:
    assert stage_of(history.ticket) is stage


def test_the_stepper_does_not_run_back_when_the_owner_goes() -> None:
    alone = NEW.and_then(ASSIGNED, TicketUnassigned(from_="ayu", method=Method.RULE))

    assert stage_of(alone.ticket) is Stage.IN_REVIEW


def test_the_stepper_does_not_run_back_when_a_wait_ends() -> None:
    assert stage_of(ON_HOLD.and_then(moved(Status.ON_HOLD, Status.OPEN)).ticket) is (
        Stage.BEING_WORKED_ON
    )


def test_a_reopening_takes_the_stepper_back_and_shows_a_badge() -> None:
    back = RESOLVED.when(lambda ticket: ticket.reopen(at=at("13:00"), reason="x")).recorded(
        at("13:00")
    )

    assert stage_of(back.ticket) is Stage.IN_REVIEW
    assert badges_of(back.ticket) == (Badge.REOPENED,)


def test_badges_say_who_has_it_and_whose_turn_it_is() -> None:
    assert badges_of(NEW.ticket) == ()
    assert badges_of(PENDING.ticket) == (Badge.WAITING_FOR_YOU,)
    special = PENDING.when(lambda ticket: ticket.escalate(Level.L2)).recorded(at("11:00"))
    assert badges_of(special.ticket) == (Badge.WITH_A_SPECIALIST, Badge.WAITING_FOR_YOU)


def test_a_solved_case_needs_no_badge() -> None:
    special = OPEN.when(lambda ticket: ticket.escalate(Level.L2)).recorded(at("11:00"))
    done = special.when(lambda ticket: ticket.resolve(at=at("12:00"))).recorded(at("12:00"))

    assert badges_of(done.ticket) == ()


@each(st.data())
def test_no_recorded_history_takes_the_stepper_back_without_a_reopening_or_a_word(
    data: st.DataObject,
) -> None:
    ticket = None
    for fact in data.draw(histories()):
        before, ticket = ticket, evolve(ticket, fact)
        if before is not None and ORDER.index(ticket.stage) < ORDER.index(before.stage):
            if isinstance(fact.event, TicketStageChanged):
                continue
            came_back = isinstance(fact.event, TicketReopened) or not before.is_unresolved
            assert came_back
            assert Badge.REOPENED in badges_of(ticket)
