"""The schedule's file: made when it is missing, and made anew where it cannot be used."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from consumers.automation.errors import ScheduleUnusable
from eventstore.errors import LedgerDamaged, LedgerUnwritable, NotALedger, StoreError
from eventstore.sqlite_file import LOCK_TIMEOUT_SECONDS, SQLiteFile

FOLDER = "automation"
FILE_NAME = "schedule.sqlite"
APPLICATION_ID = int.from_bytes(b"TkAu", "big")
VERSION = 1

_TABLES = Path(__file__).with_name("schedule_tables.sql")


class ScheduleFile(SQLiteFile):
    """A cache: no commit has to wait for the disk, since the log has everything.

    Several processes may work with it at once.
    """

    synchronous = "NORMAL"

    def _store_error(self, error: sqlite3.Error) -> StoreError:
        found = super()._store_error(error)
        if isinstance(found, (LedgerDamaged, LedgerUnwritable, NotALedger)):
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            return ScheduleUnusable(self.path, what=f"cannot be used (SQLite says {name})")
        return found


def place_of(ledger_folder: Path) -> Path:
    """Where a ledger folder has its schedule: beside the projections, and as disposable."""
    return ledger_folder / FOLDER / FILE_NAME


def opened(path: Path, *, source: str) -> ScheduleFile:
    """The schedule of the ledger that is called so; one that cannot be used is made anew.

    Raises ScheduleUnusable where none can be made.
    """
    if path.exists() and not _is_usable(path, source=source):
        remove(path)
    _create(path, source=source)
    return ScheduleFile(path)


def remove(path: Path) -> None:
    """Delete the file. A process that has it open goes on with what it has, which does no harm:
    what it decides, it decides on the log."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def _is_usable(path: Path, *, source: str) -> bool:
    file = ScheduleFile(path)
    try:
        with file.reading() as connection:
            [kind] = connection.execute("PRAGMA application_id").fetchone()
            [version] = connection.execute("PRAGMA user_version").fetchone()
            if (kind, version) == (0, 0):
                [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                return bool(tables == 0)  # another process is about to fill it
            if (kind, version) != (APPLICATION_ID, VERSION):
                return False
            [whole] = connection.execute("PRAGMA quick_check(1)").fetchone()
            found = connection.execute("SELECT source FROM about").fetchone()
            return bool(whole == "ok" and found == (source,))
    except ScheduleUnusable:
        return False
    finally:
        file.close()


def _create(path: Path, *, source: str) -> None:
    """Make what is missing. Two processes may do that at once: the write lock puts one first."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(
            sqlite3.connect(path, isolation_level=None, timeout=LOCK_TIMEOUT_SECONDS)
        ) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN IMMEDIATE; {_TABLES.read_text(encoding='utf-8')}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute(
                "INSERT INTO about SELECT ?, 0 WHERE NOT EXISTS (SELECT 1 FROM about)", (source,)
            )
            connection.execute("COMMIT")
    except (OSError, sqlite3.Error) as error:
        raise ScheduleUnusable(path, what=f"cannot be made ({type(error).__name__})") from error
