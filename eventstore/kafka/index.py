"""The local index: which records count, where every subject stands, and where its records are."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from ..record import Headers, digest
from ..rule import EMPTY, Head
from ..store import Save, Settings, StoredRecord, Tail
from .applying import Applied, Batch, PartitionState, command_key
from .counted import CountedRecord, counted_places
from .errors import IndexUnusable
from .index_file import FILE_NAME, SQL, IndexFile, check, create, delete, empty
from .indexed import Indexed
from .places import Place, unpack
from .wire import Raw, stream_bodies

__all__ = ["Index", "Odd", "Resting"]


class Resting(NamedTuple):
    """A subject of which records have to be fetched from the log: those at these places."""

    head: Head
    position: int
    cold_sequence: int
    places: Sequence[Place]
    hot: Sequence[StoredRecord]


class Odd(NamedTuple):
    """A record that is an orphan, foreign or unreadable, and where it is."""

    partition: int
    offset: int
    kind: str
    subject: str | None
    reason: str


class Index:
    """The index of one log, in a file that the processes of one machine share."""

    def __init__(self, file: IndexFile, *, application: Indexed, topic: str) -> None:
        self.file = file
        self.application = application
        self.topic = topic

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        application: Indexed,
        topic: str,
        name: str = FILE_NAME,
    ) -> Self:
        """An index that is there. Raises IndexUnusable, FileNotFoundError if there is none."""
        path = folder / name
        if not path.exists():
            raise FileNotFoundError(path)
        check(path)
        return cls(IndexFile(path), application=application, topic=topic)

    @classmethod
    def create(
        cls,
        folder: Path,
        settings: Settings,
        *,
        application: Indexed,
        topic: str,
        name: str = FILE_NAME,
    ) -> Self:
        """An empty one, unless another process has made it meanwhile."""
        create(folder / name, _about(settings, topic), partitions=settings.partitions)
        return cls.open(folder, application=application, topic=topic, name=name)

    def forget(self, settings: Settings) -> None:
        """Forget all that was read. Raises IndexUnusable if the file cannot even do that."""
        about = _about(settings, self.topic)
        empty(self.file, about, partitions=settings.partitions)

    @staticmethod
    def delete(folder: Path, name: str = FILE_NAME) -> None:
        """Remove the file."""
        delete(folder / name)

    @property
    def settings(self) -> Settings:
        """What the log's genesis records say. Raises IndexUnusable."""
        with self.file.reading() as connection:
            about = dict(connection.execute(SQL["select_about"]).fetchall())
        if about.get("topic") != self.topic:
            what = f"belongs to the log {about.get('topic')}, not to {self.topic}"
            raise IndexUnusable(self.file.path, what=what)
        try:
            return Settings(**json.loads(about["settings"]))
        except (KeyError, ValueError, TypeError):
            raise IndexUnusable(self.file.path, what="does not say what it is about") from None

    def generation(self) -> str | None:
        """Another one after `forget`, whoever called it: what was learnt before is void then."""
        with self.file.reading() as connection:
            row = connection.execute(SQL["select_generation"]).fetchone()
        return row[0] if row else None

    def partitions(self) -> dict[int, PartitionState]:
        """How far each partition has been read."""
        with self.file.reading() as connection:
            rows = connection.execute(SQL["select_partitions"]).fetchall()
        return {row[0]: PartitionState(*row) for row in rows}

    def apply(
        self,
        records: Sequence[Raw],
        *,
        saves: Sequence[Save] | None = None,
        allow_gap: bool = False,
    ) -> Applied:
        """Take a batch of the log in, in one transaction; `saves` where it is our own saves.

        Raises LogReplaced, TopicUnsuitable.
        """
        with self.file.writing() as connection:
            return self.apply_within(connection, records, saves=saves, allow_gap=allow_gap)

    def apply_within(
        self,
        connection: sqlite3.Connection,
        records: Sequence[Raw],
        *,
        saves: Sequence[Save] | None = None,
        allow_gap: bool = False,
    ) -> Applied:
        """The same in a transaction of the caller's."""
        batch = Batch(
            connection, topic=self.topic, application=self.application, allow_gap=allow_gap
        )
        applied = batch.take(records, saves)
        batch.flush()
        return applied

    def tails(self, after: Mapping[str, int]) -> dict[str, Tail | Resting]:
        """Each subject's records after a sequence, all of one snapshot."""
        with self.file.reading() as connection:
            return {
                subject: self._tail(connection, subject, sequence)
                for subject, sequence in after.items()
            }

    def heads(self, subjects: Sequence[str]) -> dict[str, tuple[Head, int]]:
        """Each subject's head, and the position of its last event."""
        with self.file.reading() as connection:
            rows = connection.execute(SQL["select_subjects"], (json.dumps(subjects),)).fetchall()
        found: dict[str, tuple[Head, int]] = dict.fromkeys(subjects, (EMPTY, 0))
        for subject, sequence, last, position, *_ in rows:
            found[subject] = (Head(sequence, last.hex()), position)
        return found

    def warm(self, subject: str, resting: Resting, records: Sequence[CountedRecord]) -> None:
        """Keep fetched records of a subject that is at work again."""
        with self.file.writing() as connection:
            row = connection.execute(SQL["select_subject"], (subject,)).fetchone()
            if row is None or row[3] != resting.cold_sequence or row[0] == row[3]:
                return  # Others were faster, or it rests again.
            connection.executemany(SQL["insert_hot"], [_hot_row(record) for record in records])
            connection.execute(SQL["upsert_subject"], (subject, row[0], row[1], row[2], 0, b""))

    def counted(self, records: Sequence[Raw], partitions: int) -> list[CountedRecord]:
        """Those of these records that count."""
        with self.file.reading() as connection:
            return list(counted_places(connection, records, partitions))

    def milestone(self, partition: int, position: int) -> tuple[int, int]:
        """(position, offset) of a record at or before a position."""
        with self.file.reading() as connection:
            row = connection.execute(SQL["select_milestone"], (partition, position)).fetchone()
        return row or (1, 0)

    def subjects_by_key(self, key: str) -> list[str]:
        """The subjects found under a key, in text order."""
        with self.file.reading() as connection:
            rows = connection.execute(SQL["select_subjects_by_key"], {"key": key}).fetchall()
        return [subject for (subject,) in rows]

    def keys_with_prefix(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        """(key, subject) of keys that begin like this, in text order."""
        values = {"prefix": prefix, "limit": limit}
        with self.file.reading() as connection:
            return connection.execute(SQL["select_keys_with_prefix"], values).fetchall()

    def subject_of_command(self, command_id: str) -> str | None:
        """A subject on which a command is recorded that is sought so, or any of one at work."""
        with self.file.reading() as connection:
            values = {"command_id": command_id, "key": command_key(command_id)}
            row = connection.execute(SQL["select_subject_of_command"], values).fetchone()
        return row[0] if row else None

    def odd(self, limit: int = 1_000) -> list[Odd]:
        """Records that are orphans, foreign or unreadable."""
        with self.file.reading() as connection:
            return [Odd(*row) for row in connection.execute(SQL["select_odd"], (limit,))]

    def type_counts(self) -> dict[str, int]:
        """How many events of each type count, the most frequent first."""
        with self.file.reading() as connection:
            return dict(connection.execute(SQL["select_type_counts"]).fetchall())

    def subject_counts(self) -> tuple[int, int]:
        """How many subjects there are (ledger's own included), and how many are at work."""
        with self.file.reading() as connection:
            row: tuple[int, int] = connection.execute(SQL["count_subjects"]).fetchone()
        return row

    def close(self) -> None:
        """Close the file. Closing twice is fine."""
        self.file.close()

    def _tail(self, connection: sqlite3.Connection, subject: str, after: int) -> Tail | Resting:
        row = connection.execute(SQL["select_subject"], (subject,)).fetchone()
        if row is None:
            return Tail(EMPTY, 0, ())
        sequence, last, position, cold_sequence, places = row
        head = Head(sequence, last.hex())
        if after >= sequence:
            return Tail(head, position, ())
        rows = connection.execute(SQL["select_hot"], (subject, after)).fetchall()
        hot = [self._stored(subject, one) for one in rows]
        if after >= cold_sequence:
            return Tail(head, position, hot)
        return Resting(head, position, cold_sequence, unpack(places), hot)

    def _stored(self, subject: str, row: tuple[Any, ...]) -> StoredRecord:
        """SQLite does not notice when a byte within a value changes; the digest does."""
        sequence, count, previous, command, claimed, position, _, value = row
        headers = Headers(subject, sequence, count, previous, command)
        if digest(headers, value) != claimed:
            what = f"is damaged: a record of {subject} is not as it was read from the log"
            raise IndexUnusable(self.file.path, what=what)
        return StoredRecord(headers, claimed, position, stream_bodies(value, count))


def _about(settings: Settings, topic: str) -> dict[str, str]:
    described = {
        "name": settings.name,
        "time_zone": settings.time_zone,
        "partitions": settings.partitions,
        "format": settings.format,
    }
    generation = uuid.uuid4().hex
    return {"topic": topic, "settings": json.dumps(described), "generation": generation}


def _hot_row(record: CountedRecord) -> tuple[Any, ...]:
    h = record.headers
    return (
        h.subject,
        h.sequence,
        h.count,
        h.previous,
        h.command,
        record.digest,
        record.position,
        record.raw.offset,
        record.raw.value or b"",
    )
