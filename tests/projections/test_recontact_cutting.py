"""Batch-split invariance of the recontact projection: how the stream is cut changes no row."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.recontact import PROJECTION
from tests.projections.dense import dense
from tests.projections.harness import Stream, assert_same_however_cut
from tests.projections.strategies import deliveries, streams

pytestmark = pytest.mark.unit


@settings(max_examples=12)
@given(stream=dense() | streams(), draw=st.data(), threads=st.sampled_from([1, 2]))
def test_contacts_and_spans_do_not_depend_on_how_the_stream_is_cut(
    stream: Stream, draw: st.DataObject, threads: int
) -> None:
    batches = draw.draw(deliveries(stream))

    assert_same_however_cut(PROJECTION, stream, batches, threads=threads)
