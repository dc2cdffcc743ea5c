"""Does every record say what its digest, its predecessor and its place in the log say?"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from json.encoder import encode_basestring_ascii
from operator import itemgetter
from typing import Any, NamedTuple

from .envelope import read_event
from .errors import EventUnreadable
from .findings import Checkpoint, Finding, Verification
from .record import RECORD_BYTES_MAX, Headers, digest, value_of
from .rule import EMPTY, Class, Head, advance, classify
from .sqlite_creation import GENESIS_SUBJECT
from .statements import read_statements
from .verify_keys import KeyCheck

_SQL = read_statements("verify_statements.sql")
_HEADS_MAX = 100_000
_EVENT_BYTES_MIN = 100
_EVENTS_MAX = RECORD_BYTES_MAX // _EVENT_BYTES_MIN
_OUTSIDE_MAX = 100

Row = tuple[Any, ...]


class RecordCheck:
    """Reads records in the order of the log, each with its events, and compares.

    Heads of subjects are kept while they are few, and looked up when they are many.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        keys: KeyCheck,
        verification: Verification,
        expect: Sequence[Checkpoint],
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._verification = verification
        self._expected = {point.records: point.digest for point in expect}
        self._running = hashlib.sha256()
        self._number = 0
        self._position: int | None = 0
        self._heads: dict[str, Head] = {}
        self._forgotten = False
        self._doubtful: dict[str, tuple[str, str]] = {}

    def run(self) -> Iterator[int]:
        """Check record after record; yields how many have been read."""
        rows = self._connection.execute(
            _SQL["select_records_with_events"], {"events_max": _EVENTS_MAX}
        )
        for _, group in groupby(rows, itemgetter(0)):
            self._check(list(group))
            self._verification.records += 1
            self._compare(self._verification.records)
            yield self._verification.records

    def finish(self) -> None:
        """Check what only the whole can tell, and leave a checkpoint."""
        verification = self._verification
        if not verification.records:
            self._add("record", "the genesis record is missing", number=0)
        if self._position is not None:
            values = {"end": self._position, "limit": _OUTSIDE_MAX}
            for (position,) in self._connection.execute(_SQL["select_events_outside"], values):
                self._add("event", "it belongs to no record", position=position)
        for records in sorted(self._expected):
            what = (
                f"an earlier verification read {records} records, now there are "
                f"{verification.records}: the last ones were removed"
            )
            self._add("record", what, number=verification.records)
        point = Checkpoint(0, verification.records, self._running.hexdigest())
        verification.checkpoints.append(point)

    def _check(self, rows: list[Row]) -> None:
        number, format_, subject, sequence, count, previous, command, stored, position = rows[0][:9]
        headers = Headers(
            subject=subject,
            sequence=sequence,
            count=count,
            previous=previous,
            command=command,
            format=format_,
        )
        events = [row[9:] for row in rows if row[9] is not None]
        record = _Claimed(number, headers, stored, position, events)
        computed = digest(headers, value_of([body for _, _, body in record.events]))
        self._running.update(computed.encode("ascii"))
        self._verification.events += len(record.events)
        is_sound = computed == stored
        self._check_place(record)
        events_are_sound = self._check_events(record)
        if is_sound:
            self._check_chain(record)
        elif events_are_sound:
            what = "it does not match its digest: a header, the digest or an event was changed"
            self._find("record", what, record)
        self._number = number + 1
        # After a record that is wrong, the place of the next one cannot be told.
        self._position = position + count if is_sound else None
        self._heads[subject] = advance(headers, stored)
        if not is_sound:
            self._doubtful[subject] = (stored, computed)

    def _check_place(self, record: _Claimed) -> None:
        if record.number != self._number:
            what = f"it follows where record {self._number} should be: one is missing, or was moved"
            self._find("record", what, record)
        elif self._position is not None and record.position != self._position:
            what = f"its events begin at {record.position}, those before it end at {self._position}"
            self._find("record", what, record)
        is_genesis = record.headers.subject == GENESIS_SUBJECT
        if is_genesis != (record.number == 0):
            self._find("record", "only record 0 is the genesis record", record)

    def _check_events(self, record: _Claimed) -> bool:
        """Whether each event is there and fits its record, as far as can be told from it alone."""
        headers = record.headers
        expected_position, is_sound = record.position, True
        for number, (position, type_, body) in enumerate(record.events):
            if position != expected_position:
                break
            expected_position += 1
            what = _misfit(headers, headers.sequence + number, type_=type_, body=body)
            if what is None and record.number > 0:
                what = self._keys.add(headers.subject, type_, body)
            if what is not None:
                is_sound = False
                self._find("event", what, record, offset=number)
        if expected_position != record.position + headers.count:
            is_sound = False
            what = "it is missing, or its record's count or position was changed"
            self._find("event", what, record, offset=expected_position - record.position)
        return is_sound

    def _check_chain(self, record: _Claimed) -> None:
        headers = record.headers
        head = self._head_before(record)
        doubt = self._doubtful.pop(headers.subject, None)
        if doubt is not None and headers.previous in doubt:
            return  # What is wrong there has been found there.
        decided = classify(head, headers)
        if decided is Class.VOID:
            what = f"its sequence is taken already: its subject had reached {head.sequence}"
            self._find("record", what, record)
        elif decided is not Class.COUNTED:
            what = "it does not continue its subject: the record before is missing or exchanged"
            self._find("record", what, record)

    def _head_before(self, record: _Claimed) -> Head:
        """Kept while subjects are few; when they are many, all are forgotten and looked up."""
        subject = record.headers.subject
        head = self._heads.get(subject)
        if head is None and self._forgotten:
            values = {"subject": subject, "number": record.number}
            row = self._connection.execute(_SQL["select_head_before"], values).fetchone()
            head = Head(row[0], row[1]) if row else None
        if len(self._heads) > _HEADS_MAX:
            self._heads.clear()
            self._doubtful.clear()
            self._forgotten = True
        return head or EMPTY

    def _compare(self, records: int) -> None:
        expected = self._expected.pop(records, None)
        if expected is not None and expected != self._running.hexdigest():
            what = f"the first {records} records are not those of an earlier verification"
            self._add("record", what, number=records - 1)

    def _find(self, table: str, what: str, record: _Claimed, *, offset: int | None = None) -> None:
        self._add(
            table,
            what,
            number=record.number,
            subject=record.headers.subject,
            sequence=record.headers.sequence + (offset or 0),
            position=record.position + (offset or 0),
        )

    def _add(
        self,
        table: str,
        what: str,
        *,
        number: int | None = None,
        subject: str | None = None,
        sequence: int | None = None,
        position: int | None = None,
    ) -> None:
        finding = Finding(table, what, number, subject, sequence, position)
        self._verification.add(finding)


class _Claimed(NamedTuple):
    """A record as it stands there, with the events (position, type, body) that it claims."""

    number: int
    headers: Headers
    digest: str
    position: int
    events: list[tuple[int, str, bytes]]


def _misfit(headers: Headers, sequence: int, *, type_: str, body: bytes) -> str | None:
    """What of an event contradicts its record. The bytes are compared as they are written."""
    fits = (
        f',"type":{_quoted(type_)},"subject":{_quoted(headers.subject)}'
        f',"sequence":"{sequence:010d}","time":"'
    ).encode("ascii")
    if fits in body:
        return None
    try:
        envelope, _ = read_event(body)
    except EventUnreadable:
        return "its envelope cannot be read"
    for name, is_same in (
        ("type", envelope.type == type_),
        ("subject", envelope.subject == headers.subject),
        ("sequence", envelope.sequence == sequence),
    ):
        if not is_same:
            return f"its {name} is not the one in its envelope"
    return "its envelope is not written as the ledger writes it"


_quoted = lru_cache(maxsize=10_000)(encode_basestring_ascii)
