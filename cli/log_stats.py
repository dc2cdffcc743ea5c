"""What a log holds, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.queries import query
from cli.times import read_time

if TYPE_CHECKING:
    from eventstore.sqlite import SQLiteStore

_OPENED = "ticketledger.ticket.opened.v1"
_MOMENTS = ("first_time", "last_time", "first_recorded", "last_recorded")


def types_in(store: SQLiteStore) -> list[str]:
    """The types of event that a log holds. Looks at all of them."""
    with store.file.reading() as connection:
        return [type_ for type_, _ in connection.execute(query("log_types")).fetchall()]


def stats_of(store: SQLiteStore) -> dict[str, Any]:
    """Counts over the whole log, of one snapshot."""
    with store.file.reading() as connection:
        records, subjects, events = connection.execute(query("log_counts")).fetchone()
        by_type: dict[str, int] = dict(connection.execute(query("log_types")).fetchall())
        moments = connection.execute(query("log_times")).fetchone()
    settings = store.settings
    return {
        "ledger": settings.name,
        "time_zone": settings.time_zone,
        "partitions": settings.partitions,
        "events": events,
        "records": records,
        "subjects": subjects,
        "tickets": by_type.get(_OPENED, 0),
        "bytes": store.file.path.stat().st_size,
        **{
            name: read_time(text) if text else None
            for name, text in zip(_MOMENTS, moments, strict=True)
        },
        "by_type": by_type,
    }
