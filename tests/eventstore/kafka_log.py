"""A ledger's topic, seen and touched without the store: bare producers, consumers and admins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from eventstore.kafka.clients import TopicPartition, admin, config_resource, consumer, producer
from eventstore.kafka.settings import KafkaSettings
from tests.eventstore.log_checker import LogRecord, View, view_of


def records_of(settings: KafkaSettings, topic: str) -> list[LogRecord]:
    """Everything in a topic that readers may see, in order within each partition."""
    with closing(consumer(settings)) as reader:
        places = [TopicPartition(topic, number) for number in reader.partitions_for_topic(topic)]
        reader.assign(places)
        ends: dict[Any, int] = reader.end_offsets(places)
        for place in places:
            reader.seek(place, 0)
        found: list[LogRecord] = []
        while any(reader.position(place) < end for place, end in ends.items()):
            polled: Mapping[Any, Sequence[Any]] = reader.poll(timeout_ms=200)
            found += [
                LogRecord(one.partition, one.offset, one.key, one.headers, one.value)
                for records in polled.values()
                for one in records
            ]
    return found


def view_of_topic(settings: KafkaSettings, topic: str, *, partitions: int = 1) -> View:
    """What the log comes to."""
    return view_of(records_of(settings, topic), partitions=partitions)


def put(
    settings: KafkaSettings,
    topic: str,
    *,
    headers: Mapping[str, str],
    value: bytes,
    key: str | None = None,
) -> None:
    """Append any record to partition 0."""
    with closing(producer(settings)) as writer:
        writer.send(
            topic,
            value=value,
            key=(headers.get("subject", "") if key is None else key).encode(),
            headers=[(name, text.encode()) for name, text in headers.items()],
            partition=0,
        ).get(timeout=10)


def delete_topic(settings: KafkaSettings, topic: str) -> None:
    """Delete a topic, and wait until a new one may have its name."""
    with closing(admin(settings)) as client:
        client.delete_topics([topic])
        while topic in client.list_topics():
            pass


def delete_before(settings: KafkaSettings, topic: str, offset: int) -> None:
    """Delete the records of partition 0 before an offset."""
    with closing(admin(settings)) as client:
        client.delete_records({TopicPartition(topic, 0): offset})


def configure(settings: KafkaSettings, topic: str, configs: Mapping[str, str]) -> None:
    """Change settings of a topic."""
    with closing(admin(settings)) as client:
        resource: Any = config_resource(topic)
        resource.configs = dict(configs)
        client.alter_configs([resource])
