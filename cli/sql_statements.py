"""The statements of a query text: several may stand behind each other, and none may write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cli.errors import QueryFailed

if TYPE_CHECKING:
    import duckdb

_READING = frozenset(
    {
        "CALL",
        "EXECUTE",
        "EXPLAIN",
        "LOGICAL_PLAN",
        "MULTI",
        "PRAGMA",
        "PREPARE",
        "RELATION",
        "SELECT",
        "SET",
        "VARIABLE_SET",
    }
)
_SCRATCH = re.compile(r"\s*CREATE\s+(OR\s+REPLACE\s+)?TEMP(ORARY)?\b", re.IGNORECASE)


def statements_of(connection: duckdb.DuckDBPyConnection, text: str) -> list[duckdb.Statement]:
    """The statements of a text, in order. Raises QueryFailed if one of them would write.

    All are looked at before any is run. What DuckDB cannot parse raises its own error.
    """
    found = connection.extract_statements(text)
    for statement in found:
        kind = statement.type.name
        scratch = kind == "CREATE" and _SCRATCH.match(statement.query)
        if kind not in _READING and not scratch:
            raise QueryFailed(
                f"{kind.replace('_', ' ')} is not possible: the views are read-only copies made "
                f"from the log, nothing was run; they change only by what is recorded. "
                f"For a scratch table of this session: CREATE TEMP TABLE"
            )
    return found
