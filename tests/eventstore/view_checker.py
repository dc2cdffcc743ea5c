"""What the views hold, read with nothing but DuckDB and the manifests that readers go by."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from tests.eventstore.log_checker import View

NOT_OF_THE_STREAM = {"fence"}
"""What says who folded, not what was folded."""

_RECEIVED = "ticketledger.message.received.v1"
_SENT = "ticketledger.message.sent.v1"

Tables = dict[str, list[str]]


def tables_of(folder: Path) -> Tables:
    """Every row of every table in the projectors' own files and in what they published."""
    found: Tables = {}
    for manifest in sorted(folder.glob("projections/*/published.json")):
        published = manifest.parent / "published" / json.loads(manifest.read_text())["file"]
        for kind, file in (("own", manifest.parent / "working.duckdb"), ("published", published)):
            for table, rows in _tables_in(file).items():
                found[f"{manifest.parent.name}, {kind}: {table}"] = rows
    return found


def differences(found: Tables, expected: Tables) -> list[str]:
    """The tables that are not the same, each with a row that only one side has."""
    told: list[str] = []
    for name in sorted({*found, *expected}):
        here, there = Counter(found.get(name, [])), Counter(expected.get(name, []))
        odd = [*(here - there), *(there - here)]
        if odd or (name in found) != (name in expected):
            told.append(f"{name}: {len(odd)} rows differ, such as {odd[:1]}")
    return told


def contradictions(tables: Tables, view: View) -> list[str]:
    """Where the views say other than the counted events, counted here a second time."""
    heads = {subject: at for subject, (at, _) in view.heads.items() if subject.startswith("t-")}
    told: list[str] = []
    for name, column in (
        ("agent_queue, own: ticket", "last_sequence"),
        ("customer_timeline, own: case_state", "sequence"),
        ("recontact, own: ticket_state", "sequence"),
    ):
        rows = [json.loads(row) for row in tables[name]]
        if {row["ticket"]: row[column] for row in rows} != heads or len(rows) != len(heads):
            told.append(f"{name} does not end every ticket where the log does")
    entries = [json.loads(row) for row in tables["customer_timeline, own: entry"]]
    for kind, type_ in (("customer_message", _RECEIVED), ("our_message", _SENT)):
        shown = sorted((e["ticket"], e["sequence"]) for e in entries if e["kind"] == kind)
        if shown != sorted(_events_of(view, type_)):
            told.append(f"the entries of kind {kind} are not the messages in the log")
    aside = [name for name, rows in tables.items() if name.endswith("quarantine") and rows]
    return told + [f"{name} is not empty" for name in aside]


def _events_of(view: View, type_: str) -> Iterable[tuple[str, int]]:
    for entry in view.counted:
        for number, event in enumerate(entry.events):
            if event["type"] == type_:
                yield entry.subject, entry.sequence + number


def _tables_in(file: Path) -> Tables:
    with closing(duckdb.connect(str(file), read_only=True)) as connection:

        def rows(sql: str) -> list[tuple[Any, ...]]:
            return connection.execute(sql).fetchall()

        names = [name for (name,) in rows("SELECT table_name FROM duckdb_tables()")]
        return {
            name: sorted(row for (row,) in rows(f"SELECT to_json(t)::VARCHAR FROM {name} AS t"))
            for name in names
            if name not in NOT_OF_THE_STREAM
        }
