"""Catching up: what the stream says since the last look, noted in the schedule."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from consumers.automation.firing import go_on
from consumers.automation.schedule import Noted, Schedule
from consumers.source import Source
from domain.codec import EVENT_CLASSES, UnknownEventType
from domain.events import (
    AgentEvent,
    CustomerEvent,
    PolicyPublished,
    TicketAssigned,
    TicketClosed,
    TicketEvent,
    TicketHandedOver,
)
from eventstore.envelope import Envelope, read_event
from eventstore.errors import EventUnreadable
from eventstore.store import Store

AT_ONCE = 5_000


class CatchingUp:
    """Reads the stream up to where the log ends.

    Rule: nothing is recorded before that is done, since what is not read yet could make it void or
    could be due before it. Raises EventUnreadable, UnknownEventType: such an event could be about
    any ticket, and is not passed.
    """

    def __init__(self, store: Store, source: Source, schedule: Schedule) -> None:
        self._store = store
        self._source = source
        self._schedule = schedule

    def is_of_this_log(self) -> bool:
        """Whether the events at the schedule's positions are those that stood there."""
        for partition, position, event in self._schedule.anchors():
            rows = self._source.read(partition, position - 1, 1)
            if not rows or read_event(rows[0][1])[0].id != event:
                return False
        return True

    def read(
        self,
        *,
        stop: Callable[[], bool] = go_on,
        on_progress: Callable[[int, int], None] = lambda _, __: None,
    ) -> int:
        """Read as far as there is something; how many events are missing to the log's end."""
        ends = [
            self._store.last_position(partition=number) for number in range(self._source.partitions)
        ]
        for partition, end in enumerate(ends):
            while not stop():
                at = self._schedule.positions().get(partition, 0)
                rows = self._source.read(partition, at, AT_ONCE) if at < end else []
                if not rows:
                    break
                self._take(partition, at, rows)
                on_progress(rows[-1][0], end)
        reached = self._schedule.positions()
        return sum(max(end - reached.get(number, 0), 0) for number, end in enumerate(ends))

    def _take(self, partition: int, after: int, rows: Sequence[tuple[int, bytes]]) -> None:
        last = ""
        noting = _Noting()
        for position, body in rows:
            try:
                envelope, data = read_event(body)
            except EventUnreadable:
                where = f"position {position} of partition {partition}"
                raise EventUnreadable(where=where, reason="its envelope is broken") from None
            noting.note(envelope, data)
            last = envelope.id
        self._schedule.take(
            noting.noted(), partition=partition, after=after, to=rows[-1][0], event=last
        )


class _Noting:
    """What a batch says, gathered event by event."""

    def __init__(self) -> None:
        self._touched: dict[str, int] = {}
        self._rested: dict[str, int] = {}
        self._assigned: dict[str, datetime] = {}
        self._agents: set[str] = set()
        self._customers = False
        self._policies = False

    def note(self, envelope: Envelope, data: bytes) -> None:
        """Take in one event."""
        kind = EVENT_CLASSES.get(envelope.type)
        if kind is None:
            raise UnknownEventType(envelope.type)
        if issubclass(kind, TicketEvent):
            self._note_ticket(envelope, kind, data)
        elif issubclass(kind, AgentEvent):
            self._agents.add(json.loads(data)["agent_id"])
        elif issubclass(kind, CustomerEvent):
            self._customers = True
        elif issubclass(kind, PolicyPublished):
            self._policies = True

    def noted(self) -> Noted:
        """What came together."""
        return Noted(
            touched=self._touched,
            rested=self._rested,
            assigned=self._assigned,
            agents=frozenset(self._agents),
            customers=self._customers,
            policies=self._policies,
        )

    def _note_ticket(self, envelope: Envelope, kind: type[TicketEvent], data: bytes) -> None:
        subject = envelope.subject
        is_history = envelope.actor is not None and envelope.actor.startswith("import:")
        if is_history and kind is TicketClosed:
            self._touched.pop(subject, None)
            self._rested[subject] = envelope.sequence
        else:
            self._touched[subject] = envelope.sequence
        if issubclass(kind, TicketAssigned | TicketHandedOver):
            to = json.loads(data)["to"]
            self._assigned[to] = max(self._assigned.get(to, envelope.time), envelope.time)
