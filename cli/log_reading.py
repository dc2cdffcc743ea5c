"""Reading a log from a position on, whichever number of partitions it has."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from eventstore.store import Store

_AT_ONCE = 10_000
_RECORDED = b'"recordedtime":"'
_TIME_CHARACTERS = len("2026-11-22T12:00:00.000000Z")


class Place(NamedTuple):
    """Where an event is. Positions are dense within a partition."""

    partition: int
    position: int


class Read(NamedTuple):
    """An event's place and bytes."""

    place: Place
    body: bytes


def last_positions(store: Store) -> dict[int, int]:
    """The position of each partition's last event."""
    numbers = range(store.settings.partitions)
    return {number: store.last_position(partition=number) for number in numbers}


def read_behind(store: Store, positions: Mapping[int, int]) -> Iterator[Read]:
    """Every event behind these positions, by partition; several partitions by time of recording."""
    if len(positions) == 1:
        [(partition, position)] = positions.items()
        yield from _one(store, partition, position)
        return
    partitions = [_one(store, number, position) for number, position in positions.items()]
    yield from heapq.merge(*partitions, key=_recorded)


def parse_place(text: str) -> Place | None:
    """`15` or `2/15`, with or without an `@` before it; None if it is no place."""
    before, slash, after = text.removeprefix("@").rpartition("/")
    if not after.isdecimal() or (slash and not before.isdecimal()) or int(after) == 0:
        return None
    return Place(int(before or 0), int(after))


def _one(store: Store, partition: int, position: int) -> Iterator[Read]:
    while chunk := store.read(position, _AT_ONCE, partition=partition):
        for position, body in chunk:  # noqa: PLR1704 - the last one is where to go on
            yield Read(Place(partition, position), body)


def _recorded(read: Read) -> bytes:
    start = read.body.find(_RECORDED) + len(_RECORDED)
    return read.body[start : start + _TIME_CHARACTERS]
