"""Saves on their way into an embedded ledger, inside one write transaction."""

from __future__ import annotations

import sqlite3

from .rule import EMPTY, Class, Head, advance, classify
from .statements import read_statements
from .store import Counted, Keys, Lost, Save

_SQL = read_statements("sqlite_statements.sql")


class Batch:
    """Saves on their way into one write transaction: classified one by one, inserted together."""

    def __init__(self, connection: sqlite3.Connection, application: Keys) -> None:
        self._connection = connection
        self._application = application
        self._number, self._position = connection.execute(_SQL["select_end"]).fetchone()
        self._heads: dict[str, Head] = {}
        self._lost: dict[str, Lost] = {}
        self._records: list[tuple[int, int, str, int, int, str | None, str | None, str, int]] = []
        self._events: list[tuple[int, str, bytes]] = []
        self._keys: list[tuple[str, str]] = []

    def add(self, save: Save) -> Counted | Lost:
        """Classify one save on what those before it leave."""
        headers, digest = save.record.headers, save.record.digest
        subject = headers.subject
        if subject in self._lost:
            return self._lost[subject]
        head = self._heads.get(subject)
        if head is None:
            head, _ = head_of(self._connection, subject)
        decided = classify(head, headers)
        if decided is not Class.COUNTED:
            return self._not_counted(save, decided)
        position = self._position
        self._heads[subject] = advance(headers, digest)
        self._records.append(
            (
                self._number,
                headers.format,
                subject,
                headers.sequence,
                headers.count,
                headers.previous,
                headers.command,
                digest,
                position,
            )
        )
        for type_, body, data in zip(save.types, save.record.bodies, save.data, strict=True):
            self._events.append((self._position, type_, body))
            self._position += 1
            for key in self._application.keys(type_, data):
                self._keys.append((key, subject))
        self._number += 1
        return Counted(position)

    def insert(self) -> None:
        """Write what counts."""
        execute_many = self._connection.executemany
        execute_many(_SQL["insert_record"], self._records)
        execute_many(_SQL["insert_event"], self._events)
        if self._keys:
            execute_many(_SQL["insert_key"], self._keys)
        self._records, self._events, self._keys = [], [], []

    def _not_counted(self, save: Save, decided: Class) -> Counted | Lost:
        """The same bytes sent again are no loss: whichever copy came first counts."""
        self.insert()  # Its copy may be in this very batch.
        headers = save.record.headers
        values = {"subject": headers.subject, "sequence": headers.sequence}
        twin = self._connection.execute(_SQL["select_twin"], values).fetchone()
        if twin and twin[0] == save.record.digest:
            return Counted(twin[1], repeated=True)
        lost = Lost(decided)
        self._lost[headers.subject] = lost
        return lost


def head_of(connection: sqlite3.Connection, subject: str) -> tuple[Head, int]:
    """Where a subject stands, and the position of its last event."""
    row = connection.execute(_SQL["select_head"], {"subject": subject}).fetchone()
    return (Head(row[0], row[1]), row[2]) if row else (EMPTY, 0)
