"""The bytes of an event: exactly as the design says, and back again without loss."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstore.envelope import (
    Envelope,
    data_of,
    is_json_object,
    read_event,
    write_event,
    write_time,
)
from eventstore.errors import EventInvalid, EventUnreadable

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 3, 12, 0, 123456, tzinfo=UTC)
OPENED = Envelope(
    id="01930c1e-0000-7000-8000-000000000001",
    source="/ledgers/main",
    type="ticketledger.ticket.opened.v1",
    subject="01930c1e-0000-7000-8000-000000000000",
    sequence=1,
    time=NOON,
    recordedtime=NOON + timedelta(microseconds=77856),
    actor="agent:ayu",
    commandid="c-1",
    correlationid="b-1",
    causationid="e-0",
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
filled = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)
envelopes = st.builds(
    Envelope,
    id=filled,
    source=filled,
    type=filled,
    subject=filled,
    sequence=st.integers(1, 9_999_999_999),
    time=st.datetimes(timezones=st.just(UTC)),
    recordedtime=st.datetimes(timezones=st.just(UTC)),
    actor=st.none() | filled,
    commandid=st.none() | filled,
    correlationid=st.none() | filled,
    causationid=st.none() | filled,
    firstversion=st.none() | st.integers(0, 5),
)


def test_an_event_is_written_with_its_fields_in_order_and_its_data_last() -> None:
    assert write_event(OPENED, b'{"number":"INC0000045"}') == (
        b'{"specversion":"1.0","id":"01930c1e-0000-7000-8000-000000000001"'
        b',"source":"/ledgers/main","type":"ticketledger.ticket.opened.v1"'
        b',"subject":"01930c1e-0000-7000-8000-000000000000","sequence":"0000000001"'
        b',"time":"2026-11-22T03:12:00.123456Z","recordedtime":"2026-11-22T03:12:00.201312Z"'
        b',"actor":"agent:ayu","commandid":"c-1","correlationid":"b-1","causationid":"e-0"'
        b',"data":{"number":"INC0000045"}}'
    )


def test_what_is_empty_is_left_out() -> None:
    bare = OPENED._replace(actor=None, commandid="", correlationid=None, causationid=None)

    body = json.loads(write_event(bare, b"{}"))

    assert body.keys() == {
        "specversion", "id", "source", "type", "subject", "sequence", "time", "recordedtime", "data"
    }  # fmt: skip


def test_an_application_that_counts_from_zero_says_so_in_its_first_event() -> None:
    body = write_event(OPENED._replace(firstversion=0), b"{}")

    assert b',"firstversion":"0","data":{}}' in body
    assert read_event(body)[0].firstversion == 0


def test_data_that_is_no_json_object_travels_as_base64() -> None:
    body = write_event(OPENED, b"\x00\xff")

    assert body.endswith(b',"data_base64":"AP8="}')
    assert read_event(body) == (OPENED, b"\x00\xff")


@given(envelope=envelopes, data=st.binary() | json_values.map(lambda v: json.dumps(v).encode()))
def test_every_event_is_json_and_comes_back_byte_for_byte(envelope: Envelope, data: bytes) -> None:
    body = write_event(envelope, data)

    assert read_event(body) == (envelope, data)
    assert data_of(body) == data
    assert json.loads(body)["subject"] == envelope.subject
    assert body[: body.rindex(b',"data')].isascii()


@given(value=st.dictionaries(texts, json_values, max_size=4), indent=st.none() | st.integers(0, 3))
def test_an_object_stands_in_the_event_verbatim(value: dict[str, object], indent: int) -> None:
    data = json.dumps(value, indent=indent, ensure_ascii=False).encode()

    assert write_event(OPENED, data).endswith(b',"data":' + data + b"}")


@pytest.mark.parametrize(
    "odd",
    [
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":1} ',
        b'\xef\xbb\xbf{"a":1}',
        '{"a":1}'.encode("utf-16-le"),
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"{}}",
        b"{",
        b"[]",
        b"",
    ],
)
def test_what_parsers_disagree_about_is_not_embedded(odd: bytes) -> None:
    assert not is_json_object(odd)
    assert read_event(write_event(OPENED, odd))[1] == odd


def test_data_cannot_pretend_to_be_the_envelope() -> None:
    sly = OPENED._replace(actor='x","data":{"y":1},"data_base64":"')

    assert read_event(write_event(sly, b'{"z":",\\"data\\":"}')) == (sly, b'{"z":",\\"data\\":"}')


def test_times_are_utc_with_six_decimals_whatever_zone_they_came_in() -> None:
    tokyo = timezone(timedelta(hours=9))

    assert write_time(datetime(2026, 1, 2, 3, 4, 5, tzinfo=tokyo)) == "2026-01-01T18:04:05.000000Z"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(EventInvalid, match="without a time zone"):
        write_event(OPENED._replace(time=datetime(2026, 1, 2)), b"{}")  # noqa: DTZ001


def test_half_a_surrogate_pair_is_refused_in_the_envelope() -> None:
    with pytest.raises(EventInvalid, match="Unicode"):
        write_event(OPENED._replace(actor="\ud800"), b"{}")


@pytest.mark.parametrize("sequence", [0, -1, 10_000_000_000])
def test_a_sequence_has_one_to_ten_digits(sequence: int) -> None:
    with pytest.raises(EventInvalid, match="sequence"):
        write_event(OPENED._replace(sequence=sequence), b"{}")


@given(cut=st.integers(0, 400))
def test_a_mutilated_event_is_unreadable_and_its_error_does_not_quote_it(cut: int) -> None:
    secret = b'{"name":"Agatha"}'
    body = write_event(OPENED, secret)[: cut - 500]

    with pytest.raises(EventUnreadable) as caught:
        read_event(body)
    assert "Agatha" not in str(caught.value)


def test_attributes_of_later_releases_are_ignored() -> None:
    body = write_event(OPENED, b"{}").replace(b',"data":', b',"traceparent":"00-1","data":')

    assert read_event(body) == (OPENED, b"{}")
