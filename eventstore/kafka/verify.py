"""Read a log on Kafka from its start and recompute what it claims, sharing nothing with the index.

Findings are what honest writers on an intact log never leave: orphans, foreign records, counted
ones that cannot be read, an index that says otherwise. Void records are no findings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..envelope import read_event
from ..errors import EventUnreadable, StoreError
from ..findings import Checkpoint, Finding, Verification
from ..record import Headers, digest
from ..rule import EMPTY, Class, Head, advance, classify
from .errors import BrokerUnreachable
from .index import Index
from .log import Log
from .reading import IndexReader
from .wire import Raw, bodies_of, headers_of, is_genesis

Progress = Callable[[int, int], None]
"""Called now and then with the number of records read, and of all records."""

_WAIT_SECONDS = 1.0
_PATIENCE = 30


class Verifiable(Protocol):
    """A store whose log can be read from its start."""

    log: Log
    index: Index
    reader: IndexReader


@dataclass(slots=True)
class _Partition:
    number: int
    heads: dict[str, Head] = field(default_factory=dict[str, Head])
    running: Any = field(default_factory=hashlib.sha256)
    counted: int = 0
    position: int = 0
    expected: dict[int, str] = field(default_factory=dict[int, str])


def verify(
    store: Verifiable,
    *,
    expect: Sequence[Checkpoint] = (),
    progress: Progress | None = None,
) -> Verification:
    """Recompute every chain of every partition. Memory grows with the number of subjects.

    A checkpoint counts the *counted* records of its partition, the genesis record included: void
    ones may still come to stand between them, without anything having changed.
    """
    verification = Verification()
    _catch_up(store, verification)
    log = store.log
    ends = log.ends()
    total, done = sum(ends.values()), 0
    for number, end in sorted(ends.items()):
        expected = {one.records: one.digest for one in expect if one.partition == number}
        state = _Partition(number, expected=expected)
        offset, waited = 0, 0
        while offset < end and waited < _PATIENCE:
            raws = log.scan(number, offset, timeout_seconds=_WAIT_SECONDS)
            waited = 0 if raws else waited + 1
            for raw in raws:
                if raw.offset < end:
                    _check(raw, state, log.partitions, verification)
            if raws:
                done += min(raws[-1].offset + 1, end) - offset
                offset = raws[-1].offset + 1
                if progress is not None:
                    progress(done, total)
        if offset < end:
            _add(verification, "log", f"it cannot be read on from offset {offset}", number=offset)
        _finish(state, verification)
        _compare_index(store.index, state, end, verification)
    return verification


def _catch_up(store: Verifiable, found: Verification) -> None:
    """So that the index can be compared; that it cannot follow this log is a finding too."""
    try:
        store.reader.to_the_end()
    except BrokerUnreachable:
        raise
    except StoreError as error:
        _add(found, "index", str(error))


def _check(raw: Raw, state: _Partition, partitions: int, found: Verification) -> None:
    headers = headers_of(raw, partitions)
    if headers is None:
        what = "foreign: its headers cannot be read, or it is in a wrong partition"
        _add(found, "log", what, number=raw.offset)
        return
    own = is_genesis(headers)
    if (raw.offset == 0) != own:
        what = "only the record at offset 0 is a genesis record"
        if raw.offset == 0 or classify(state.heads.get(headers.subject, EMPTY), headers) is not (
            Class.VOID
        ):
            _add(found, "log", what, number=raw.offset, subject=headers.subject)
            return
    decided = classify(state.heads.get(headers.subject, EMPTY), headers)
    if decided is Class.ORPHAN:
        what = "an orphan: it does not continue its subject"
        _add(found, "log", what, number=raw.offset, subject=headers.subject)
    elif decided is Class.COUNTED:
        _count(raw, headers, state, found, is_own=own)


def _count(
    raw: Raw, headers: Headers, state: _Partition, found: Verification, *, is_own: bool
) -> None:
    value = raw.value or b""
    recomputed = digest(headers, value)
    state.heads[headers.subject] = advance(headers, recomputed)
    state.running.update(recomputed.encode("ascii"))
    state.counted += 1
    found.records += 1
    first = state.position + 1
    found.events += headers.count
    if not is_own:
        state.position += headers.count
    bodies = bodies_of(value, headers.count)
    what = "its value does not hold its events" if bodies is None else _misfit(headers, bodies)
    if what is not None:
        _add(
            found,
            "event",
            what,
            number=raw.offset,
            subject=headers.subject,
            sequence=headers.sequence,
            position=None if is_own else first,
        )
    expected = state.expected.pop(state.counted, None)
    if expected is not None and expected != state.running.hexdigest():
        what = f"the first {state.counted} counted records are not those of an earlier verification"
        _add(found, "log", what, number=raw.offset)


def _misfit(headers: Headers, bodies: Sequence[bytes]) -> str | None:
    """What of a record's events contradicts its headers."""
    for number, body in enumerate(bodies):
        try:
            envelope, _ = read_event(body)
        except EventUnreadable:
            return f"the envelope of its event {number + 1} cannot be read"
        if envelope.subject != headers.subject or envelope.sequence != headers.sequence + number:
            return f"its event {number + 1} names another subject or sequence"
    return None


def _finish(state: _Partition, found: Verification) -> None:
    for records in sorted(state.expected):
        what = (
            f"an earlier verification counted {records} records in partition {state.number}, now "
            f"there are {state.counted}: the last ones were removed"
        )
        _add(found, "log", what, number=state.counted)
    found.checkpoints.append(Checkpoint(state.number, state.counted, state.running.hexdigest()))


def _compare_index(index: Index, state: _Partition, end: int, found: Verification) -> None:
    """Where the index stands at the same offset, it must say the same."""
    try:
        claimed = index.partitions()[state.number]
        heads = index.heads(list(state.heads))
    except StoreError as error:
        _add(found, "index", str(error))
        return
    if claimed.next_offset != end:
        return  # It went on meanwhile, or has not caught up: nothing can be compared.
    if claimed.position != state.position or claimed.counted != state.counted:
        what = (
            f"it counts {claimed.counted} records up to position {claimed.position} in partition "
            f"{state.number}, the log {state.counted} up to {state.position}; log index rebuild"
        )
        _add(found, "index", what)
    for subject, head in state.heads.items():
        if heads[subject][0] != head:
            what = "it has another head than the log; log index rebuild"
            _add(found, "index", what, subject=subject)


def _add(
    found: Verification,
    table: str,
    what: str,
    *,
    number: int | None = None,
    subject: str | None = None,
    sequence: int | None = None,
    position: int | None = None,
) -> None:
    found.add(Finding(table, what, number, subject, sequence, position))
