"""Results on stdout: JSON lines for programs, aligned tables and paragraphs for people."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

from cli.cells import clean, fit, pad, width_of
from cli.narration import tell

NOTHING = "-"
"""Stands where there is no value."""

GAP = 2
"""Cells between two columns."""

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_SMALLEST = 4
_EIGHTHS = " ▏▎▍▌▋▊▉"


class ReaderGone(Exception):
    """Whoever read our output has closed it, as `head` does. That is no error."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    `at_least`: it may be shortened to that many cells; 0: never shortened. `drop`: left out when
    the terminal is too narrow, the highest first; 0: never left out.
    """

    title: str
    right: bool = False
    at_least: int = 0
    drop: int = 0
    style: str = ""


def is_terminal() -> bool:
    """Whether a person looks at stdout, so that colour and bars make sense."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def terminal_width() -> int | None:
    """How many cells a line has, or None where nothing limits it (a file, a pipe).

    COLUMNS changes the width of a terminal; a program that reads a pipe is to get everything.
    """
    return max(shutil.get_terminal_size().columns, 40) if sys.stdout.isatty() else None


def paint(text: str, style: str) -> str:
    """The text in a style, if a person looks at it and has not asked for no colour."""
    if not style or "NO_COLOR" in os.environ or not is_terminal():
        return text
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def say(line: str = "") -> None:
    """Print one line of a result."""
    try:
        # In one piece: other processes may write to the same terminal.
        sys.stdout.write(f"{line}\n")
    except BrokenPipeError:
        raise ReaderGone from None


def say_json(values: Mapping[str, Any]) -> None:
    """Print one object as one line of JSON. Moments are UTC, with six decimals."""
    say(as_line(values))


def as_line(values: Mapping[str, Any]) -> str:
    """One object as one line of JSON."""
    return json.dumps(values, default=_json_value, ensure_ascii=False, separators=(",", ":"))


def say_table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], *, titles: bool = True
) -> None:
    """Print rows under their titles, aligned, none wider than the terminal.

    Says on stderr how many columns did not fit.
    """
    width = terminal_width()
    for number, line in enumerate(table(columns, rows, width)):
        if titles or number:
            say(line)
    missing = _left_out(columns, rows, width) if titles else 0
    if missing:
        noun = "column" if missing == 1 else "columns"
        sys.stdout.flush()
        tell(f"(+{missing} {noun}: widen the terminal, or --json)")


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None
) -> Iterable[str]:
    """The lines of a table that is at most `width` cells wide."""
    cells = [[clean(cell) for cell in row] for row in rows]
    widths = _widths(columns, cells)
    kept = _kept(columns, widths, width)
    if width is not None:
        widths = _shrunk(columns, kept, widths, width)
    titles = [column.title for column in columns]
    yield _line(columns, kept, widths, titles, style="bold")
    for row in cells:
        yield _line(columns, kept, widths, row)


def _kept(columns: Sequence[Column], widths: Sequence[int], width: int | None) -> list[int]:
    """The columns that have room beside each other; empty ones need none."""
    kept = [index for index, widest in enumerate(widths) if widest or len(columns) == 1]
    while width is not None and _too_wide(columns, kept, widths, width):
        droppable = [index for index in kept if columns[index].drop]
        if not droppable:
            break
        kept.remove(max(droppable, key=lambda index: columns[index].drop))
    return kept


def _left_out(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> int:
    """How many columns with a title have no room. Bars have none, and say nothing of their own."""
    widths = _widths(columns, [[clean(cell) for cell in row] for row in rows])
    kept = _kept(columns, widths, width)
    return sum(1 for index, one in enumerate(columns) if one.title.strip() and index not in kept)


def bar(share: float | None, cells: int = 10) -> str:
    """A share of one as a bar, to an eighth of a cell; empty unless a person looks at it."""
    if share is None or not is_terminal():
        return ""
    eighths = round(max(0.0, min(share, 1.0)) * cells * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(cells)


def percent(share: float | None) -> str:
    """A share of one as people read it."""
    return NOTHING if share is None else f"{share * 100:.1f} %"


def _json_value(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo:
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, cast(frozenset[object], value)))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _widths(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> list[int]:
    return [
        max([width_of(column.title), *(width_of(row[index]) for row in cells)])
        for index, column in enumerate(columns)
    ]


def _smallest(column: Column, width: int) -> int:
    return min(width, max(column.at_least, width_of(column.title))) if column.at_least else width


def _total(kept: Sequence[int], widths: Sequence[int]) -> int:
    return sum(widths[index] for index in kept) + GAP * (len(kept) - 1)


def _too_wide(
    columns: Sequence[Column], kept: Sequence[int], widths: Sequence[int], width: int
) -> bool:
    smallest = [_smallest(column, widths[index]) for index, column in enumerate(columns)]
    return _total(kept, smallest) > width


def _shrunk(
    columns: Sequence[Column], kept: Sequence[int], widths: list[int], width: int
) -> list[int]:
    """Take from the widest column that may still give, until the table fits."""
    widths = list(widths)
    floors = [_smallest(column, widths[index]) for index, column in enumerate(columns)]
    while (excess := _total(kept, widths) - width) > 0:
        giving = [index for index in kept if widths[index] > floors[index]]
        if not giving:
            # Even the smallest is too wide: then every column gives, so that no line wraps.
            floors = [min(_SMALLEST, width) for width in widths]
            giving = [index for index in kept if widths[index] > floors[index]]
            if not giving:
                return widths
        widest, *others = sorted(giving, key=lambda index: -widths[index])
        next_width = max([floors[widest], *(widths[index] for index in others)])
        widths[widest] -= min(excess, max(1, widths[widest] - next_width))
    return widths


def _line(
    columns: Sequence[Column],
    kept: Sequence[int],
    widths: Sequence[int],
    row: Sequence[str],
    *,
    style: str = "",
) -> str:
    parts: list[str] = []
    for index in kept:
        last = index == kept[-1]
        text = fit(row[index], widths[index])
        if columns[index].right or not last:
            text = pad(text, widths[index], right=columns[index].right)
        parts.append(paint(text, style or columns[index].style) if text.strip() else text)
    return (" " * GAP).join(parts).rstrip()
