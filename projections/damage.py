"""Damaged files: which of DuckDB's complaints mean that a file is not as it was written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

_SIGNS = (
    "Corrupt database",
    "Could not read enough bytes",
    "checksum",
    "not a valid DuckDB database",
    "Serialization Error",
    "database has been invalidated",
)


_MARK = b"DUCK"
_MARK_AT = 8
_MARK_END = _MARK_AT + len(_MARK)


def is_damage(error: duckdb.Error) -> bool:
    """Whether an error says that a file's content cannot be what was written into it."""
    if isinstance(error, duckdb.InternalException | duckdb.FatalException):
        return True
    said = str(error)
    return any(sign in said for sign in _SIGNS)


def is_database(file: Path) -> bool:
    """Whether a file begins as DuckDB's files do. That is all that can be seen without opening it,
    which would disturb a projector; damage further in is met by whoever reads there."""
    with file.open("rb") as opened:
        return opened.read(_MARK_END)[_MARK_AT:] == _MARK


def is_whole(name: str, file: Path) -> bool:
    """Whether every row of a projection's published file can be read. That reads all of it."""
    connection = duckdb.connect(":memory:")
    try:
        path = str(file).replace("'", "''")
        connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)").fetchall()
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = $name", {"name": name}
        ).fetchall()
        for (table,) in tables:
            connection.execute(
                f"SELECT max(hash(t)) FROM {name}.main.{table} AS t"  # noqa: S608 - our names
            ).fetchall()
    except duckdb.Error:
        return False
    finally:
        connection.close()
    return True


def damaged_among(files: Iterable[tuple[str, Path]]) -> list[str]:
    """The projections of these whose published file cannot be read whole."""
    return [name for name, file in files if not is_whole(name, file)]
