"""Copying a ledger from one store to another, or to another number of partitions.

Records keep their bytes, so their digests stay valid: chains are per subject. What is there already
is passed over, which is how an interrupted copy goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from .envelope import read_event
from .errors import CopyRefused, EventUnreadable
from .record import Record, digest, value_of
from .rule import EMPTY, Class, Head, advance, classify
from .store import Lost, Save, Store, StoredRecord

Progress = Callable[[int], None]
"""Called now and then with the number of records that have been read."""

RECORDS_AT_ONCE = 2_000


class Copied(NamedTuple):
    """What a copy came to. `complete` says that it was not stopped, and that every subject's chain
    ends alike in both stores."""

    records: int
    records_copied: int
    events_copied: int
    subjects: int
    complete: bool


def copy(
    source: Store,
    target: Store,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Copied:
    """Append to the target what it does not have of the source, and compare the chains.

    Raises CopyRefused if the target holds anything that the source does not, or if a record of the
    source does not match its digest. Nobody should write to either meanwhile: what is recorded in
    the source after the copy began is left to the next one.
    """
    _compare_before(source, target)
    heads: dict[str, Head] = {}
    read = copied = events = 0
    rest = source.records()
    while chunk := list(islice(rest, RECORDS_AT_ONCE)):
        missing = list(_missing(chunk, heads, target))
        for save, result in zip(missing, target.append_many(missing), strict=True):
            if isinstance(result, Lost):
                raise CopyRefused(save.record.headers.subject, what="somebody writes to the target")
        read += len(chunk)
        copied += len(missing)
        events += sum(save.record.headers.count for save in missing)
        if progress is not None:
            progress(read)
        if stop is not None and stop.is_set():
            return Copied(read, copied, events, len(heads), complete=False)
    _compare(heads, target)
    return Copied(read, copied, events, len(heads), complete=True)


def _compare_before(source: Store, target: Store) -> None:
    """Nothing can be taken out of a log again: what is wrong must be known before the first write.

    Reads all of the target, which is a beginning of the source, or empty, or the wrong one.
    """
    if target.settings.time_zone != source.settings.time_zone:
        raise CopyRefused(
            "its first record",
            what=f"the source counts days in {source.settings.time_zone}, "
            f"the target in {target.settings.time_zone}",
        )
    last: dict[str, tuple[int, str]] = {}
    for record in target.records():
        last[record.headers.subject] = (record.headers.sequence, record.digest)
    names = list(last)
    for first in range(0, len(names), RECORDS_AT_ONCE):
        part = names[first : first + RECORDS_AT_ONCE]
        for subject, tail in source.load_many({one: last[one][0] - 1 for one in part}).items():
            if not tail.records or tail.records[0].digest != last[subject][1]:
                raise CopyRefused(subject, what="the target has it otherwise than the source")


def _missing(chunk: list[StoredRecord], heads: dict[str, Head], target: Store) -> Iterator[Save]:
    """What of a chunk the target does not have; `heads` are the source's, and are led on."""
    subjects = {record.headers.subject for record in chunk}
    there = {
        subject: tail.head
        for subject, tail in target.load_many(dict.fromkeys(subjects, _BEHIND_ALL)).items()
    }
    for stored in chunk:
        subject = stored.headers.subject
        recomputed = digest(stored.headers, value_of(stored.bodies))
        decided = classify(heads.get(subject, EMPTY), stored.headers)
        if recomputed != stored.digest or decided is not Class.COUNTED:
            raise CopyRefused(subject, what="the source is damaged there; verify it first")
        heads[subject] = advance(stored.headers, stored.digest)
        wanted = classify(there[subject], stored.headers)
        if wanted is Class.COUNTED:
            there[subject] = heads[subject]
            yield _save(stored)
        elif wanted is Class.ORPHAN:
            raise CopyRefused(subject, what="the target has another history")


_BEHIND_ALL = 10**10
"""Loading from here gives heads and no records."""


def _save(stored: StoredRecord) -> Save:
    types: list[str] = []
    data: list[bytes] = []
    for body in stored.bodies:
        try:
            envelope, said = read_event(body)
            types.append(envelope.type)
            data.append(said)
        except EventUnreadable:  # It counts all the same, and goes along as it is.
            types.append("unreadable")
            data.append(b"{}")
    return Save(Record(stored.headers, stored.bodies, stored.digest), types, data)


def _compare(heads: dict[str, Head], target: Store) -> None:
    """Do all chains end alike, and are there no others?"""
    names = list(heads)
    for first in range(0, len(names), RECORDS_AT_ONCE):
        part = names[first : first + RECORDS_AT_ONCE]
        found = target.load_many(dict.fromkeys(part, _BEHIND_ALL))
        for subject in part:
            if found[subject].head != heads[subject]:
                raise CopyRefused(subject, what="the target has another history, or goes on")
    if (there := target.subject_count()) != len(heads):
        raise CopyRefused(
            "other subjects", what=f"the target has {there:,} subjects, the source {len(heads):,}"
        )
