"""One event is one CloudEvent 1.0 in JSON; here its bytes are written and read."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple

from .errors import EventInvalid, EventUnreadable

SEQUENCE_MAX = 9_999_999_999
"""Ten digits, so that the text order of sequences is their order."""

_DATA = b',"data":'
_DATA_BASE64 = b',"data_base64":'


class Envelope(NamedTuple):
    """What the ledger knows about an event, whatever the event says.

    `time` is when it occurred, `recordedtime` when it was recorded; both are aware.
    `sequence` counts the subject's events from 1. `firstversion` stands in a subject's first event
    only, and only where its application counts versions from something other than 1.
    """

    id: str
    source: str
    type: str
    subject: str
    sequence: int
    time: datetime
    recordedtime: datetime
    actor: str | None = None
    commandid: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    firstversion: int | None = None


@lru_cache(maxsize=1024)  # The events of a save, and the saves of a batch, share their times.
def write_time(moment: datetime) -> str:
    """An instant as the log writes it: UTC, always six decimals, `Z`; text order is time order."""
    if moment.tzinfo is not UTC:
        if moment.tzinfo is None:
            raise EventInvalid("a moment without a time zone cannot be recorded; give it one")
        moment = moment.astimezone(UTC)
    # Asking `isoformat` for the decimals takes it twice as long as leaving them to it.
    text = moment.isoformat()[:-6]
    return f"{text}Z" if moment.microsecond else f"{text}.000000Z"


def write_event(envelope: Envelope, data: bytes, *, is_object: bool | None = None) -> bytes:
    """The bytes of an event; `data` stands last and verbatim, so that it can be cut out again.

    Data that is not a JSON object travels as `data_base64`; who knows which it is may say so.
    Raises EventInvalid if the envelope holds something that cannot be written.
    """
    e = envelope
    if not 0 < e.sequence <= SEQUENCE_MAX:
        raise EventInvalid(f"sequence {e.sequence} is outside 1 to {SEQUENCE_MAX}")
    optional = ""
    if e.actor:
        optional += ',"actor":' + repeated_text(e.actor)
    if e.commandid:
        optional += ',"commandid":' + text_in_json(e.commandid)
    if e.correlationid:
        optional += ',"correlationid":' + repeated_text(e.correlationid)
    if e.causationid:
        optional += ',"causationid":' + text_in_json(e.causationid)
    if e.firstversion is not None:
        optional += f',"firstversion":"{e.firstversion}"'
    head = (
        f'{{"specversion":"1.0","id":{text_in_json(e.id)},"source":{repeated_text(e.source)}'
        f',"type":{repeated_text(e.type)},"subject":{repeated_text(e.subject)},"sequence":"{e.sequence:010d}"'
        f',"time":"{write_time(e.time)}","recordedtime":"{write_time(e.recordedtime)}"{optional}'
    )
    if is_json_object(data) if is_object is None else is_object:
        return head.encode("ascii") + _DATA + data + b"}"
    return head.encode("ascii") + _DATA_BASE64 + b'"' + base64.b64encode(data) + b'"}'


def read_event(body: bytes) -> tuple[Envelope, bytes]:
    """The envelope of an event, and its data byte for byte as it was given.

    Attributes of later releases are ignored. Raises EventUnreadable.
    """
    head, data = _split(body)
    try:
        fields: dict[str, Any] = json.loads(head + b"}")
        envelope = Envelope(
            id=fields["id"],
            source=fields["source"],
            type=fields["type"],
            subject=fields["subject"],
            sequence=int(fields["sequence"]),
            time=datetime.fromisoformat(fields["time"]),
            recordedtime=datetime.fromisoformat(fields["recordedtime"]),
            actor=fields.get("actor"),
            commandid=fields.get("commandid"),
            correlationid=fields.get("correlationid"),
            causationid=fields.get("causationid"),
            firstversion=_first_version(fields),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        # The cause is left out: its message could quote what the event contains.
        raise EventUnreadable(where="an unknown place", reason="its envelope is broken") from None
    return envelope, data


def data_of(body: bytes) -> bytes:
    """Only the data of an event, without reading its envelope. Raises EventUnreadable."""
    return _split(body)[1]


def is_json_object(data: bytes) -> bool:
    """Whether every JSON parser reads these bytes, and reads them as an object.

    Python's own is more lenient than others (encodings, NaN, half surrogate pairs): ruled out.
    """
    if not (data.startswith(b"{") and data.endswith(b"}")):
        return False
    try:
        value = _STRICT.decode(data.decode("utf-8"))
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return False
    return True


def _split(body: bytes) -> tuple[bytes, bytes]:
    """Envelope strings are escaped, so the first `,"data` outside a string is the event's own."""
    plain = body.find(_DATA)
    if plain >= 0:
        encoded = body.find(_DATA_BASE64, 0, plain)
        if encoded < 0:
            return body[:plain], body[plain + len(_DATA) : -1]
    else:
        encoded = body.find(_DATA_BASE64)
    if encoded < 0:
        raise EventUnreadable(where="an unknown place", reason="it has no data")
    try:
        data = base64.b64decode(body[encoded + len(_DATA_BASE64) + 1 : -2], validate=True)
    except binascii.Error:
        raise EventUnreadable(where="an unknown place", reason="its data is not base64") from None
    return body[:encoded], data


def text_in_json(text: str) -> str:
    """A JSON string in ASCII. Half a surrogate pair is not text, and other parsers refuse it."""
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise EventInvalid("an attribute of the event is not valid Unicode text") from None
    return encode_basestring_ascii(text)


repeated_text = lru_cache(maxsize=10_000)(text_in_json)
"""For what many events have in common."""


def _first_version(fields: Mapping[str, Any]) -> int | None:
    written = fields.get("firstversion")
    return None if written is None else int(written)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


_STRICT = json.JSONDecoder(parse_constant=_refuse_constant)
