"""The state that a row shows: its cells translated into a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from domain.snapshots import IMPACT, PRODUCT, REASONS_BY_DEFAULT, STATED_URGENCY, Snapshot
from domain.values import Channel, Priority, Status
from intake.cells import ID_MAX, LABEL_MAX, Cells
from intake.columns import Places
from intake.kept import Kept
from intake.mapping import Mapping

Pick = Callable[[Sequence[str]], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Stated:
    """A row's snapshot, which attributes it gives (None: all of them), and what is odd."""

    snapshot: Snapshot
    given: dict[str, Any] | None
    odd: tuple[str, ...]


class Stating:
    """Translates the state columns. A ticket's rows mostly repeat the row before: that is kept."""

    def __init__(self, mapping: Mapping, places: Places, cells: Cells) -> None:
        self._at = at = places
        self._mapping = mapping
        self._ids = {place: cells.texts(place, longest=ID_MAX) for place in at.ids}
        self._labels = {place: cells.texts(place, longest=LABEL_MAX) for place in at.labels}
        self._counts = cells.counts(at.reopen_count)
        named = [(IMPACT, at.impact), (STATED_URGENCY, at.stated_urgency), (PRODUCT, at.product)]
        self._fields: list[tuple[str, int, Kept[str | None]]] = [
            (name, place, self._labels[place])
            for name, place in [*named, *at.fields]
            if place is not None
        ]
        self._pick = picker(at.state_cells)
        self._pick_fields = picker([place for _, place, _ in self._fields])
        self._last: tuple[tuple[str, ...], Stated] | None = None
        self._last_fields: tuple[tuple[str, ...], dict[str, str]] | None = None

    def read(self, cells: Sequence[str]) -> Stated:
        """Raises RowUnreadable."""
        picked = self._pick(cells)
        if self._last is not None and self._last[0] == picked:
            return self._last[1]
        stated = self._read(cells)
        self._last = picked, stated
        return stated

    def _read(self, cells: Sequence[str]) -> Stated:
        at = self._at
        odd: list[str] = []
        kept: dict[str, str] = {}
        requester = self._id(cells, at.requester)
        if requester is None and at.requester is not None:
            odd.append("requester_unknown")
        status, reason = self._status(cells, kept, odd)
        channel = self._channel(cells, kept, odd)
        priority = self._priority(cells, kept, odd)
        fields = self._field_values(cells)
        snapshot = Snapshot(
            requester_id=requester,
            channel=channel,
            category=self._category(cells),
            priority=priority,
            fields={**fields, **kept} if kept else fields,
            queue=self._id(cells, at.queue),
            owner=self._id(cells, at.owner),
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
        if self._label(cells, at.channel) is not None:
            given["channel"] = snapshot.channel
        given["fields"] = snapshot.fields
        return given

    def _field_values(self, cells: Sequence[str]) -> dict[str, str]:
        """The same cells give the same object, so that comparing two rows is quick."""
        picked = self._pick_fields(cells)
        if self._last_fields is not None and self._last_fields[0] == picked:
            return self._last_fields[1]
        fields = {
            name: value
            for name, place, labels in self._fields
            if (value := labels[cells[place]]) is not None
        }
        self._last_fields = picked, fields
        return fields

    def _status(
        self, cells: Sequence[str], kept: dict[str, str], odd: list[str]
    ) -> tuple[Status | None, str | None]:
        """A state without a translation is kept as a field, and the status stays as it was."""
        word = self._label(cells, self._at.state)
        if word is None:
            return (Status.NEW if self._at.state is None else None), None
        state = self._mapping.states.get(word)
        if state is not None:
            return state.status, state.reason or REASONS_BY_DEFAULT.get(state.status)
        kept[self._at.name(self._at.state)] = word
        odd.append("state_unknown")
        return None, None

    def _channel(self, cells: Sequence[str], kept: dict[str, str], odd: list[str]) -> Channel:
        word = self._label(cells, self._at.channel)
        channel = self._mapping.channels.get(word) if word is not None else Channel.OTHER
        if channel is None:
            kept[self._at.name(self._at.channel)] = word or ""
            odd.append("channel_unknown")
        return channel or Channel.OTHER

    def _priority(
        self, cells: Sequence[str], kept: dict[str, str], odd: list[str]
    ) -> Priority | None:
        word = self._label(cells, self._at.priority)
        priority = self._mapping.priorities.get(word) if word is not None else None
        if word is not None and priority is None:
            kept[self._at.name(self._at.priority)] = word
            odd.append("priority_unknown")
        return priority

    def _category(self, cells: Sequence[str]) -> tuple[str, ...] | None:
        """The levels down to the first that is missing: below an unknown one nothing is known."""
        levels: list[str] = []
        for place in self._at.category:
            level = self._label(cells, place)
            if level is None:
                break
            levels.append(level)
        return tuple(levels) or None

    def _count(self, cells: Sequence[str]) -> int:
        place = self._at.reopen_count
        return (self._counts[cells[place]] or 0) if place is not None else 0

    def _id(self, cells: Sequence[str], place: int | None) -> str | None:
        return self._ids[place][cells[place]] if place is not None else None

    def _label(self, cells: Sequence[str], place: int | None) -> str | None:
        return self._labels[place][cells[place]] if place is not None else None


def picker(places: Sequence[int]) -> Pick:
    """The cells at some places, always as a tuple; `itemgetter` alone gives a bare cell for one."""
    if not places:
        return lambda _: ()
    if len(places) == 1:
        return lambda cells: (cells[places[0]],)
    return itemgetter(*places)
