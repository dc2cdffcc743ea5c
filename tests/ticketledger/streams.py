"""A stream in memory, as an embedded ledger or a broker would give it to a subscription."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from eventstore.envelope import Envelope, write_event

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPENED = "ticketledger.ticket.opened.v1"
CLOSED = "ticketledger.ticket.closed.v1"
TYPES = (OPENED, "ticketledger.note.added.v1", CLOSED)


class StreamInMemory:
    """A reader of events that a test may add to; implements StreamReader."""

    def __init__(self, partitions: int = 1) -> None:
        self.partitions = partitions
        self.bodies: list[list[bytes]] = [[] for _ in range(partitions)]
        self.repeats = 0
        self.closed = False

    def tickets(self, count: int) -> StreamInMemory:
        """Tickets with three events each, spread over the partitions."""
        for sequence, type_ in enumerate(TYPES, start=1):
            for number in range(count):
                self.event(f"ticket-{number}", type_, sequence, partition=number % self.partitions)
        return self

    def event(
        self,
        subject: str,
        type_: str,
        sequence: int,
        *,
        partition: int = 0,
        data: bytes = b'{"n":1}',
    ) -> StreamInMemory:
        """One more event."""
        moment = NOON + timedelta(minutes=sum(map(len, self.bodies)))
        envelope = Envelope(
            id=f"{subject}/{sequence}",
            source="/ledgers/main",
            type=type_,
            subject=subject,
            sequence=sequence,
            time=moment,
            recordedtime=moment + timedelta(seconds=1),
            actor="agent:ayu",
        )
        self.bodies[partition].append(write_event(envelope, data))
        return self

    def raw(self, body: bytes, *, partition: int = 0) -> StreamInMemory:
        """Bytes as they are."""
        self.bodies[partition].append(body)
        return self

    def read(
        self, partition: int, after_position: int, limit: int, *, timeout_seconds: float = 0.0
    ) -> Sequence[tuple[int, bytes]]:
        """Events above a position; and, as a careless reader might, the `repeats` before them."""
        first = max(0, after_position - self.repeats)
        rows = list(enumerate(self.bodies[partition], start=1))
        return rows[first : after_position + limit]

    def last_position(self, partition: int) -> int:
        """How many there are."""
        return len(self.bodies[partition])

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True
