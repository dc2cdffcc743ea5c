"""One projection's own DuckDB file: rows, position and quarantine of a batch commit together."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import duckdb

from consumers.reading import Delivered, arriving, delivering, rejecting, staging, statement
from projections.definition import Projection
from projections.errors import (
    Fenced,
    FileDamaged,
    HeldByAnother,
    NeedsRebuild,
    NewerEvent,
    PositionGap,
    UnreadableEvent,
)


class OnUnreadable(StrEnum):
    """What to do with an event that cannot be read: stop before it, or set it aside and go on."""

    STOP = "stop"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Applied:
    """What one batch did: how many events were new, how many unreadable, what stopped the fold."""

    events: int
    quarantined: int
    stopped_by: Exception | None


@dataclass(frozen=True, slots=True)
class Staged:
    """A delivery, parsed and waiting in memory for its turn."""

    table: str
    count: int
    last_position: int


class WorkingFile:
    """The tables of one projection, written by one projector.

    `apply` commits a batch or nothing at all. A crash anywhere leaves the last commit.
    """

    def __init__(
        self,
        projection: Projection,
        *,
        path: Path | None,
        token: str,
        threads: int = 2,
    ) -> None:
        """Open the file, or make it with its tables; `path=None` keeps everything in memory.

        Raises `NeedsRebuild` where the file is of another version of the projection.
        """
        self.projection = projection
        self._token = token
        self._stages = itertools.count()
        self.connection = duckdb.connect(":memory:", config={"threads": threads})
        try:
            self._run("SET TimeZone = 'UTC'")
            self._attach(path)
            self._prepare()
        except BaseException:
            self.connection.close()
            raise
        self._reject = rejecting(projection.data)
        self._fold = [
            part.query for part in self.connection.extract_statements(projection.fold_sql)
        ]

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def checkpoint(self) -> None:
        """Bring everything committed into the one file, so that it can be moved."""
        self._run(f"CHECKPOINT {self.projection.name}")

    def positions(self) -> dict[int, int]:
        """The last position taken in, of each partition."""
        return dict(self.rows("SELECT partition, position FROM position"))

    def stage(self, delivered: Sequence[Delivered]) -> Staged:
        """Parse a delivery. Another thread may do that while a batch before it is applied."""
        table = f"staged_{next(self._stages)}"
        cursor = self.connection.cursor()
        try:
            sql, values = delivering(delivered)
            cursor.execute("SET TimeZone = 'UTC'").fetchall()
            cursor.execute(sql, values).fetchall()
            cursor.execute(staging(self.projection.data, table=table)).fetchall()
        finally:
            cursor.close()
        return Staged(table, count=len(delivered), last_position=delivered[-1][1])

    def apply(
        self,
        staged: Staged,
        *,
        on_unreadable: OnUnreadable = OnUnreadable.STOP,
        before_commit: Callable[[], None] | None = None,
    ) -> Applied:
        """Fold what is new of a delivery and commit it with its position.

        What was taken in before is dropped. An event of a newer version, or an unreadable one
        under `OnUnreadable.STOP`, is not passed: what comes before it is committed, and the answer
        says what stopped the fold. Raises `PositionGap` and `Fenced`; then nothing is committed.
        """
        self._run("BEGIN")
        try:
            applied = self._apply(staged, on_unreadable)
            if before_commit:
                before_commit()
            self._check_fence()
        except BaseException:
            self._run("ROLLBACK")
            raise
        self._run("COMMIT")
        # Not in the transaction: one may write to one database only.
        self._run(f"DROP TABLE memory.main.{staged.table}")
        return applied

    def _attach(self, path: Path | None) -> None:
        name = self.projection.name
        target = ":memory:" if path is None else str(path).replace("'", "''")
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._run(f"ATTACH '{target}' AS {name}")
        except duckdb.Error as error:
            if "lock" in str(error):
                raise HeldByAnother(name, holder="a program that has its file open") from error
            raise FileDamaged(name, reason=type(error).__name__) from error
        self._run(f"USE {name}")

    def _prepare(self) -> None:
        [(is_new,)] = self.rows(statement("is_new"), name=self.projection.name)
        self._run("BEGIN")
        if is_new:
            self._run(statement("loop_tables"))
            self._run(self.projection.tables_sql)
            self._run(
                "INSERT INTO about VALUES ($name, $version)",
                name=self.projection.name,
                version=self.projection.version,
            )
            self._run("INSERT INTO watermark VALUES (NULL)")
        [(version,)] = self.rows("SELECT version FROM about")
        if version != self.projection.version:
            self._run("ROLLBACK")
            raise NeedsRebuild(
                self.projection.name, found=version, expected=self.projection.version
            )
        self._run("DELETE FROM fence")
        self._run("INSERT INTO fence VALUES ($token)", token=self._token)
        self._run("COMMIT")

    def _apply(self, staged: Staged, on_unreadable: OnUnreadable) -> Applied:
        self._run(arriving(table=staged.table))
        self._check_positions()
        self._run(self._reject)
        stopped_by = self._cut(on_unreadable)
        self._run(statement("reached"))
        [(events,)] = self.rows("SELECT count(*) FROM arrived")
        quarantined = self._set_aside()
        if events:
            self._run(statement("batch"))
            for part in self._fold:
                self._run(part)
            self._run(statement("keep_books"))
        return Applied(events, quarantined, stopped_by)

    def _check_positions(self) -> None:
        [(rows, distinct)] = self.rows(
            "SELECT count(*), count(DISTINCT (partition, position)) FROM arrived"
        )
        if rows != distinct:
            self._run(statement("doubles"))
        for partition, expected, found in self.rows(statement("gap")):
            raise PositionGap(
                self.projection.name, partition=partition, expected=expected, found=found
            )

    def _cut(self, on_unreadable: OnUnreadable) -> Exception | None:
        """Take everything out that is behind an event which stops the fold; say what stopped it."""
        name = self.projection.name
        stops: dict[tuple[int, int], Exception] = {
            (partition, position): NewerEvent(name, position=position, event_type=event_type)
            for partition, position, event_type in self.rows(statement("newer"))
        }
        if on_unreadable is OnUnreadable.STOP:
            for partition, position, subject, reason in self.rows(statement("unreadable")):
                stops.setdefault(
                    (partition, position),
                    UnreadableEvent(name, position=position, subject=subject, reason=reason),
                )
        for partition, position in stops:
            self._run(statement("cut_arrived"), partition=partition, position=position)
            self._run(statement("cut_rejected"), partition=partition, position=position)
        return stops[min(stops)] if stops else None

    def _set_aside(self) -> int:
        [(rejected,)] = self.rows("SELECT count(*) FROM rejected")
        if rejected:
            self._run(statement("set_aside"), keeps_bytes=self.projection.keeps_unreadable_bytes)
            self._run(statement("readable"))
        return int(rejected)

    def _check_fence(self) -> None:
        [(token,)] = self.rows("SELECT token FROM fence")
        if token != self._token:
            raise Fenced(self.projection.name, holder=f"the projector with token {token}")

    def _run(self, sql: str, **values: Any) -> None:
        # An unfinished result owns the connection, so that every result is fetched.
        self.connection.execute(sql, values or None).fetchall()

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query on the projection's tables."""
        return self.connection.execute(sql, values or None).fetchall()
