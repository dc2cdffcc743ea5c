"""Batch-split invariance of the recontact projection: how the stream is cut changes no row."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.recontact import PROJECTION
from tests.projections.harness import assert_same_however_cut
from tests.projections.strategies import deliveries, streams

pytestmark = pytest.mark.unit


@settings(max_examples=15)
@given(st.data())
def test_any_cutting_redelivery_and_interleaving_gives_the_same_rows(data: st.DataObject) -> None:
    stream = data.draw(streams())
    batches = data.draw(deliveries(stream))
    assert_same_however_cut(PROJECTION, stream, batches, threads=data.draw(st.sampled_from([1, 2])))
