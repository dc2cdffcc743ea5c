"""A small application for tests of the store: a tally counts up, and refuses to pass a limit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eventstore.commands import Command
from eventstore.envelope import Envelope, data_of, write_event
from eventstore.ledger import Ledger
from eventstore.record import Headers, seal
from eventstore.rule import EMPTY, Head, advance
from eventstore.sqlite import SQLiteStore
from eventstore.store import Save

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TYPE = "tally.counted.v1"
RESTING_TYPE = "tally.rested.v1"
"""A tally whose last event is of this type is at rest."""

SOUGHT = "sought"
"""The label of counts that somebody looks for by their command alone."""

LIMIT = 1_000_000


@dataclass(frozen=True)
class Counted:
    """Somebody counted."""

    number: int
    label: str | None = None


class LimitReached(Exception):
    """The tally's one refusal."""


class TallyApplication:
    """What the ledger has to know about tallies; a state is the sum so far."""

    def encode(self, event: Counted) -> tuple[str, bytes]:
        data: dict[str, Any] = {"number": event.number}
        if event.label is not None:
            data["label"] = event.label
        return TYPE, json.dumps(data).encode()

    def decode(self, type_: str, data: bytes) -> Counted:
        fields = json.loads(data)
        return Counted(fields["number"], fields.get("label"))

    def fact(self, envelope: Envelope, event: Counted) -> Counted:
        return event

    def evolve(self, state: int | None, fact: Counted) -> int:
        return (state or 0) + fact.number

    def keys(self, type_: str, data: bytes) -> Iterable[str]:
        label = json.loads(data).get("label")
        return [f"label:{label}"] if label else ()

    def is_cold(self, type_: str) -> bool:
        return type_ == RESTING_TYPE

    def is_sought_by_command(self, type_: str, data: bytes) -> bool:
        return type_ == TYPE and json.loads(data).get("label") == SOUGHT


TALLIES = TallyApplication()

TallyLedger = Ledger[int, Counted]
Decide = Callable[[int | None], Sequence[Counted]]


def new_store(folder: Path) -> SQLiteStore:
    return SQLiteStore.create(folder, name="main", time_zone="Europe/Berlin", application=TALLIES)


def open_store(folder: Path) -> SQLiteStore:
    return SQLiteStore.open(folder, application=TALLIES)


def command(command_id: str, number: int = 1, **changes: Any) -> Command:
    fields: dict[str, Any] = {
        "name": "count",
        "arguments": {"number": number},
        "occurred_at": NOON,
        "actor": "agent:ayu",
    }
    return Command(command_id, **{**fields, **changes})


def count(number: int = 1, *, label: str | None = None) -> Decide:
    """Count once, unless the limit would be passed."""

    def decide(state: int | None) -> Sequence[Counted]:
        if (state or 0) + number > LIMIT:
            raise LimitReached
        return [Counted(number, label)]

    return decide


def nothing(_: int | None) -> Sequence[Counted]:
    """A decision that there is nothing to do."""
    return []


def save(
    subject: str,
    head: Head = EMPTY,
    *,
    events: int = 1,
    command_header: str | None = None,
    label: str | None = None,
    source: str = "/ledgers/main",
    type_: str = TYPE,
) -> Save:
    """A save that continues a head, made without a ledger."""
    bodies = [
        write_event(
            Envelope(
                id=f"00000000-0000-7000-8000-{head.sequence + number:012d}",
                source=source,
                type=type_,
                subject=subject,
                sequence=head.sequence + number,
                time=NOON,
                recordedtime=NOON,
            ),
            TALLIES.encode(Counted(number, label))[1],
        )
        for number in range(1, events + 1)
    ]
    headers = Headers(
        subject=subject,
        sequence=head.sequence + 1,
        count=events,
        previous=head.digest,
        command=command_header,
    )
    return Save(seal(headers, bodies), [type_] * events, [data_of(body) for body in bodies])


def after(saved: Save) -> Head:
    """The head that a counted save leaves."""
    return advance(saved.record.headers, saved.record.digest)
