"""The store on Kafka: a log that any number of machines write, read through a local index."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from ..genesis import source_of
from ..rule import Class
from ..store import Counted, Lookup, Lost, Save, Settings, StoredRecord, Tail
from .clock import Clock
from .counted import CountedRecord
from .genesis import read_genesis
from .index import Index
from .indexed import Indexed
from .log import Log
from .reading import IndexReader
from .settings import LedgerSettings, read_settings
from .topic_log import TopicLog
from .wire import Raw
from .writing import Writer

Answer = TypeVar("Answer")

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
            self.reader,
            rebuild=self.rebuild_index,
            bootstrap=bootstrap,
            deadline_seconds=deadline_seconds,
            clock=clock,
        )
        self._resume: dict[int, tuple[int, int]] = {}
        self._generation = self.index.generation()

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
        return self._as_of_the_end(lambda: self.reader.load_many(after))

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
        return self._as_of_the_end(lambda: self._read(max(after_position, 0), limit, partition))

    def records(self) -> Iterator[StoredRecord]:
        """Every counted record but the genesis records, as of now, in the order of recording."""
        ends = self._as_of_the_end(self.index.partitions)
        partitions = [self._records(number, one.next_offset) for number, one in ends.items()]
        yield from heapq.merge(*partitions, key=_recorded)

    def last_position(self, *, partition: int = 0) -> int:
        """The position of a partition's last event, 0 if there is none."""
        return self._as_of_the_end(self.index.partitions)[partition].position

    def subject_count(self) -> int:
        """How many subjects have a record; the ledger's own are not among them."""
        return self._as_of_the_end(self.index.subject_counts)[0] - self._settings.partitions

    def subject_of_command(self, command_id: str) -> str | None:
        """A subject on which a command is recorded that is sought so, or any of one at work."""
        return self._as_of_the_end(lambda: self.index.subject_of_command(command_id))

    def subjects_by_key(self, key: str) -> list[str]:
        """The subjects found under a key, in text order."""
        return self._as_of_the_end(lambda: self.index.subjects_by_key(key))

    def keys_with_prefix(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        """(key, subject) of keys that begin like this, in text order."""
        return self._as_of_the_end(lambda: self.index.keys_with_prefix(prefix, limit))

    def as_of_now(self) -> Lookup:
        """What is recorded now. Asks the log once, and then the index alone."""
        return _AsOfNow(self, self._as_of_the_end(self.index.generation))

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

    def _as_of_the_end(self, ask: Callable[[], Answer]) -> Answer:
        """What the index answers once it has read up to the log's end.

        Another process may forget it at any moment, to read it anew: half of the log is no answer.
        """
        while True:
            generation = self.index.generation()
            if generation != self._generation:
                self._generation, self._resume = generation, {}
                self.reader.look_again()
            self.reader.to_the_end()
            answer = ask()
            if self.index.generation() == generation:
                return answer

    def _read(self, after_position: int, limit: int, partition: int) -> list[tuple[int, bytes]]:
        end = self.index.partitions()[partition]
        found: list[tuple[int, bytes]] = []
        offset = self._offset_of(partition, after_position)
        while len(found) < limit and after_position < end.position:
            raws = self.log.scan(partition, offset, timeout_seconds=_SCAN_SECONDS)
            for record in self._counted(raws):
                for position, body in enumerate(record.bodies, start=record.position):
                    if position > after_position and len(found) < limit:
                        found.append((position, body))
                        after_position = position
                if len(found) == limit:
                    self._resume[partition] = (after_position, record.raw.offset)
                    return found
            offset = raws[-1].offset + 1 if raws else offset
            if offset >= end.next_offset:
                break  # Of an index that was forgotten meanwhile nothing counts.
        self._resume[partition] = (after_position, offset)
        return found

    def _counted(self, raws: Sequence[Raw]) -> list[CountedRecord]:
        return self.index.counted(raws, self._settings.partitions)

    def _records(self, partition: int, end_offset: int) -> Iterator[StoredRecord]:
        offset = 0
        while offset < end_offset:
            raws = self.log.scan(partition, offset, timeout_seconds=_SCAN_SECONDS)
            raws = [raw for raw in raws if raw.offset < end_offset]
            for record in self._as_of_the_end(partial(self._counted, raws)):
                yield record.stored
            offset = raws[-1].offset + 1 if raws else offset

    def _offset_of(self, partition: int, after_position: int) -> int:
        """From where to read for what follows a position: often where the last reading ended."""
        position, offset = self._resume.get(partition, (-1, 0))
        if position == after_position:
            return offset
        return self.index.milestone(partition, after_position + 1)[1]


class _AsOfNow:
    """What the index has, without asking the log whether there is more, as long as the index is the
    one that it was."""

    def __init__(self, store: KafkaStore, generation: str | None) -> None:
        self._store = store
        self._generation = generation

    def load(self, subject: str, after_sequence: int = 0) -> Tail:
        found = self._store.reader.load_many({subject: after_sequence})[subject]
        return found if self._is_the_same() else self._store.load(subject, after_sequence)

    def subjects_by_key(self, key: str) -> list[str]:
        found = self._store.index.subjects_by_key(key)
        return found if self._is_the_same() else self._store.subjects_by_key(key)

    def _is_the_same(self) -> bool:
        return self._store.index.generation() == self._generation


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
