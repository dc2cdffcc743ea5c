"""The rows of a CSV text with their line numbers; what is no row is told apart, never lost."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, NamedTuple

from intake.errors import FileUnreadable

UNREADABLE_BYTES = "it has bytes that are not valid {encoding}"

_CHARACTERS_AT_ONCE = 65_536
"""Asking for line after line costs more than parsing them."""


class Row(NamedTuple):
    """The cells of one row and its text; `line` is where it begins, from 1, header included."""

    line: int
    cells: list[str]
    raw: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that cannot be taken in, why, and its text as it stands in the file."""

    line: int
    reason: str
    raw: str


class Rows:
    """Reads a CSV text once, from start to end. Empty lines are no rows.

    A quote that is never closed swallows the rows after it; then only the line where it opened is
    unreadable, and reading goes on with the next line.
    """

    def __init__(self, handle: IO[bytes], *, name: str, encoding: str, delimiter: str) -> None:
        self._handle = handle
        self._name, self._encoding = name, encoding
        self._lines = _Lines(handle, encoding)
        self._parser = csv.reader(self._lines, delimiter=delimiter, strict=True)
        self.header = self._header()

    @property
    def bytes_done(self) -> int:
        """How many bytes have been read, roughly: they are read in blocks."""
        return self._handle.tell()

    def close(self) -> None:
        """Close the handle. Closing twice is fine."""
        self._handle.close()

    def __iter__(self) -> Iterator[Row | Unreadable]:
        lines, width = self._lines, len(self.header)
        while True:
            line = lines.number + 1
            lines.taken.clear()
            try:
                cells = next(self._parser)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._rejected(line, f"it is no row of a CSV: {error}")
                continue
            if not cells:
                continue
            if len(cells) != width:
                yield self._rejected(line, f"it has {len(cells)} columns, the header has {width}")
                continue
            raw = "".join(lines.taken)
            if raw.isascii() or not lines.is_broken(raw):
                yield Row(line, cells, raw)
            else:
                yield self._rejected(line, UNREADABLE_BYTES.format(encoding=self._encoding))

    def _rejected(self, line: int, reason: str) -> Unreadable:
        """Of a row over several lines only the first is given up: a quote may have opened there."""
        first, *rest = self._lines.taken or [""]
        self._lines.take_back(rest)
        return Unreadable(line, reason, first)

    def _header(self) -> list[str]:
        try:
            cells = next((cells for cells in self._parser if cells), None)
        except (csv.Error, UnicodeError):
            cells = None
            problem = f"its first line is no line of a CSV in {self._encoding}"
        else:
            problem = "it is empty; the first line should name the columns"
        if cells is None:
            raise FileUnreadable(self._name, reason=problem)
        return [cell.strip() for cell in cells]


class _Lines:
    """Decoded lines, counted, and those of the current row kept as they stand."""

    def __init__(self, handle: IO[bytes], encoding: str) -> None:
        # A mark at the beginning is part of the encoding, not of the first column's name.
        name = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
        wide = name.lower().startswith(("utf-16", "utf-32", "utf16", "utf32"))
        self._broken = "\ufffd" if wide else ""
        self._text = io.TextIOWrapper(
            handle, encoding=name, errors="replace" if wide else "surrogateescape", newline=""
        )
        self._ahead: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self._ahead:
            self._ahead.extend(self._text.readlines(_CHARACTERS_AT_ONCE))
        if not self._ahead:
            raise StopIteration
        line = self._ahead.popleft()
        self.number += 1
        self.taken.append(line)
        return line

    def take_back(self, lines: list[str]) -> None:
        """These lines were read with a row that is none; they will be read again."""
        self._ahead.extendleft(reversed(lines))
        self.number -= len(lines)

    def is_broken(self, text: str) -> bool:
        """Whether a text holds bytes that the encoding has no characters for."""
        if self._broken:
            return self._broken in text
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return True
        return False
