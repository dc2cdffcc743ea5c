"""In which line of a TOML text a key stands: the standard parser does not tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

Place = tuple[str, ...]
"""A key with the tables around it, such as ("columns", "number"); "0" is the first of an array."""

_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_PART = re.compile(
    r"""[ \t]*(?:"(?P<basic>(?:[^"\\\n]|\\.)*)"|'(?P<literal>[^'\n]*)'|(?P<bare>[\w-]+))[ \t]*"""
)
_TEXT = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'",
    re.DOTALL,
)
_WORD = re.compile(r"[^,\]}#\n]*")


def lines_of_keys(text: str) -> dict[Place, int]:
    """Each table and key of a TOML text with its line, from 1.

    Of an inline table or an array only what stands in a line of its own: its other keys are where
    its own key is. A text that is not TOML is told as far as it was understood.
    """
    return _Scan(text).lines


def line_of(lines: dict[Place, int], place: Sequence[object]) -> int:
    """The line of a key, else of the closest table around it, else the first."""
    wanted = tuple(str(part) for part in place)
    while wanted:
        if wanted in lines:
            return lines[wanted]
        wanted = wanted[:-1]
    return 1


class _Scan:
    """One walk through a text, from its beginning to its end."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Place, int] = {}
        self._text = text
        self._at = 0
        self._counts: dict[Place, int] = {}
        table: Place = ()
        while self._skip(_GAP) and self._at < len(text):
            before = self._at
            if text.startswith("[", self._at):
                table = self._header()
            else:
                line = self._line()
                key = self._key("=")
                self.lines.setdefault(table + key, line)
                self._value(table + key)
            if self._at == before:  # not TOML
                return

    def _header(self) -> Place:
        """`[table]` or `[[one of an array]]`, whose number becomes part of its place."""
        line = self._line()
        is_array = self._text.startswith("[[", self._at)
        self._at += 2 if is_array else 1
        named = self._key("]")
        self._at += 1 if is_array else 0
        table: Place = ()
        for number, part in enumerate(named, start=1):
            table += (part,)
            if is_array and number == len(named):
                self.lines.setdefault(table, line)
                self._counts[table] = self._counts.get(table, 0) + 1
            if table in self._counts:
                table += (str(self._counts[table] - 1),)
        self.lines.setdefault(table, line)
        return table

    def _key(self, end: str) -> Place:
        """A dotted key and the character after it."""
        parts: list[str] = []
        while found := _PART.match(self._text, self._at):
            parts.append(_text_of(found))
            self._at = found.end()
            if self._text.startswith(end, self._at):
                self._at += 1
                break
            if not self._text.startswith(".", self._at):
                break
            self._at += 1
        return tuple(parts)

    def _value(self, place: Place) -> None:
        self._skip(_GAP)
        if self._text.startswith("[", self._at):
            self._array(place)
        elif self._text.startswith("{", self._at):
            self._inline_table(place)
        elif not self._skip(_TEXT):
            self._skip(_WORD)

    def _array(self, place: Place) -> None:
        number = 0
        self._at += 1
        while self._skip(_GAP) and not self._ends("]"):
            one = (*place, str(number))
            if self._text.startswith("{", self._at):
                self._note(one)
            before = self._at
            self._value(one)
            self._comma()
            number += 1
            if self._at == before:
                return

    def _inline_table(self, place: Place) -> None:
        self._at += 1
        while self._skip(_GAP) and not self._ends("}"):
            line, before = self._line(), self._at
            key = place + self._key("=")
            self._note(key, line)
            self._value(key)
            self._comma()
            if self._at == before:
                return

    def _note(self, place: Place, line: int | None = None) -> None:
        """Keep the line of what has one of its own."""
        line = line or self._line()
        if line != line_of(self.lines, place):
            self.lines.setdefault(place, line)

    def _comma(self) -> None:
        self._skip(_GAP)
        if self._text.startswith(",", self._at):
            self._at += 1

    def _ends(self, end: str) -> bool:
        """Whether an array or a table ends here; then its end is behind us."""
        if self._at >= len(self._text):
            return True
        if self._text.startswith(end, self._at):
            self._at += 1
            return True
        return False

    def _skip(self, what: re.Pattern[str]) -> bool:
        found = what.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found is not None

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1


def _text_of(found: re.Match[str]) -> str:
    if found["basic"] is not None:
        return found["basic"].replace('\\"', '"').replace("\\\\", "\\")
    return found["literal"] if found["literal"] is not None else found["bare"]
