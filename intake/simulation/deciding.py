"""Deciding a whole simulation: its saves in order, some thousands at a time, and the account."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from domain.events import TicketEvent
from eventstore.store import Store
from intake.desk.book import OpenCase
from intake.desk.saves import DecidedSave, Occasion
from intake.simulation.account import Account
from intake.simulation.beginning import begin
from intake.simulation.customers import expected_rate
from intake.simulation.operation import Operation
from intake.simulation.parameters import Parameters
from intake.simulation.visits import Visits
from intake.simulation.work import Work

SAVES_AT_ONCE = 2_000
_FEWER_COLLECTIONS = (100_000, 50, 100)


class Chunk(NamedTuple):
    """Some saves, in order, and how much of the simulated time they bring it to: 0 to 1."""

    saves: Sequence[DecidedSave]
    done: float


class Deciding:
    """One pass over a simulation. `account` is complete after the last chunk."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self.account = Account(
            run_id=parameters.run_id,
            expected_rate=expected_rate(progress_shown=parameters.progress_shown),
        )

    def chunks(self, store: Store | None) -> Iterator[Chunk]:
        """All saves. `store` is asked for what was there before; None: nothing."""
        parameters = self._parameters
        beginning = begin(store, parameters)
        operation = Operation(parameters, beginning.in_force, before=beginning.agents)
        Work(operation, Visits(operation))
        operation.on_save.append(self._count)
        self.account.truth = operation.truth
        if beginning.publishing is not None:
            operation.saves.append(beginning.publishing)
        whole = (parameters.ends - parameters.first_month).total_seconds()
        with _fewer_collections():
            for at in operation.run():
                if len(operation.saves) >= SAVES_AT_ONCE:
                    done = (at - parameters.first_month).total_seconds() / whole
                    yield self._taken(operation.saves, done)
        yield self._taken(operation.saves, 1.0)

    def _taken(self, saves: list[DecidedSave], done: float) -> Chunk:
        taken = list(saves)
        saves.clear()
        self.account.saves += len(taken)
        self.account.events += sum(len(save.types) for save in taken)
        return Chunk(taken, done)

    def _count(self, case: OpenCase, events: Sequence[TicketEvent], occasion: Occasion) -> None:
        del case
        self.account.take(events, occasion.at)


@contextmanager
def _fewer_collections() -> Generator[None]:
    """Millions of objects come and go without a cycle; looking for cycles is mostly in vain."""
    before = gc.get_threshold()
    gc.set_threshold(*_FEWER_COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
