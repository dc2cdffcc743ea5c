"""How a batch's bytes become typed columns: SQL that parses, and checks by the domain's events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

import duckdb
from duckdb.sqltypes import DuckDBPyType
from pydantic import BaseModel

from domain.events import AnyEvent

_SQL = Path(__file__).parent / "sql"

LINES_IN_A_CHUNK = 2048
"""As many rows as DuckDB handles at a time."""

Delivered = tuple[int, int, bytes]
"""One event of the stream: partition, position, bytes."""

Rows = Sequence[tuple[int, bytes]]
"""Events of one partition: position, bytes."""


class Parsing(NamedTuple):
    """A statement that parses a delivery, but for the name of its table, and its parameters."""

    sql: str
    values: dict[str, Any]


@cache
def statement(name: str) -> str:
    """The text of one of the loop's own SQL files."""
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Staging:
    """The statement that parses and checks a delivery, for both ways to hand one over."""

    lines: str
    rows: str

    def of(self, delivered: Sequence[Delivered]) -> Parsing:
        """How any delivery is parsed."""
        partitions, positions, bodies = zip(*delivered, strict=True)
        if len(set(partitions)) == 1:
            return self._of_one(partitions[0], positions, bodies)
        return self._of_many(partitions, positions, bodies)

    def of_rows(self, partition: int, rows: Rows) -> Parsing:
        """How a delivery of one partition is parsed."""
        positions, bodies = zip(*rows, strict=True)
        return self._of_one(partition, positions, bodies)

    def _of_one(
        self, partition: int, positions: tuple[int, ...], bodies: tuple[bytes, ...]
    ) -> Parsing:
        first, end = positions[0], positions[-1] + 1
        chunks = _as_lines(bodies) if positions == tuple(range(first, end)) else None
        if chunks is None:
            return self._of_many((partition,) * len(positions), positions, bodies)
        firsts = list(range(first, end, LINES_IN_A_CHUNK))
        return Parsing(self.lines, {"partition": partition, "firsts": firsts, "chunks": chunks})

    def _of_many(
        self, partitions: tuple[int, ...], positions: tuple[int, ...], bodies: tuple[bytes, ...]
    ) -> Parsing:
        values = {"partitions": partitions, "positions": positions, "bodies": bodies}
        return Parsing(self.rows, values)


def staging(struct: str) -> Staging:
    """How a delivery is parsed, with a projection's fields of `data`, and checked."""
    parsing = (
        statement("stage")
        .replace("/*the projection's fields*/", struct)
        .replace("/*the check of data*/", _all_checks(struct))
    )
    return Staging(
        lines=parsing.replace("/*what was delivered*/", statement("delivered_lines")),
        rows=parsing.replace("/*what was delivered*/", statement("delivered_rows")),
    )


def _as_lines(bodies: Sequence[bytes]) -> list[str] | None:
    """The bodies as texts of many lines; None if one of them is no single line of text."""
    joined = [
        b"\n".join(bodies[first : first + LINES_IN_A_CHUNK])
        for first in range(0, len(bodies), LINES_IN_A_CHUNK)
    ]
    if sum(chunk.count(b"\n") for chunk in joined) != len(bodies) - len(joined):
        return None
    if any(b"\0" in chunk for chunk in joined):
        return None
    try:
        return [chunk.decode("utf-8") for chunk in joined]
    except UnicodeDecodeError:
        return None


def _all_checks(struct: str) -> str:
    """One WHEN for each known type of event that can be wrong.

    There is no `IN (…)` here: DuckDB makes a join of it, which takes longer than all the rest.
    """
    checks = {
        short_name(event.TYPE): " ".join(_checks(event, struct)) for event in get_args(AnyEvent)
    }
    return "\n            ".join(
        f"WHEN type = {_literal(name)} THEN CASE {check} END"
        for name, check in checks.items()
        if check
    )


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
