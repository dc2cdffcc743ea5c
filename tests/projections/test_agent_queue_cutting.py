"""Agents' queues do not depend on how the stream is delivered."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.agent import Agent
from domain.application import AGENTS, TICKETS
from domain.events import AnyAgentEvent
from domain.subjects import agent_subject
from domain.ticket import Ticket
from domain.values import Metric
from eventstore.envelope import read_event
from projections.agent_queue import PROJECTION
from tests.projections.customer_streams import pieces
from tests.projections.harness import Folded, Stream, assert_same_however_cut, fold
from tests.projections.life_streams import eventful
from tests.projections.strategies import CUTS_TRIED, START, deliveries, events, streams

pytestmark = pytest.mark.unit


@settings(max_examples=CUTS_TRIED)
@given(st.data())
def test_queues_are_the_same_however_the_stream_is_cut_repeated_and_interleaved(
    data: st.DataObject,
) -> None:
    stream = data.draw(streams())
    batches = data.draw(deliveries(stream))

    assert_same_however_cut(PROJECTION, stream, batches, threads=data.draw(st.sampled_from([1, 2])))


@settings(max_examples=CUTS_TRIED)
@given(chance=st.randoms(use_true_random=True), threads=st.sampled_from([1, 2]))
def test_clocks_promises_and_reminders_do_not_depend_on_how_a_dense_history_is_cut(
    chance: Random, threads: int
) -> None:
    stream = eventful(chance)

    assert_same_however_cut(PROJECTION, stream, pieces(chance, stream), threads=threads)


@settings(max_examples=CUTS_TRIED)
@given(chance=st.randoms(use_true_random=True))
def test_the_queues_tell_of_a_ticket_what_the_ticket_itself_says(chance: Random) -> None:
    stream = eventful(chance)
    tickets = tickets_of(stream)

    with fold(PROJECTION, stream) as folded:
        rows = folded.query(
            "SELECT ticket, status, promise, promise_due, promise_misses, "
            "deferred IS NOT NULL, merged_into IS NOT NULL, policy, policy_version "
            "FROM agent_queue.main.ticket ORDER BY ticket"
        )
        clocks = folded.query(
            "SELECT ticket, metric, due, warned_at IS NOT NULL, breached_at IS NOT NULL "
            "FROM agent_queue.main.clock WHERE metric <> 'no_progress' ORDER BY ticket, metric"
        )
        idle = folded.query(
            "SELECT ticket FROM agent_queue.main.clock WHERE metric = 'no_progress' ORDER BY ticket"
        )
        reminders = folded.query(
            "SELECT ticket, reminder, due, agent FROM agent_queue.main.reminder "
            "WHERE rang_at IS NULL ORDER BY ticket, reminder"
        )

    assert rows == [_told(ticket) for ticket in tickets]
    assert clocks == [
        (ticket.id, metric, clock.due_at, clock.warned, clock.breached)
        for ticket in tickets
        for metric, clock in sorted(ticket.clocks.items())
        if metric is not Metric.NO_PROGRESS
    ]
    assert idle == [
        (ticket.id,)
        for ticket in tickets
        if ticket.idle and (ticket.idle.warned or ticket.idle.instance > 1)
    ]
    assert reminders == [
        (ticket.id, name, reminder.due_at, reminder.agent_id)
        for ticket in tickets
        for name, reminder in sorted(ticket.reminders.items())
    ]


def _told(ticket: Ticket) -> tuple[Any, ...]:
    promise, agreement = ticket.promise, ticket.agreement
    return (
        ticket.id,
        ticket.status,
        promise.id if promise else None,
        promise.due_at if promise else None,
        promise.instance - 1 if promise else 0,
        ticket.deferred is not None,
        ticket.merged_into is not None,
        agreement.policy if agreement else None,
        agreement.version if agreement else None,
    )


def tickets_of(stream: Stream) -> list[Ticket]:
    """Every ticket of a stream as the domain folds it."""
    tickets: dict[str, Ticket] = {}
    for _, _, body in stream.delivered():
        envelope, stored = read_event(body)
        if envelope.subject.startswith("01930c1e"):
            fact = TICKETS.fact(envelope, TICKETS.decode(envelope.type, stored))
            tickets[envelope.subject] = TICKETS.evolve(tickets.get(envelope.subject), fact)
    return [ticket for _, ticket in sorted(tickets.items())]


_AGENT_EVENTS = st.sampled_from(get_args(AnyAgentEvent)).flatmap(events)


@settings(max_examples=CUTS_TRIED)
@given(st.data())
def test_an_agent_is_what_folding_their_events_gives(data: st.DataObject) -> None:
    stream = Stream()
    for told, minutes in data.draw(
        st.lists(st.tuples(_AGENT_EVENTS, st.integers(0, 600)), min_size=1)
    ):
        at = START + timedelta(minutes=minutes)
        stream.save(agent_subject(told.agent_id), told, at=at)
    agents: dict[str, Agent] = {}
    for _, _, body in stream.delivered():
        envelope, stored = read_event(body)
        if envelope.type.startswith("ticketledger.agent."):
            fact = AGENTS.fact(envelope, AGENTS.decode(envelope.type, stored))
            agents[envelope.subject] = AGENTS.evolve(agents.get(envelope.subject), fact)

    with Folded(PROJECTION).feed(*data.draw(deliveries(stream))) as folded:
        rows = folded.rows("SELECT * FROM agent_queue.main.agent ORDER BY agent")

    assert rows == [_row(agent) for agent in sorted(agents.values(), key=lambda one: one.id)]


def _row(agent: Agent) -> dict[str, Any]:
    """The agent as the table has them."""
    lists = {
        name: None if (told := getattr(agent, name)) is None else list(told)
        for name in ("skills", "languages", "roles")
    }
    return lists | {
        "agent": agent.id,
        "availability": agent.availability,
        "available_since": agent.available_since,
        "capacity": agent.capacity,
        "level": agent.level,
        "last_sequence": agent.sequence,
        "last_effective": agent.effective_at,
    }
