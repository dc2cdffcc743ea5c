"""An eventsourcing persistence module: its applications keep their events in an embedded ledger.

Set `PERSISTENCE_MODULE` to this module's name and `LEDGER_FOLDER` to a folder. Further variables,
each of which may have the application's name as prefix, like eventsourcing's own:

- `LEDGER_NAME` (main) and `LEDGER_TIME_ZONE` (UTC) of a ledger that is created;
- `CREATE_TABLE` (yes): create the ledger if the folder has none;
- `ORIGINATOR_ID_TYPE` (uuid, or text);
- `LEDGER_KEYS_TOPIC`: what says under which keys subjects are found (nothing does).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking

from .commands import Command
from .envelope import SEQUENCE_MAX
from .errors import LedgerExists, LedgerMissing
from .eventsourcing_datastore import Datastore, Selected
from .eventsourcing_factory import LedgerFactory
from .eventsourcing_saves import DEFAULT_FIRST_VERSION, make_save, subject_of
from .eventsourcing_tables import Tables, advance_tracking
from .sqlite import SQLiteStore
from .statements import read_statements
from .store import Counted

__all__ = ["SQLiteDatastore", "SQLiteFactory"]

_SQL = read_statements("eventsourcing_statements.sql")
_UNLIMITED = -1
_POSITION_MAX = 2**63 - 1


class SQLiteDatastore(Datastore):
    """An embedded ledger; events, snapshots and tracking are in one file, and one transaction."""

    def __init__(self, store: SQLiteStore, *, has_uuids: bool) -> None:
        super().__init__(store, Tables(store.file), has_uuids=has_uuids)
        self.store = store

    def insert(
        self,
        stored_events: Sequence[StoredEvent],
        tracking: Tracking | None,
        command: Command | None,
    ) -> list[int]:
        """Record a save, its tracking or both, in one transaction; the positions of its events."""
        with self.store.file.writing() as connection:
            if tracking is not None:
                advance_tracking(connection, tracking)
            if not stored_events:
                return []
            subject = subject_of(stored_events)
            if command is not None:
                _check_not_recorded(connection, subject, command)
            save = make_save(
                stored_events,
                head=self.store.head_within(connection, subject),
                first_version=self._first_version(connection, subject),
                source=self.store.source,
                command=command,
            )
            (result,) = self.store.append_within(connection, [save])
            assert isinstance(result, Counted)
            return list(range(result.position, result.position + len(stored_events)))

    def select(
        self, subject: str, *, gt: int | None, lte: int | None, desc: bool, limit: int | None
    ) -> Selected:
        """A subject's events by version."""
        with self.store.file.reading() as connection:
            first = self._first_version(connection, subject)
            if first is None:
                return Selected(DEFAULT_FIRST_VERSION, ())
            values = {
                "subject": subject,
                "first_sequence": 1 if gt is None else gt - first + 2,
                "last_sequence": SEQUENCE_MAX if lte is None else lte - first + 1,
                "limit": _UNLIMITED if limit is None else limit,
            }
            name = "select_events_from_the_last" if desc else "select_events"
            rows = connection.execute(_SQL[name], values).fetchall()
        return Selected(first, [body for (body,) in rows])

    def notifications(
        self, *, first: int, last: int | None, limit: int, topics: Sequence[str]
    ) -> list[tuple[int, bytes]]:
        """(position, event) from a position to a position, of some types or (none given) of all."""
        values = {
            "first": first,
            "last": _POSITION_MAX if last is None else last,
            "limit": limit,
            "topics": json.dumps(list(topics)),
        }
        with self.store.file.reading() as connection:
            return connection.execute(_SQL["select_notifications"], values).fetchall()

    def first_version(self, subject: str) -> int:
        """From where the versions of a subject that is there count."""
        known = self._known_first_version(subject)
        if known is None:
            with self.store.file.reading() as connection:
                known = self._first_version(connection, subject)
        assert known is not None
        return known

    def _first_version(self, connection: sqlite3.Connection, subject: str) -> int | None:
        """From where a subject's versions count (None: it has no event)."""
        known = self._known_first_version(subject)
        if known is not None:
            return known
        row = connection.execute(_SQL["select_first_event"], {"subject": subject}).fetchone()
        return self._note_first_version(subject, row[0]) if row else None


class SQLiteFactory(LedgerFactory[SQLiteDatastore]):
    """Makes recorders that share one embedded ledger."""

    def _open(self, folder: Path, *, has_uuids: bool) -> SQLiteDatastore:
        return SQLiteDatastore(self._open_or_create(folder), has_uuids=has_uuids)

    def _open_or_create(self, folder: Path) -> SQLiteStore:
        application = self._application()
        try:
            return SQLiteStore.open(folder, application=application)
        except LedgerMissing:
            if not self._may_create():
                raise
        try:
            return SQLiteStore.create(
                folder,
                name=self.env.get(self.LEDGER_NAME, "main"),
                time_zone=self._time_zone(),
                application=application,
            )
        except LedgerExists:  # by another process, meanwhile
            return SQLiteStore.open(folder, application=application)


def _check_not_recorded(connection: sqlite3.Connection, subject: str, command: Command) -> None:
    values = {"subject": subject, "command_id": command.id}
    if connection.execute(_SQL["select_command"], values).fetchone() is not None:
        raise IntegrityError(f"command {command.id} is recorded on {subject} already")


Factory = SQLiteFactory
