"""The two topics of a ledger: created with what a ledger needs, or checked for it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any, NamedTuple

from .clients import Client, admin, config_resource, in_our_words, kafka_errors
from .errors import TopicUnsuitable
from .settings import LedgerSettings

HOUR_MS = 3_600_000
LOG_NEEDS: Mapping[str, str] = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "message.timestamp.type": "CreateTime",
    "message.timestamp.before.max.ms": str(HOUR_MS),
    "message.timestamp.after.max.ms": str(HOUR_MS),
    "unclean.leader.election.enable": "false",
}
STREAM_NEEDS: Mapping[str, str] = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "unclean.leader.election.enable": "false",
}
_WHY = {
    "cleanup.policy": "compaction would remove history",
    "retention.ms": "the broker would delete history by age",
    "retention.bytes": "the broker would delete history by size",
    "message.timestamp.type": "late copies could not be told",
    "message.timestamp.before.max.ms": "a copy that comes very late would be taken",
    "message.timestamp.after.max.ms": "a machine with a wrong clock would be taken seriously",
    "unclean.leader.election.enable": "acknowledged saves could be lost with a leader",
}


class Topic(NamedTuple):
    """A topic as the cluster describes it. `settings` are its effective ones."""

    name: str
    partitions: int
    replicas: int
    settings: Mapping[str, str]


def brokers(client: Client) -> int:
    """How many brokers the cluster has."""
    found: dict[str, Any] = client.describe_cluster()
    return len(found["brokers"])


def describe(client: Client, name: str) -> Topic | None:
    """A topic, or None if there is none."""
    try:
        (found,) = client.describe_topics([name])
    except kafka_errors.UnknownTopicOrPartitionError:
        return None
    if found.get("error_code"):
        return None
    described: Any = client.describe_configs([config_resource(name)], config_filter="all")
    (values,) = (one for kind in described.values() for one in kind.values())
    partitions = found["partitions"]
    replicas = min(len(one.get("replicas") or one["replica_nodes"]) for one in partitions)
    settings = {key: str(value["value"]) for key, value in values.items()}
    return Topic(name, len(partitions), replicas, settings)


def problems(topic: Topic, needs: Mapping[str, str], *, partitions: int) -> list[str]:
    """What of a topic contradicts what it is for."""
    found = [
        f"{name} is {topic.settings.get(name)}, not {value} ({_WHY[name]})"
        for name, value in needs.items()
        if topic.settings.get(name) != value
    ]
    if topic.partitions != partitions:
        found.append(f"it has {topic.partitions} partitions, the ledger has {partitions}")
    return found


def create_topics(settings: LedgerSettings, *, partitions: int, replicas: int | None) -> None:
    """Create what is missing of the two topics; raises TopicUnsuitable for one that is wrong.

    Without a wish there are three replicas, or as many as there are brokers.
    """
    with (
        closing(admin(settings.kafka)) as client,
        in_our_words(settings.kafka, doing="creating the topics"),
    ):
        count = replicas or min(3, brokers(client))
        safe = {"min.insync.replicas": str(max(1, count - 1))}
        wanted = ((settings.log_topic, LOG_NEEDS), (settings.stream_topic, STREAM_NEEDS))
        for name, needs in wanted:
            topic = describe(client, name)
            if topic is None:
                _create(client, name, dict(needs) | safe, partitions, count)
                continue
            found = problems(topic, needs, partitions=partitions)
            if found:
                raise TopicUnsuitable(name, found=found)


def _create(
    client: Client, name: str, configs: Mapping[str, str], partitions: int, replicas: int
) -> None:
    wanted = {
        name: {
            "num_partitions": partitions,
            "replication_factor": replicas,
            "configs": dict(configs),
        }
    }
    try:
        client.create_topics(wanted, wait_for_metadata=True)
    except kafka_errors.TopicAlreadyExistsError:
        return  # By another process, meanwhile.
    except kafka_errors.InvalidReplicationFactorError:
        raise TopicUnsuitable(
            name, found=[f"there are fewer than {replicas} brokers to keep its replicas"]
        ) from None
