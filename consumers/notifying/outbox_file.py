"""The outbox's file: made once, when a ledger's customers are first to be notified."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from consumers.notifying.errors import OutboxUnusable
from eventstore.errors import LedgerDamaged, LedgerUnwritable, NotALedger, StoreError
from eventstore.sqlite_file import LOCK_TIMEOUT_SECONDS, SQLiteFile

FOLDER = "notifications"
FILE_NAME = "outbox.sqlite"
LOCK_NAME = "running.lock"
APPLICATION_ID = int.from_bytes(b"TkNo", "big")
VERSION = 1

_TABLES = Path(__file__).with_name("outbox_tables.sql")


class OutboxFile(SQLiteFile):
    """It is no cache: what is in it still has to be sent, so every commit waits for the disk."""

    def _store_error(self, error: sqlite3.Error) -> StoreError:
        found = super()._store_error(error)
        if isinstance(found, (LedgerDamaged, LedgerUnwritable, NotALedger)):
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            return OutboxUnusable(self.path, what=f"cannot be used (SQLite says {name})")
        return found


def outbox_path(ledger_folder: Path) -> Path:
    """Where a ledger folder has its outbox."""
    return ledger_folder / FOLDER / FILE_NAME


def lock_path(ledger_folder: Path) -> Path:
    """The lock of whoever sends."""
    return ledger_folder / FOLDER / LOCK_NAME


def opened(path: Path, *, source: str) -> OutboxFile:
    """The outbox of the ledger that is called so; made if there is none.

    One that is damaged, of another release or of another ledger is refused: whoever deletes it
    decides what becomes of what it still had to send. Raises OutboxUnusable.
    """
    if not path.exists():
        _create(path, source=source)
    file = OutboxFile(path)
    try:
        _check(file, source=source)
    except BaseException:
        file.close()
        raise
    return file


def _check(file: OutboxFile, *, source: str) -> None:
    with file.reading() as connection:
        [kind] = connection.execute("PRAGMA application_id").fetchone()
        [version] = connection.execute("PRAGMA user_version").fetchone()
        if (kind, version) != (APPLICATION_ID, VERSION):
            raise OutboxUnusable(file.path, what="is not one that this release writes")
        [found] = connection.execute("SELECT source FROM about").fetchone() or [None]
        if found != source:
            raise OutboxUnusable(file.path, what=f"is of another ledger ({found})")


def _create(path: Path, *, source: str) -> None:
    """All of it in one transaction, under another name until it is whole."""
    new = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob(f"{new.name}*"):
            old.unlink()
        with closing(
            sqlite3.connect(new, isolation_level=None, timeout=LOCK_TIMEOUT_SECONDS)
        ) as connection:
            connection.executescript(f"BEGIN IMMEDIATE; {_TABLES.read_text(encoding='utf-8')}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("INSERT INTO about VALUES (?)", (source,))
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode = WAL")
        new.rename(path)
    except (OSError, sqlite3.Error) as error:
        raise OutboxUnusable(path, what=f"cannot be made ({type(error).__name__})") from error
