"""Searching the log: by what stands in the envelope, never by what anybody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cli.entries import Entry, entry_of, requester_of

if TYPE_CHECKING:
    from eventstore.store import Store

_AT_ONCE = 10_000
_DATA = b',"data'
_IDS = frozenset(
    {"number", "message_id", "note_id", "promise_id", "batch_id", "source_id", "other", "id"}
)
"""The fields of an event's data that are ids."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an event has to be like. Types are short or whole, an actor may be its beginning."""

    text: str | None = None
    types: tuple[str, ...] = ()
    actor: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, entry: Entry) -> bool:
        """Whether an event is like that."""
        return (
            (not self.types or entry.kind in self.types or entry.envelope.type in self.types)
            and (self.actor is None or entry.actor.startswith(self.actor))
            and (self.subject is None or entry.envelope.subject == self.subject)
            and (self.since is None or entry.time >= self.since)
            and (self.until is None or entry.time < self.until)
            and (self.text is None or _in_ids(entry, self.text.casefold()))
        )

    def can_fit(self, body: bytes) -> bool:
        """A quick look at the bytes, so that few events have to be read whole."""
        head = body[: body.find(_DATA)]
        return (
            (not self.types or any(one.encode() in head for one in self.types))
            and (self.actor is None or not self.actor.isascii() or self.actor.encode() in head)
            and (self.subject is None or self.subject.encode() in head)
        )


def search(
    store: Store, wanted: Wanted, *, on_progress: Callable[[int, int], None]
) -> Iterator[Entry]:
    """The events that are like that, in order. Raises EventUnreadable."""
    last, after = store.last_position(), 0
    while chunk := store.read(after, _AT_ONCE):
        for position, body in chunk:
            if wanted.can_fit(body):
                entry = entry_of(position, body)
                if wanted.fits(entry):
                    yield entry
        after = chunk[-1][0]
        on_progress(after, last)


def _in_ids(entry: Entry, text: str) -> bool:
    envelope = entry.envelope
    ids: list[Any] = [
        envelope.id,
        envelope.subject,
        envelope.actor,
        envelope.commandid,
        envelope.correlationid,
        envelope.causationid,
        *(entry.data.get(name) for name in _IDS),
        *(entry.data.get("order_refs") or ()),
        requester_of(entry.data),
    ]
    return any(isinstance(one, str) and text in one.casefold() for one in ids)
