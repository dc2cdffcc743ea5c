"""A fact: an event together with the circumstances in which it was recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from domain.events import FoldedByTickets

Event_co = TypeVar("Event_co", covariant=True)


class Circumstances(Protocol):
    """What a store tells about an event beside its data: any envelope with these attributes."""

    @property
    def subject(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def time(self) -> datetime: ...
    @property
    def actor(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class FactOf(Generic[Event_co]):
    """One event of one subject: `sequence` orders it, `time` (UTC) says when it happened."""

    event: Event_co
    subject: str
    sequence: int
    time: datetime
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Fact(FactOf[FoldedByTickets]):
    """One event of a ticket."""


def effective_times(times: Iterable[datetime]) -> Iterator[datetime]:
    """The effective time of each event of one subject, given their times in order of sequence.

    Rule: the later of an event's own time and the effective time before it. What is reported late
    moves forward, never back, so that a subject's history never overlaps itself.
    """
    latest: datetime | None = None
    for time in times:
        latest = time if latest is None or time > latest else latest
        yield latest
