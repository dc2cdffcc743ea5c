"""Reading on: the stream's events into the outbox, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from consumers.notifying.errors import OutboxUnusable
from consumers.notifying.outbox import Outbox
from consumers.notifying.planning import Planned, Planner
from consumers.source import Source
from domain.reach import Surface
from eventstore.envelope import Envelope, read_event
from eventstore.errors import EventUnreadable

AT_ONCE = 1_000


class Reading:
    """Reads one stream into one outbox. Raises StoreError, OutboxUnusable among them."""

    def __init__(self, source: Source, outbox: Outbox, planner: Planner) -> None:
        self._source = source
        self._outbox = outbox
        self._planner = planner

    def begin(self, *, from_the_start: bool) -> None:
        """Where nothing was read yet, begin behind what the stream has now, or at its start."""
        if self._outbox.positions():
            self._check_log()
            return
        self._outbox.begin(
            {
                number: (0, None) if from_the_start else self._end(number)
                for number in range(self._source.partitions)
            }
        )

    def read(
        self,
        *,
        since: Mapping[Surface, datetime],
        clock: Callable[[], datetime],
        stop: Callable[[], bool],
    ) -> int:
        """Take in everything up to where the stream ends now; how many letters came of it."""
        letters = 0
        ends = {n: self._source.last_position(n) for n in range(self._source.partitions)}
        for partition, end in ends.items():
            at = self._outbox.positions()[partition]
            while at < end and not stop():
                rows = self._source.read(partition, at, min(AT_ONCE, end - at))
                if not rows:
                    break
                letters += self._take(partition, at, rows, since=since, now=clock())
                at = rows[-1][0]
        return letters

    def _take(
        self,
        partition: int,
        after: int,
        rows: Sequence[tuple[int, bytes]],
        *,
        since: Mapping[Surface, datetime],
        now: datetime,
    ) -> int:
        planned = Planned()
        last = ""
        for expected, (position, body) in enumerate(rows, start=after + 1):
            if position != expected:
                raise OutboxUnusable(
                    self._outbox.path,
                    what=f"expected position {expected} of partition {partition} in the stream "
                    f"and got {position}; check the log: ticketledger log verify. It",
                )
            envelope = _read(body, partition, position)
            self._planner.plan(envelope, planned, since=since, now=now)
            last = envelope.id
        self._outbox.take(
            planned.letters,
            left_out=planned.left_out,
            partition=partition,
            after=after,
            to=(rows[-1][0], last),
        )
        return len(planned.letters)

    def _end(self, partition: int) -> tuple[int, str | None]:
        end = self._source.last_position(partition)
        rows = self._source.read(partition, end - 1, 1) if end else []
        return (end, _read(rows[0][1], partition, end).id) if rows else (0, None)

    def _check_log(self) -> None:
        """What stands at our positions must be what stood there. A stream that ends before them
        may still be on its way (it is being published again); then there is nothing to read."""
        for partition, position, event in self._outbox.anchors():
            if self._source.last_position(partition) < position:
                continue
            rows = self._source.read(partition, position - 1, 1)
            if not rows or _read(rows[0][1], partition, position).id != event:
                raise OutboxUnusable(
                    self._outbox.path, what="was made for another log, or one that was restored"
                )


def _read(body: bytes, partition: int, position: int) -> Envelope:
    try:
        return read_event(body)[0]
    except EventUnreadable:
        where = f"position {position} of partition {partition}"
        raise EventUnreadable(where=where, reason="its envelope is broken") from None
