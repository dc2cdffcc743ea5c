"""One projection's own DuckDB file: rows, position and quarantine of a batch commit together."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import duckdb

from consumers.reading import Delivered, Parsing, Rows, staging, statement
from consumers.staged import Staged
from projections.definition import Projection
from projections.errors import (
    Fenced,
    FileDamaged,
    HeldByAnother,
    NeedsRebuild,
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
        self._staging = staging(projection.data)
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
        return self._stage(len(delivered), self._staging.of(delivered))

    def stage_rows(self, partition: int, rows: Rows) -> Staged:
        """The same for a delivery that is all of one partition."""
        return self._stage(len(rows), self._staging.of_rows(partition, rows))

    def _stage(self, count: int, parsing: Parsing) -> Staged:
        table = f"staged_{next(self._stages)}"
        cursor = self.connection.cursor()
        try:
            cursor.execute("SET TimeZone = 'UTC'").fetchall()
            sql = parsing.sql.replace("/*the table*/", table)
            cursor.execute(sql, parsing.values).fetchall()
        finally:
            cursor.close()
        return Staged(self.connection, table, count=count)

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
        staged.drop_what_was_taken(name=self.projection.name)
        stopped_by = staged.cut(
            name=self.projection.name,
            passes_unreadable=on_unreadable is OnUnreadable.QUARANTINE,
        )
        [(events, unreadable)] = staged.rows("count")
        self._run("BEGIN")
        try:
            if events:
                self._fold_and_keep_books(staged, unreadable=unreadable)
            if before_commit:
                before_commit()
            self._check_fence()
        except BaseException:
            self._run("ROLLBACK")
            raise
        self._run("COMMIT")
        staged.drop()
        return Applied(events, unreadable, stopped_by)

    def _attach(self, path: Path | None) -> None:
        name = self.projection.name
        target = ":memory:" if path is None else str(path).replace("'", "''")
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._run(f"ATTACH '{target}' AS {name}")
        except duckdb.Error as error:
            # The words count: a damaged file speaks of its "block".
            if "Could not set lock" in str(error):
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

    def _fold_and_keep_books(self, staged: Staged, *, unreadable: int) -> None:
        if unreadable:
            staged.run("set_aside", keeps_bytes=self.projection.keeps_unreadable_bytes)
        staged.run("reached")
        staged.run("batch")
        for part in self._fold:
            self._run(part)
        self._run(statement("keep_books"))

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
