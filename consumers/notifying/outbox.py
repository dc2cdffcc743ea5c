"""The outbox: what still has to be sent, and up to where the stream was read for it.

Both change in one transaction, so that a crash neither loses a letter nor writes it twice.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from consumers.notifying.errors import OutboxUnusable
from consumers.notifying.letters import Letter, LetterState
from consumers.notifying.outbox_file import OutboxFile
from domain.policies.telling import NotifiedFact
from domain.reach import Surface
from domain.values import iso
from eventstore.statements import statements_in

_SQL = statements_in(Path(__file__).with_name("outbox_statements.sql"))


@dataclass(frozen=True, slots=True)
class Queue:
    """How many letters of a surface are in a state; `retried` were tried before."""

    state: LetterState
    surface: Surface
    letters: int
    retried: int
    next_at: datetime


class Outbox:
    """The letters of one ledger. Every method raises StoreError; OutboxUnusable is one."""

    def __init__(self, file: OutboxFile) -> None:
        self._file = file

    @property
    def path(self) -> Path:
        """Its file."""
        return self._file.path

    def close(self) -> None:
        """Give back what is open."""
        self._file.close()

    def positions(self) -> dict[int, int]:
        """Up to where each partition was read."""
        return dict(self._rows("positions"))

    def anchors(self) -> list[tuple[int, int, str]]:
        """Partition, position, and the id of the event that stood there."""
        return [(row[0], row[1], row[2]) for row in self._rows("anchors")]

    def begin(self, places: Mapping[int, tuple[int, str | None]]) -> None:
        """Begin behind these positions, each with the id of its event."""
        with self._file.writing() as connection:
            for partition, (position, event) in places.items():
                connection.execute(
                    _SQL["begin_partition"],
                    {"partition": partition, "position": position, "event": event},
                )

    def surfaces(self) -> dict[Surface, datetime]:
        """Since when each surface is told."""
        return {
            Surface(name): datetime.fromisoformat(since) for name, since in self._rows("surfaces")
        }

    def serve(self, surfaces: Collection[Surface], *, since: datetime) -> None:
        """Tell these surfaces and no others; those that are new, what is recorded from now on."""
        known = self.surfaces()
        with self._file.writing() as connection:
            for gone in known.keys() - set(surfaces):
                connection.execute(_SQL["drop_surface"], {"name": gone})
            for new in set(surfaces) - known.keys():
                connection.execute(_SQL["add_surface"], {"name": new, "since": iso(since)})

    def take(
        self,
        letters: Iterable[Letter],
        *,
        left_out: Mapping[str, int],
        partition: int,
        after: int,
        to: tuple[int, str],
    ) -> None:
        """Add the letters of a batch and go on behind it, both or neither."""
        position, event = to
        with self._file.writing() as connection:
            connection.executemany(_SQL["add"], [_row(letter) for letter in letters])
            for what, count in left_out.items():
                connection.execute(_SQL["count"], {"what": f"left out: {what}", "count": count})
            moved = connection.execute(
                _SQL["advance"],
                {"partition": partition, "from": after, "to": position, "event": event},
            )
            if moved.rowcount != 1:
                raise OutboxUnusable(self.path, what="was moved on by somebody else")

    def due(
        self, now: datetime, *, served: Collection[Surface], resting: Collection[Surface]
    ) -> Letter | None:
        """The letter whose turn it is, if it is anybody's."""
        values = {
            "now": iso(now),
            "served": json.dumps(sorted(served)),
            "resting": json.dumps(sorted(resting)),
        }
        return next(iter(self._letters("due", values)), None)

    def in_state(self, state: LetterState, *, limit: int = -1) -> list[Letter]:
        """The letters in a state, the longest due first."""
        return self._letters("in_state", {"state": state, "limit": limit})

    def one(self, id_: str) -> Letter | None:
        """A letter by its notification's id."""
        return next(iter(self._letters("one", {"id": id_})), None)

    def change(self, *letters: Letter) -> None:
        """Keep letters as they are now."""
        with self._file.writing() as connection:
            connection.executemany(_SQL["change"], [_row(letter) for letter in letters])

    def bury(self, letter: Letter, *, counted_as: str) -> None:
        """Keep a letter among the dead ones."""
        with self._file.writing() as connection:
            connection.execute(_SQL["change"], _row(letter))
            connection.execute(_SQL["count"], {"what": counted_as, "count": 1})

    def drop(self, letter: Letter, *, counted_as: str) -> None:
        """There is nothing left to do for a letter."""
        with self._file.writing() as connection:
            connection.execute(_SQL["drop"], {"id": letter.id})
            connection.execute(_SQL["count"], {"what": counted_as, "count": 1})

    def tally(self) -> dict[str, int]:
        """What came of all letters so far."""
        return dict(self._rows("tally"))

    def queues(self) -> list[Queue]:
        """How many letters there are, by state and surface."""
        return [
            Queue(
                LetterState(state),
                Surface(surface),
                count,
                retried,
                datetime.fromisoformat(next_at),
            )
            for state, surface, count, retried, next_at in self._rows("states")
        ]

    def _letters(self, name: str, values: Mapping[str, Any]) -> list[Letter]:
        with self._file.reading() as connection:
            cursor = connection.execute(_SQL[name], values)
            names = [column[0] for column in cursor.description]
            return [_letter(dict(zip(names, row, strict=True))) for row in cursor]

    def _rows(self, name: str) -> list[tuple[Any, ...]]:
        with self._file.reading() as connection:
            rows: list[tuple[Any, ...]] = connection.execute(_SQL[name]).fetchall()
            return rows


def _row(letter: Letter) -> dict[str, Any]:
    return {
        name: iso(value) if isinstance(value, datetime) else value
        for name in Letter.__slots__
        for value in [getattr(letter, name)]
    }


def _letter(row: dict[str, Any]) -> Letter:
    read: dict[str, Any] = {
        "surface": Surface(row["surface"]),
        "fact": NotifiedFact(row["fact"]),
        "state": LetterState(row["state"]),
        "planned_at": datetime.fromisoformat(row["planned_at"]),
        "next_at": datetime.fromisoformat(row["next_at"]),
    }
    return Letter(**row | read)
