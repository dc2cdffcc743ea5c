"""Event ids are UUIDs of version 7: ordered, and never the same."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest

from eventstore.identifiers import draw_event_ids, number_event_ids

pytestmark = pytest.mark.unit


def test_ids_are_uuids_of_version_7_that_carry_their_time() -> None:
    before = time.time_ns() // 1_000_000
    ids = [UUID(text) for text in draw_event_ids(5)]
    after = time.time_ns() // 1_000_000

    assert [str(id_) for id_ in ids] == sorted(str(id_) for id_ in ids)
    for id_ in ids:
        assert (id_.version, id_.variant) == (7, RFC_4122)
        assert before <= id_.int >> 80 <= after


def test_no_two_ids_are_the_same() -> None:
    drawn = [text for _ in range(2_000) for text in draw_event_ids(3)]

    assert len(set(drawn)) == len(drawn)


def test_a_forked_child_draws_ids_of_its_own() -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, draw_event_ids(1)[0][15:].encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 100).decode() != draw_event_ids(1)[0][15:]
    os.close(reading)
    os.close(writing)


def test_numbered_ids_follow_from_their_run_and_are_in_its_order() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    first = number_event_ids("run", 0, moment, 3)
    then = number_event_ids("run", 3, moment, 2)
    later = number_event_ids("run", 5, moment + timedelta(milliseconds=1), 1)
    ids = [*first, *then, *later]

    assert ids == sorted(set(ids))
    assert number_event_ids("run", 3, moment, 2) == then
    assert not set(number_event_ids("other", 0, moment, 3)) & set(ids)
    for id_ in map(UUID, ids):
        assert (id_.version, id_.variant) == (7, RFC_4122)
    assert UUID(first[0]).int >> 80 == int(moment.timestamp() * 1_000)
