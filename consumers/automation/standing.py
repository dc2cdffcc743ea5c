"""How the automation stands: how far it has read, what is due next, what it has set aside."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from consumers.automation.automation import utc_now
from consumers.automation.running import is_at_work
from consumers.automation.schedule import Schedule
from consumers.automation.schedule_file import ScheduleFile, place_of
from eventstore.store import Store


@dataclass(frozen=True, slots=True)
class Upcoming:
    """One thing that falls due, as far as the schedule knows."""

    at: datetime
    kind: str
    name: str
    instance: int
    ticket: str
    number: str | None
    owner: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the automation stands. Of several partitions, positions and lag are the sums.

    `overdue` counts what is due and not recorded; `touched` the tickets it has yet to look at;
    `aside` are tickets that it leaves alone: id, number and why.
    """

    at_work: bool
    position: int
    last_position: int
    lag_events: int
    tickets: int
    touched: int
    waiting: int
    duties: int
    overdue: int
    next_due: datetime | None
    aside: list[tuple[str, str | None, str]]


def status(
    ledger_folder: Path, store: Store, *, clock: Callable[[], datetime] = utc_now
) -> Standing:
    """Where the automation of a ledger stands. Changes nothing. Raises StoreError."""
    partitions = range(store.settings.partitions)
    ends = {number: store.last_position(partition=number) for number in partitions}
    at_work, last = is_at_work(ledger_folder), sum(ends.values())
    path = place_of(ledger_folder)
    if not path.exists():
        return Standing(
            at_work=at_work,
            position=0,
            last_position=last,
            lag_events=last,
            tickets=0,
            touched=0,
            waiting=0,
            duties=0,
            overdue=0,
            next_due=None,
            aside=[],
        )
    with closing(Schedule(ScheduleFile(path))) as schedule:
        reached = schedule.positions()
        tickets, touched, waiting, duties = schedule.counts()
        return Standing(
            at_work=at_work,
            position=sum(reached.values()),
            last_position=last,
            lag_events=sum(max(end - reached.get(n, 0), 0) for n, end in ends.items()),
            tickets=tickets,
            touched=touched,
            waiting=waiting,
            duties=duties,
            overdue=schedule.overdue(clock()),
            next_due=schedule.next_due(),
            aside=schedule.problems(),
        )


def upcoming(ledger_folder: Path, *, until: datetime, limit: int) -> list[Upcoming]:
    """What falls due by a moment, the soonest first, as the schedule has it. Raises StoreError."""
    path = place_of(ledger_folder)
    if not path.exists():
        return []
    with closing(Schedule(ScheduleFile(path))) as schedule:
        return [
            Upcoming(datetime.fromisoformat(at), *rest)
            for at, *rest in schedule.upcoming(until, limit)
        ]
