"""A delivery, parsed and checked, waiting in memory for its turn to be folded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from consumers.reading import statement
from projections.errors import NewerEvent, PositionGap, UnreadableEvent

Place = tuple[int, int]
"""Partition and position."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A table in the session's memory with one row an event.

    It is prepared before the transaction that folds it, which may write to one database only.
    """

    connection: duckdb.DuckDBPyConnection
    table: str
    count: int

    def drop_what_was_taken(self, *, name: str) -> None:
        """Leave only what is new and comes next. Raises `PositionGap`."""
        looks = self.rows("look")
        was_taken = any(first < next_ for _, next_, first, *_ in looks)
        has_doubles = any(events != positions for *_, events, positions in looks)
        if was_taken:
            self.run("drop_taken")
        if has_doubles:
            self.run("drop_doubles")
        if was_taken or has_doubles:
            looks = self.rows("look")
        for partition, next_, first, last, events, _ in looks:
            if first != next_ or last - first + 1 != events:
                raise self._gap(partition, next_, name=name)

    def cut(self, *, name: str, passes_unreadable: bool) -> Exception | None:
        """Take out what is behind an event that stops the fold; say what stopped it."""
        stops: dict[Place, Exception] = {
            (partition, position): NewerEvent(name, position=position, event_type=event_type)
            for partition, position, event_type in self.rows("newer")
        }
        if not passes_unreadable:
            for partition, position, subject, reason in self.rows("unreadable"):
                stops.setdefault(
                    (partition, position),
                    UnreadableEvent(name, position=position, subject=subject, reason=reason),
                )
        for partition, position in stops:
            self.run("cut", partition=partition, position=position)
        return stops[min(stops)] if stops else None

    def drop(self) -> None:
        """Forget it, folded or not."""
        self.connection.execute(f"DROP TABLE memory.main.{self.table}").fetchall()

    def run(self, name: str, **values: Any) -> None:
        """Run one of the loop's statements on this table."""
        self.rows(name, **values)

    def rows(self, name: str, **values: Any) -> list[tuple[Any, ...]]:
        """What one of the loop's queries finds in this table."""
        query = statement(name).replace("/*the table*/", self.table)
        return self.connection.execute(query, values or None).fetchall()

    def _gap(self, partition: int, expected: int, *, name: str) -> PositionGap:
        delivered = [position for (position,) in self.rows("positions", partition=partition)]
        place = next(i for i, position in enumerate(delivered) if position != expected + i)
        return PositionGap(
            name, partition=partition, expected=expected + place, found=delivered[place]
        )
