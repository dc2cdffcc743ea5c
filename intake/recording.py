"""Recording prepared saves: the ledger checks that each continues what it was decided on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from domain.application import TICKETS
from eventstore.envelope import Envelope
from eventstore.errors import CommandIdReused
from eventstore.ledger import Ledger
from eventstore.store import Store
from intake.saves import BEFORE_ALL, EncodedEvent, ImportedSave, Place, ledger_command


class Overtaken(Exception):
    """Somebody else wrote to a ticket of this import since it was looked up: look it up again."""


@dataclass(slots=True)
class Recorded:
    """What an import added: saves, their events, rows that are complete by them, tickets."""

    saves: int = 0
    events: int = 0
    rows: int = 0
    openings: int = 0


class _Encoded:
    """The application of a ledger whose events are decided, folded and encoded already.

    A subject's state is the place it has come to: all that a prepared save is compared with.
    """

    def encode(self, event: EncodedEvent) -> EncodedEvent:
        return event

    def decode(self, type_: str, data: bytes) -> EncodedEvent:
        return type_, data

    def fact(self, envelope: Envelope, _: EncodedEvent) -> Place:
        return Place(envelope.sequence, envelope.commandid)

    def evolve(self, _: Place | None, place: Place) -> Place:
        return place

    def keys(self, type_: str, data: bytes) -> Iterable[str]:
        return TICKETS.keys(type_, data)


class Recorder:
    """Records the saves of one import into a store, many in one transaction."""

    def __init__(self, store: Store, *, source: str, batch_id: str) -> None:
        self._command = partial(ledger_command, source=source, batch_id=batch_id)
        self._ledger: Ledger[Place, EncodedEvent] = Ledger(store, _Encoded())

    def record(self, saves: Sequence[ImportedSave], total: Recorded) -> None:
        """Durable on return, and added to `total`. What is recorded already is not recorded again.

        Raises Overtaken if a ticket is no more as the saves were decided on: the import is to be
        repeated, and then goes on from here. Raises StoreError if the ledger itself fails.
        """
        answers = self._ledger.execute_many(
            (save.subject, self._command(save.command), _decision(save)) for save in saves
        )
        overtaken = False
        for save, answer in zip(saves, answers, strict=True):
            if isinstance(answer, Overtaken | CommandIdReused):
                overtaken = True
            elif isinstance(answer, Exception):
                raise answer
            elif not answer.repeated:
                total.saves += 1
                total.events += len(answer.events)
                total.rows += save.ends_row
                total.openings += save.after == BEFORE_ALL
        if overtaken:
            raise Overtaken


def _decision(save: ImportedSave) -> Callable[[Place | None], list[EncodedEvent]]:
    def decide(place: Place | None) -> list[EncodedEvent]:
        if (place or BEFORE_ALL) != save.after:
            raise Overtaken
        return save.events

    return decide
