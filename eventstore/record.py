"""One save is one record: the events of one subject under strict headers, chained by digests."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from .envelope import SEQUENCE_MAX, data_of, is_json_object
from .errors import EventInvalid, EventUnreadable, RecordTooLarge, SubjectInvalid

FORMAT = 1
"""The format of records that this release writes."""

RECORD_BYTES_MAX = 1_000_000
"""What a record's value may hold; a Kafka broker takes 1,048,588 bytes, headers included."""

SUBJECT_CHARACTERS_MAX = 200

_SUBJECT = re.compile(r"[!-~](?:[ -~]{0,198}[!-~])?")
_RESERVED = re.compile(r"ledger-[0-9]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_COMMAND = re.compile(r"[!-~]{1,200} [0-9a-f]{16}")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_NAMES = ("format", "subject", "sequence", "count", "previous", "command")


def _patterns() -> dict[tuple[str, ...], re.Pattern[bytes]]:
    """What the values look like, a line each, for each set of names that our writers write."""
    given = {
        "subject": _SUBJECT,
        "sequence": _NUMBER,
        "count": _NUMBER,
        "previous": _DIGEST,
        "command": _COMMAND,
    }
    lines = {name: f"(?P<{name}>{pattern.pattern})" for name, pattern in given.items()}
    lines["format"] = str(FORMAT)
    written = [_NAMES, _NAMES[:5], (*_NAMES[:4], "command"), _NAMES[:4]]
    return {
        names: re.compile("\n".join(lines[name] for name in names).encode()) for names in written
    }


_WRITTEN = _patterns()


@dataclass(frozen=True, slots=True)
class Headers:
    """What decides whether a record counts; the value never does.

    `sequence` is that of the first event, `count` the number of events, `previous` the digest of
    the subject's preceding counted record (None for the first), `command` the command's header.
    """

    subject: str
    sequence: int
    count: int
    previous: str | None = None
    command: str | None = None
    format: int = FORMAT

    @property
    def last_sequence(self) -> int:
        """The sequence of the record's last event."""
        return self.sequence + self.count - 1


class Record(NamedTuple):
    """Headers, the bytes of each event, and the digest over both. Made by `seal`."""

    headers: Headers
    bodies: tuple[bytes, ...]
    digest: str

    @property
    def value(self) -> bytes:
        """The record's value as it is digested: a JSON array of its events."""
        return value_of(self.bodies)


def value_of(bodies: Sequence[bytes]) -> bytes:
    """A JSON array of events whose bytes stay as they are."""
    return b"[" + b",".join(bodies) + b"]"


def digest(headers: Headers, value: bytes) -> str:
    """Lower-case hex SHA-256 over the six headers, in their fixed order, and the value."""
    h = headers
    text = (
        f"format:{h.format}\nsubject:{h.subject}\nsequence:{h.sequence}\ncount:{h.count}\n"
        f"previous:{h.previous or ''}\ncommand:{h.command or ''}\n"
    )
    return hashlib.sha256(text.encode() + value).hexdigest()


def seal(headers: Headers, bodies: Sequence[bytes]) -> Record:
    """A finished record.

    Raises SubjectInvalid, EventInvalid for an empty save, RecordTooLarge over RECORD_BYTES_MAX.
    """
    check_subject(headers.subject)
    if headers.count != len(bodies) or not bodies:
        raise EventInvalid(f"a save needs its events: {headers.count} named, {len(bodies)} given")
    value = value_of(bodies)
    if len(value) > RECORD_BYTES_MAX:
        raise RecordTooLarge(
            headers.subject,
            size_bytes=len(value),
            limit_bytes=RECORD_BYTES_MAX,
            blame=_blame(bodies),
        )
    return Record(headers, tuple(bodies), digest(headers, value))


@lru_cache(maxsize=10_000)
def check_subject(subject: str) -> None:
    """Raises SubjectInvalid unless the subject can be a header, and is not a ledger's own."""
    if not _SUBJECT.fullmatch(subject):
        raise SubjectInvalid(
            f"a subject has 1 to {SUBJECT_CHARACTERS_MAX} printable ASCII characters and neither "
            f"begins nor ends with a space; this one ({len(subject)} characters) does not comply; "
            f"choose another id for it"
        )
    if _RESERVED.fullmatch(subject):
        raise SubjectInvalid(f"the subject {subject} is the ledger's own; choose another id")


def write_headers(headers: Headers) -> list[tuple[str, bytes]]:
    """Headers as a log carries them: strict ASCII, absent ones left out."""
    h = headers
    written = [
        ("format", str(h.format).encode("ascii")),
        ("subject", h.subject.encode("ascii")),
        ("sequence", str(h.sequence).encode("ascii")),
        ("count", str(h.count).encode("ascii")),
    ]
    if h.previous is not None:
        written.append(("previous", h.previous.encode("ascii")))
    if h.command is not None:
        written.append(("command", h.command.encode("ascii")))
    return written


def read_headers(pairs: Iterable[tuple[str, bytes]]) -> Headers | None:
    """Headers as a log carries them, or None if they cannot be read: such a record is foreign.

    Names that we don't know are ignored, since the digest does not cover them;
    a name given twice could be read in two ways, so it is not read at all.
    """
    pairs = tuple(pairs)
    pattern = _WRITTEN.get(tuple([name for name, _ in pairs]))
    if pattern is not None:
        matched = pattern.fullmatch(b"\n".join([value for _, value in pairs]))
        return _headers(**matched.groupdict()) if matched else None
    return _read_slowly(pairs)


def _read_slowly(pairs: Iterable[tuple[str, bytes]]) -> Headers | None:
    """Headers in another order than ours, or with others among them."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in _NAMES:
            continue
        if name in found or not value.isascii():
            return None
        found[name] = value.decode("ascii")
    previous, command = found.get("previous"), found.get("command")
    readable = (
        found.get("format") == str(FORMAT)
        and _SUBJECT.fullmatch(found.get("subject", ""))
        and _NUMBER.fullmatch(found.get("sequence", ""))
        and _NUMBER.fullmatch(found.get("count", ""))
        and (previous is None or _DIGEST.fullmatch(previous))
        and (command is None or _COMMAND.fullmatch(command))
    )
    if not readable:
        return None
    values = {name: found[name].encode() for name in _NAMES[1:] if name in found}
    return _headers(**values)


def _headers(
    subject: bytes,
    sequence: bytes,
    count: bytes,
    previous: bytes | None = None,
    command: bytes | None = None,
) -> Headers | None:
    """Values of which each is as it has to be; together they must not leave the room there is."""
    headers = Headers(
        subject.decode("ascii"),
        int(sequence),
        int(count),
        previous.decode("ascii") if previous is not None else None,
        command.decode("ascii") if command is not None else None,
    )
    return headers if headers.last_sequence <= SEQUENCE_MAX else None


def _blame(bodies: Sequence[bytes]) -> str:
    """The largest field of the largest event, by name only; what it says is nobody's business."""
    largest = max(bodies, key=len)
    place = f"its largest event is number {bodies.index(largest) + 1} of {len(bodies)}"
    try:
        data = data_of(largest)
    except EventUnreadable:
        data = b""
    fields: dict[str, Any] = json.loads(data) if is_json_object(data) else {}
    if not fields:
        return f"{place}; make it smaller"
    sizes = {name: len(json.dumps(value)) for name, value in fields.items()}
    name = max(sizes, key=lambda field: sizes[field])
    shown = f"the field {name}" if _FIELD.fullmatch(name) else "a field"
    return f"{place}, and {shown} in it has {sizes[name]:,} characters; shorten that"
