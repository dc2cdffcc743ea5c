"""The rows of a CSV: numbered rightly, and what is no row is told apart without losing the rest."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.errors import FileUnreadable
from intake.rows import Row, Rows, Unreadable

pytestmark = pytest.mark.unit


def rows_of(
    data: bytes | str, *, encoding: str = "utf-8", delimiter: str = ","
) -> list[Row | Unreadable]:
    raw = data if isinstance(data, bytes) else data.encode(encoding)
    rows = Rows(io.BytesIO(raw), name="log.csv", encoding=encoding, delimiter=delimiter)
    return list(rows)


def shown(rows: list[Row | Unreadable]) -> list[tuple[int, object]]:
    return [(row.line, row.cells if isinstance(row, Row) else row.reason) for row in rows]


def test_lines_are_counted_through_quoted_line_ends_and_empty_lines() -> None:
    rows = rows_of('a,b\r\n1,"x\r\ny"\r\n\r\n2,z\r\n')

    assert shown(rows) == [(2, ["1", "x\r\ny"]), (5, ["2", "z"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_every_encoding_is_read_with_or_without_a_mark(encoding: str) -> None:
    data = "näme,b\nGrüße,2\n".encode(encoding)
    rows = Rows(io.BytesIO(data), name="log.csv", encoding=encoding, delimiter=",")

    assert rows.header == ["näme", "b"]
    assert shown(list(rows)) == [(2, ["Grüße", "2"])]


def test_a_mark_at_the_start_is_no_part_of_the_first_column() -> None:
    rows = Rows(io.BytesIO("\ufeffa,b\n".encode()), name="x", encoding="UTF8", delimiter=",")

    assert rows.header == ["a", "b"]


def test_rows_with_too_few_or_too_many_columns_are_told_apart() -> None:
    rows = rows_of("a,b\n1\n1,2,3\n1,2\n")

    assert shown(rows) == [
        (2, "it has 1 columns, the header has 2"),
        (3, "it has 3 columns, the header has 2"),
        (4, ["1", "2"]),
    ]


def test_a_quote_that_is_never_closed_costs_one_line_not_the_rest() -> None:
    rows = rows_of('a,b\n1,"2\n3,4\n5,6\n')

    assert [row.line for row in rows] == [2, 3, 4]
    assert isinstance(rows[0], Unreadable)
    assert rows[0].raw == '1,"2\n'
    assert shown(rows[1:]) == [(3, ["3", "4"]), (4, ["5", "6"])]


def test_a_quote_that_is_never_closed_costs_one_line_of_a_long_file_too() -> None:
    rows = rows_of('a,b\n1,"2\n' + "3,4\n" * 100_000)

    assert [row.line for row in rows] == list(range(2, 100_003))
    assert isinstance(rows[0], Unreadable)
    assert all(isinstance(row, Row) for row in rows[1:])


def test_a_quote_closed_in_a_later_row_costs_one_line_too() -> None:
    rows = rows_of('a,b\n1,"2\n3,4\n5",6\n7,8\n')

    assert [(row.line, type(row)) for row in rows] == [
        (2, Unreadable),
        (3, Row),
        (4, Row),
        (5, Row),
    ]


def test_bytes_that_are_no_text_cost_their_row_only() -> None:
    rows = rows_of(b"a,b\n1,\xff\xfe\n3,4\n")

    assert shown(rows) == [(2, "it has bytes that are not valid utf-8"), (3, ["3", "4"])]


def test_another_delimiter_may_be_named() -> None:
    assert shown(rows_of("a;b\n1;2,5\n", delimiter=";")) == [(2, ["1", "2,5"])]


@pytest.mark.parametrize("data", [b"", b"\n\n", b'"'])
def test_a_file_without_a_header_is_refused(data: bytes) -> None:
    with pytest.raises(FileUnreadable):
        rows_of(data)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)


@given(
    table=st.lists(st.tuples(CELLS, CELLS), max_size=8), line_end=st.sampled_from(["\n", "\r\n"])
)
def test_whatever_is_written_as_csv_is_read_back(
    table: list[tuple[str, str]], line_end: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([("a", "b"), *table])

    rows = rows_of(text.getvalue())

    assert [tuple(row.cells) for row in rows if isinstance(row, Row)] == table
    assert len(rows) == len(table)


def test_a_cell_beyond_all_measure_costs_its_row_only() -> None:
    rows = rows_of(f"a,b\n1,{'x' * 200_000}\n3,4\n")

    assert [(row.line, type(row)) for row in rows] == [(2, Unreadable), (3, Row)]
