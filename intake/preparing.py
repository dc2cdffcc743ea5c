"""Everything of an import that comes before the ledger: rows read, ordered, compared, decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, NamedTuple

from eventstore.store import Store
from intake.account import Account, Rejected
from intake.cases import Cases, FindRecorded
from intake.cells import RowUnreadable
from intake.columns import find_columns
from intake.mapping import Mapping
from intake.ordering import Sorting
from intake.reading import Reader
from intake.recorded import find_recorded
from intake.rows import Row, Rows, Unreadable
from intake.saves import ImportedSave

SAVES_AT_ONCE = 1_000
"""Saves in one transaction: few enough that little is repeated after a crash."""


class Chunk(NamedTuple):
    """Some rows' worth of saves, in order, and how far reading has come by then.

    `done` of `total` are bytes while reading or sorting, rows while recording what was sorted.
    """

    saves: list[ImportedSave]
    rejected: list[Rejected]
    rows: int
    phase: str
    done: int
    total: int


class Preparation:
    """One pass over the rows of a file. `store` is asked for what it has already; None: nothing."""

    def __init__(
        self, handle: IO[bytes], mapping: Mapping, *, name: str, size_bytes: int, batch_id: str
    ) -> None:
        self._rows = open_rows(handle, mapping, name=name)
        self._mapping = mapping
        self._places = find_columns(mapping, self._rows.header, file=name)
        self._batch_id = batch_id
        self._phase, self._done, self._total = "reading", 0, size_bytes
        self.account = Account(batch_id, mapping.source)

    def chunks(self, store: Store | None) -> Iterator[Chunk]:
        """The saves that the rows call for; `account` is complete after the last chunk."""
        account = self.account
        for column in self._places.unmentioned:
            account.note("column_unmentioned", line=1, name=column)
        cases = Cases(
            Reader(self._mapping, self._places),
            batch_id=self._batch_id,
            find_recorded=self._finder(store),
            account=account,
        )
        saves: list[ImportedSave] = []
        rejected: list[Rejected] = []
        since = 0
        for row in self._in_order():
            if row is None:
                yield self._chunk([], [])
                continue
            account.rows_read += 1
            since += 1
            why = self._take(cases, row, saves)
            if why is not None:
                rejected.append(why)
                account.reject(why)
            if len(saves) >= SAVES_AT_ONCE or since >= SAVES_AT_ONCE:
                yield self._chunk(saves, rejected)
                saves, rejected, since = [], [], 0
        yield self._chunk(saves, rejected)

    def close(self) -> None:
        """Close the file. Closing twice is fine."""
        self._rows.close()

    def _take(
        self, cases: Cases, row: Row | Unreadable, saves: list[ImportedSave]
    ) -> Rejected | None:
        if isinstance(row, Unreadable):
            return Rejected(row.line, row.reason, row.raw)
        try:
            saves += cases.take(row)
        except RowUnreadable as why:
            return Rejected(row.line, str(why), row.raw)
        return None

    def _chunk(self, saves: list[ImportedSave], rejected: list[Rejected]) -> Chunk:
        rows = self.account.rows_read
        return Chunk(saves, rejected, rows, self._phase, self._done, self._total)

    def _in_order(self) -> Iterator[Row | Unreadable | None]:
        """Every row; None now and then while there is nothing to show yet."""
        if self._places.order:
            yield from self._sorted()
            return
        for number, row in enumerate(self._rows):
            if number % 100 == 0:
                self._done = self._rows.bytes_done
            yield row
        self._done = self._total

    def _sorted(self) -> Iterator[Row | Unreadable | None]:
        sorting = Sorting(self._mapping, self._places)
        self._phase = "sorting"
        for row in self._rows:
            if isinstance(row, Unreadable):
                yield row
                continue
            sorting.put(row)
            if sorting.count % SAVES_AT_ONCE == 0:
                self._done = self._rows.bytes_done
                yield None
        self._phase, self._done, self._total = "recording", 0, sorting.count
        for row in sorting.sorted():
            self._done += 1
            yield row

    def _finder(self, store: Store | None) -> FindRecorded:
        # In an empty ledger there is nothing to be found, and looking would take its time.
        if store is None or store.last_position() == 0:
            return lambda _: None
        known = store.as_of_now()
        return lambda number: find_recorded(known, number, source=self._mapping.source)


def open_rows(handle: IO[bytes], mapping: Mapping, *, name: str) -> Rows:
    """The rows of a CSV text as a mapping describes it. Raises FileUnreadable."""
    form = mapping.file
    return Rows(handle, name=name, encoding=form.encoding, delimiter=form.delimiter)
