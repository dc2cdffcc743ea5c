"""One batch of the log, taken into the index by the reading rule, inside one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..errors import EventUnreadable
from ..record import Headers, digest
from ..rule import EMPTY, Class, Head, classify
from ..store import Save
from .counted import CountedRecord
from .errors import LogReplaced, TopicUnsuitable
from .index_file import SQL
from .indexed import Indexed
from .places import pack, unpack
from .wire import Raw, fingerprint, headers_of, is_genesis, said_in

MILESTONE_EVERY = 1_000


@dataclass(slots=True)
class Applied:
    """What a batch came to. `gap` says that records are missing before the next one."""

    counted: list[CountedRecord] = field(default_factory=list[CountedRecord])
    is_anchored: bool = False
    gap: bool = False
    orphans: int = 0


@dataclass(slots=True)
class PartitionState:
    """How far a partition has been read, and what was there."""

    partition: int
    next_offset: int
    anchor: str | None
    position: int
    counted: int
    void: int
    orphans: int
    foreigners: int
    unreadable: int
    last: Raw | None = None


@dataclass(slots=True)
class _Subject:
    sequence: int
    digest: str | None
    position: int
    cold_sequence: int
    places: bytes
    has_stored_hot: bool
    hot: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    delete_hot: bool = False
    changed: bool = False


class _Found(NamedTuple):
    """A record that can be read; `save` is what was sent, where it is our own."""

    raw: Raw
    headers: Headers
    save: Save | None


class Batch:
    """Records on their way into the index. Call `take`, then `flush`."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        topic: str,
        application: Indexed,
        allow_gap: bool = False,
    ) -> None:
        self._connection = connection
        self._topic = topic
        self._application = application
        self._allow_gap = allow_gap
        self.partitions = {
            row[0]: PartitionState(*row) for row in connection.execute(SQL["select_partitions"])
        }
        self._subjects: dict[str, _Subject] = {}
        self._keys: list[tuple[str, str]] = []
        self._odd: list[tuple[Any, ...]] = []
        self._milestones: list[tuple[int, int, int]] = []
        self._types: Counter[str] = Counter()

    def take(self, records: Sequence[Raw], saves: Sequence[Save] | None = None) -> Applied:
        """Classify records in their order; those that are known already are passed over.

        Where the records are our own `saves`, there is nothing in them to be found out again.
        Raises LogReplaced if the record before is not the one that was there.
        """
        applied = Applied()
        count = len(self.partitions)
        if saves is None:
            all_headers = [headers_of(raw, count) for raw in records]
            own: Sequence[Save | None] = [None] * len(records)
        else:
            all_headers, own = [save.record.headers for save in saves], saves
        self._look_up({headers.subject for headers in all_headers if headers is not None})
        for raw, headers, save in zip(records, all_headers, own, strict=True):
            state = self.partitions[raw.partition]
            if raw.offset < state.next_offset:
                if raw.offset == state.next_offset - 1 and state.last is None:
                    self._check_anchor(state, raw)
                    applied.is_anchored = True
                continue
            if raw.offset > state.next_offset and not self._allow_gap:
                applied.gap = True
                break
            self._take(raw, headers, state, applied, save)
            state.next_offset = raw.offset + 1
            state.last = raw
        return applied

    def flush(self) -> None:
        """Write what was taken."""
        connection = self._connection
        for state in self.partitions.values():
            if state.last is not None:
                state.anchor = fingerprint(state.last)
                connection.execute(SQL["update_partition"], _partition_row(state))
        changed = [(name, one) for name, one in self._subjects.items() if one.changed]
        connection.executemany(
            SQL["delete_hot"], [(name,) for name, one in changed if one.delete_hot]
        )
        connection.executemany(SQL["insert_hot"], [row for _, one in changed for row in one.hot])
        connection.executemany(SQL["upsert_subject"], [_subject_row(*pair) for pair in changed])
        connection.executemany(SQL["insert_key"], self._keys)
        connection.executemany(SQL["insert_odd"], self._odd)
        connection.executemany(SQL["insert_milestone"], self._milestones)
        connection.executemany(SQL["add_type_count"], self._types.items())

    def _check_anchor(self, state: PartitionState, raw: Raw) -> None:
        found = fingerprint(raw)
        if found != state.anchor:
            raise LogReplaced(
                self._topic,
                partition=raw.partition,
                expected=f"record {str(state.anchor)[:12]}… at offset {raw.offset}",
                found=f"{found[:12]}…",
            )

    def _take(
        self,
        raw: Raw,
        headers: Headers | None,
        state: PartitionState,
        applied: Applied,
        save: Save | None,
    ) -> None:
        if headers is None:
            self._foreign(raw, state, "its headers cannot be read, or it is in a wrong partition")
            return
        subject = self._subjects[headers.subject]
        decided = classify(Head(subject.sequence, subject.digest), headers)
        own = is_genesis(headers)
        if raw.offset == 0 and not own:
            what = "its first record is not a ledger's genesis record"
            raise TopicUnsuitable(self._topic, found=[what])
        if decided is Class.COUNTED and own and raw.offset != 0:
            self._foreign(raw, state, "a genesis record elsewhere than at the beginning")
        elif decided is Class.COUNTED:
            self._count(_Found(raw, headers, save), state, subject, applied)
        elif decided is Class.VOID:
            state.void += 1
        else:
            state.orphans += 1
            applied.orphans += 1
            reason = "it does not continue its subject"
            self._odd.append((raw.partition, raw.offset, "orphan", headers.subject, reason))

    def _foreign(self, raw: Raw, state: PartitionState, reason: str) -> None:
        state.foreigners += 1
        self._odd.append((raw.partition, raw.offset, "foreign", None, reason))

    def _count(
        self, record: _Found, state: PartitionState, subject: _Subject, applied: Applied
    ) -> None:
        raw, headers, save = record
        value = raw.value or b""
        found = digest(headers, value) if save is None else save.record.digest
        state.counted += 1
        subject.sequence, subject.digest, subject.changed = headers.last_sequence, found, True
        if is_genesis(headers):
            return
        position = state.position + 1
        state.position += headers.count
        subject.position = state.position
        applied.counted.append(CountedRecord(raw, headers, found, position))
        if state.position // MILESTONE_EVERY != (position - 1) // MILESTONE_EVERY:
            self._milestones.append((raw.partition, position, raw.offset))
        subject.hot.append(
            (
                headers.subject,
                headers.sequence,
                headers.count,
                headers.previous,
                headers.command,
                found,
                position,
                raw.offset,
                value,
            )
        )
        last_type = self._events(record, state)
        if last_type is not None and self._application.is_cold(last_type):
            self._rest(headers.subject, subject)

    def _events(self, record: _Found, state: PartitionState) -> str | None:
        """Note the keys and types of a record's events; the last one's type, if it can be read."""
        raw, headers, save = record
        value = raw.value or b""
        said = (
            said_in(value, headers.count)
            if save is None
            else zip(save.types, save.data, strict=True)
        )
        type_ = None
        try:
            for type_, data in said:
                self._note(headers, type_, data)
        except (EventUnreadable, ValueError, KeyError, TypeError, AttributeError):
            state.unreadable += 1
            reason = "it counts, and its content cannot be read"
            self._odd.append((raw.partition, raw.offset, "unreadable", headers.subject, reason))
        return type_

    def _note(self, headers: Headers, type_: str, data: bytes) -> None:
        self._types[type_] += 1
        for key in self._application.keys(type_, data):
            self._keys.append((key, headers.subject))
        if headers.command and self._application.is_sought_by_command(type_, data):
            self._keys.append((command_key(headers.command), headers.subject))

    def _rest(self, name: str, subject: _Subject) -> None:
        """Keep only where a subject's records are."""
        places = unpack(subject.places)
        if subject.has_stored_hot and not subject.delete_hot:
            places += self._connection.execute(SQL["select_hot_places"], (name,)).fetchall()
            subject.delete_hot = True
        places += [(row[7], row[6]) for row in subject.hot]
        subject.places, subject.cold_sequence, subject.hot = pack(places), subject.sequence, []

    def _look_up(self, names: set[str]) -> None:
        """Where these subjects stand; a question for each would take longer."""
        unknown = sorted(names - self._subjects.keys())
        for name in unknown:
            self._subjects[name] = _Subject(
                EMPTY.sequence, EMPTY.digest, 0, 0, b"", has_stored_hot=False
            )
        rows = self._connection.execute(SQL["select_subjects"], (json.dumps(unknown),))
        for name, sequence, stored, position, cold, places in rows:
            has_hot = cold < sequence
            self._subjects[name] = _Subject(sequence, stored.hex(), position, cold, places, has_hot)


def command_key(command: str) -> str:
    """The key under which a subject is found by a command's id, or by the header that begins with
    it. A header of ours has no such key among an application's own."""
    return f"command:{command.partition(' ')[0]}"


def _partition_row(state: PartitionState) -> tuple[Any, ...]:
    return (
        state.next_offset,
        state.anchor,
        state.position,
        state.counted,
        state.void,
        state.orphans,
        state.foreigners,
        state.unreadable,
        state.partition,
    )


def _subject_row(name: str, subject: _Subject) -> tuple[Any, ...]:
    return (
        name,
        subject.sequence,
        bytes.fromhex(subject.digest or ""),
        subject.position,
        subject.cold_sequence,
        subject.places,
    )
