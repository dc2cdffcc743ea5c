"""What one row says, in our words: the mapping applied to its cells."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from domain.events import Requester
from domain.happenings import Happening
from domain.snapshots import Snapshot
from domain.values import CaseType
from intake.cells import ID_MAX, PERSONAL_MAX, Cells, Moment, RowUnreadable
from intake.columns import Places
from intake.kept import Kept
from intake.mapping import Mapping
from intake.rows import Row
from intake.stating import Stating, picker

_IDENTITY_MAX = 160
"""Leaves room in a command id for what is put behind: `/2` of a repeated row, `/opened`."""


@dataclass(slots=True)
class Update:
    """One row that was understood.

    `identity` names the row wherever it is met again; `content` is what it says, to tell a repeat
    from a mistake. `given` holds the attributes that a row of shape activity brings; None: all.
    """

    row: Row
    number: str
    identity: str
    content: str
    at: datetime
    opened_at: datetime | None
    updated_by: str | None
    modification: int | None
    snapshot: Snapshot
    given: dict[str, Any] | None
    activity: str | None
    what: Happening | None
    odd: tuple[str, ...]


class Details(NamedTuple):
    """What a row says that is recorded at the opening alone."""

    opened_by: str | None
    requester: Requester | None
    subject: str | None
    body: str | None
    order_refs: tuple[str, ...] | None
    case_type: CaseType | None
    odd: tuple[str, ...]


class Reader:
    """Applies a mapping to the rows of one file."""

    def __init__(self, mapping: Mapping, places: Places) -> None:
        self.mapping = mapping
        self._at = places
        self._cells = cells = Cells(mapping, places)
        self._stating = Stating(mapping, places, cells)
        self._numbers = cells.texts(places.number, longest=ID_MAX)
        self._ascii: Kept[str, str] = Kept(_ascii)
        self._updated = cells.moments(places.updated_at)
        self._opened = cells.moments(places.opened_at)
        self._people = cells.texts(places.updated_by)
        self._modifications = cells.counts(places.modification)
        self._content = picker(places.mapped)
        self._once = picker(places.once)
        self._activities = {
            name: Happening(**what.model_dump()) for name, what in mapping.activities.items()
        }

    def read(self, row: Row) -> Update:
        """Raises RowUnreadable, which says why without quoting the row."""
        cells, at = row.cells, self._at
        number = self._numbers[cells[at.number]]
        moment = self._updated[cells[at.updated_at]]
        if number is None:
            raise RowUnreadable(f"column {at.name(at.number)} is empty: it has no ticket number")
        if moment is None:
            raise RowUnreadable(f"column {at.name(at.updated_at)} is empty: it has no time")
        stated = self._stating.read(cells)
        oddities = stated.odd if moment.odd is None else (*stated.odd, moment.odd)
        opened_at, modification, activity, what = None, None, None, None
        if at.opened_at is not None:
            opened = self._opened[cells[at.opened_at]]
            opened_at = opened.at if opened is not None else None
        if at.modification is not None:
            modification = self._modifications[cells[at.modification]]
        if at.activity is not None:
            activity, what = self._happening(cells[at.activity])
            oddities = oddities if what else (*oddities, "activity_unknown")
        return Update(
            row,
            number,
            self._identity(number, moment, modification if activity is None else activity),
            "\x1f".join(self._content(cells)),
            moment.at,
            opened_at,
            self._people[cells[at.updated_by]] if at.updated_by is not None else None,
            modification,
            stated.snapshot,
            stated.given,
            activity,
            what,
            oddities,
        )

    def details(self, row: Row) -> Details:
        """What is only recorded with a ticket's first row. Raises RowUnreadable."""
        cells, at = row.cells, self._at
        word, orders = self._text(cells, at.case_type), self._text(cells, at.orders)
        case_type = self.mapping.case_types.get(word) if word is not None else None
        opened = self._opened[cells[at.opened_at]] if at.opened_at is not None else None
        odd = opened.odd if opened is not None else None
        unknown = word is not None and case_type is None
        return Details(
            opened_by=self._text(cells, at.opened_by),
            requester=self._requester(cells),
            subject=self._personal(cells, at.subject),
            body=self._personal(cells, at.body),
            order_refs=tuple(orders.replace(",", " ").split()) or None if orders else None,
            case_type=case_type,
            odd=tuple(kind for kind in (odd, "case_type_unknown" if unknown else None) if kind),
        )

    def details_texts(self, row: Row) -> tuple[str | None, ...]:
        """The columns of `details` that have no event for a change, as they stand."""
        if not self._at.once:
            return ()
        return tuple(self._cells.text(cell) for cell in self._once(row.cells))

    def _happening(self, cell: str) -> tuple[str, Happening | None]:
        activity = self._cells.text(cell)
        if activity is None:
            name = self._at.name(self._at.activity)
            raise RowUnreadable(f"column {name} is empty: it has no activity")
        return activity, self._activities.get(activity)

    def _requester(self, cells: Sequence[str]) -> Requester | None:
        customer = self._text(cells, self._at.requester)
        if customer is None:
            return None
        return Requester(
            id=customer,
            name=self._personal(cells, self._at.requester_name),
            email=self._personal(cells, self._at.requester_email),
            phone=self._personal(cells, self._at.requester_phone),
            username=self._personal(cells, self._at.requester_username),
        )

    def _text(self, cells: Sequence[str], place: int | None) -> str | None:
        return self._cells.text(cells[place]) if place is not None else None

    def _personal(self, cells: Sequence[str], place: int | None) -> str | None:
        text = self._text(cells, place)
        if text is not None and len(text) > PERSONAL_MAX:
            name = self._at.name(place)
            raise RowUnreadable(f"column {name} is longer than {PERSONAL_MAX:,} characters")
        return text

    def _identity(self, number: str, at: Moment, which: int | str | None) -> str:
        """What a command id begins with: printable ASCII, the same for the same row for ever."""
        middle = _ascii(which) if isinstance(which, str) else which
        identity = (
            f"{self.mapping.source}/{self._ascii[number]}/"
            f"{'-' if middle is None else middle}/{at.written}"
        )
        if len(identity) > _IDENTITY_MAX:
            digest = hashlib.sha256(identity.encode()).hexdigest()[:32]
            identity = f"{self.mapping.source}/{digest}"
        return identity


def _ascii(text: str) -> str:
    return text if text.isascii() and text.isalnum() else quote(text, safe="-_.")
