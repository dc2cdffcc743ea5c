"""Agents' queues do not depend on how the stream is delivered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.agent import Agent
from domain.application import AGENTS
from domain.events import AnyAgentEvent
from domain.subjects import agent_subject
from eventstore.envelope import read_event
from projections.agent_queue import PROJECTION
from tests.projections.harness import Folded, Stream, assert_same_however_cut
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
