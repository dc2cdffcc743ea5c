"""Recording prepared saves: the ledger checks that each continues what it was decided on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eventstore.ledger import utc_now
from eventstore.prepared import Appender, Fate
from eventstore.store import Store
from intake.saves import ImportedSave, actor_of


class Overtaken(Exception):
    """Somebody else wrote to a ticket of this import since it was looked up: look it up again."""


@dataclass(slots=True)
class Recorded:
    """What an import added: saves, their events, rows that are complete by them, tickets."""

    saves: int = 0
    events: int = 0
    rows: int = 0
    openings: int = 0


class Recorder:
    """Records the saves of one import into a store, many in one transaction."""

    def __init__(self, store: Store, *, source: str, batch_id: str) -> None:
        self._appender = Appender(
            store, actor=actor_of(source), correlation_id=batch_id, clock=utc_now
        )

    def record(self, saves: Sequence[ImportedSave], total: Recorded) -> None:
        """Durable on return, and added to `total`. What is recorded already is not recorded again.

        Raises Overtaken if a ticket is no more as the saves were decided on: the import is to be
        repeated, and then goes on from here. Raises StoreError if the ledger itself fails.
        """
        fates = self._appender.append([save.prepared for save in saves])
        for save, fate in zip(saves, fates, strict=True):
            if fate is Fate.ADDED:
                total.saves += 1
                total.events += len(save.types)
                total.rows += save.ends_row
                total.openings += save.after_sequence == 0
        if Fate.OVERTAKEN in fates:
            raise Overtaken
