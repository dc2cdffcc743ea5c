"""The identities of tickets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from domain.numbers import (
    ALPHABET,
    is_our_number,
    normalize_number,
    number_of,
    ticket_id_of,
    uuid7,
)
from tests.domain.given import MIDNIGHT

pytestmark = pytest.mark.unit

IDS = st.builds(
    lambda command, seconds: ticket_id_of(command, MIDNIGHT + timedelta(seconds=seconds)),
    st.text(st.characters(codec="ascii")),
    st.integers(0, 10**9),
)
NUMBERS = IDS.map(number_of)


def test_a_number_is_never_given_to_another_ticket_by_a_later_release() -> None:
    ticket_id = ticket_id_of("command-1", datetime(2026, 11, 22, 3, 12, 0, 123456, tzinfo=UTC))

    assert ticket_id == "01a2013d-3c7b-74b0-957c-0051f399d6ec"
    assert number_of(ticket_id) == "AZ00-A7SS-KNQC-P"


def test_the_same_command_opens_the_same_ticket() -> None:
    moment = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)

    assert ticket_id_of("command-1", moment) == ticket_id_of("command-1", moment)
    assert ticket_id_of("command-1", moment) != ticket_id_of("command-2", moment)
    assert ticket_id_of("command-1", moment) != ticket_id_of(
        "command-1", moment + timedelta(milliseconds=1)
    )


@each(IDS)
def test_an_id_is_a_uuid_of_version_seven(ticket_id: str) -> None:
    parsed = UUID(ticket_id)

    assert (parsed.version, parsed.variant) == (7, RFC_4122)


@each(st.integers(0, 4_102_444_800_000), st.integers(0, 999))
def test_an_id_begins_with_its_millisecond_exactly(milliseconds: int, microseconds: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        milliseconds=milliseconds, microseconds=microseconds
    )

    assert UUID(ticket_id_of("command", moment)).int >> 80 == milliseconds


@each(st.integers(0, 10**12), st.integers(1, 10**9))
def test_ids_are_ordered_by_time(milliseconds: int, later: int) -> None:
    first = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)

    assert ticket_id_of("a", first) < ticket_id_of("b", first + timedelta(milliseconds=later))


def test_before_1970_an_id_is_still_one() -> None:
    assert uuid7(datetime(1969, 1, 1, tzinfo=UTC), 5) == uuid7(datetime(1970, 1, 1, tzinfo=UTC), 5)


@each(st.integers(0, 2**74 - 1))
def test_all_the_random_bits_are_kept(bits: int) -> None:
    value = uuid7(MIDNIGHT, bits).int

    assert (value >> 64 & 0xFFF) << 62 | value & (1 << 62) - 1 == bits


@each(IDS, IDS)
def test_tickets_that_differ_in_their_last_60_bits_have_different_numbers(
    one: str, other: str
) -> None:
    same = UUID(one).int % 2**60 == UUID(other).int % 2**60

    assert (number_of(one) == number_of(other)) is same


@each(NUMBERS)
def test_a_number_is_grouped_and_has_the_right_check_character(number: str) -> None:
    assert [len(group) for group in number.split("-")] == [4, 4, 4, 1]
    assert set(number) <= {*ALPHABET, "-"}
    assert is_our_number(number)


@each(NUMBERS)
def test_every_single_wrong_character_is_found(number: str) -> None:
    plain = number.replace("-", "")
    for place, right in enumerate(plain):
        for wrong in ALPHABET:
            if wrong != right:
                assert not is_our_number(plain[:place] + wrong + plain[place + 1 :])


@each(NUMBERS)
def test_every_two_swapped_characters_are_found(number: str) -> None:
    plain = number.replace("-", "")
    for first in range(len(plain)):
        for second in range(first + 1, len(plain)):
            swapped = list(plain)
            swapped[first], swapped[second] = plain[second], plain[first]
            assert is_our_number("".join(swapped)) is (plain[first] == plain[second])


@pytest.mark.parametrize("text", ["", "INC0000045", "7K2P", "7K2P-4M9X-Q3TD-HH", "äöü", "U" * 13])
def test_what_is_not_a_whole_number_of_ours_is_told(text: str) -> None:
    assert not is_our_number(text)


@each(NUMBERS, st.integers(1, 13), st.data())
def test_what_somebody_types_is_the_beginning_of_the_number(
    number: str, length: int, data: st.DataObject
) -> None:
    plain = number.replace("-", "")[:length]
    typed = data.draw(st.sampled_from([plain.lower(), f" {plain} ", "-".join(plain), plain]))
    for digit, letters in {"0": "oO", "1": "iIlL"}.items():
        typed = typed.replace(digit, data.draw(st.sampled_from([digit, *letters])))

    assert number.startswith(normalize_number(typed))
    assert len(normalize_number(typed).replace("-", "")) == length


@pytest.mark.parametrize("text", ["", "UNIT-9", "7K2P-4M9X-Q3TD-HH", "#12", "ä", "  "])
def test_another_systems_number_comes_back_as_it_is(text: str) -> None:
    assert normalize_number(text) == text


@each(st.text())
def test_any_text_can_be_asked_for(text: str) -> None:
    once = normalize_number(text)

    assert normalize_number(once) == once
