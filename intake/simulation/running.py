"""Running a simulation: a made-up support operation, recorded into a ledger.

    parameters = Parameters(policy_id="travel", policy=policy, first_month=…, seed=7)
    account = run(parameters, store, progress=show)

The ledger has to be empty, or to hold this very run and nothing else: a run that was interrupted
goes on where it stopped when it is repeated, and a finished one adds nothing. Into any other ledger
it writes only if told to (`into_this`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from eventstore.ledger import utc_now
from eventstore.opening import can_be_opened, is_on_kafka
from eventstore.prepared import Appender, Fate, Prepared
from eventstore.store import Store
from intake.desk.saves import Preparing
from intake.errors import KeepsBeingOvertaken
from intake.simulation.account import Account
from intake.simulation.beginning import check_free
from intake.simulation.deciding import Chunk, Deciding
from intake.simulation.parameters import Parameters
from intake.simulation.worker import Worker

_SUBJECTS_KEPT = 60_000
"""About as many cases and trackers as a large operation has at work at a time."""

_WORKER_FROM_CASES = 2_000
"""A smaller simulation is over before a second process has started."""

OnProgress = Callable[[float, int], None]
"""How much is done, 0 to 1, and how many saves that were."""


class _Source(Protocol):
    @property
    def account(self) -> Account: ...
    def chunks(self, store: Store | None, /) -> Iterator[Chunk]: ...


def run(
    parameters: Parameters,
    store: Store,
    *,
    into_this: bool = False,
    progress: OnProgress | None = None,
    processes: int | None = None,
) -> Account:
    """Record a simulation; each save once, however often it is repeated.

    A large one is decided in a second process, on Kafka not; `processes` says otherwise. Raises
    LedgerOccupied, SimulationStopped, StoreError; KeepsBeingOvertaken if somebody else writes to
    its cases.
    """
    began = time.monotonic()
    is_new = _is_new(parameters, store, into_this=into_this)
    source: Deciding | Worker
    if _processes(parameters, store, processes) == 1:
        source = Deciding(parameters)
        added = _record(source, store, parameters, is_new=is_new, progress=progress)
    else:
        source = Worker(parameters, None if is_new else store.folder)
        try:
            added = _record(source, store, parameters, is_new=is_new, progress=progress)
        finally:
            source.close()
    account = source.account
    account.added = added
    account.seconds = time.monotonic() - began
    return account


def _is_new(parameters: Parameters, store: Store, *, into_this: bool) -> bool:
    """Whether nothing was there before the run. Raises LedgerOccupied."""
    if store.last_position() == 0 and store.settings.partitions == 1:
        return True
    if into_this:
        return False
    check_free(store, parameters)
    return True


def _processes(parameters: Parameters, store: Store, wanted: int | None) -> int:
    cases = parameters.cases_per_month * parameters.months
    is_large = cases >= _WORKER_FROM_CASES and (os.cpu_count() or 1) > 1
    if is_on_kafka(store.folder):
        is_large = False  # Beside a Kafka client the pipe was seen to deliver damaged bytes.
    return (wanted or (2 if is_large else 1)) if can_be_opened(store.folder) else 1


def _record(
    source: _Source,
    store: Store,
    parameters: Parameters,
    *,
    is_new: bool,
    progress: OnProgress | None,
) -> int:
    """Record every chunk; how many saves were not there before."""
    run_id = parameters.run_id
    appender = Appender(
        store,
        actor="system:simulation",
        correlation_id=run_id,
        clock=utc_now,
        subjects_max=_SUBJECTS_KEPT,
    )
    preparing = Preparing(run_id)
    added = seen = 0
    waiting: list[Prepared] = []
    for chunk in source.chunks(None if is_new else store):
        waiting += [preparing.prepared(save) for save in chunk.saves]
        if len(waiting) >= store.saves_at_once or chunk.done >= 1.0:
            fates = appender.append(waiting)
            if Fate.OVERTAKEN in fates:
                raise KeepsBeingOvertaken(attempts=1)
            added += fates.count(Fate.ADDED)
            seen += len(fates)
            waiting = []
        if progress is not None:
            progress(chunk.done, seen)
    return added
