"""The file of a local index: made whole or not at all, recognised, and never trusted for long."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..errors import LedgerDamaged, NotALedger, StoreError
from ..sqlite_file import SQLiteFile
from ..statements import read_statements, statements_in
from .errors import IndexUnusable

FILE_NAME = "index.sqlite"
APPLICATION_ID = int.from_bytes(b"TkIx", "big")
VERSION = 2

_HERE = Path(__file__).parent
SQL = statements_in(_HERE / "index_statements.sql") | read_statements("key_statements.sql")
_TABLES = ("about", "partition", "subject", "hot", "key", "milestone", "odd", "type_count")


class IndexFile(SQLiteFile):
    """A cache: no commit has to wait for the disk, since the log has everything."""

    synchronous = "NORMAL"

    def _store_error(self, error: sqlite3.Error) -> StoreError:
        found = super()._store_error(error)
        if isinstance(found, (LedgerDamaged, NotALedger)):
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            return IndexUnusable(self.path, what=f"is damaged (SQLite says {name})")
        return found


def create(path: Path, about: Mapping[str, str], *, partitions: int) -> None:
    """A new, empty index; another process may have been faster, then theirs is used."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}.new")
    try:
        connection = sqlite3.connect(unfinished, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            schema = (_HERE / "index_schema.sql").read_text(encoding="utf-8")
            connection.executescript(f"BEGIN; {schema} COMMIT;")
            _fill(connection, about, partitions)
        finally:
            connection.close()
        with suppress(FileExistsError):
            os.link(unfinished, path)
    except (OSError, sqlite3.Error) as error:
        raise IndexUnusable(path, what=f"cannot be made ({type(error).__name__})") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


def check(path: Path) -> None:
    """Raises IndexUnusable unless the file is an index that this release can use."""
    file = IndexFile(path)
    try:
        with file.reading() as connection:
            application_id = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
    except StoreError as error:
        if isinstance(error, IndexUnusable):
            raise
        raise IndexUnusable(path, what="cannot be opened") from error
    finally:
        file.close()
    if application_id != APPLICATION_ID:
        raise IndexUnusable(path, what="is no index, but a file of another kind")
    if version != VERSION:
        raise IndexUnusable(path, what=f"is of version {version}, this release has {VERSION}")


def empty(file: IndexFile, about: Mapping[str, str], *, partitions: int) -> None:
    """Forget everything in one transaction, so that processes which have it open notice."""
    with file.writing() as connection:
        for table in _TABLES:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        _fill(connection, about, partitions)


def delete(path: Path) -> None:
    """Remove the file and what SQLite keeps beside it."""
    for suffix in ("-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _fill(connection: sqlite3.Connection, about: Mapping[str, str], partitions: int) -> None:
    connection.executemany(SQL["insert_about"], about.items())
    connection.executemany(SQL["insert_partition"], ((number,) for number in range(partitions)))
