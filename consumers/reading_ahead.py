"""Reading ahead: the next batch is read and parsed while the last one is folded."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from consumers.source import Source
from consumers.staged import Staged
from consumers.working_file import WorkingFile


class ReadingAhead:
    """One thread that fetches what will be wanted next. SQLite and DuckDB leave Python free."""

    def __init__(self, source: Source, file: WorkingFile) -> None:
        self._source = source
        self._file = file
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead")
        self._asked: tuple[int, int, int] | None = None
        self._coming: Future[Staged | None] | None = None

    def fetch(
        self, partition: int, after_position: int, limit: int, *, next_limit: int
    ) -> Staged | None:
        """The batch asked for; then begin with up to `next_limit` events behind it.

        None if there are no events.
        """
        if self._coming is not None and self._asked == (partition, after_position, limit):
            staged = self._coming.result()
        else:
            staged = self._stage(partition, after_position, limit)
        self._coming = None
        if next_limit and staged is not None and staged.count == limit:
            self._asked = (partition, staged.last_position, next_limit)
            self._coming = self._thread.submit(self._stage, *self._asked)
        return staged

    def close(self) -> None:
        """Wait for what is being read and stop."""
        self._thread.shutdown(cancel_futures=True)

    def _stage(self, partition: int, after_position: int, limit: int) -> Staged | None:
        rows = self._source.read(partition, after_position, limit)
        if not rows:
            return None
        return self._file.stage([(partition, position, body) for position, body in rows])
