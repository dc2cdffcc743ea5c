"""Answers to SQL queries: as a table, as JSON lines, as CSV; and what can be asked."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from enum import Enum
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from cli.cells import clean, fit, wrap
from cli.context import as_called
from cli.errors import QueryFailed
from cli.narration import tell
from cli.output import GAP, Column, ReaderGone, paint, say, say_json, say_table, terminal_width
from cli.sql_statements import statements_of

if TYPE_CHECKING:
    import duckdb

    from projections.connection import Described

ROWS_MAX = 1_000
"""How many rows a table for people has; a program asks for --json or --csv."""

_AT_ONCE = 5_000
_NARROW = 10
_READABLE = 100
_INDENT = 4
_SILENT = frozenset({"CREATE", "SET", "VARIABLE_SET", "PREPARE"})
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


class Form(Enum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def run_query(connection: duckdb.DuckDBPyConnection, text: str, form: Form, zone: str) -> None:
    """Run the statements of a query and print their answers in order. Raises QueryFailed.

    An empty line stands between two answers, but for JSON. A failing statement ends it; the
    answers before it are printed.
    """
    import duckdb

    from projections.damage import is_damage

    answered = 0
    try:
        for statement in statements_of(connection, text):
            answer: Any = connection.execute(statement)
            if answer is None or not answer.description:
                continue
            # Making a scratch table answers how many rows it has, which nobody asked.
            if statement.type.name in _SILENT:
                continue
            if answered and form is not Form.JSON:
                say()
            _say_answer(answer, form, zone)
            answered += 1
    except duckdb.Error as error:
        if is_damage(error):
            raise
        raise QueryFailed(without_data(str(error), text, names=_names(connection))) from None


def _say_answer(answer: Any, form: Form, zone: str) -> None:
    names = unique([column[0] for column in answer.description])
    numeric = [_is_number(column[1]) for column in answer.description]
    chunks = _chunks(answer)
    if form is Form.JSON:
        _say_json(names, chunks)
    elif form is Form.CSV:
        _say_csv(names, chunks)
    else:
        _say_rows(names, numeric, chunks, ZoneInfo(zone))


def without_data(message: str, query: str, *, names: Collection[str] = ()) -> str:
    """DuckDB's message without anything it quotes from the data: only what the query says stays,
    and the names of what can be asked, which a hint suggests."""

    def kept(match: re.Match[str]) -> str:
        quoted = match[1] if match[1] is not None else match[2]
        is_known = quoted in query or quoted.rpartition(".")[2] in names or _is_name(quoted)
        return match[0] if is_known else "'…'"

    return _QUOTED.sub(kept, message).strip()


def _names(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Every view, macro, table and column that is ours; none where that cannot be found out."""
    import duckdb

    from projections.connection import describe

    try:
        found = describe(connection)
    except duckdb.Error:
        return set()
    return {one.column or one.name.partition("(")[0] for one in found}


def say_description(
    connection: duckdb.DuckDBPyConnection, beginning: str | None, form: Form
) -> None:
    """List views, macros and tables with their comments; of one that is named, its columns too.

    Raises QueryFailed where nothing begins like that.
    """
    from projections.connection import describe

    found = describe(connection)
    if beginning:
        names = sorted({one.name.partition("(")[0] for one in found})
        found = [one for one in found if one.name.startswith(beginning)]
        if not found:
            near = get_close_matches(beginning.lower(), names, n=5, cutoff=0.5)
            raise QueryFailed(
                f"nothing that can be asked begins with {beginning}; "
                + (f"near it: {', '.join(near)}; " if near else "")
                + "all there is: ticketledger sql --describe"
            )
    else:
        found = [one for one in found if one.kind != "column" or form is not Form.TABLE]
    if form is Form.TABLE:
        _say_described(found)
        if not beginning:
            tell(as_called("columns of one: ticketledger sql --describe NAME"))
        return
    for one in found:
        say_json(
            {
                "kind": one.kind,
                "name": one.name,
                "column": one.column,
                "type": one.type,
                "comment": one.comment,
            }
        )


def _say_described(found: list[Described]) -> None:
    """What can be asked, each with what it is below it; columns beside what they are."""
    width = min(terminal_width() or _READABLE, _READABLE)
    columns = [one.column or "" for one in found]
    indent = max(map(len, columns), default=0) + _INDENT + GAP
    for one in found:
        if one.column is None:
            head = f"{one.name}  ({one.kind})"
            for line in wrap(head, width):
                say(paint(line, "bold"))
        begin = " " * _INDENT + (one.column or "")
        first = indent if one.column else _INDENT
        for line in wrap(one.comment or "", width - first):
            say(begin.ljust(first) + line)
            begin = ""


def unique(names: Sequence[str]) -> list[str]:
    """Names of columns, each once: a second `count` is `count_2`."""
    seen: dict[str, int] = {}
    answer: list[str] = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        answer.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return answer


def _chunks(answer: duckdb.DuckDBPyConnection) -> Iterator[list[tuple[Any, ...]]]:
    while rows := answer.fetchmany(_AT_ONCE):
        yield rows


def _say_json(names: list[str], chunks: Iterator[list[tuple[Any, ...]]]) -> None:
    for rows in chunks:
        for row in rows:
            say_json(dict(zip(names, row, strict=True)))


def _say_csv(names: list[str], chunks: Iterator[list[tuple[Any, ...]]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    try:
        writer.writerow(names)
        for rows in chunks:
            writer.writerows([[_in_csv(value) for value in row] for row in rows])
    except BrokenPipeError:
        raise ReaderGone from None


def _say_rows(
    names: list[str],
    numeric: list[bool],
    chunks: Iterator[list[tuple[Any, ...]]],
    zone: ZoneInfo,
) -> None:
    rows: list[tuple[Any, ...]] = []
    for chunk in chunks:
        rows += chunk
        if len(rows) > ROWS_MAX:
            break
    shown = [[_in_table(value, zone) for value in row] for row in rows[:ROWS_MAX]]
    if shown and _too_wide(names, shown):
        _say_records(names, shown)
    else:
        columns = [
            Column(name, right=right, at_least=0 if right else _NARROW)
            for name, right in zip(names, numeric, strict=True)
        ]
        say_table(columns, shown)
    if len(rows) > ROWS_MAX:
        tell(f"the first {ROWS_MAX:,} rows; --json and --csv give all")
    elif not rows:
        say("(no rows)")


def _too_wide(names: list[str], rows: list[list[str]]) -> bool:
    """Whether not even narrow columns fit the terminal beside each other."""
    width = terminal_width()
    narrow = [
        min(_NARROW, max(len(name), *(len(row[index]) for row in rows)))
        for index, name in enumerate(names)
    ]
    return width is not None and sum(narrow) + GAP * (len(names) - 1) > width


def _say_records(names: list[str], rows: list[list[str]]) -> None:
    """Each row as a paragraph, a line a column."""
    cells = max(map(len, names)) + GAP
    room = (terminal_width() or 0) - cells
    for number, row in enumerate(rows, start=1):
        say(paint(f"── row {number}", "dim"))
        for name, value in zip(names, row, strict=True):
            say(paint(name.ljust(cells), "dim") + fit(clean(value), room))


def _is_number(kind: object) -> bool:
    text = str(kind)
    return (
        text == "NUMBER"
        or text.startswith(("DECIMAL", "HUGEINT"))
        or "INT" in text
        or text
        in (
            "DOUBLE",
            "FLOAT",
        )
    )


def _is_name(text: str) -> bool:
    """Names of views and columns are ours, not data."""
    return re.fullmatch(r"[a-z_]+(\.[a-z_]+)*", text) is not None and "_" in text


def _in_csv(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo:
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    return "" if value is None else value


def _in_table(value: Any, zone: ZoneInfo) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, datetime):
        local = value.astimezone(zone) if value.tzinfo else value
        return f"{local:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        items = cast(list[Any], value)
        return "[" + ", ".join(_in_table(one, zone) for one in items) + "]"
    if isinstance(value, dict):
        fields = cast(dict[str, Any], value)
        return "{" + ", ".join(f"{k}: {_in_table(one, zone)}" for k, one in fields.items()) + "}"
    return str(value)
