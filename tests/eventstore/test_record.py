"""Headers, digests and limits of records."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstore.errors import EventInvalid, RecordTooLarge, SubjectInvalid
from eventstore.record import (
    RECORD_BYTES_MAX,
    Headers,
    digest,
    read_headers,
    seal,
    write_headers,
)

pytestmark = pytest.mark.unit

SECOND = Headers(
    subject="t-1", sequence=3, count=2, previous="ab" * 32, command="c-9 0123456789abcdef"
)

printable = st.text(
    st.characters(codec="ascii", min_codepoint=0x21, max_codepoint=0x7E), min_size=1
)
hexadecimal = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")
subjects = st.lists(printable, min_size=1, max_size=3).map(
    lambda words: " ".join(words)[:50].strip()
)
some_headers = st.builds(
    Headers,
    subject=subjects,
    sequence=st.integers(1, 10**9),
    count=st.integers(1, 1000),
    previous=st.none() | hexadecimal,
    command=st.none() | st.builds(lambda id_, hex_: f"{id_} {hex_[:16]}", printable, hexadecimal),
)


def test_the_digest_is_that_of_the_headers_in_order_and_the_value() -> None:
    text = (
        "format:1\nsubject:t-1\nsequence:3\ncount:2\n"
        f"previous:{'ab' * 32}\ncommand:c-9 0123456789abcdef\n"
    )

    expected = hashlib.sha256(text.encode() + b'[{"a":1},{"b":2}]').hexdigest()

    assert seal(SECOND, [b'{"a":1}', b'{"b":2}']).digest == expected


def test_absent_headers_have_an_empty_value_in_the_digest() -> None:
    text = "format:1\nsubject:t-1\nsequence:1\ncount:1\nprevious:\ncommand:\n"

    expected = hashlib.sha256(text.encode() + b"[{}]").hexdigest()

    assert digest(Headers(subject="t-1", sequence=1, count=1), b"[{}]") == expected


@given(one=some_headers, other=some_headers)
def test_different_headers_have_different_digests(one: Headers, other: Headers) -> None:
    assert (digest(one, b"[]") == digest(other, b"[]")) == (one == other)


@given(headers=some_headers)
def test_headers_come_back_from_the_log_as_they_went_in(headers: Headers) -> None:
    assert read_headers(write_headers(headers)) == headers


@given(headers=some_headers, noise=st.lists(st.tuples(st.text(max_size=8), st.binary(max_size=8))))
def test_headers_that_we_do_not_know_change_nothing(
    headers: Headers, noise: list[tuple[str, bytes]]
) -> None:
    unknown = [(f"x-{name}", value) for name, value in noise]

    assert read_headers(unknown + write_headers(headers)) == headers


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", b"2"),
        ("format", b"01"),
        ("subject", "müller".encode()),
        ("subject", b" t"),
        ("subject", b""),
        ("subject", b"a\nb"),
        ("sequence", b"0"),
        ("sequence", b"007"),
        ("sequence", b"-1"),
        ("sequence", b"9999999999"),
        ("sequence", "٣".encode()),
        ("count", b"0"),
        ("count", b"x"),
        ("previous", b"AB" * 32),
        ("previous", b""),
        ("command", b"c-9"),
        ("command", b"c 9 0123456789abcdef"),
    ],
)
def test_headers_that_could_be_read_in_two_ways_are_not_read(name: str, value: bytes) -> None:
    pairs = [(known, value if known == name else told) for known, told in write_headers(SECOND)]

    assert read_headers(pairs) is None


@pytest.mark.parametrize("name", ["format", "subject", "sequence", "count"])
def test_a_needed_header_may_not_be_missing(name: str) -> None:
    assert read_headers(pair for pair in write_headers(SECOND) if pair[0] != name) is None


@pytest.mark.parametrize("name", ["format", "subject", "sequence", "count", "previous", "command"])
def test_a_header_may_not_come_twice(name: str) -> None:
    pairs = write_headers(SECOND)

    assert read_headers(pairs + [pair for pair in pairs if pair[0] == name]) is None


@pytest.mark.parametrize("subject", ["", " t", "t ", "müller", "a\nb", "a\tb", "x" * 201])
def test_a_subject_that_cannot_be_a_header_is_refused(subject: str) -> None:
    with pytest.raises(SubjectInvalid, match="printable ASCII"):
        seal(Headers(subject=subject, sequence=1, count=1), [b"{}"])


@pytest.mark.parametrize("subject", ["ledger-0", "ledger-17"])
def test_the_subjects_of_genesis_records_are_not_for_others(subject: str) -> None:
    with pytest.raises(SubjectInvalid, match="the ledger's own"):
        seal(Headers(subject=subject, sequence=1, count=1), [b"{}"])


@pytest.mark.parametrize("bodies", [[], [b"{}", b"{}"]])
def test_a_save_has_as_many_events_as_it_says(bodies: list[bytes]) -> None:
    with pytest.raises(EventInvalid, match="1 named"):
        seal(Headers(subject="t-1", sequence=1, count=1), bodies)


def test_a_record_may_be_as_large_as_the_limit_and_no_larger() -> None:
    headers = Headers(subject="t-1", sequence=1, count=1)
    seal(headers, [b"x" * (RECORD_BYTES_MAX - 2)])

    with pytest.raises(RecordTooLarge):
        seal(headers, [b"x" * (RECORD_BYTES_MAX - 1)])


def test_too_large_names_the_limit_the_subject_and_the_field_but_no_content() -> None:
    small = b'{"data":{"subject":"Agatha"}}'
    large = b'{"id":"x","data":{"subject":"Agatha","body":"' + b"y" * RECORD_BYTES_MAX + b'"}}'

    with pytest.raises(RecordTooLarge) as caught:
        seal(Headers(subject="t-1", sequence=1, count=2), [small, large])

    message = str(caught.value)
    size = len(small) + len(large) + len("[,]")
    assert f"the save for t-1 has {size:,} bytes, a record holds 1,000,000 at most" in message
    assert "number 2 of 2, and the field body in it has 1,000,002 characters" in message
    assert "Agatha" not in message
    assert "yyy" not in message


def test_a_field_name_that_could_be_content_is_not_named() -> None:
    large = b'{"id":"x","data":{"Agatha Christie":"' + b"y" * RECORD_BYTES_MAX + b'"}}'

    with pytest.raises(RecordTooLarge, match="and a field in it") as caught:
        seal(Headers(subject="t-1", sequence=1, count=1), [large])
    assert "Agatha" not in str(caught.value)


def test_where_no_field_can_be_told_the_event_is() -> None:
    large = b'{"id":"x","data_base64":"' + b"AAAA" * (RECORD_BYTES_MAX // 4) + b'"}'

    with pytest.raises(RecordTooLarge, match="number 1 of 1; make it smaller"):
        seal(Headers(subject="t-1", sequence=1, count=1), [large])
