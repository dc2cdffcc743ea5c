"""However the stream is cut, the customer sees the same, and the right thing."""

from __future__ import annotations

from random import Random
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import codec
from domain.application import TICKETS
from domain.events import AnyEvent, TicketOpened
from domain.stages import badges_of, stage_of
from domain.ticket import Ticket
from eventstore.envelope import read_event
from projections.customer_timeline import PROJECTION
from tests.projections.customer_naive import Naive
from tests.projections.customer_streams import lively, pieces
from tests.projections.harness import Folded, Stream, assert_same_however_cut, fold
from tests.projections.strategies import deliveries, streams

pytestmark = pytest.mark.unit

A_TENTH = settings().max_examples // 10
"""Planning a batch takes longer than folding it, so that few examples must try much."""


@settings(max_examples=A_TENTH)
@given(stream=streams(), draw=st.data(), threads=st.sampled_from([1, 2]))
def test_what_the_customer_sees_does_not_depend_on_how_any_stream_is_cut(
    stream: Stream, draw: st.DataObject, threads: int
) -> None:
    batches = draw.draw(deliveries(stream))

    assert_same_however_cut(PROJECTION, stream, batches, threads=threads)


@settings(max_examples=A_TENTH)
@given(chance=st.randoms(use_true_random=True), threads=st.sampled_from([1, 2]))
def test_what_the_customer_sees_does_not_depend_on_how_a_dense_history_is_cut(
    chance: Random, threads: int
) -> None:
    stream = lively(chance)

    assert_same_however_cut(PROJECTION, stream, pieces(chance, stream), threads=threads)


@settings(max_examples=A_TENTH)
@given(chance=st.randoms(use_true_random=True))
def test_the_views_are_what_reading_one_event_after_the_other_gives(chance: Random) -> None:
    stream = lively(chance)
    expected = Naive().read(body for _, _, body in stream.delivered())

    with fold(PROJECTION, stream) as folded:
        assert of_cases(folded) == expected.customer_case()
        assert of_timelines(folded) == expected.customer_timeline()


@settings(max_examples=A_TENTH)
@given(chance=st.randoms(use_true_random=True))
def test_the_customer_reads_what_the_ticket_itself_says_about_stage_badges_and_promise(
    chance: Random,
) -> None:
    stream = lively(chance)
    tickets: dict[str, Ticket] = {}
    for _, _, body in stream.delivered():
        envelope, data = read_event(body)
        opens = envelope.type == TicketOpened.TYPE
        if (opens or envelope.subject in tickets) and envelope.type in codec_types():
            fact = TICKETS.fact(envelope, codec.decode(envelope.type, data))
            tickets[envelope.subject] = TICKETS.evolve(tickets.get(envelope.subject), fact)

    with fold(PROJECTION, stream) as folded:
        shown = folded.query(
            "SELECT c.ticket, c.stage, c.badges, c.customer, c.times_reopened, "
            "s.promise_due_at, s.owner FROM customer_case AS c "
            "JOIN customer_timeline.main.case_state AS s ON s.ticket = c.ticket ORDER BY c.ticket"
        )
    assert shown == [
        (
            ticket.id,
            stage_of(ticket),
            list(badges_of(ticket)),
            ticket.requester_id,
            ticket.times_reopened,
            ticket.promise.due_at if ticket.promise else None,
            ticket.owner,
        )
        for _, ticket in sorted(tickets.items())
    ]


def codec_types() -> set[str]:
    """The types this release can decode."""
    return {event.TYPE for event in get_args(AnyEvent)}


def of_cases(folded: Folded) -> list[dict[str, Any]]:
    """The view's rows, without its constants."""
    return folded.rows(
        "SELECT * EXCLUDE (stage_index, stage_count, list_rank) FROM customer_case ORDER BY ticket"
    )


def of_timelines(folded: Folded) -> list[dict[str, Any]]:
    """The view's rows, without what is the same in other words."""
    return folded.rows(
        "SELECT * EXCLUDE (entry, number, stage_index) FROM customer_timeline "
        "ORDER BY ticket, sequence"
    )
