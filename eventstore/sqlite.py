"""The embedded store: one SQLite file that is log, index and stream in one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Self

from .envelope import data_of
from .errors import EventUnreadable, LedgerDamaged
from .genesis import source_of
from .record import Headers
from .rule import EMPTY, Head, advance
from .sqlite_batch import Batch, head_of
from .sqlite_creation import check_file, create_file, read_settings
from .sqlite_file import SQLiteFile
from .statements import read_statements
from .store import Counted, Keys, Lost, Save, Settings, StoredRecord, Tail

_SQL = read_statements("sqlite_statements.sql") | read_statements("key_statements.sql")
_SEQUENCE_COLUMN = 2
_KEYS_AT_ONCE = 10_000
_RECORDS_AT_ONCE = 2_000


class SQLiteStore:
    """A ledger in a folder. Implements Store.

    May be shared by threads, and be used by a forked child; several processes may write to one
    ledger at once. `application` says under which keys subjects are found.
    """

    def __init__(self, file: SQLiteFile, *, application: Keys) -> None:
        self.file = file
        self.application = application
        self._settings = read_settings(file)
        self._source = source_of(self._settings.name)

    @classmethod
    def create(cls, folder: Path, *, name: str, time_zone: str, application: Keys) -> Self:
        """A new ledger. Raises LedgerExists, SettingsInvalid, LedgerUnwritable."""
        create_file(folder, name=name, time_zone=time_zone)
        return cls.open(folder, application=application)

    @classmethod
    def open(cls, folder: Path, *, application: Keys) -> Self:
        """A ledger that is there.

        Raises LedgerMissing, NotALedger, LedgerTooNew, LedgerDamaged, LedgerUnwritable.
        """
        return cls(SQLiteFile(check_file(folder)), application=application)

    @property
    def folder(self) -> Path:
        """The ledger's folder."""
        return self.file.path.parent

    @property
    def saves_at_once(self) -> int:
        """How many saves one transaction takes well."""
        return 1_000

    @property
    def source(self) -> str:
        """The `source` of this ledger's events."""
        return self._source

    @property
    def settings(self) -> Settings:
        """What the ledger was created with."""
        return self._settings

    def load(self, subject: str, after_sequence: int = 0) -> Tail:
        """A subject's records that begin after a sequence, in one snapshot."""
        with self.file.reading() as connection:
            return self._tail(connection, subject, after_sequence)

    def load_many(self, after: Mapping[str, int]) -> dict[str, Tail]:
        """The same for many subjects, in one snapshot."""
        with self.file.reading() as connection:
            return {
                subject: self._tail(connection, subject, sequence)
                for subject, sequence in after.items()
            }

    def append_many(self, saves: Sequence[Save]) -> list[Counted | Lost]:
        """Append what continues its subject, in one transaction, durable on return.

        Saves of one subject may build on each other; when one is lost, those after it are too.
        """
        if not saves:
            return []
        with self.file.writing() as connection:
            return self.append_within(connection, saves)

    def append_within(
        self, connection: sqlite3.Connection, saves: Sequence[Save]
    ) -> list[Counted | Lost]:
        """The same inside a write transaction of the caller's."""
        batch = Batch(connection, self.application)
        outcomes = [batch.add(save) for save in saves]
        batch.insert()
        return outcomes

    def head_within(self, connection: sqlite3.Connection, subject: str) -> Head:
        """Where a subject stands, inside a transaction of the caller's."""
        return head_of(connection, subject)[0]

    def read(
        self, after_position: int, limit: int, *, partition: int = 0
    ) -> list[tuple[int, bytes]]:
        """The stream: events above a position, in order. There is one partition."""
        _check_partition(partition)
        values = {"after_position": after_position, "limit": limit}
        with self.file.reading() as connection:
            return connection.execute(_SQL["select_stream"], values).fetchall()

    def records(self) -> Iterator[StoredRecord]:
        """Every record but the genesis record, as of now, in the order of the log."""
        number = 0
        while rows := self._rows_of_records(number):
            for _, group in groupby(rows, itemgetter(0)):
                yield self._record([row[1:] for row in group])
            number = rows[-1][0]

    def last_position(self, *, partition: int = 0) -> int:
        """The position of the last event, 0 if there is none."""
        _check_partition(partition)
        with self.file.reading() as connection:
            position: int = connection.execute(_SQL["select_last_position"]).fetchone()[0]
        return position

    def subject_count(self) -> int:
        """How many subjects have a record; the ledger's own is not among them."""
        with self.file.reading() as connection:
            count: int = connection.execute(_SQL["count_subjects"]).fetchone()[0]
        return count

    def subject_of_command(self, command_id: str) -> str | None:
        """A subject on which a command is recorded. Looks at every record."""
        with self.file.reading() as connection:
            values = {"command_id": command_id}
            row = connection.execute(_SQL["select_subject_of_command"], values).fetchone()
        return row[0] if row else None

    def subjects_by_key(self, key: str) -> list[str]:
        """The subjects found under a key, in text order."""
        with self.file.reading() as connection:
            rows = connection.execute(_SQL["select_subjects_by_key"], {"key": key}).fetchall()
        return [subject for (subject,) in rows]

    def keys_with_prefix(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        """(key, subject) of keys that begin like this, in text order."""
        values = {"prefix": prefix, "limit": limit}
        with self.file.reading() as connection:
            return connection.execute(_SQL["select_keys_with_prefix"], values).fetchall()

    def as_of_now(self) -> Self:
        """This store: asking it costs little."""
        return self

    def rebuild_keys(self) -> int:
        """Drop all keys and fill them in again from the events; how many there are now.

        Raises EventUnreadable if the application cannot tell an event's keys: then nothing changes.
        """
        with self.file.writing() as connection:
            connection.execute(_SQL["delete_keys"])
            for rows in _in_groups(self._keys_of_events(connection), _KEYS_AT_ONCE):
                connection.executemany(_SQL["insert_key"], rows)
            count: int = connection.execute(_SQL["count_keys"]).fetchone()[0]
        return count

    def close(self) -> None:
        """Close the file. Closing twice is fine."""
        self.file.close()

    def _keys_of_events(self, connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
        rows = connection.execute(_SQL["select_events_with_subjects"])
        for position, type_, body, subject in rows:
            try:
                keys = list(self.application.keys(type_, data_of(body)))
            except Exception as error:  # noqa: BLE001 - the application's own, and may quote the event
                reason = f"its keys cannot be told ({type(error).__name__})"
                where = f"{subject}, position {position}"
                raise EventUnreadable(where=where, reason=reason) from None
            for key in keys:
                yield key, subject

    def _rows_of_records(self, after_number: int) -> list[Any]:
        values = {"after_number": after_number, "last_number": after_number + _RECORDS_AT_ONCE}
        with self.file.reading() as connection:
            return connection.execute(_SQL["select_records"], values).fetchall()

    def _tail(self, connection: sqlite3.Connection, subject: str, after_sequence: int) -> Tail:
        values = {"subject": subject, "after_sequence": after_sequence}
        rows = connection.execute(_SQL["select_tail"], values).fetchall()
        if rows:
            by_record = groupby(rows, itemgetter(_SEQUENCE_COLUMN))
            records = [self._record(list(group)) for _, group in by_record]
            last = records[-1]
            head = advance(last.headers, last.digest)
            return Tail(head, last.position + last.headers.count - 1, records)
        head, position = EMPTY, 0
        if after_sequence:
            head, position = head_of(connection, subject)
        return Tail(head, position, ())

    def _record(self, rows: list[Any]) -> StoredRecord:
        format_, subject, sequence, count, previous, command, digest, position, _ = rows[0]
        bodies = tuple(row[-1] for row in rows)
        if len(bodies) != count or None in bodies:
            raise LedgerDamaged(
                self.file.path, what=f"events of {subject} at sequence {sequence} are missing"
            )
        headers = Headers(
            subject=subject,
            sequence=sequence,
            count=count,
            previous=previous,
            command=command,
            format=format_,
        )
        return StoredRecord(headers, digest, position, bodies)


def _check_partition(partition: int) -> None:
    if partition != 0:
        raise ValueError(f"an embedded ledger has one partition, number 0, and not {partition}")


def _in_groups(rows: Iterator[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    group: list[tuple[str, str]] = []
    for row in rows:
        group.append(row)
        if len(group) == size:
            yield group
            group = []
    yield group
