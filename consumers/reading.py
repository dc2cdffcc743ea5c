"""How a batch's bytes become typed columns: SQL that parses, and checks by the domain's events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, get_args

import duckdb
from duckdb.sqltypes import DuckDBPyType
from pydantic import BaseModel

from domain.events import AnyEvent

_SQL = Path(__file__).parent / "sql"

Delivered = tuple[int, int, bytes]
"""One event of the stream: partition, position, bytes."""


def _as_lines(bodies: Sequence[bytes]) -> str | None:
    """All bodies as lines of one text; None if one of them is no single line of text."""
    joined = b"\n".join(bodies)
    if joined.count(b"\n") != len(bodies) - 1 or b"\0" in joined:
        return None
    try:
        return joined.decode("utf-8")
    except UnicodeDecodeError:
        return None


@cache
def statement(name: str) -> str:
    """The text of one of the loop's own SQL files."""
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def delivering(delivered: Sequence[Delivered]) -> tuple[str, dict[str, Any]]:
    """The statement that hands a delivery to DuckDB, and its parameters."""
    partitions, positions, bodies = (list(column) for column in zip(*delivered, strict=True))
    first, count = positions[0], len(positions)
    if positions == list(range(first, first + count)) and len(set(partitions)) == 1:
        lines = _as_lines(bodies)
        if lines is not None:
            values = {"partition": partitions[0], "first_position": first, "lines": lines}
            return statement("delivered_lines"), values
    values = {"partitions": partitions, "positions": positions, "bodies": bodies}
    return statement("delivered_rows"), values


def staging(struct: str) -> str:
    """The statement that parses and checks a delivery, with a projection's fields of `data`."""
    checks = [
        f"WHEN type = {_literal(short_name(event.TYPE))} THEN CASE {found} END"
        for event in get_args(AnyEvent)
        if (found := " ".join(_checks(event, struct)))
    ]
    parsing = statement("stage").replace("/*the projection's fields*/", struct)
    return parsing.replace("/*the check of data*/", "\n            ".join(checks))


def short_name(event_type: str) -> str:
    """`ticket.opened` of `ticketledger.ticket.opened.v1`."""
    return event_type.removeprefix("ticketledger.").removesuffix(".v1")


def _checks(event: type[BaseModel], struct: str) -> Iterator[str]:
    """One WHEN … THEN reason for each declared field of this event that could be wrong."""
    fields = {field.alias or name: field for name, field in event.model_fields.items()}
    for name, kind in _fields(duckdb.type(struct)):
        if name not in fields:
            continue
        column = f"data.{_quoted(name)}"
        if fields[name].is_required():
            yield f"WHEN {column} IS NULL THEN {_literal(f'data.{name} is missing or unreadable')}"
        if kind.id == "struct":
            yield from _nested_checks(name, kind, model=_model_in(fields[name].annotation))
        elif kind.id not in {"varchar", "json"} and not fields[name].is_required():
            yield (
                f"WHEN {column} IS NULL AND {_present(name)} "
                f"THEN {_literal(f'data.{name} is not a {kind}')}"
            )


def _nested_checks(
    name: str, kind: DuckDBPyType, *, model: type[BaseModel] | None
) -> Iterator[str]:
    """An object that is there must be one, and have what it cannot be without."""
    wrong = [f"json_type(TRY_CAST(text AS JSON), {_path(name)}) <> 'OBJECT'"]
    for child, _ in _fields(kind):
        if model and child in model.model_fields and model.model_fields[child].is_required():
            wrong.append(f"data.{_quoted(name)}.{_quoted(child)} IS NULL")
    yield (
        f"WHEN {_present(name)} AND ({' OR '.join(wrong)}) "
        f"THEN {_literal(f'data.{name} is unreadable')}"
    )


def _present(name: str) -> str:
    """Whether the event has this field with a value. The text search spares most the parsing."""
    return (
        f"contains(text, {_literal(json.dumps(name))}) AND "
        f"coalesce(json_type(TRY_CAST(text AS JSON), {_path(name)}), 'NULL') <> 'NULL'"
    )


def _fields(kind: DuckDBPyType) -> Iterator[tuple[str, DuckDBPyType]]:
    """The fields of a STRUCT type. Children of other types are no fields."""
    for name, child in kind.children:
        if isinstance(child, DuckDBPyType):
            yield name, child


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The model that a field holds, also where it is optional."""
    for part in (annotation, *get_args(annotation)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None


def _path(name: str) -> str:
    return _literal(f'$.data."{name}"')


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
