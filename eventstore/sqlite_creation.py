"""How an embedded ledger comes to be, and how its file is recognised."""

from __future__ import annotations

import os
import sqlite3
import uuid
from contextlib import suppress
from pathlib import Path

from .errors import (
    LedgerDamaged,
    LedgerExists,
    LedgerMissing,
    LedgerTooNew,
    LedgerUnwritable,
    NotALedger,
)
from .genesis import (
    GENESIS_TYPE,
    checked_settings,
    genesis_record,
    genesis_subject,
    settings_in,
)
from .record import FORMAT
from .sqlite_file import SQLiteFile
from .statements import read_sql, read_statements
from .store import Settings

FILE_NAME = "ledger.sqlite"
APPLICATION_ID = int.from_bytes(b"TkLg", "big")
"""Written into the file's header, so that it is recognised as a ledger."""

GENESIS_SUBJECT = genesis_subject(0)

_SQL = read_statements("sqlite_statements.sql")


def create_file(folder: Path, *, name: str, time_zone: str) -> None:
    """Make a ledger in a folder: whole, or not at all.

    Raises LedgerExists, SettingsInvalid, LedgerUnwritable.
    """
    settings = checked_settings(name=name, time_zone=time_zone)
    path = folder / FILE_NAME
    if path.exists():
        raise LedgerExists(folder)
    unfinished = folder / f"{FILE_NAME}.{uuid.uuid4().hex}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _fill(unfinished, settings)
        _put_in_place(unfinished, path)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise LedgerUnwritable(path, reason=reason) from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


def check_file(folder: Path) -> Path:
    """The path of the folder's ledger, recognised as one without changing anything.

    Raises LedgerMissing, NotALedger, LedgerTooNew, LedgerUnwritable, LedgerDamaged.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        if path.exists():
            raise NotALedger(path, found="no file")
        raise LedgerMissing(folder)
    if path.stat().st_size == 0:
        raise NotALedger(path, found="an empty file")
    file = SQLiteFile(path)
    try:
        with file.reading() as connection:
            application_id = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
    finally:
        file.close()
    if application_id != APPLICATION_ID:
        raise NotALedger(path, found="a SQLite database of another program")
    if version > FORMAT:
        raise LedgerTooNew(path, found=version, known=FORMAT)
    return path


def read_settings(file: SQLiteFile) -> Settings:
    """What the genesis record says. Raises LedgerDamaged."""
    with file.reading() as connection:
        row = connection.execute(_SQL["select_genesis"]).fetchone()
    if row is None:
        raise LedgerDamaged(file.path, what="its genesis record is missing")
    settings = settings_in(row)
    if settings is None:
        raise LedgerDamaged(file.path, what="its genesis record cannot be read")
    return settings


def _fill(path: Path, settings: Settings) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.executescript(f"BEGIN; {read_sql('sqlite_schema.sql')} COMMIT;")
        _insert_genesis(connection, settings)
    finally:
        connection.close()


def _insert_genesis(connection: sqlite3.Connection, settings: Settings) -> None:
    record = genesis_record(settings)
    h = record.headers
    row = (0, h.format, h.subject, h.sequence, h.count, None, None, record.digest, 0)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(_SQL["insert_record"], row)
    connection.execute(_SQL["insert_event"], (0, GENESIS_TYPE, record.bodies[0]))
    connection.execute("COMMIT")


def _put_in_place(unfinished: Path, path: Path) -> None:
    try:
        # A link fails if somebody created the ledger meanwhile; a rename would replace theirs.
        os.link(unfinished, path)
    except FileExistsError:
        raise LedgerExists(path.parent) from None
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
