"""Where the mapped columns stand in one file: its header compared with the mapping."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from intake.errors import HeaderMismatch
from intake.mapping import Mapping

_ONCE = (
    "requester_name",
    "requester_email",
    "requester_phone",
    "requester_username",
    "subject",
    "body",
    "orders",
    "case_type",
)
"""Recorded at the opening alone: personal texts and what has no event for a change."""

_SHOWN_MAX = 12


@dataclass(frozen=True, slots=True)
class Places:
    """The place of each mapped column in a row, None where the mapping names none."""

    header: tuple[str, ...]
    number: int
    updated_at: int
    activity: int | None
    state: int | None
    opened_at: int | None
    opened_by: int | None
    updated_by: int | None
    modification: int | None
    reopen_count: int | None
    requester: int | None
    requester_name: int | None
    requester_email: int | None
    requester_phone: int | None
    requester_username: int | None
    subject: int | None
    body: int | None
    orders: int | None
    case_type: int | None
    channel: int | None
    category: tuple[int, ...]
    priority: int | None
    impact: int | None
    stated_urgency: int | None
    product: int | None
    queue: int | None
    owner: int | None
    fields: tuple[tuple[str, int], ...]
    mapped: tuple[int, ...]
    once: tuple[int, ...]
    order: tuple[int, ...]
    unmentioned: tuple[str, ...]

    @property
    def ids(self) -> list[int]:
        """Columns of identifiers that belong to the state."""
        return [place for place in (self.requester, self.queue, self.owner) if place is not None]

    @property
    def labels(self) -> list[int]:
        """Columns of classifying texts that belong to the state."""
        single = (self.state, self.channel, self.priority, self.impact, self.stated_urgency)
        places = [*single, self.product, *self.category, *(place for _, place in self.fields)]
        return [place for place in places if place is not None]

    @property
    def state_cells(self) -> list[int]:
        """All columns that make up the state: two rows with the same cells show the same."""
        count = [] if self.reopen_count is None else [self.reopen_count]
        return [*self.ids, *self.labels, *count]

    def name(self, place: int | None) -> str:
        """What the column at a place is called, for messages."""
        return self.header[place] if place is not None else "?"


def find_columns(mapping: Mapping, header: Sequence[str], *, file: str) -> Places:
    """Find every column that the mapping names. Raises HeaderMismatch.

    `mapped` is in the order of the columns' names, so that it is the same however a mapping or a
    file is arranged. Columns that are neither mapped nor ignored are `unmentioned`.
    """
    _check_header(mapping, header, file=file)
    at = {name: place for place, name in enumerate(header)}
    columns = mapping.columns
    single = {
        name: at[value] if isinstance(value := getattr(columns, name), str) else None
        for name in type(columns).model_fields
        if name not in ("category", "number", "updated_at")
    }
    used = {column for _, column in mapping.mapped_columns()}
    known = used | set(mapping.ignored) | set(mapping.order.columns)
    return Places(
        header=tuple(header),
        number=at[columns.number],
        updated_at=at[columns.updated_at],
        category=tuple(at[name] for name in columns.category),
        fields=tuple((name, at[column]) for name, column in sorted(mapping.fields.items())),
        mapped=tuple(at[name] for name in sorted(used)),
        once=tuple(place for name in _ONCE if (place := single[name]) is not None),
        order=tuple(at[name] for name in mapping.order.columns),
        unmentioned=tuple(name for name in header if name not in known),
        **single,
    )


def _check_header(mapping: Mapping, header: Sequence[str], *, file: str) -> None:
    wanted = [
        *mapping.mapped_columns(),
        *((("order", "columns"), c) for c in mapping.order.columns),
    ]
    absent = [(place, column) for place, column in wanted if column not in header]
    if len(absent) == len(wanted):
        delimiter = mapping.file.delimiter
        raise HeaderMismatch(
            file,
            reason=f"its first line names none of the mapped columns ({_some(mapping, wanted)}); "
            f"add the header, or check the delimiter ({delimiter!r}) and the encoding "
            f"({mapping.file.encoding}) in the mapping",
        )
    if absent:
        missing = ", ".join(f"{column} ({'.'.join(place)})" for place, column in absent)
        unused = [name for name in header if name not in {column for _, column in wanted}]
        raise HeaderMismatch(
            file,
            reason=f"it has no column {missing}; change or remove these keys of the mapping. "
            f"Columns that the mapping does not use: {_list(unused)}",
        )
    twice = [name for name, count in Counter(header).items() if count > 1]
    if named := [name for name in twice if name in {column for _, column in wanted}]:
        raise HeaderMismatch(
            file, reason=f"it has several columns called {', '.join(named)}; rename one of them"
        )


def _some(mapping: Mapping, wanted: Sequence[tuple[tuple[str, ...], str]]) -> str:
    return _list([column for _, column in wanted] or [mapping.columns.number])


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN_MAX} more" if len(names) > _SHOWN_MAX else ""
    return ", ".join(names[:_SHOWN_MAX]) + more if names else "none"
