"""Fold hand-made streams in memory, look at the views, prove that cutting changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Self

from consumers.reading import Delivered
from consumers.working_file import OnUnreadable, WorkingFile
from domain import codec
from domain.events import AnyEvent
from eventstore.envelope import Envelope, write_event
from projections.definition import Projection

NOT_OF_THE_STREAM = {"fence"}
"""What says who folded, not what was folded."""


class Stream:
    """The published stream, built by hand: saves of domain events become numbered bytes."""

    def __init__(self, *, partitions: int = 1) -> None:
        self.partitions = partitions
        self._events: list[Delivered] = []
        self._sequences: dict[str, int] = {}

    def save(
        self,
        subject: str,
        *events: AnyEvent,
        at: datetime,
        actor: str = "agent:ayu",
        recorded: datetime | None = None,
        correlation_id: str | None = None,
    ) -> Stream:
        """One save: events of one subject at one moment; recorded then too, unless said."""
        for event in events:
            event_type, data = codec.encode(event)
            self._append(
                subject,
                event_type,
                data,
                at=at,
                actor=actor,
                recorded=recorded,
                batch=correlation_id,
            )
        return self

    def unknown(
        self,
        subject: str,
        *,
        at: datetime,
        actor: str = "agent:ayu",
        event_type: str = "ticketledger.weather.changed.v1",
    ) -> Stream:
        """An event of a type that no fold knows."""
        self._append(
            subject, event_type, b'{"to":"rain"}', at=at, actor=actor, recorded=None, batch=None
        )
        return self

    def raw(self, body: bytes) -> Stream:
        """Bytes as they are, in partition 0."""
        self._events.append((0, self._next_position(0), body))
        return self

    def has(self, subject: str) -> bool:
        """Whether the subject has an event yet."""
        return subject in self._sequences

    def delivered(self) -> list[Delivered]:
        """Everything, in the order it was saved: (partition, position, bytes)."""
        return list(self._events)

    def partition(self, partition: int) -> Iterator[Delivered]:
        """Everything in one partition, in order of position."""
        return (event for event in self._events if event[0] == partition)

    def __len__(self) -> int:
        return len(self._events)

    def __repr__(self) -> str:
        return "\n".join(
            f"{part}/{at} {body.decode(errors='replace')}" for part, at, body in self._events
        )

    def _append(
        self,
        subject: str,
        event_type: str,
        data: bytes,
        *,
        at: datetime,
        actor: str,
        recorded: datetime | None,
        batch: str | None,
    ) -> None:
        self._sequences[subject] = self._sequences.get(subject, 0) + 1
        envelope = Envelope(
            id=f"e{len(self._events)}",
            source="/ledgers/test",
            type=event_type,
            subject=subject,
            sequence=self._sequences[subject],
            time=at,
            recordedtime=recorded or at,
            actor=actor,
            commandid=f"c{len(self._events)}",
            correlationid=batch,
        )
        part = sum(subject.encode()) % self.partitions
        self._events.append((part, self._next_position(part), write_event(envelope, data)))

    def _next_position(self, partition: int) -> int:
        return 1 + sum(1 for event in self._events if event[0] == partition)


class Folded:
    """A projection folded in memory. The working file and its readers share one connection here."""

    def __init__(self, projection: Projection, *, threads: int = 1) -> None:
        self.projection = projection
        self.file = WorkingFile(projection, path=None, token="test", threads=threads)

    def feed(
        self, *batches: Sequence[Delivered], on_unreadable: OnUnreadable = OnUnreadable.QUARANTINE
    ) -> Folded:
        """Fold these batches one after the other."""
        for batch in batches:
            stopped_by = self.file.apply(
                self.file.stage(batch), on_unreadable=on_unreadable
            ).stopped_by
            if stopped_by:
                raise stopped_by
        return self

    def with_views(self, *, time_zone: str = "UTC") -> Folded:
        """Create the projection's views and macros as a reader's session would."""
        connection = self.file.connection
        connection.execute(f"SET TimeZone = '{time_zone}'").fetchall()
        connection.execute("USE memory").fetchall()
        connection.execute(self.projection.views_sql).fetchall()
        return self

    def query(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.file.connection.execute(sql, values or None).fetchall()

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """All rows of a query, by column name."""
        result = self.file.connection.execute(sql, values or None)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def tables(self) -> dict[str, list[str]]:
        """Every table's rows as text, sorted: what two folds of one stream must agree on."""
        names = [
            name
            for (name,) in self.query(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = $name",
                name=self.projection.name,
            )
            if name not in NOT_OF_THE_STREAM
        ]
        return {
            name: sorted(
                row
                for (row,) in self.query(
                    f"SELECT to_json(t)::VARCHAR FROM {self.projection.name}.main.{name} AS t"
                )
            )
            for name in sorted(names)
        }

    def close(self) -> None:
        """Let go of the memory."""
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def fold(projection: Projection, stream: Stream) -> Folded:
    """The stream folded in one batch, with views."""
    return Folded(projection).feed(stream.delivered()).with_views()


def assert_same_however_cut(
    projection: Projection,
    stream: Stream,
    batches: Iterable[Sequence[Delivered]],
    *,
    threads: int = 1,
) -> None:
    """Batch-split invariance: any delivery of a stream gives the tables that one batch gives."""
    with Folded(projection) as whole, Folded(projection, threads=threads) as pieces:
        expected = whole.feed(stream.delivered()).tables()
        actual = pieces.feed(*batches).tables()
    for name, rows in expected.items():
        assert actual[name] == rows, f"table {name} depends on how the stream is cut"


def data_of(body: bytes) -> dict[str, Any]:
    """The data of an event, parsed."""
    found: dict[str, Any] = json.loads(body)["data"]
    return found
