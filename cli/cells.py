"""How wide a text is in a terminal, and how to make it fit there unharmed."""

from __future__ import annotations

import unicodedata

ELLIPSIS = "…"

_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})
_REORDERS = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F)))


def clean(text: str) -> str:
    """One line without anything that steers a terminal.

    What customers wrote may contain escape sequences and characters that turn the direction of
    writing round; they must not reach the screen.
    """
    if text.isascii() and text.isprintable():
        return text
    kept = (
        " " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character
        for character in text
        if character not in _REORDERS
    )
    return " ".join("".join(kept).split())


def width_of(text: str) -> int:
    """How many cells a cleaned text takes: East Asian wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def fit(text: str, width: int) -> str:
    """The text if it fits, else as much of its beginning as does, and an ellipsis."""
    if width_of(text) <= width:
        return text
    if width < 1:
        return ""
    taken: list[str] = []
    room = width - 1
    for character in text:
        room -= _cells(character)
        if room < 0:
            break
        taken.append(character)
    return "".join(taken).rstrip() + ELLIPSIS


def pad(text: str, width: int, *, right: bool = False) -> str:
    """The text filled up with spaces to a width."""
    space = " " * (width - width_of(text))
    return space + text if right else text + space


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most that width, broken at spaces where there are some."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if width_of(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, width)
        lines += full
    return [*lines, line]


def _pieces(word: str, width: int) -> list[str]:
    pieces: list[str] = []
    piece = ""
    for character in word:
        if piece and width_of(piece) + _cells(character) > width:
            pieces.append(piece)
            piece = ""
        piece += character
    return [*pieces, piece]


def _cells(character: str) -> int:
    if character < "\u0300":
        return 1
    if unicodedata.category(character) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
