"""The recorded history as a what-if reads it: save by save, and which cases it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from domain import codec
from domain.events import AnyEvent, PolicyPublished, TicketOpened
from eventstore.envelope import Envelope, read_event
from eventstore.store import Store, StoredRecord
from intake.whatif.tally import Tally

_AUTOMATIC = ("system:automation", "rule:")
_OTHERS = ("agent-", "customer-", "policy-", "tracker-", "import-")


class Raw(NamedTuple):
    """One recorded save, its events not yet decoded."""

    head: Envelope
    types: tuple[str, ...]
    data: tuple[bytes, ...]

    @property
    def is_of_people(self) -> bool:
        """Whether somebody did it, rather than the rules or time."""
        return not (self.head.actor or "").startswith(_AUTOMATIC)

    @property
    def is_imported(self) -> bool:
        """Whether another system's history says it."""
        return (self.head.actor or "").startswith("import:")

    @property
    def is_of_ticket(self) -> bool:
        """Whether its subject is a ticket."""
        return not self.head.subject.startswith(_OTHERS)

    def events(self) -> list[AnyEvent]:
        """Its events."""
        return [codec.decode(*one) for one in zip(self.types, self.data, strict=True)]


@dataclass(slots=True)
class Recorded:
    """What a first reading finds: the cases of the period, and their figures as recorded.

    `left` counts the saves of people that are still to come to each case; `promises` are the
    defaults of each policy version that is in the log.
    """

    left: dict[str, int] = field(default_factory=dict[str, int])
    tally: Tally = field(default_factory=Tally)
    promises: dict[tuple[str, int], timedelta] = field(
        default_factory=dict[tuple[str, int], timedelta]
    )
    imported: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


def saves_of(store: Store) -> Iterator[Raw]:
    """Every save, in the order of recording."""
    return (_raw(record) for record in store.records())


def first_reading(store: Store, *, since: datetime | None, until: datetime | None) -> Recorded:
    """Find the cases that were opened in a period, and count what was recorded of them in it."""
    found = Recorded()
    for save in saves_of(store):
        head = save.head
        if head.subject.startswith("policy-"):
            _learn(found, save.events())
        elif save.is_of_ticket and (until is None or head.time < until):
            if save.types[0] == TicketOpened.TYPE and (since is None or head.time >= since):
                _begin(found, save)
            if head.subject in found.left:
                _count(found, save)
    return found


def _begin(found: Recorded, save: Raw) -> None:
    if save.is_imported:
        found.imported += 1
    else:
        found.left[save.head.subject] = 0


def _count(found: Recorded, save: Raw) -> None:
    head = save.head
    if save.is_of_people:
        found.left[head.subject] += 1
    found.first_at = head.time if found.first_at is None else min(found.first_at, head.time)
    found.last_at = head.time if found.last_at is None else max(found.last_at, head.time)
    for type_, data in zip(save.types, save.data, strict=True):
        found.tally.take(head.subject, type_, data, head.time)


def _learn(found: Recorded, events: Iterable[Any]) -> None:
    for event in events:
        if isinstance(event, PolicyPublished):
            seconds = event.policy.promises.default_seconds
            found.promises[event.policy_id, event.version] = timedelta(seconds=seconds)


def _raw(record: StoredRecord) -> Raw:
    pairs = [read_event(body) for body in record.bodies]
    types = tuple(envelope.type for envelope, _ in pairs)
    return Raw(pairs[0][0], types, tuple(data for _, data in pairs))
