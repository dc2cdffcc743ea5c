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


StatusAndReason = tuple[Status | None, str | None]


@dataclass(frozen=True, slots=True)
class Untranslated:
    """A word that the mapping has no translation for: kept in a field, and odd."""

    field: str
    word: str
    kind: str


_NEW: tuple[StatusAndReason, None] = ((Status.NEW, None), None)
_NO_CHANNEL = (Channel.OTHER, None)
_NO_PRIORITY = (None, None)


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
        self._cells = cells
        self._requesters = cells.texts(at.requester, longest=ID_MAX)
        self._queues = cells.texts(at.queue, longest=ID_MAX)
        self._owners = cells.texts(at.owner, longest=ID_MAX)
        self._counts = cells.counts(at.reopen_count)
        self._states: Kept[str, tuple[StatusAndReason, Untranslated | None]] = Kept(self._state)
        self._channels: Kept[str, tuple[Channel, Untranslated | None]] = Kept(self._channel)
        self._priorities: Kept[str, tuple[Priority | None, Untranslated | None]] = Kept(
            self._priority
        )
        self._categories: Kept[tuple[str, ...], tuple[str, ...] | None] = Kept(self._category)
        named = [(IMPACT, at.impact), (STATED_URGENCY, at.stated_urgency), (PRODUCT, at.product)]
        self._fields = [
            (name, place, cells.texts(place, longest=LABEL_MAX))
            for name, place in [*named, *at.fields]
            if place is not None
        ]
        self._pick = picker(at.state_cells)
        self._pick_fields = picker([place for _, place, _ in self._fields])
        self._pick_category = picker(at.category)
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
        requester = self._requesters[cells[at.requester]] if at.requester is not None else None
        status, kept_state = self._states[cells[at.state]] if at.state is not None else _NEW
        channel, kept_channel = (
            self._channels[cells[at.channel]] if at.channel is not None else _NO_CHANNEL
        )
        priority, kept_priority = (
            self._priorities[cells[at.priority]] if at.priority is not None else _NO_PRIORITY
        )
        odd: tuple[str, ...] = ()
        fields = self._field_values(cells)
        for kept in (kept_state, kept_channel, kept_priority):
            if kept is not None:
                fields = {**fields, kept.field: kept.word}
                odd = (*odd, kept.kind)
        if requester is None and at.requester is not None:
            odd = (*odd, "requester_unknown")
        snapshot = Snapshot(
            requester,
            channel,
            self._categories[self._pick_category(cells)],
            priority,
            fields,
            self._queues[cells[at.queue]] if at.queue is not None else None,
            self._owners[cells[at.owner]] if at.owner is not None else None,
            *status,
            reopen_count=self._count(cells),
        )
        given = self._given(cells, snapshot) if self._mapping.shape == "activity" else None
        return Stated(snapshot, given, odd)

    def _given(self, cells: Sequence[str], snapshot: Snapshot) -> dict[str, Any]:
        """Of an activity's row only what has a value is said; the rest stays as it was."""
        at = self._at
        given: dict[str, Any] = {
            name: value
            for name in ("requester_id", "category", "priority", "queue", "owner")
            if (value := getattr(snapshot, name)) is not None
        }
        if at.channel is not None and self._cells.text(cells[at.channel]) is not None:
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

    def _count(self, cells: Sequence[str]) -> int:
        place = self._at.reopen_count
        return (self._counts[cells[place]] or 0) if place is not None else 0

    def _state(self, cell: str) -> tuple[StatusAndReason, Untranslated | None]:
        """A state without a translation is kept as a field, and the status stays as it was."""
        word = self._label(self._at.state, cell)
        state = self._mapping.states.get(word) if word is not None else None
        if state is not None:
            reason = state.reason or REASONS_BY_DEFAULT.get(state.status)
            return (state.status, reason), None
        return (None, None), self._untranslated(word, self._at.state, "state_unknown")

    def _channel(self, cell: str) -> tuple[Channel, Untranslated | None]:
        word = self._label(self._at.channel, cell)
        channel = self._mapping.channels.get(word) if word is not None else Channel.OTHER
        if channel is not None:
            return channel, None
        return Channel.OTHER, self._untranslated(word, self._at.channel, "channel_unknown")

    def _priority(self, cell: str) -> tuple[Priority | None, Untranslated | None]:
        word = self._label(self._at.priority, cell)
        priority = self._mapping.priorities.get(word) if word is not None else None
        if priority is not None:
            return priority, None
        return None, self._untranslated(word, self._at.priority, "priority_unknown")

    def _category(self, cells: tuple[str, ...]) -> tuple[str, ...] | None:
        """The levels down to the first that is missing: below an unknown one nothing is known."""
        levels: list[str] = []
        for place, cell in zip(self._at.category, cells, strict=True):
            level = self._label(place, cell)
            if level is None:
                break
            levels.append(level)
        return tuple(levels) or None

    def _label(self, place: int | None, cell: str) -> str | None:
        return self._cells.label(place, cell, longest=LABEL_MAX)

    def _untranslated(self, word: str | None, place: int | None, kind: str) -> Untranslated | None:
        return Untranslated(self._at.name(place), word, kind) if word is not None else None


def picker(places: Sequence[int]) -> Pick:
    """The cells at some places, always as a tuple; `itemgetter` alone gives a bare cell for one."""
    if not places:
        return lambda _: ()
    if len(places) == 1:
        return lambda cells: (cells[places[0]],)
    return itemgetter(*places)
