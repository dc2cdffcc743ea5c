"""A command is recognised by its id, and its content by a fingerprint."""

from __future__ import annotations

import hashlib
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstore.commands import Command, split_header, text_fingerprint
from eventstore.errors import CommandInvalid
from tests.eventstore.tally import NOON, command

pytestmark = pytest.mark.unit


class Colour(Enum):
    RED = "red"


def test_the_header_is_the_id_and_a_fingerprint_of_name_and_arguments() -> None:
    asked = Command("c-1", "resolve", {"b": "ü", "a": 1}, NOON, "agent:ayu")
    canonical = b'{"arguments":{"a":1,"b":"\\u00fc"},"name":"resolve"}'

    assert asked.header == "c-1 " + hashlib.sha256(canonical).hexdigest()[:16]
    assert split_header(asked.header) == ("c-1", asked.fingerprint)


def test_when_who_and_why_are_not_part_of_the_content() -> None:
    other = command("c-1", occurred_at=NOON + timedelta(1), actor="x", correlation_id="y")

    assert other.header == command("c-1").header


@given(
    one=st.dictionaries(st.text(max_size=3), st.integers(0, 3), max_size=3),
    other=st.dictionaries(st.text(max_size=3), st.integers(0, 3), max_size=3),
)
def test_same_content_same_fingerprint(one: dict[str, int], other: dict[str, int]) -> None:
    prints = {command("c", arguments=arguments).fingerprint for arguments in (one, other)}

    assert (len(prints) == 1) == (one == other)


@pytest.mark.parametrize(
    ("natural", "plain"),
    [
        (
            datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
            "2026-01-01T00:00:00.000000Z",
        ),
        (date(2026, 1, 1), "2026-01-01"),
        (Colour.RED, "red"),
        ((1, 2), [1, 2]),
    ],
)
def test_natural_values_have_one_form(natural: Any, plain: Any) -> None:
    one, other = (command("c", arguments={"v": value}) for value in (natural, plain))

    assert one.fingerprint == other.fingerprint


@pytest.mark.parametrize("command_id", ["", "a b", "ä", "a\n", "x" * 201, "\x7f"])
def test_an_id_is_printable_ascii_without_spaces(command_id: str) -> None:
    with pytest.raises(CommandInvalid, match="printable ASCII"):
        command(command_id)


def test_a_mail_id_serves_as_command_id() -> None:
    assert command("<CAF+x=1@mail.example.com>").header.startswith("<CAF+x=1@mail.example.com> ")


@pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}, b"x"])
def test_arguments_are_json_values(value: object) -> None:
    with pytest.raises(CommandInvalid, match="not JSON values"):
        command("c", arguments={"v": value})


def test_a_command_travels_to_another_process() -> None:
    asked = command("c-1", 5, correlation_id="b-1", derived=True)

    assert pickle.loads(pickle.dumps(asked)) == asked
    assert pickle.loads(pickle.dumps(asked)).header == asked.header


def test_an_occurred_at_needs_a_zone() -> None:
    with pytest.raises(CommandInvalid, match="time zone"):
        command("c", occurred_at=datetime(2026, 1, 1))  # noqa: DTZ001

    assert command("c", occurred_at=datetime(2026, 1, 1, tzinfo=UTC)).occurred_at.year == 2026


@given(name=st.text(), argument=st.text(), text=st.text())
def test_the_fast_fingerprint_of_a_text_is_the_fingerprint(
    name: str, argument: str, text: str
) -> None:
    asked = Command("c-1", name, {argument: text}, NOON, "agent:ayu")

    assert text_fingerprint(name, argument, text) == asked.fingerprint
