"""What the recorders of one factory share: the ledger, and one way to record into it."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking

from .commands import Command
from .errors import StoreError
from .eventsourcing_saves import first_version_in, make_save, persistence_error, subject_of
from .sqlite import SQLiteStore
from .statements import read_sql, read_statements
from .store import Counted

SQL = read_statements("eventsourcing_statements.sql")
_FIRST_VERSIONS_MAX = 10_000


@contextmanager
def in_their_words() -> Generator[None, None, None]:
    """Errors of ours leave as eventsourcing's."""
    try:
        yield
    except StoreError as error:
        raise persistence_error(error) from error


class Datastore:
    """What the recorders of one factory share: the ledger, and how its subjects are named."""

    def __init__(self, store: SQLiteStore, *, has_uuids: bool) -> None:
        self.store = store
        self._has_uuids = has_uuids
        self._first_versions: dict[str, int] = {}

    def create_tables(self) -> None:
        """The tables beside the log, if they are not there yet."""
        statements = [
            part for part in read_sql("eventsourcing_schema.sql").split(";") if part.strip()
        ]
        with in_their_words(), self.store.file.writing() as connection:
            for statement in statements:
                connection.execute(statement)

    def originator_id(self, subject: str) -> UUID | str:
        """A subject as the application names it."""
        return UUID(subject) if self._has_uuids else subject

    def first_version(self, connection: sqlite3.Connection, subject: str) -> int | None:
        """From where a subject's versions count (None: it has no event). It never changes."""
        known = self._first_versions.get(subject)
        if known is not None:
            return known
        row = connection.execute(SQL["select_first_event"], {"subject": subject}).fetchone()
        if row is None:
            return None
        if len(self._first_versions) >= _FIRST_VERSIONS_MAX:
            self._first_versions.clear()
        self._first_versions[subject] = first_version_in(row[0])
        return self._first_versions[subject]

    def insert(
        self,
        stored_events: Sequence[StoredEvent],
        tracking: Tracking | None,
        command: Command | None,
    ) -> list[int]:
        """Record a save, its tracking or both, in one transaction; the positions of its events."""
        with in_their_words(), self.store.file.writing() as connection:
            if tracking is not None:
                _advance_tracking(connection, tracking)
            if not stored_events:
                return []
            subject = subject_of(stored_events)
            if command is not None:
                _check_not_recorded(connection, subject, command)
            save = make_save(
                stored_events,
                head=self.store.head_within(connection, subject),
                first_version=self.first_version(connection, subject),
                source=self.store.source,
                command=command,
            )
            (result,) = self.store.append_within(connection, [save])
            assert isinstance(result, Counted)
            return list(range(result.position, result.position + len(stored_events)))


def _advance_tracking(connection: sqlite3.Connection, tracking: Tracking) -> None:
    values = {
        "application_name": tracking.application_name,
        "notification_id": tracking.notification_id,
    }
    if connection.execute(SQL["advance_tracking"], values).fetchone() is None:
        raise IntegrityError(
            f"{tracking.application_name} has been processed up to {tracking.notification_id} "
            f"or beyond already"
        )


def _check_not_recorded(connection: sqlite3.Connection, subject: str, command: Command) -> None:
    values = {"subject": subject, "command_id": command.id}
    if connection.execute(SQL["select_command"], values).fetchone() is not None:
        raise IntegrityError(f"command {command.id} is recorded on {subject} already")
