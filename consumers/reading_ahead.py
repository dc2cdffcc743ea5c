"""Reading ahead: while a batch is folded, the one behind it is parsed and the next one is read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from consumers.source import Rows, Source
from consumers.staged import Staged
from consumers.working_file import WorkingFile

_BATCHES_AHEAD = 2
"""One being parsed, one being read. Each is some 30 MB of text."""


class _Asked(NamedTuple):
    partition: int
    after_position: int
    limit: int


class ReadingAhead:
    """Two threads that make ready what will be wanted next.

    DuckDB leaves Python to others while it parses and folds, and reading needs Python most. So with
    two cores there is always something that both can do. `limit` says how many events to take at
    once where so many are left.
    """

    def __init__(self, source: Source, file: WorkingFile, *, limit: Callable[[int], int]) -> None:
        self._source = source
        self._file = file
        self._limit = limit
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead")
        self._parser = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parse-ahead")
        self._coming: deque[tuple[_Asked, Future[Staged | None]]] = deque()

    def fetch(self, partition: int, after_position: int, *, goal: int) -> Staged | None:
        """The next events of a partition; then begin with those behind them, up to the goal.

        None if there are no events.
        """
        asked = _Asked(partition, after_position, self._limit(goal - after_position))
        if not self._coming or self._coming[0][0] != asked:
            self._forget()
            self._begin(asked)
        staged = self._coming.popleft()[1].result()
        if staged is not None and staged.count == asked.limit:
            self._go_on(asked, goal)
        return staged

    def close(self) -> None:
        """Wait for what is being made ready and stop."""
        self._reader.shutdown(cancel_futures=True)
        self._parser.shutdown(cancel_futures=True)

    def _go_on(self, asked: _Asked, goal: int) -> None:
        while len(self._coming) < _BATCHES_AHEAD:
            before = self._coming[-1][0] if self._coming else asked
            after_position = before.after_position + before.limit
            limit = self._limit(goal - after_position)
            if not limit:
                return
            self._begin(_Asked(before.partition, after_position, limit))

    def _begin(self, asked: _Asked) -> None:
        reading = self._reader.submit(
            self._source.read, asked.partition, asked.after_position, asked.limit
        )
        self._coming.append((asked, self._parser.submit(self._stage, asked.partition, reading)))

    def _stage(self, partition: int, reading: Future[Rows]) -> Staged | None:
        rows = reading.result()
        return self._file.stage_rows(partition, rows) if rows else None

    def _forget(self) -> None:
        """What was made ready is not what is wanted: there was less than there should have been."""
        while self._coming:
            _, future = self._coming.popleft()
            if future.exception() is None and (staged := future.result()) is not None:
                staged.drop()
