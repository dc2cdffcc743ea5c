"""Snapshots and tracking: what eventsourcing applications keep beside the log."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking

from .sqlite_file import SQLiteFile
from .statements import read_sql, read_statements

_SQL = read_statements("eventsourcing_tables.sql")


class Tables:
    """Two tables in a SQLite file: an embedded ledger's own, or one of their own."""

    def __init__(self, file: SQLiteFile) -> None:
        self.file = file

    def create(self) -> None:
        """Make the tables if they are not there yet."""
        with self.file.writing() as connection:
            for statement in read_sql("eventsourcing_schema.sql").split(";"):
                if statement.strip():
                    connection.execute(statement)

    def tracked(self, application_name: str) -> int | None:
        """How far an application's notifications have been processed (None: not at all)."""
        values = {"application_name": application_name}
        with self.file.reading() as connection:
            row = connection.execute(_SQL["select_tracking"], values).fetchone()
        return row[0] if row else None

    def insert_snapshots(self, purpose: str, snapshots: Sequence[StoredEvent]) -> None:
        """Keep snapshots. Raises IntegrityError if one of that version is there."""
        rows = [
            (purpose, str(s.originator_id), s.originator_version, s.topic, s.state)
            for s in snapshots
        ]
        with self.file.writing() as connection:
            try:
                connection.executemany(_SQL["insert_snapshot"], rows)
            except sqlite3.IntegrityError as error:
                raise IntegrityError("a snapshot of that version is there already") from error

    def snapshots(
        self,
        purpose: str,
        originator_id: str,
        *,
        first: int,
        last: int,
        desc: bool,
        limit: int,
    ) -> list[tuple[int, str, bytes]]:
        """(version, topic, state) of an originator's snapshots; a limit of -1 is none."""
        values = {
            "purpose": purpose,
            "originator_id": originator_id,
            "first": first,
            "last": last,
            "limit": limit,
        }
        name = "select_snapshots_from_the_last" if desc else "select_snapshots"
        with self.file.reading() as connection:
            return connection.execute(_SQL[name], values).fetchall()


def advance_tracking(connection: sqlite3.Connection, tracking: Tracking) -> None:
    """Note a position, in a transaction of the caller's.

    Raises IntegrityError unless it is beyond the one noted before.
    """
    if not catch_up_tracking(connection, tracking):
        raise IntegrityError(
            f"{tracking.application_name} has been processed up to {tracking.notification_id} "
            f"or beyond already"
        )


def catch_up_tracking(connection: sqlite3.Connection, tracking: Tracking) -> bool:
    """The same, where a position that is not beyond is no error; whether it was."""
    values = {
        "application_name": tracking.application_name,
        "notification_id": tracking.notification_id,
    }
    return connection.execute(_SQL["advance_tracking"], values).fetchone() is not None
