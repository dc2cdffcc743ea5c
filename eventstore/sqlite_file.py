"""The file of an embedded ledger: its connections, its transactions, and what can go wrong."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from .errors import (
    LedgerBusy,
    LedgerClosed,
    LedgerDamaged,
    LedgerUnwritable,
    NotALedger,
    OutcomeUnknown,
    StoreError,
)

LOCK_TIMEOUT_SECONDS = 60.0
"""How long a writer waits for the others; ordinary saves take a millisecond."""

PRIMARY_CODE = 0xFF
"""The part of a SQLite error code that says what it is about."""

_UNUSABLE = {
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_FULL: "there is no space left",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_PERM: "permission is denied",
    sqlite3.SQLITE_READONLY: "it is read-only",
}


class SQLiteFile:
    """Transactions on one SQLite file, for any number of threads and processes.

    Each transaction has a connection to itself while it runs, so threads may share this object.
    A forked child gets connections of its own: using its parent's would damage the file. The
    parent's are kept, unused and open, since even closing them in the child would do harm.
    """

    synchronous: ClassVar[str] = "FULL"
    """A save is durable once it is acknowledged: in WAL mode only FULL waits for the disk."""

    def __init__(self, path: Path, *, lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS) -> None:
        self.path = path
        self._lock_timeout_seconds = lock_timeout_seconds
        self._own = _Own()
        self._inherited: list[_Own] = []
        self._closed = False

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection, None, None]:
        """One snapshot: what the first statement sees, all see."""
        with self._connection() as connection:
            try:
                connection.execute("BEGIN")
                yield connection
            except sqlite3.Error as error:
                raise self._store_error(error) from error
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection, None, None]:
        """One write transaction; durable when the block has ended.

        The write lock is taken at the start: a transaction that read first and wrote later could
        be told "database is locked" in the middle, and no waiting would help it.
        """
        with self._connection() as connection, self._own.writer:
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
            except BaseException as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise self._store_error(error) from error
                raise
            self._commit(connection)

    def close(self) -> None:
        """Close every connection that is not in use. Closing twice is fine."""
        self._closed = True
        if self._own.process_id == os.getpid():
            self._own.close_idle()

    @contextmanager
    def _connection(self) -> Generator[sqlite3.Connection, None, None]:
        if self._closed:
            raise LedgerClosed(self.path)
        if self._own.process_id != os.getpid():
            self._inherited.append(self._own)
            self._own = _Own()
        own = self._own
        try:
            connection = own.idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        finally:
            own.idle.append(connection)
            if self._closed:
                own.close_idle()

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                f"file:{quote(str(self.path.absolute()))}?mode=rw",
                uri=True,
                timeout=self._lock_timeout_seconds,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise self._store_error(error) from error
        try:
            connection.execute(f"PRAGMA synchronous = {self.synchronous}")
        except sqlite3.Error as error:
            connection.close()
            raise self._store_error(error) from error
        return connection

    def _commit(self, connection: sqlite3.Connection) -> None:
        try:
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            failed = self._store_error(error)
            if connection.in_transaction:
                connection.execute("ROLLBACK")
                raise failed from error
            raise OutcomeUnknown(self.path, reason=error.sqlite_errorname) from error

    def _store_error(self, error: sqlite3.Error) -> StoreError:
        """In the store's words. SQLite's own message is left to the chained cause."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & PRIMARY_CODE
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return LedgerBusy(self.path, waited_seconds=self._lock_timeout_seconds)
        if code == sqlite3.SQLITE_NOTADB:
            return NotALedger(self.path, found="no SQLite database")
        if code in _UNUSABLE:
            return LedgerUnwritable(self.path, reason=_UNUSABLE[code])
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        return LedgerDamaged(self.path, what=f"SQLite says {name}")


class _Own:
    """What one process has open. Threads of one process queue for writing here, in turn."""

    def __init__(self) -> None:
        self.process_id = os.getpid()
        self.idle: list[sqlite3.Connection] = []
        self.writer = threading.Lock()

    def close_idle(self) -> None:
        while self.idle:
            self.idle.pop().close()
