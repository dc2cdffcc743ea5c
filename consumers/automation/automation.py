"""The automation: one loop that reads on, records what is due, and gives out what waits.

Rule: it appends only what time, rules and other tickets bring; every fact under an id that follows
from what it is about, as of the moment at which it was due. So it can be stopped, killed, started
twice and left off for a week: each fact is recorded once, and nothing that has become void.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from consumers.automation.catching_up import CatchingUp
from consumers.automation.duties import Duties
from consumers.automation.errors import AutomationStalled
from consumers.automation.firing import Firing, go_on
from consumers.automation.looking import Looking
from consumers.automation.people import People
from consumers.automation.placing import Placer
from consumers.automation.running import at_work
from consumers.automation.schedule import Schedule
from consumers.automation.schedule_file import place_of
from consumers.rules import Rules
from consumers.source import Source
from consumers.source import opened as opened_source
from domain.application import TICKETS
from eventstore.ledger import Ledger
from eventstore.opening import open_store
from eventstore.store import Store

POLL_SECONDS = 0.2
"""How long the loop rests where there is nothing to do."""

PATIENCE_SECONDS = 10.0
"""How long one round waits for a stream that lags behind its log."""

STATES_MAX = 20_000


def utc_now() -> datetime:
    """The clock of an automation that is given no other."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: saves of what was due, saves of what was given out, and how many events
    of the log the stream does not have yet (then nothing was recorded)."""

    fired: int
    placed: int
    missing: int


class Automation:
    """The automation of one ledger. `clock` says what time it is."""

    def __init__(
        self,
        store: Store,
        source: Source,
        schedule: Schedule,
        *,
        clock: Callable[[], datetime] = utc_now,
        on_progress: Callable[[int, int], None] = lambda _, __: None,
    ) -> None:
        self.rules = Rules(store)
        self.people = People(store)
        self.schedule = schedule
        self._clock = clock
        self._on_progress = on_progress
        ledger = Ledger(store, TICKETS, clock=clock, states_max=STATES_MAX)
        self.duties = Duties(ledger, self.rules, self.people)
        self._reading = CatchingUp(store, source, schedule)
        self._looking = Looking(self.duties, schedule)
        self._firing = Firing(self.duties, schedule, refresh=self._looking.look_at)
        self._placer = Placer(self.duties, schedule, refresh=self._looking.look_at)
        self._changes = -1
        self._partitions = source.partitions
        if not self._reading.is_of_this_log():
            self._begin_anew()

    def run_until(self, moment: datetime, *, stop: Callable[[], bool] = go_on) -> Round:
        """One round: read up to the log's end, record everything that is due by a moment in due
        order, then give out what waits."""
        missing = self.catch_up(stop=stop)
        if missing or stop():
            return Round(0, 0, missing)
        fired = self._firing.fire(moment, stop=stop)
        return Round(fired, self._placer.place(moment, stop=stop), 0)

    def catch_up(self, *, stop: Callable[[], bool] = go_on) -> int:
        """Bring the schedule up to the log's end without recording anything; how many events of
        the log the stream lacks."""
        missing = self._reading.read(stop=stop, on_progress=self._on_progress)
        changes = self.schedule.changes()
        if changes != self._changes:
            self.rules.refresh()
            self.people.refresh()
            self._changes = changes
        self._looking.look_at_touched(stop=stop)
        return missing

    def rebuild(self) -> int:
        """Make the schedule anew from the log's start; how many events of the log the stream
        lacks."""
        self._begin_anew()
        return self.catch_up()

    def _begin_anew(self) -> None:
        self.schedule.forget()
        self.schedule.begin(self._partitions)

    def run(self, stop: threading.Event, *, follow: bool) -> Round:
        """Rounds until stopped; without `follow`, one whole round. What was done, altogether.

        Raises AutomationStalled where the one round cannot be had: the stream stays behind.
        """
        total = Round(0, 0, 0)
        waited = 0.0
        while not stop.is_set():
            done = self.run_until(self._clock(), stop=stop.is_set)
            total = Round(total.fired + done.fired, total.placed + done.placed, done.missing)
            if not follow and not done.missing:
                break
            if not follow and waited >= PATIENCE_SECONDS:
                raise AutomationStalled(done.missing)
            stop.wait(POLL_SECONDS)
            waited += POLL_SECONDS
        return total


@contextmanager
def opened(
    ledger_folder: Path,
    *,
    clock: Callable[[], datetime] = utc_now,
    on_progress: Callable[[int, int], None] = lambda _, __: None,
) -> Generator[Automation]:
    """The automation of the ledger in a folder, with its schedule beside the projections.

    Several may be open at once. Raises StoreError.
    """
    with (
        closing(open_store(ledger_folder, application=TICKETS)) as store,
        opened_source(ledger_folder) as source,
        closing(
            Schedule.open(
                place_of(ledger_folder), source=store.source, partitions=source.partitions
            )
        ) as schedule,
        at_work(ledger_folder),
    ):
        yield Automation(store, source, schedule, clock=clock, on_progress=on_progress)
