"""What a single cell may be: a text, an identifier, a moment, a count; or a reason to reject."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from eventstore.envelope import write_time
from intake.columns import Places
from intake.kept import Kept
from intake.mapping import Mapping
from intake.times import Times

ID_MAX = 200
LABEL_MAX = 500
PERSONAL_MAX = 100_000


class RowUnreadable(Exception):
    """A row cannot be taken in. The message says why and never quotes the row."""


class Moment(NamedTuple):
    """An instant, how it is written in a command id, and what is odd about it."""

    at: datetime
    written: str
    odd: str | None


class Cells:
    """Makes readers for the columns of one file. A reader maps a cell as it stands to its meaning.

    Space around a cell is not part of it. None: the cell says that nothing is known, or the mapping
    names no such column. Reading raises RowUnreadable.
    """

    def __init__(self, mapping: Mapping, places: Places) -> None:
        self._places = places
        self._missing = frozenset(("", *mapping.file.missing))
        self._formats = ", ".join(mapping.file.times)
        self._times = Times(mapping.file.times, mapping.zone)
        self._moments: Kept[str, Moment | None] = Kept(self._moment)

    def text(self, cell: str) -> str | None:
        """Any text."""
        text = cell.strip()
        return None if text in self._missing else text

    def texts(self, place: int | None, *, longest: int | None = None) -> Kept[str, str | None]:
        """Texts, kept; not longer than `longest` characters."""

        return Kept(lambda cell: self.label(place, cell, longest=longest))

    def label(self, place: int | None, cell: str, *, longest: int | None) -> str | None:
        """A text that is not longer than so many characters."""
        text = self.text(cell)
        if text is not None and longest is not None and len(text) > longest:
            raise RowUnreadable(
                f"column {self._places.name(place)} is longer than {longest:,} characters"
            )
        return text

    def moments(self, place: int | None) -> Kept[str, Moment | None]:
        """Moments in UTC."""

        def read(cell: str) -> Moment | None:
            try:
                return self._moments[cell]
            except ValueError:
                name = self._places.name(place)
                raise RowUnreadable(
                    f"column {name} is no time in the format {self._formats}"
                ) from None

        return Kept(read)

    def counts(self, place: int | None) -> Kept[str, int | None]:
        """Whole numbers from 0."""

        def read(cell: str) -> int | None:
            text = self.text(cell)
            if text is None:
                return None
            if not (text.isascii() and text.isdigit()):
                raise RowUnreadable(f"column {self._places.name(place)} is no whole number")
            return int(text)

        return Kept(read)

    def _moment(self, cell: str) -> Moment | None:
        """The columns of a file repeat each other's times: they are kept for all of them."""
        text = self.text(cell)
        if text is None:
            return None
        at, odd = self._times.read(text)
        return Moment(at, write_time(at).replace(".000000Z", "Z"), odd)
