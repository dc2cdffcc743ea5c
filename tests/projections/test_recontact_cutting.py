"""Batch-split invariance of the recontact projection: how the stream is cut changes no row."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.recontact import PROJECTION
from tests.projections.dense import dense
from tests.projections.harness import Stream, assert_same_however_cut
from tests.projections.strategies import deliveries, streams

pytestmark = pytest.mark.unit


@settings(max_examples=12)
@given(stream=streams(), draw=st.data(), threads=st.sampled_from([1, 2]))
def test_contacts_and_spans_do_not_depend_on_how_the_stream_is_cut(
    stream: Stream, draw: st.DataObject, threads: int
) -> None:
    batches = draw.draw(deliveries(stream))

    assert_same_however_cut(PROJECTION, stream, batches, threads=threads)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_busy_stream_of_two_partitions_may_be_cut_and_repeated_anywhere(
    seed: int, threads: int
) -> None:
    draw = Random(seed + threads)
    stream = dense(draw.randrange(10**9), partitions=2)
    waiting = [list(stream.partition(part)) for part in range(2)]
    batches = []
    while any(waiting):
        batch = []
        for left in waiting:
            taken = draw.choice([0, 1, 5, 60, 200])
            batch += left[:taken]
            del left[: max(0, taken - draw.choice([0, 0, 1, 20]))]  # what stays comes again
        draw.shuffle(batch)
        if batch:
            batches.append(batch)

    assert_same_however_cut(PROJECTION, stream, batches, threads=threads)
