"""Searching the log: by what stands in the envelope, never by what anybody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import typer

from cli.entries import Entry, Unread, read_entry, requester_of
from cli.log_reading import last_positions, read_behind
from cli.log_stats import types_in
from cli.wording import KINDS

if TYPE_CHECKING:
    from eventstore.store import Store

_PREFIX, _VERSION = "ticketledger.", ".v1"

_AT_ONCE = 10_000
_DATA = b',"data'
_IDS = frozenset(
    {
        "number",
        "message_id",
        "note_id",
        "promise_id",
        "batch_id",
        "source_id",
        "agent_id",
        "customer_id",
        "other",
        "id",
    }
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
) -> Iterator[Entry | Unread]:
    """The events that are like that, in order; and those of the right look that are unreadable."""
    last = sum(last_positions(store).values())
    behind_nothing = dict.fromkeys(range(store.settings.partitions), 0)
    for done, (place, body) in enumerate(read_behind(store, behind_nothing), start=1):
        if wanted.can_fit(body):
            entry = read_entry(place.position, body, partition=place.partition)
            if isinstance(entry, Unread) or wanted.fits(entry):
                yield entry
        if done % _AT_ONCE == 0:
            on_progress(done, last)


def check_types(store: Store, types: Sequence[str]) -> None:
    """Raise a usage error where neither this release nor the log knows a type of event."""
    unknown = [
        one for one in types if one.removeprefix(_PREFIX).removesuffix(_VERSION) not in KINDS
    ]
    if not unknown:
        return
    # A later release may have written into this log.
    known = {one.removeprefix(_PREFIX).removesuffix(_VERSION) for one in types_in(store)} | KINDS
    for one in unknown:
        short = one.removeprefix(_PREFIX).removesuffix(_VERSION)
        if short in known:
            continue
        near = get_close_matches(short, sorted(known), n=3, cutoff=0.4)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise typer.BadParameter(
            f"no event is of type {one}{hint}; all that are recorded: ticketledger log stats",
            param_hint="--type",
        )


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
