"""What a log holds, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from cli.queries import query
from cli.times import read_time

if TYPE_CHECKING:
    from eventstore.kafka.store import KafkaStore
    from eventstore.sqlite import SQLiteStore
    from eventstore.store import Store

_OPENED = "ticketledger.ticket.opened.v1"
_MOMENTS = ("first_time", "last_time", "first_recorded", "last_recorded")

NOT_COUNTED = ("void", "orphans", "foreign", "unreadable")
"""Records of a log on Kafka that do not count, or cannot be read: orphans and foreign ones are an
alarm, void ones are what races leave."""


def types_in(store: Store) -> list[str]:
    """The types of event that a log holds. Looks at all of them."""
    from eventstore.sqlite import SQLiteStore

    if not isinstance(store, SQLiteStore):
        store_on_kafka = cast("KafkaStore", store)
        store_on_kafka.reader.to_the_end()
        return list(store_on_kafka.index.type_counts())
    with store.file.reading() as connection:
        return [type_ for type_, _ in connection.execute(query("log_types")).fetchall()]


def stats_of(store: Store) -> dict[str, Any]:
    """Counts over the whole log, of one snapshot."""
    """Counts over the whole log, of one snapshot."""
    from eventstore.sqlite import SQLiteStore

    if isinstance(store, SQLiteStore):
        return _embedded(store)
    return _on_kafka(cast("KafkaStore", store))


def _on_kafka(store: KafkaStore) -> dict[str, Any]:
    """From the index: what counts, and what does not. When things occurred it does not know."""
    store.reader.to_the_end()
    partitions = store.index.partitions().values()
    by_type = store.index.type_counts()
    settings = store.settings
    return {
        "ledger": settings.name,
        "time_zone": settings.time_zone,
        "partitions": settings.partitions,
        "events": sum(one.position for one in partitions),
        "records": sum(one.counted for one in partitions),
        "subjects": store.index.subject_counts()[0] - settings.partitions,
        "tickets": by_type.get(_OPENED, 0),
        "bytes": None,
        **dict.fromkeys(_MOMENTS),
        "void": sum(one.void for one in partitions),
        "orphans": sum(one.orphans for one in partitions),
        "foreign": sum(one.foreigners for one in partitions),
        "unreadable": sum(one.unreadable for one in partitions),
        "by_type": by_type,
    }


def _embedded(store: SQLiteStore) -> dict[str, Any]:
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
