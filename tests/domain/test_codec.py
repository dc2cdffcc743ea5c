"""Events as stored bytes: strict when written, tolerant when read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given as each
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.codec import EVENT_CLASSES, UnknownEventType, decode, encode
from domain.events import (
    AnyEvent,
    NextUpdatePromised,
    NoteAdded,
    Requester,
    TicketClosed,
    TicketOpened,
    TicketStatusChanged,
)
from domain.values import Channel, Origin, Sealed, SealedText, Status
from tests.domain.given import OPENED
from tests.domain.strategies import ANY_EVENT, EVENT_KINDS, TEXT

pytestmark = pytest.mark.unit

SEALED = Sealed(sealed=SealedText(key="key-1", nonce="bm9uY2U", text="c2VhbGVk"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


@each(ANY_EVENT)
def test_what_goes_in_comes_out(event: AnyEvent) -> None:
    type_name, data = encode(event)

    back = decode(type_name, data)

    assert back == event
    assert type(back) is type(event)
    assert encode(back) == (type_name, data)


@each(ANY_EVENT)
def test_stored_data_is_one_compact_json_object_without_empty_fields(event: AnyEvent) -> None:
    _, data = encode(event)

    decoded = json.loads(data)
    assert isinstance(decoded, dict)
    assert None not in decoded.values()
    assert data == json.dumps(decoded, ensure_ascii=False, separators=(",", ":")).encode() or (
        "confidence" in decoded  # numbers with a fraction may be written in two ways
    )


def grown(value: Any, extra: Any) -> Any:
    """The same data as a later release might write it: one more field in every object."""
    if isinstance(value, dict):
        return {key: grown(inner, extra) for key, inner in value.items()} | {"later": extra}
    if isinstance(value, list):
        return [grown(inner, extra) for inner in value]
    return value


@each(ANY_EVENT, JSON)
def test_fields_that_a_later_release_adds_are_ignored_at_every_depth(
    event: AnyEvent, extra: Any
) -> None:
    type_name, data = encode(event)
    known = json.loads(data)
    # Any name is a custom field's, so nothing can be added there unseen.
    as_it_was = {name: known[name] for name in known.keys() & {"custom_fields"}}
    newer = grown(known, extra) | as_it_was

    assert decode(type_name, json.dumps(newer).encode()) == event


def test_a_later_release_may_say_more_about_a_requester_and_a_sealed_text() -> None:
    opened = OPENED.model_copy(update={"requester": Requester(id="c", name=SEALED)})
    type_name, data = encode(opened)
    raw = json.loads(data)
    raw["requester"]["pronoun"] = "she"
    raw["requester"]["name"]["since"] = 3
    raw["requester"]["name"]["sealed"]["algorithm"] = "AES"

    assert decode(type_name, json.dumps(raw).encode()) == opened


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_writing_refuses_a_field_that_does_not_exist(kind: type[Any]) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        kind(no_such_field=1)


def test_writing_refuses_a_field_that_does_not_exist_inside_a_value() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        Requester(id="c", shoe_size="42")  # type: ignore[call-arg]
    with pytest.raises(ValidationError, match="Extra inputs"):
        SealedText(key="k", nonce="n", text="t", hint="h")  # type: ignore[call-arg]


def test_writing_refuses_what_is_not_a_value() -> None:
    with pytest.raises(ValidationError):
        TicketStatusChanged(from_=Status.NEW, to="somewhere")
    with pytest.raises(ValidationError):
        NoteAdded(note_id="", body="an empty id is none")
    with pytest.raises(ValidationError, match="a moment needs a time zone"):
        NextUpdatePromised(promise_id="P1", instance=1, due_at="2026-11-22T10:00:00")
    with pytest.raises(ValidationError):
        NoteAdded(note_id="n", body="half a character: \ud800")


def test_an_event_never_changes() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        OPENED.number = "another"  # type: ignore[misc]


def test_a_personal_text_may_be_sealed_without_another_version_of_the_event() -> None:
    note = NoteAdded(note_id="n", body=SEALED)

    _, data = encode(note)

    assert data == (
        b'{"note_id":"n","body":{"sealed":{"key":"key-1","nonce":"bm9uY2U","text":"c2VhbGVk"}}}'
    )
    assert decode(NoteAdded.TYPE, data) == note


def test_an_event_of_a_newer_release_is_named_and_not_guessed() -> None:
    with pytest.raises(UnknownEventType, match=r"ticketledger\.ticket\.opened\.v2.*newer release"):
        decode("ticketledger.ticket.opened.v2", b"{}")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"reason":"boredom"}',
        b'{"reason":null}',
        b"\xff\xfe",
        b'{"reason":"\\ud800"}',
    ],
)
def test_data_that_is_not_of_its_type_is_an_error_of_validation(data: bytes) -> None:
    with pytest.raises(ValidationError):
        decode(TicketClosed.TYPE, data)


@pytest.mark.parametrize(
    "due", ["soon", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-22T10:00"]
)
def test_a_moment_that_is_none_is_an_error_of_validation(due: str) -> None:
    data = json.dumps({"promise_id": "P1", "instance": 1, "due_at": due}).encode()

    with pytest.raises(ValidationError):
        decode(NextUpdatePromised.TYPE, data)


def test_a_moment_from_another_zone_is_stored_in_utc() -> None:
    data = b'{"promise_id":"P1","instance":1,"due_at":"2026-11-22T17:00:00+07:00"}'

    _, stored = encode(decode(NextUpdatePromised.TYPE, data))

    assert b'"due_at":"2026-11-22T10:00:00.000000Z"' in stored


def test_every_type_name_is_a_constant_of_its_own_and_has_a_version() -> None:
    assert len(EVENT_CLASSES) == len(EVENT_KINDS)
    for name, kind in EVENT_CLASSES.items():
        assert name == kind.TYPE
        assert "TYPE" in vars(kind)
        assert name.startswith("ticketledger.")
        assert name.endswith(".v1")


def test_the_stored_bytes_do_not_depend_on_where_a_class_lives() -> None:
    moved = type("Renamed", (TicketOpened,), {"__module__": "elsewhere.altogether"})
    event = {"number": "T-1", "channel": Channel.CHAT, "live": True, "origin": Origin.CUSTOMER}

    assert encode(moved(**event)) == encode(TicketOpened(**event))
