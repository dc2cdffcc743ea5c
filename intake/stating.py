"""The state that a row shows: its cells translated into a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from domain.snapshots import IMPACT, PRODUCT, REASONS_BY_DEFAULT, STATED_URGENCY, Snapshot
from domain.values import Channel, Priority, Status
from intake.columns import Places
from intake.mapping import Mapping

LABEL_MAX = 500
ID_MAX = 200
_KEPT_MAX = 100_000


class RowUnreadable(Exception):
    """A row cannot be taken in. The message says why and never quotes the row."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A row's snapshot, which attributes it gives (None: all of them), and what is odd."""

    snapshot: Snapshot
    given: dict[str, Any] | None
    odd: tuple[str, ...]


class Stating:
    """Translates the state columns. A ticket's rows mostly repeat the row before: that is kept."""

    def __init__(self, mapping: Mapping, places: Places) -> None:
        self._mapping = mapping
        self._at = places
        self._missing = frozenset(("", *mapping.file.missing))
        named: list[tuple[str, int | None]] = [
            (IMPACT, places.impact),
            (STATED_URGENCY, places.stated_urgency),
            (PRODUCT, places.product),
            *places.fields,
        ]
        self._fields = tuple((name, place) for name, place in named if place is not None)
        self._pick = self._picker()
        self._last_cells: tuple[str, ...] | None = None
        self._last: Stated | None = None
        self._clean: dict[str, str | None] = {}

    def read(self, cells: Sequence[str]) -> Stated:
        """Raises RowUnreadable."""
        picked = self._pick(cells)
        if picked == self._last_cells and self._last is not None:
            return self._last
        stated = self._read(cells)
        self._last_cells, self._last = picked, stated
        return stated

    def _read(self, cells: Sequence[str]) -> Stated:
        at = self._at
        odd: list[str] = []
        fields = {
            name: value
            for name, place in self._fields
            if (value := self._label(cells, place, LABEL_MAX)) is not None
        }
        requester = self._label(cells, at.requester, ID_MAX)
        if at.requester is not None and requester is None:
            odd.append("requester_unknown")
        status, reason = self._status(cells, fields, odd)
        snapshot = Snapshot(
            requester_id=requester,
            channel=self._channel(cells, fields, odd),
            category=self._category(cells),
            priority=self._priority(cells, fields, odd),
            fields=fields,
            queue=self._label(cells, at.queue, ID_MAX),
            owner=self._label(cells, at.owner, ID_MAX),
            status=status,
            reason=reason,
            reopen_count=self._count(cells),
        )
        given = self._given(cells, snapshot) if self._mapping.shape == "activity" else None
        return Stated(snapshot, given, tuple(odd))

    def _given(self, cells: Sequence[str], snapshot: Snapshot) -> dict[str, Any]:
        """Of an activity's row only what has a value is said; the rest stays as it was."""
        at = self._at
        given: dict[str, Any] = {
            name: value
            for name in ("requester_id", "category", "priority", "queue", "owner")
            if (value := getattr(snapshot, name)) is not None
        }
        if at.channel is not None and self._text(cells[at.channel]) is not None:
            given["channel"] = snapshot.channel
        given["fields"] = snapshot.fields
        return given

    def _status(
        self, cells: Sequence[str], fields: dict[str, str], odd: list[str]
    ) -> tuple[Status | None, str | None]:
        """A state without a translation is kept as a field, and the status stays as it was."""
        word = self._label(cells, self._at.state, LABEL_MAX)
        if word is None:
            return (Status.NEW if self._at.state is None else None), None
        state = self._mapping.states.get(word)
        if state is not None:
            return state.status, state.reason or REASONS_BY_DEFAULT.get(state.status)
        fields[self._at.name(self._at.state)] = word
        odd.append("state_unknown")
        return None, None

    def _channel(self, cells: Sequence[str], fields: dict[str, str], odd: list[str]) -> Channel:
        word = self._label(cells, self._at.channel, LABEL_MAX)
        channel = self._mapping.channels.get(word) if word is not None else Channel.OTHER
        if channel is None:
            fields[self._at.name(self._at.channel)] = word or ""
            odd.append("channel_unknown")
        return channel or Channel.OTHER

    def _priority(
        self, cells: Sequence[str], fields: dict[str, str], odd: list[str]
    ) -> Priority | None:
        word = self._label(cells, self._at.priority, LABEL_MAX)
        if word is None:
            return None
        priority = self._mapping.priorities.get(word)
        if priority is None:
            fields[self._at.name(self._at.priority)] = word
            odd.append("priority_unknown")
        return priority

    def _category(self, cells: Sequence[str]) -> tuple[str, ...] | None:
        """The levels down to the first that is missing: below an unknown one nothing is known."""
        levels: list[str] = []
        for place in self._at.category:
            level = self._label(cells, place, LABEL_MAX)
            if level is None:
                break
            levels.append(level)
        return tuple(levels) or None

    def _count(self, cells: Sequence[str]) -> int:
        place = self._at.reopen_count
        text = self._text(cells[place]) if place is not None else None
        if text is None:
            return 0
        if not (text.isascii() and text.isdigit()):
            raise RowUnreadable(f"column {self._at.name(place)} is no whole number")
        return int(text)

    def _label(self, cells: Sequence[str], place: int | None, longest: int) -> str | None:
        if place is None:
            return None
        text = self._text(cells[place])
        if text is not None and len(text) > longest:
            raise RowUnreadable(
                f"column {self._at.name(place)} is longer than {longest} characters"
            )
        return text

    def _text(self, cell: str) -> str | None:
        """A cell without space around it, None where it says that nothing is known."""
        try:
            return self._clean[cell]
        except KeyError:
            if len(self._clean) >= _KEPT_MAX:
                self._clean.clear()
            text = cell.strip()
            found = self._clean[cell] = None if text in self._missing else text
            return found

    def _picker(self) -> Any:
        """The cells that make up the state, as one comparable value."""
        at = self._at
        single = [at.requester, at.channel, at.priority, at.queue, at.owner, at.state]
        single += [at.reopen_count, *at.category, *(place for _, place in self._fields)]
        places = [place for place in single if place is not None]
        return itemgetter(*places) if places else lambda _: ()
