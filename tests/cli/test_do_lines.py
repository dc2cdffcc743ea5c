"""Lines are handed out as they come, in whatever pieces they arrive."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.do_lines import Lines

pytestmark = pytest.mark.unit


class Pieces(io.BytesIO):
    """A stream without a file that hands out so many bytes at a time."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self._size = size

    def read1(self, size: int | None = -1, /) -> bytes:
        del size
        return super().read1(self._size)


@pytest.fixture
def pipe() -> Iterator[tuple[int, Lines]]:
    """The writing end of a pipe, and the lines at its other end."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream:
        yield writing, Lines(stream)


def test_half_a_line_has_to_be_waited_for(pipe: tuple[int, Lines]) -> None:
    end, lines = pipe
    assert lines.must_wait()

    os.write(end, b"one\nt")
    assert not lines.must_wait()
    assert lines.next() == b"one"
    assert lines.must_wait()
    os.write(end, b"wo\nthree")
    assert not lines.must_wait()
    assert lines.next() == b"two"

    os.close(end)
    assert not lines.must_wait()
    assert [lines.next(), lines.next()] == [b"three", None]


@given(st.lists(st.binary(max_size=9)), st.booleans(), st.integers(1, 7))
def test_lines_are_the_same_in_whatever_pieces_they_come(
    wanted: list[bytes], ends: bool, size: int
) -> None:
    whole = [line.replace(b"\n", b"") for line in wanted]
    last = [b"end"] if not ends else []
    lines = Lines(Pieces(b"".join(line + b"\n" for line in whole) + b"".join(last), size))

    assert list(iter(lines.next, None)) == [*whole, *last]
