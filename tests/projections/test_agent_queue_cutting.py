"""Agents' queues do not depend on how the stream is delivered."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.agent_queue import PROJECTION
from tests.projections.harness import assert_same_however_cut
from tests.projections.strategies import CUTS_TRIED, deliveries, streams

pytestmark = pytest.mark.unit


@settings(max_examples=CUTS_TRIED)
@given(st.data())
def test_queues_are_the_same_however_the_stream_is_cut_repeated_and_interleaved(
    data: st.DataObject,
) -> None:
    stream = data.draw(streams())
    batches = data.draw(deliveries(stream))

    assert_same_however_cut(PROJECTION, stream, batches, threads=data.draw(st.sampled_from([1, 2])))
