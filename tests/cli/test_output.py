"""Tables fit their terminal, whatever stands in them."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.cells import clean, fit, pad, width_of, wrap
from cli.output import Column, bar, paint, percent, say_json, say_table, table, terminal_width

pytestmark = pytest.mark.unit

TEXTS = st.text(max_size=40)
COLUMNS = st.lists(
    st.builds(
        Column,
        title=st.sampled_from(["case", "who", "状态", ""]),
        right=st.booleans(),
        at_least=st.integers(0, 12),
        drop=st.integers(0, 3),
    ),
    min_size=1,
    max_size=6,
)


class Screen(io.StringIO):
    """A stdout that a person looks at."""

    def isatty(self) -> bool:
        return True


@given(COLUMNS, st.data(), st.integers(40, 160))
def test_no_line_of_a_table_is_wider_than_the_terminal(
    columns: list[Column], data: st.DataObject, width: int
) -> None:
    row = st.tuples(*(TEXTS for _ in columns))
    rows = data.draw(st.lists(row, max_size=5))

    lines = list(table(columns, rows, width))

    assert len(lines) == 1 + len(rows)
    assert max(map(width_of, lines)) <= width


def test_columns_line_up_also_where_characters_are_wide() -> None:
    columns = [Column("who"), Column("count", right=True)]

    lines = list(table(columns, [["Ana", "7"], ["山田太郎", "1,234"]], 80))

    assert lines == ["who       count", "Ana           7", "山田太郎  1,234"]


def test_a_narrow_terminal_shortens_first_and_then_leaves_columns_out() -> None:
    columns = [Column("case"), Column("about", at_least=8), Column("agent", drop=1)]
    rows = [["INC0000045", "Refund of a cancelled flight", "Resolver 94"]]

    assert list(table(columns, rows, None))[1] == (
        "INC0000045  Refund of a cancelled flight  Resolver 94"
    )
    assert list(table(columns, rows, 40))[1] == "INC0000045  Refund of a ca…  Resolver 94"
    assert list(table(columns, rows, 30))[1] == "INC0000045  Refund of a cance…"


@given(TEXTS)
def test_nothing_that_customers_wrote_can_steer_the_terminal(text: str) -> None:
    kept = clean(text)

    assert all(character.isprintable() or width_of(character) <= 2 for character in kept)
    assert not set(kept) & set("\x1b\x07\x08\n\r\u202e\u2066\x9b")


def test_an_escape_sequence_becomes_plain_text() -> None:
    assert clean("all\x1b[31m red\r\n\x1b]0;title\x07") == "all [31m red ]0;title"


@given(TEXTS.map(clean), st.integers(1, 30))
def test_fitting_and_padding_give_the_width_that_was_asked(text: str, width: int) -> None:
    assert width_of(fit(text, width)) <= width
    assert width_of(pad(fit(text, width), width)) == width


@given(TEXTS.map(clean), st.integers(4, 30))
def test_wrapping_loses_no_word(text: str, width: int) -> None:
    lines = wrap(text, width)

    assert all(width_of(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_json_is_one_line_with_utc_moments(capsys: pytest.CaptureFixture[str]) -> None:
    say_json(
        {
            "at": datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
            "tags": {"b", "a"},
            "rate": Decimal("0.5"),
            "text": "two\nlines ü",
        }
    )

    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out) == {
        "at": "2026-03-01T09:30:00.000000Z",
        "tags": ["a", "b"],
        "rate": 0.5,
        "text": "two\nlines ü",
    }


def test_bars_and_colour_are_for_people_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Screen())
    monkeypatch.setenv("TERM", "xterm")

    assert bar(0.5) == "█████     "
    assert bar(1.0, cells=4) == "████"
    assert bar(0.03) == "▎         "
    assert paint("x", "red") == "\x1b[31mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert paint("x", "red") == "x"
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert bar(0.5) == ""
    assert paint("x", "red") == "x"


def test_columns_sets_the_width_of_a_terminal_and_none_of_a_pipe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert terminal_width() is None
    monkeypatch.setattr(sys, "stdout", Screen())
    assert terminal_width() == 100


def test_columns_that_do_not_fit_are_counted_beside_the_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = [Column("case"), Column("agent", drop=1), Column("", drop=3), Column("for", drop=2)]
    rows = [["INC0000045", "Resolver 94 of the second floor", "████", "3 h"]]
    monkeypatch.setenv("COLUMNS", "40")

    say_table(columns, rows)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys, "stdout", Screen())
    say_table(columns, rows)

    assert capsys.readouterr().err == "(+2 columns: widen the terminal, or --json)\n"


def test_a_share_of_nothing_is_not_zero() -> None:
    assert percent(None) == "-"
    assert percent(0.19953) == "20.0 %"
