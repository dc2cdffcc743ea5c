"""What is made ready ahead is what comes next, or is forgotten."""

from __future__ import annotations

import pytest

from consumers.reading_ahead import ReadingAhead
from consumers.working_file import WorkingFile
from eventstore.errors import StoreError
from projections.agent_queue import PROJECTION
from tests.consumers.conftest import StreamInMemory
from tests.projections.harness import Stream

pytestmark = pytest.mark.unit

GOAL = 7


class Hesitant(StreamInMemory):
    """Gives less than it was asked for, once."""

    hesitates_after = 2

    def read(self, partition: int, after_position: int, limit: int) -> list[tuple[int, bytes]]:
        rows = super().read(partition, after_position, limit)
        return rows[:1] if after_position == self.hesitates_after else rows


class Failing(StreamInMemory):
    """Fails from a position on."""

    def read(self, partition: int, after_position: int, limit: int) -> list[tuple[int, bytes]]:
        if after_position >= 4:
            raise StoreError("it cannot be read")
        return super().read(partition, after_position, limit)


def staged_tables(file: WorkingFile) -> int:
    """How many deliveries wait in the session's memory."""
    found = file.rows("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'staged%'")
    return len(found)


@pytest.mark.parametrize("kind", [StreamInMemory, Hesitant])
def test_every_event_comes_once_and_in_order(stream: Stream, kind: type[StreamInMemory]) -> None:
    with WorkingFile(PROJECTION, path=None, token="test", threads=1) as file:
        ahead = ReadingAhead(kind(stream), file, limit=lambda left: min(2, left))
        positions: list[int] = []
        while (at := sum(positions)) < GOAL:
            staged = ahead.fetch(0, at, goal=GOAL)
            assert staged is not None
            positions.append(file.apply(staged).events)
            assert file.positions() == {0: sum(positions)}
        ahead.close()

        assert positions == ([2, 2, 2, 1] if kind is StreamInMemory else [2, 1, 2, 2])
        assert staged_tables(file) == 0


def test_a_failure_is_told_when_its_batch_is_wanted(stream: Stream) -> None:
    with WorkingFile(PROJECTION, path=None, token="test", threads=1) as file:
        ahead = ReadingAhead(Failing(stream), file, limit=lambda left: min(2, left))
        for at in (0, 2):
            staged = ahead.fetch(0, at, goal=GOAL)
            assert staged is not None
            file.apply(staged)

        with pytest.raises(StoreError, match="it cannot be read"):
            ahead.fetch(0, 4, goal=GOAL)
        assert file.positions() == {0: 4}
        ahead.close()
