"""In which line of a TOML text a key stands: the standard parser does not tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

Place = tuple[str, ...]
"""A key with the tables around it, such as ("columns", "number")."""

_TABLE = re.compile(r"\s*\[{1,2}(?P<name>[^\[\]]+)\]{1,2}\s*(?:#.*)?$")
_PART = re.compile(
    r"""\s*(?:"(?P<basic>(?:[^"\\]|\\.)*)"|'(?P<literal>[^']*)'|(?P<bare>[\w-]+))\s*"""
)
_TRIPLE = ('"""', "'''")


def lines_of_keys(text: str) -> dict[Place, int]:
    """Each table and key of a TOML text with its line, from 1. An inline table is its key's."""
    lines: dict[Place, int] = {}
    table: Place = ()
    depth, triple = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if triple:
            triple = "" if triple in line else triple
            continue
        if depth == 0 and (header := _TABLE.match(line)):
            table = _parts(header["name"])
            lines.setdefault(table, number)
            continue
        if depth == 0 and (key := _key(line)):
            lines.setdefault(table + key, number)
        depth = max(0, depth + _depth(line))
        triple = next((mark for mark in _TRIPLE if line.count(mark) % 2), "")
    return lines


def line_of(lines: dict[Place, int], place: Sequence[object]) -> int:
    """The line of a key, else of the closest table around it, else the first."""
    wanted = tuple(str(part) for part in place)
    while wanted:
        if wanted in lines:
            return lines[wanted]
        wanted = wanted[:-1]
    return 1


def _key(line: str) -> Place:
    """The dotted key before the first `=`, or nothing if the line begins no key."""
    parts: list[str] = []
    at = 0
    while found := _PART.match(line, at):
        parts.append(_text(found))
        at = found.end()
        if line[at : at + 1] == "=":
            return tuple(parts)
        if line[at : at + 1] != ".":
            break
        at += 1
    return ()


def _parts(name: str) -> Place:
    return tuple(_text(found) for found in _PART.finditer(name))


def _text(found: re.Match[str]) -> str:
    if found["basic"] is not None:
        return found["basic"].replace('\\"', '"').replace("\\\\", "\\")
    return found["literal"] if found["literal"] is not None else found["bare"]


def _depth(line: str) -> int:
    """How many brackets more the line opens than it closes, outside strings and comments."""
    depth, quote, escaped = 0, "", False
    for character in line:
        if quote:
            if character == quote and not escaped:
                quote = ""
            escaped = character == "\\" and not escaped and quote == '"'
        elif character in "\"'":
            quote = character
        elif character == "#":
            break
        else:
            depth += (character in "[{") - (character in "]}")
    return depth
