"""Rows in the order in which they happened, where that is not the order of the file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

from intake.columns import Places
from intake.kept import Kept
from intake.mapping import Mapping
from intake.rows import Row
from intake.times import Times

_ROWS_AT_ONCE = 1_000


class Sorting:
    """Puts rows aside in a temporary database and gives them back in order.

    Columns that hold times or counts by the mapping are sorted as such, others as text; what has
    no value comes first, and rows that are equal keep the order of the file.
    """

    def __init__(self, mapping: Mapping, places: Places) -> None:
        self._order = places.order
        self._moments = Kept(Times(mapping.file.times, mapping.zone).read)
        self._time_places = {places.updated_at, places.opened_at}
        self._number_places = {places.modification, places.reopen_count}
        # An empty name is SQLite's own temporary file: it grows on disk and deletes itself.
        self._database = sqlite3.connect("")
        self._database.execute(_statements()["create"])
        self._waiting: list[dict[str, str | int]] = []
        self.count = 0

    def put(self, row: Row) -> None:
        """One more row to be sorted."""
        self.count += 1
        key = "\x1f".join(self._key(row.cells[place], place) for place in self._order)
        self._waiting.append(
            {"key": key, "line": row.line, "cells": json.dumps(row.cells), "raw": row.raw}
        )
        if len(self._waiting) >= _ROWS_AT_ONCE:
            self._insert()

    def sorted(self) -> Iterator[Row]:
        """All rows in order, once. The temporary database is gone afterwards."""
        self._insert()
        with closing(self._database):
            for line, cells, raw in self._database.execute(_statements()["select_sorted"]):
                yield Row(line, json.loads(cells), raw)

    def _insert(self) -> None:
        self._database.executemany(_statements()["insert"], self._waiting)
        self._waiting.clear()

    def _key(self, cell: str, place: int) -> str:
        """Text whose order is that of the values. What cannot be read is reported later."""
        text = cell.strip()
        if place in self._number_places and text.isascii() and text.isdigit():
            return f"{int(text):020d}"
        if place in self._time_places:
            try:
                return self._moments[text][0].isoformat()
            except ValueError:
                return ""
        return text


@cache
def _statements() -> dict[str, str]:
    text = Path(__file__).with_name("ordering.sql").read_text("utf-8")
    parts = (section.partition("\n") for section in text.split("-- name: ")[1:])
    return {name.strip(): statement.strip() for name, _, statement in parts}
