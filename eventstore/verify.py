"""Recompute everything a ledger claims: its file, its chains, its positions and its keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from .findings import Checkpoint, Finding, Verification
from .sqlite import SQLiteStore
from .sqlite_file import PRIMARY_CODE
from .statements import read_sql, read_statements
from .verify_keys import KeyCheck
from .verify_records import RecordCheck

__all__ = ["Checkpoint", "Finding", "Verification", "verify"]

Progress = Callable[[int, int], None]
"""Called now and then with the number of records read, and of all records."""

_SQL = read_statements("verify_statements.sql")
_PROGRESS_EVERY = 5_000
_SQLITE_FINDINGS_MAX = 100
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def verify(
    store: SQLiteStore,
    *,
    expect: Sequence[Checkpoint] = (),
    progress: Progress | None = None,
) -> Verification:
    """Read the whole ledger in one snapshot and recompute what it claims.

    The store must have been opened with the application whose keys it holds. `expect` are
    checkpoints of earlier verifications. Memory does not grow with the log.
    Raises StoreError if the file cannot be used at all; damage is a finding.
    """
    try:
        return _verify(store, expect, progress, text_factory=str)
    except _NotText:
        return _verify(store, expect, progress, text_factory=_lenient)


class _NotText(Exception):
    """A text column holds bytes that are no text: read again, less strictly and more slowly."""


def _verify(
    store: SQLiteStore,
    expect: Sequence[Checkpoint],
    progress: Progress | None,
    *,
    text_factory: Callable[[bytes], str],
) -> Verification:
    verification = Verification()
    with store.file.reading() as connection:
        connection.text_factory = text_factory
        try:
            with _noting_damage(verification):
                _check_integrity(connection, verification)
            with _noting_damage(verification):
                _check_schema(connection, verification)
            with _noting_damage(verification):
                _check_records(connection, store, verification, expect, progress)
        finally:
            connection.text_factory = str
    return verification


@contextmanager
def _noting_damage(verification: Verification) -> Generator[None, None, None]:
    """That the file cannot be read on is a finding; that the disk is full is an error."""
    try:
        yield
    except sqlite3.Error as error:
        if not hasattr(error, "sqlite_errorcode"):  # Not SQLite's, but of Python's reading it.
            raise _NotText from error
        if error.sqlite_errorcode & PRIMARY_CODE not in _DAMAGE:
            raise
        what = f"it cannot be read on after {verification.records} records"
        verification.add(Finding("file", f"{what} (SQLite says {error.sqlite_errorname})"))


def _check_records(
    connection: sqlite3.Connection,
    store: SQLiteStore,
    verification: Verification,
    expect: Sequence[Checkpoint],
    progress: Progress | None,
) -> None:
    keys = KeyCheck(connection, store.application, verification)
    records = RecordCheck(connection, keys, verification, expect)
    total = connection.execute(_SQL["count_records"]).fetchone()[0]
    for done in records.run():
        if progress is not None and done % _PROGRESS_EVERY == 0:
            progress(done, total)
    records.finish()
    keys.finish()
    if progress is not None:
        progress(total, total)


def _check_integrity(connection: sqlite3.Connection, verification: Verification) -> None:
    """What SQLite itself can tell."""
    statement = f"PRAGMA integrity_check({_SQLITE_FINDINGS_MAX})"
    for (message,) in connection.execute(statement):
        if message != "ok":
            verification.add(Finding("file", f"SQLite reports: {message}"))
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    if mode != "wal":
        verification.add(Finding("file", f"its journal mode is {mode}, not wal"))


def _check_schema(connection: sqlite3.Connection, verification: Verification) -> None:
    """Are the tables and their constraints still ours?"""
    found = _schema(connection)
    ours, optional = _expected("sqlite_schema.sql"), _expected("eventsourcing_schema.sql")
    for name in sorted(ours.keys() | found.keys()):
        if name not in found:
            what = f"{name} is missing"
        elif name not in ours and name not in optional:
            what = f"{name} is not ours"
        elif found[name] not in (ours.get(name), optional.get(name)):
            what = f"{name} is not defined as it was created"
        else:
            continue
        verification.add(Finding("schema", what))


def _schema(connection: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    rows = connection.execute(_SQL["select_schema"])
    return {name: (kind, sql) for kind, name, sql in rows}


def _expected(file_name: str) -> dict[str, tuple[str, str]]:
    """What the schema file makes of an empty database."""
    scratch = sqlite3.connect(":memory:")
    try:
        scratch.executescript(read_sql(file_name))
        return _schema(scratch)
    finally:
        scratch.close()


def _lenient(text: bytes) -> str:
    """Bytes that are no text must be found where they are, not stop the reading."""
    return text.decode("utf-8", "replace")
