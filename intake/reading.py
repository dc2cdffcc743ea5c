"""What one row says, in our words: the mapping applied to its cells."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any
from urllib.parse import quote

from domain.events import Requester
from domain.happenings import Happening
from domain.snapshots import Snapshot
from domain.values import CaseType
from intake.columns import Places
from intake.mapping import Mapping
from intake.rows import Row
from intake.stating import RowUnreadable, Stating
from intake.times import Times

_PERSONAL_MAX = 100_000
_ID_MAX = 200
_IDENTITY_MAX = 160
"""Leaves room in a command id for what is put behind: `/2` of a repeated row, `/opened`."""


@dataclass(slots=True)
class Update:
    """One row that was understood.

    `identity` names the row wherever it is met again; `content` is what it says, to tell a repeat
    from a mistake. `given` names the attributes that a row of shape activity brings; None: all.
    """

    row: Row
    number: str
    identity: str
    content: str
    at: datetime
    opened_at: datetime | None
    updated_by: str | None
    opened_by: str | None
    modification: int | None
    snapshot: Snapshot
    given: dict[str, Any] | None
    activity: str | None
    odd: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Details:
    """What a row says that is recorded at the opening alone."""

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
        self._times = Times(mapping.file.times, mapping.zone)
        self._stating = Stating(mapping, places)
        self._content = _picker(places.mapped)
        self._missing = frozenset(("", *mapping.file.missing))
        self._activities = {
            name: Happening(**what.model_dump()) for name, what in mapping.activities.items()
        }

    def happening(self, activity: str) -> Happening | None:
        """What an activity is to us; None if the mapping does not say."""
        return self._activities.get(activity)

    def read(self, row: Row) -> Update:
        """Raises RowUnreadable, which says why without quoting the row."""
        cells, at = row.cells, self._at
        number = self._identifier(cells, at.number)
        if number is None:
            raise RowUnreadable(f"column {at.name(at.number)} is empty: it has no ticket number")
        moment, odd = self._moment(cells, at.updated_at)
        if moment is None:
            raise RowUnreadable(f"column {at.name(at.updated_at)} is empty: it has no time")
        opened_at, odd_too = self._moment(cells, at.opened_at)
        activity = self._text(cells, at.activity)
        if at.activity is not None and activity is None:
            raise RowUnreadable(f"column {at.name(at.activity)} is empty: it has no activity")
        modification = self._whole_number(cells, at.modification)
        stated = self._stating.read(cells)
        oddities = (*stated.odd, *(kind for kind in (odd, odd_too) if kind))
        if activity is not None and activity not in self._activities:
            oddities = (*oddities, "activity_unknown")
        return Update(
            row=row,
            number=number,
            identity=self._identity(number, moment, modification=modification, activity=activity),
            content="\x1f".join(self._content(cells)),
            at=moment,
            opened_at=opened_at,
            updated_by=self._text(cells, at.updated_by),
            opened_by=self._text(cells, at.opened_by),
            modification=modification,
            snapshot=stated.snapshot,
            given=stated.given,
            activity=activity,
            odd=oddities,
        )

    def details(self, row: Row) -> Details:
        """What is only recorded with a ticket's first row. Raises RowUnreadable."""
        cells, at = row.cells, self._at
        odd: tuple[str, ...] = ()
        word, case_type = self._text(cells, at.case_type), None
        if word is not None:
            case_type = self.mapping.case_types.get(word)
            odd = () if case_type else ("case_type_unknown",)
        orders = self._text(cells, at.orders)
        return Details(
            requester=self._requester(cells),
            subject=self._personal(cells, at.subject),
            body=self._personal(cells, at.body),
            order_refs=tuple(orders.replace(",", " ").split()) or None if orders else None,
            case_type=case_type,
            odd=odd,
        )

    def details_text(self, row: Row) -> tuple[str, ...]:
        """The same as plain cells, to see whether they change."""
        return tuple(row.cells[place] for place in self._at.once)

    def _requester(self, cells: Sequence[str]) -> Requester | None:
        customer = self._identifier(cells, self._at.requester)
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
        if place is None:
            return None
        text = cells[place].strip()
        return None if text in self._missing else text

    def _identifier(self, cells: Sequence[str], place: int | None) -> str | None:
        text = self._text(cells, place)
        if text is not None and len(text) > _ID_MAX:
            raise RowUnreadable(
                f"column {self._at.name(place)} is longer than {_ID_MAX} characters"
            )
        return text

    def _personal(self, cells: Sequence[str], place: int | None) -> str | None:
        text = self._text(cells, place)
        if text is not None and len(text) > _PERSONAL_MAX:
            name = self._at.name(place)
            raise RowUnreadable(f"column {name} is longer than {_PERSONAL_MAX:,} characters")
        return text

    def _moment(
        self, cells: Sequence[str], place: int | None
    ) -> tuple[datetime | None, str | None]:
        text = self._text(cells, place)
        if text is None:
            return None, None
        try:
            return self._times.read(text)
        except ValueError:
            known = ", ".join(self.mapping.file.times)
            name = self._at.name(place)
            raise RowUnreadable(f"column {name} is no time in the format {known}") from None

    def _whole_number(self, cells: Sequence[str], place: int | None) -> int | None:
        text = self._text(cells, place)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()):
            raise RowUnreadable(f"column {self._at.name(place)} is no whole number")
        return int(text)

    def _identity(
        self, number: str, at: datetime, *, modification: int | None, activity: str | None
    ) -> str:
        """What a command id begins with: printable ASCII, and the same for the same row for ever."""
        which = modification if modification is not None else _ascii(activity or "-")
        moment = (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()[:-6]
        identity = f"{self.mapping.source}/{_ascii(number)}/{which}/{moment}Z"
        if len(identity) > _IDENTITY_MAX:
            digest = hashlib.sha256(identity.encode()).hexdigest()[:32]
            identity = f"{self.mapping.source}/{digest}"
        return identity


def _ascii(text: str) -> str:
    return text if text.isascii() and text.isalnum() else quote(text, safe="-_.")


def _picker(places: Sequence[int]) -> Any:
    """The cells at some places as a tuple; `itemgetter` gives a bare cell where there is only one."""
    if len(places) == 1:
        return lambda cells: (cells[places[0]],)
    return itemgetter(*places)
