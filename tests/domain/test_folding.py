"""Folding accepts any recorded history, and gives the same ticket however it is cut."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime
from typing import Any, cast, get_type_hints

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from domain.errors import Refusal
from domain.events import (
    AnyTicketEvent,
    TicketEvent,
    TicketReopened,
    TicketStatusChanged,
)
from domain.facts import Fact
from domain.folding import changes_of
from domain.state import Changes, TicketState
from domain.ticket import Ticket, evolve, evolve_save, evolve_saves, fold
from domain.values import CloseReason, Status
from tests.domain.given import (
    NEW,
    OPEN,
    OPENED,
    SPAM,
    TICKET,
    at,
    closed,
    given,
    moved,
    solved,
)
from tests.domain.strategies import FAMILIAR_EVENT, histories
from tests.domain.wishes import ANY_WISH, WISHES, Wish

pytestmark = pytest.mark.unit

UTCS = st.just(UTC)


@each(histories())
def test_any_recorded_history_makes_a_ticket(history: list[Fact]) -> None:
    ticket = fold(history)

    if not history:
        assert ticket is None
        return
    assert ticket is not None
    assert type(ticket) is Ticket
    assert ticket.id == TICKET
    assert ticket.sequence == len(history)
    assert isinstance(ticket.status, Status)


@each(histories(), st.lists(FAMILIAR_EVENT, min_size=1, max_size=5), st.datetimes(timezones=UTCS))
def test_a_save_gives_the_same_ticket_as_its_events_one_by_one(
    history: list[Fact], events: list[AnyTicketEvent], time: datetime
) -> None:
    before, after, actor = fold(history), len(history), "import:servicenow"
    untouched = repr(before)
    facts = [
        Fact(event, TICKET, after + number, time, actor)
        for number, event in enumerate(events, start=1)
    ]

    saved = evolve_save(before, events, subject=TICKET, after=after, time=time, actor=actor)

    assert saved == fold(facts, before)
    assert repr(before) == untouched


SAVES = st.lists(
    st.tuples(st.lists(FAMILIAR_EVENT, min_size=1, max_size=3), st.datetimes(timezones=UTCS)),
    min_size=1,
    max_size=5,
)


@each(histories(), SAVES)
def test_several_saves_give_the_same_ticket_as_one_after_the_other(
    history: list[Fact], saves: list[tuple[list[AnyTicketEvent], datetime]]
) -> None:
    before, actor = fold(history), "import:servicenow"
    untouched = repr(before)
    expected, after = before, len(history)
    for events, time in saves:
        expected = evolve_save(
            expected, events, subject=TICKET, after=after, time=time, actor=actor
        )
        after += len(events)

    saved = evolve_saves(before, saves, subject=TICKET, after=len(history), actor=actor)

    assert saved == expected
    assert repr(before) == untouched


@each(histories(), st.data())
def test_a_history_gives_the_same_ticket_whole_or_in_pieces(
    history: list[Fact], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(history)))
    again = data.draw(st.integers(cut, len(history)))

    in_pieces = fold(history[again:], fold(history[cut:again], fold(history[:cut])))

    assert in_pieces == fold(history)


@each(histories())
def test_folding_changes_no_earlier_ticket(history: list[Fact]) -> None:
    tickets: list[tuple[Ticket, dict[str, Any]]] = []
    ticket = None
    for fact in history:
        ticket = evolve(ticket, fact)
        tickets.append((ticket, {**vars(ticket), "fields": dict(ticket.fields)}))

    assert all(vars(ticket) == as_it_was for ticket, as_it_was in tickets)


@each(histories(length_max=8), ANY_WISH)
def test_after_any_recorded_history_a_command_is_decided_or_refused_and_never_fails(
    history: list[Fact], wish: Wish
) -> None:
    ticket = fold(history)
    if ticket is None:
        return
    try:
        saved = wish.give(ticket)
    except Refusal:
        return
    after = fold(
        (Fact(cast("AnyTicketEvent", event), TICKET, 99, wish.at) for event in saved), ticket
    )
    assert after is not None


@each(FAMILIAR_EVENT)
def test_folding_sets_fields_of_the_state_only(event: AnyTicketEvent) -> None:
    changes = changes_of(OPEN.ticket, event, at("11:00"))

    assert changes.keys() <= {field.name for field in fields(TicketState)}


def test_the_changes_that_folding_may_make_are_the_fields_of_the_state() -> None:
    allowed, held = get_type_hints(Changes), get_type_hints(TicketState)

    assert allowed.keys() == held.keys() - {"id"}
    for name, kind in allowed.items():
        # A field that is empty at first may be one that is never emptied again.
        assert held[name] in (kind, kind | None), name


def test_there_is_a_wish_for_every_command_of_a_ticket() -> None:
    commands = {
        name
        for name, member in inspect.getmembers(Ticket, inspect.isfunction)
        if not name.startswith("_") and get_type_hints(member).get("return") == list[TicketEvent]
    }

    assert commands == WISHES.keys()


def test_a_ticket_cannot_be_changed_from_outside() -> None:
    with pytest.raises(FrozenInstanceError):
        NEW.ticket.status = Status.CLOSED  # type: ignore[misc]


def test_every_fact_of_a_history_counts() -> None:
    assert OPEN.ticket.sequence == 3
    assert fold(()) is None


def test_a_history_that_begins_in_the_middle_is_called_by_its_subject() -> None:
    ticket = given(moved(Status.OPEN, Status.ON_HOLD)).ticket

    assert (ticket.number, ticket.status, ticket.opened_at) == (
        TICKET,
        Status.ON_HOLD,
        at("10:00"),
    )


def test_history_may_leave_closed_without_calling_it_a_reopening() -> None:
    back = SPAM.and_then(at("12:00"), moved(Status.CLOSED, Status.OPEN)).ticket

    assert (back.status, back.cycle, back.times_reopened) == (Status.OPEN, 1, 1)
    assert (back.closed_at, back.close_reason) == (None, None)


def test_history_may_reach_its_end_by_a_mere_change_of_status() -> None:
    history = OPEN.and_then(at("12:00"), TicketStatusChanged(from_=Status.OPEN, to=Status.RESOLVED))
    assert history.ticket.resolved_at == at("12:00")

    ended = history.and_then(
        at("13:00"), TicketStatusChanged(from_=Status.RESOLVED, to=Status.CLOSED)
    )
    assert ended.ticket.closed_at == at("13:00")
    assert ended.ticket.can_reopen(at("14:00"))


def test_a_reopened_history_that_ends_again_ends_anew() -> None:
    history = given(
        OPENED,
        closed(CloseReason.SPAM),
        at("11:00"),
        TicketReopened(from_=Status.CLOSED, cycle=2, reason="not spam"),
        at("12:00"),
        closed(CloseReason.AGENT),
    )

    assert history.ticket.close_reason is CloseReason.AGENT
    assert history.ticket.can_reopen(at("12:00", day=7))
    assert not history.ticket.can_reopen(at("12:01", day=7))


def test_the_cycle_is_the_one_that_was_recorded() -> None:
    history = given(OPENED, TicketReopened(from_=Status.CLOSED, cycle=5, reason="x"))

    assert history.ticket.cycle == 5


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("opened_at", OPENED),
        ("resolved_at", solved()),
        ("closed_at", closed()),
    ],
)
def test_the_moment_of_a_turning_point_is_kept(name: str, event: TicketEvent) -> None:
    ticket = NEW.and_then(at("11:00"), event).ticket

    assert getattr(ticket, name) == ticket.status_since == at("11:00")
