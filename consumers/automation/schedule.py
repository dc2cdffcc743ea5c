"""The schedule: up to where the log was read, what falls due when, who waits, who has how much."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from consumers.automation.duty import Duty
from consumers.automation.schedule_file import ScheduleFile, opened
from eventstore.envelope import write_time
from eventstore.statements import statements_in

_SQL = statements_in(Path(__file__).with_name("schedule_statements.sql"))
_FORGOTTEN = ("position", "ticket", "due", "agent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the schedule keeps of a ticket, as of its `sequence`.

    `touched` is what was read before looking at it; `ends`: nothing can come of it any more.
    """

    id: str
    touched: int
    number: str | None = None
    sequence: int = 0
    owner: str | None = None
    active: bool = False
    waiting_since: datetime | None = None
    lane: int = 1
    deferred: bool = False
    problem: str | None = None
    duties: Sequence[Duty] = ()
    ends: bool = False

    def values(self) -> dict[str, Any]:
        """As its table takes it."""
        since = self.waiting_since
        return {
            "id": self.id,
            "touched": self.touched,
            "number": self.number,
            "sequence": self.sequence,
            "owner": self.owner,
            "active": self.active,
            "waiting_since": write_time(since) if since is not None else None,
            "lane": self.lane,
            "deferred": self.deferred,
            "problem": self.problem,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What a batch of the stream says: which tickets were touched (with their last sequence), which
    of another system's were closed, who was given one last, which agents changed, whether
    something was said of customers, and whether a policy was published."""

    touched: Mapping[str, int]
    rested: Mapping[str, int]
    assigned: Mapping[str, datetime]
    agents: frozenset[str]
    customers: bool
    policies: bool


class Schedule:
    """The schedule of one ledger. Processes and threads may share its file.

    Rule: the log is right and this is a memory of it, so nothing is decided by it; it tells where
    to look. Position and rows change in one transaction. Raises ScheduleUnusable.
    """

    def __init__(self, file: ScheduleFile) -> None:
        self._file = file

    @classmethod
    def open(cls, path: Path, *, source: str, partitions: int) -> Self:
        """The schedule in this file; where it is missing or damaged, an empty one."""
        schedule = cls(opened(path, source=source))
        schedule.begin(partitions)
        return schedule

    def begin(self, partitions: int) -> None:
        """Let every partition have a position."""
        with self._file.writing() as connection:
            for number in range(partitions):
                connection.execute(_SQL["begin_partition"], {"partition": number})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def forget(self) -> None:
        """Empty it, so that it is filled from the log's start; who shares it notices."""
        with self._file.writing() as connection:
            for table in _FORGOTTEN:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            connection.execute(_SQL["rules_changed"])

    def positions(self) -> dict[int, int]:
        """Up to where each partition was read."""
        return dict(self._rows("positions"))

    def anchors(self) -> list[tuple[int, int, str]]:
        """Of each partition that was read: where, and the id of the event that stands there."""
        return self._rows("anchors")

    def changes(self) -> int:
        """A number that grows with what policies, agents and customers say."""
        [(changes,)] = self._rows("changes")
        return int(changes)

    def take(self, noted: Noted, *, partition: int, after: int, to: int, event: str) -> bool:
        """Note what a batch says, with the position behind it; False: another one was faster."""
        with self._file.writing() as connection:
            moved = connection.execute(
                _SQL["advance"],
                {"partition": partition, "from": after, "to": to, "event": event},
            )
            if moved.rowcount != 1:
                return False
            connection.executemany(
                _SQL["touch"],
                [{"id": id_, "sequence": last} for id_, last in noted.touched.items()],
            )
            connection.executemany(
                _SQL["rest"], [{"id": id_, "sequence": last} for id_, last in noted.rested.items()]
            )
            _note_assigned(connection, noted.assigned)
            self._note_rules(connection, noted)
        return True

    def _note_rules(self, connection: sqlite3.Connection, noted: Noted) -> None:
        if noted.policies:
            connection.execute(_SQL["touch_all"])
        for agent in noted.agents:
            connection.execute(_SQL["touch_owned"], {"agent": agent})
        if noted.policies or noted.agents:
            connection.execute(_SQL["room"])
        if noted.policies or noted.agents or noted.customers:
            connection.execute(_SQL["rules_changed"])

    def touched(self, limit: int) -> list[tuple[str, int]]:
        """Tickets to be looked at again, and how often each was touched."""
        return self._rows("touched", limit=limit)

    def touched_among(self, tickets: Iterable[str]) -> list[tuple[str, int]]:
        """The same of these alone."""
        with self._file.reading() as connection:
            found = [
                connection.execute(_SQL["touched_one"], {"id": one}).fetchone() for one in tickets
            ]
        return [row for row in found if row is not None]

    def touch(self, tickets: Iterable[str]) -> None:
        """Have these looked at again."""
        with self._file.writing() as connection:
            connection.executemany(_SQL["touch_again"], [{"id": one} for one in tickets])

    def keep(self, rows: Sequence[Row]) -> None:
        """Keep what was found of tickets. Where one stops being somebody's load, all who wait for
        an agent are looked at again."""
        with self._file.writing() as connection:
            has_room = False
            for row in rows:
                before = connection.execute(_SQL["load_before"], {"id": row.id}).fetchone()
                self._keep_one(connection, row)
                has_room = has_room or (
                    before is not None and not (row.active and row.owner == before[0])
                )
            if has_room:
                connection.execute(_SQL["room"])

    def _keep_one(self, connection: sqlite3.Connection, row: Row) -> None:
        kept = connection.execute(_SQL["forget" if row.ends else "keep"], row.values())
        if kept.rowcount != 1:
            return  # another process looked at it later than we did
        connection.execute(_SQL["drop_dues"], {"id": row.id})
        connection.executemany(
            _SQL["add_due"],
            [
                {
                    "ticket": row.id,
                    "at": write_time(duty.at),
                    "place": duty.place,
                    "kind": duty.kind,
                    "name": duty.name,
                    "instance": duty.instance,
                }
                for duty in row.duties
            ],
        )

    def due(self, until: datetime, limit: int) -> list[tuple[str, int, str, str, str]]:
        """The first of what is due by then: moment, place, name, ticket and kind, in order."""
        return self._rows("due", until=write_time(until), limit=limit)

    def overdue(self, until: datetime) -> int:
        """How much is due by then."""
        [(count,)] = self._rows("overdue", until=write_time(until))
        return int(count)

    def next_due(self) -> datetime | None:
        """When something falls due next."""
        [(at,)] = self._rows("next_due")
        return datetime.fromisoformat(at) if at else None

    def upcoming(self, until: datetime, limit: int) -> list[tuple[Any, ...]]:
        """What falls due by then, for people: moment, kind, name, instance, ticket, number,
        owner."""
        return self._rows("upcoming", until=write_time(until), limit=limit)

    def set_aside(self, ticket: str, problem: str, *, touched: int = 0) -> None:
        """Leave a ticket alone until something happens to it."""
        values = {"id": ticket, "problem": problem, "touched": touched}
        with self._file.writing() as connection:
            connection.execute(_SQL["set_aside"], values)

    def to_route(self) -> list[tuple[str, int, int]]:
        """Tickets that wait for an owner and have to be looked at, in the order in which they are
        given out: id, lane, and whether they were deferred before."""
        return self._rows("to_route")

    def routed(self, looked_at: Iterable[tuple[str, int]]) -> None:
        """These were looked at, as of these sequences."""
        with self._file.writing() as connection:
            connection.executemany(
                _SQL["routed"], [{"id": id_, "sequence": last} for id_, last in looked_at]
            )

    def still_waiting(self, lane: int) -> None:
        """Nobody has room for this lane and those behind it."""
        with self._file.writing() as connection:
            connection.execute(_SQL["still_waiting"], {"lane": lane})

    def load(self) -> dict[str, int]:
        """How many active tickets each agent has."""
        return dict(self._rows("load"))

    def assigned(self, given: Mapping[str, datetime]) -> None:
        """These agents were given a ticket then."""
        with self._file.writing() as connection:
            _note_assigned(connection, given)

    def last_assigned(self) -> dict[str, datetime]:
        """When each agent was given a ticket last."""
        return {id_: datetime.fromisoformat(at) for id_, at in self._rows("last_assigned")}

    def problems(self) -> list[tuple[str, str | None, str]]:
        """The tickets that are left alone: id, number, and why."""
        return self._rows("problems")

    def counts(self) -> tuple[int, int, int, int]:
        """How many tickets it has, how many of them are to be looked at, how many wait for an
        owner, and how many duties there are."""
        [(tickets, touched, waiting, duties)] = self._rows("counts")
        return tickets, touched, waiting, duties

    def _rows(self, name: str, **values: Any) -> list[Any]:
        with self._file.reading() as connection:
            return connection.execute(_SQL[name], values).fetchall()


def _note_assigned(connection: sqlite3.Connection, given: Mapping[str, datetime]) -> None:
    connection.executemany(
        _SQL["assigned"], [{"agent": id_, "at": write_time(at)} for id_, at in given.items()]
    )
