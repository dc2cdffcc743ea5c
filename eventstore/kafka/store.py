"""The store on Kafka: a log that any number of machines write, read through a local index."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from ..genesis import source_of
from ..rule import Class
from ..store import Counted, Lookup, Lost, Save, Settings, StoredRecord, Tail
from .applying import Indexed
from .clock import Clock
from .genesis import read_genesis
from .index import Index
from .log import Log
from .reading import IndexReader
from .settings import LedgerSettings, read_settings
from .topic_log import TopicLog
from .writing import Writer

_SCAN_SECONDS = 1.0


class KafkaStore:
    """A ledger on a cluster. Implements Store.

    May be shared by threads; processes of one machine share its index, and any number of machines
    its log. Whoever loads sees everything that was acknowledged to anybody before.
    `application` says under which keys subjects are found, and which of them rest.
    """

    def __init__(
        self,
        folder: Path,
        log: Log,
        *,
        application: Indexed,
        bootstrap: str,
        deadline_seconds: float = 60.0,
        clock: Clock = time,
    ) -> None:
        self.folder = folder
        self.log = log
        self.index = _index(folder, log, application)
        self._settings = self.index.settings
        self.reader = IndexReader(log, self.index, deadline_seconds=deadline_seconds, clock=clock)
        self._writer = Writer(
            self.reader, bootstrap=bootstrap, deadline_seconds=deadline_seconds, clock=clock
        )
        self._resume: dict[int, tuple[int, int]] = {}

    @classmethod
    def open(
        cls, folder: Path, *, application: Indexed, settings: LedgerSettings | None = None
    ) -> Self:
        """The ledger that the folder's settings name.

        Raises KafkaSettingsInvalid, BrokerUnreachable, AccessDenied, TopicMissing, IndexUnusable.
        """
        settings = settings or read_settings(folder)
        log = TopicLog(settings.kafka, settings.log_topic)
        try:
            return cls(
                folder,
                log,
                application=application,
                bootstrap=settings.kafka.bootstrap_servers,
                deadline_seconds=settings.kafka.deadline_seconds,
            )
        except BaseException:
            log.close()
            raise

    @property
    def saves_at_once(self) -> int:
        """Saves of one subject wait for each other, those of all subjects together."""
        return 10_000

    @property
    def source(self) -> str:
        """The `source` of this ledger's events."""
        return source_of(self._settings.name)

    @property
    def settings(self) -> Settings:
        """What the ledger was created with."""
        return self._settings

    def load(self, subject: str, after_sequence: int = 0) -> Tail:
        """A subject's records that begin after a sequence, as of the log's end."""
        return self.load_many({subject: after_sequence})[subject]

    def load_many(self, after: Mapping[str, int]) -> dict[str, Tail]:
        """The same for many subjects, in one snapshot."""
        self.reader.to_the_end()
        return self.reader.load_many(after)

    def append_many(self, saves: Sequence[Save]) -> list[Counted | Lost]:
        """Append what continues its subject; what is acknowledged is replicated and read back.

        Saves of different subjects go out together. Those of one go out one after another, since
        each may only be sent when the one before it is known to count; when one is lost, those
        after it are too.
        """
        results: dict[int, Counted | Lost] = {}
        left = dict(enumerate(saves))
        while left:
            wave: dict[str, int] = {}
            for number, save in left.items():
                wave.setdefault(save.record.headers.subject, number)
            written = self._writer.write([left[number] for number in wave.values()])
            for (subject, number), result in zip(wave.items(), written, strict=True):
                results[number] = result
                del left[number]
                if isinstance(result, Lost):
                    for other in [n for n, save in left.items() if _is_of(save, subject)]:
                        results[other] = result
                        del left[other]
                    if result.reason is Class.ORPHAN:
                        self.reader.look_again()
        return [results[number] for number in range(len(saves))]

    def read(
        self, after_position: int, limit: int, *, partition: int = 0
    ) -> list[tuple[int, bytes]]:
        """The counted events of a partition above a position, in order, from the log itself."""
        after_position = max(after_position, 0)
        self.reader.to_the_end()
        end = self.index.partitions()[partition]
        found: list[tuple[int, bytes]] = []
        offset = self._offset_of(partition, after_position)
        while len(found) < limit and after_position < end.position:
            raws = self.log.scan(partition, offset, timeout_seconds=_SCAN_SECONDS)
            for record in self.index.counted(raws, self._settings.partitions):
                for position, body in enumerate(record.bodies, start=record.position):
                    if position > after_position and len(found) < limit:
                        found.append((position, body))
                        after_position = position
                if len(found) == limit:
                    self._resume[partition] = (after_position, record.raw.offset)
                    return found
            offset = raws[-1].offset + 1 if raws else offset
        self._resume[partition] = (after_position, offset)
        return found

    def records(self) -> Iterator[StoredRecord]:
        """Every counted record but the genesis records, as of now, in the order of recording."""
        self.reader.to_the_end()
        ends = self.index.partitions()
        partitions = [self._records(number, one.next_offset) for number, one in ends.items()]
        yield from heapq.merge(*partitions, key=_recorded)

    def last_position(self, *, partition: int = 0) -> int:
        """The position of a partition's last event, 0 if there is none."""
        self.reader.to_the_end()
        return self.index.partitions()[partition].position

    def subject_count(self) -> int:
        """How many subjects have a record; the ledger's own are not among them."""
        self.reader.to_the_end()
        return self.index.subject_counts()[0] - self._settings.partitions

    def subject_of_command(self, command_id: str) -> str | None:
        """A subject at work on which a command is recorded."""
        self.reader.to_the_end()
        return self.index.subject_of_command(command_id)

    def subjects_by_key(self, key: str) -> list[str]:
        """The subjects found under a key, in text order."""
        self.reader.to_the_end()
        return self.index.subjects_by_key(key)

    def keys_with_prefix(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        """(key, subject) of keys that begin like this, in text order."""
        self.reader.to_the_end()
        return self.index.keys_with_prefix(prefix, limit)

    def as_of_now(self) -> Lookup:
        """What is recorded now. Asks the log once, and then the index alone."""
        self.reader.to_the_end()
        return _AsOfNow(self.reader)

    def rebuild_index(self) -> None:
        """Forget what was read of the log and read it again from its start."""
        self.index.forget(read_genesis(self.log))
        self._settings = self.index.settings
        self._resume = {}
        self.reader.look_again()
        self.reader.to_the_end()

    def close(self) -> None:
        """Give back what is open. Closing twice is fine."""
        self.log.close()
        self.index.close()

    def _records(self, partition: int, end_offset: int) -> Iterator[StoredRecord]:
        offset = 0
        while offset < end_offset:
            raws = self.log.scan(partition, offset, timeout_seconds=_SCAN_SECONDS)
            raws = [raw for raw in raws if raw.offset < end_offset]
            for record in self.index.counted(raws, self._settings.partitions):
                yield record.stored
            offset = raws[-1].offset + 1 if raws else offset

    def _offset_of(self, partition: int, after_position: int) -> int:
        """From where to read for what follows a position: often where the last reading ended."""
        position, offset = self._resume.get(partition, (-1, 0))
        if position == after_position:
            return offset
        return self.index.milestone(partition, after_position + 1)[1]


class _AsOfNow:
    """What the index has, without asking the log whether there is more."""

    def __init__(self, reader: IndexReader) -> None:
        self._reader = reader

    def load(self, subject: str, after_sequence: int = 0) -> Tail:
        return self._reader.load_many({subject: after_sequence})[subject]

    def subjects_by_key(self, key: str) -> list[str]:
        return self._reader.index.subjects_by_key(key)


def _index(folder: Path, log: Log, application: Indexed) -> Index:
    try:
        return Index.open(folder, application=application, topic=log.topic)
    except FileNotFoundError:
        settings = read_genesis(log)
        return Index.create(folder, settings, application=application, topic=log.topic)


def _recorded(record: StoredRecord) -> bytes:
    """When a record was recorded, as text that sorts; empty if that cannot be read."""
    body = record.bodies[0]
    start = body.find(b'"recordedtime":"') + len(b'"recordedtime":"')
    return body[start : start + len("2026-11-22T12:00:00.000000Z")]


def _is_of(save: Save, subject: str) -> bool:
    return save.record.headers.subject == subject
