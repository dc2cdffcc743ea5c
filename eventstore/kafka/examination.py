"""Is a ledger on Kafka set up as production needs it? Looks, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from enum import Enum
from typing import Any, NamedTuple

from .clients import Client, admin, in_our_words, kafka_errors
from .settings import LedgerSettings
from .topics import LOG_NEEDS, STREAM_NEEDS, Topic, brokers, describe, problems

REPLICAS_AT_LEAST = 3
IN_SYNC_AT_LEAST = 2
MESSAGE_BYTES_AT_LEAST = 1_048_588


class Verdict(Enum):
    """What a check came to."""

    FINE = "fine"
    RISKY = "risky"
    """It works, and something can be lost or seen that should not."""

    WRONG = "wrong"


class Check(NamedTuple):
    """One thing that was looked at: what it is like, and what to do about it."""

    what: str
    verdict: Verdict
    found: str
    advice: str = ""


def examine(settings: LedgerSettings, *, partitions: int) -> Iterator[Check]:
    """Look at cluster, topics and access. Raises BrokerUnreachable, AccessDenied."""
    with (
        closing(admin(settings.kafka)) as client,
        in_our_words(settings.kafka, doing="examining the cluster"),
    ):
        count = brokers(client)
        yield _cluster(count)
        for name, needs in (
            (settings.log_topic, LOG_NEEDS),
            (settings.stream_topic, STREAM_NEEDS),
        ):
            topic = describe(client, name)
            if topic is None:
                yield Check(name, Verdict.WRONG, "there is no such topic", "ticketledger init")
                continue
            yield _settings(topic, dict(needs), partitions)
            yield _replicas(topic)
        yield _connection(settings)
        yield _access(client, settings)


def _cluster(count: int) -> Check:
    found = f"{count} brokers" if count != 1 else "1 broker"
    if count >= REPLICAS_AT_LEAST:
        return Check("cluster", Verdict.FINE, found)
    advice = (
        "a single broker may lose acknowledged saves at a power cut, since Kafka does not wait for "
        "the disk; three with min.insync.replicas=2 do not"
    )
    return Check("cluster", Verdict.RISKY, found, advice)


def _settings(topic: Topic, needs: dict[str, str], partitions: int) -> Check:
    found = problems(topic, needs, partitions=partitions)
    size = int(topic.settings.get("max.message.bytes", "0"))
    if size < MESSAGE_BYTES_AT_LEAST:
        found.append(f"max.message.bytes is {size:,}, a save may need {MESSAGE_BYTES_AT_LEAST:,}")
    if found:
        return Check(topic.name, Verdict.WRONG, "; ".join(found), "change it with kafka-configs")
    return Check(topic.name, Verdict.FINE, f"{topic.partitions} partition(s), kept for ever")


def _replicas(topic: Topic) -> Check:
    in_sync = int(topic.settings.get("min.insync.replicas", "1"))
    found = f"{topic.replicas} replicas, min.insync.replicas {in_sync}"
    what = f"{topic.name} replicas"
    if topic.replicas >= REPLICAS_AT_LEAST and in_sync >= IN_SYNC_AT_LEAST:
        return Check(what, Verdict.FINE, found)
    advice = "3 replicas with min.insync.replicas=2 survive the loss of any broker"
    return Check(what, Verdict.RISKY, found, advice)


def _connection(settings: LedgerSettings) -> Check:
    protocol = settings.kafka.security_protocol
    if protocol == "SASL_SSL":
        return Check("connection", Verdict.FINE, protocol)
    advice = "SASL_SSL keeps tickets and secrets from being read or written by others on the way"
    return Check("connection", Verdict.RISKY, protocol, advice)


def _access(client: Client, settings: LedgerSettings) -> Check:
    """Writers write the log, relays alone write the stream, followers only read that."""
    try:
        rules = _rules(client)
    except (kafka_errors.SecurityDisabledError, kafka_errors.UnsupportedVersionError):
        advice = "switch an authorizer on: anybody who reaches the brokers may write the stream"
        return Check("access rules", Verdict.RISKY, "the cluster has none", advice)
    except kafka_errors.AuthorizationError:
        advice = "run doctor once as an administrator"
        return Check("access rules", Verdict.RISKY, "they are not shown to this user", advice)
    writers = sorted(
        {
            str(rule.principal)
            for rule in rules
            if rule.resource_pattern.resource_name == settings.stream_topic
            and rule.operation.name in ("WRITE", "ALL")
            and rule.permission_type.name == "ALLOW"
        }
    )
    found = f"{len(rules)} rules; may write the stream: {', '.join(writers) or 'nobody by name'}"
    if len(writers) == 1:
        return Check("access rules", Verdict.FINE, found)
    advice = f"only the relay's user should be allowed to write {settings.stream_topic}"
    return Check("access rules", Verdict.RISKY, found, advice)


def _rules(client: Client) -> list[Any]:
    from importlib import import_module

    acl: Any = import_module("kafka.admin")
    anything = acl.ACLFilter(
        principal=None,
        host="*",
        operation=acl.ACLOperation.ANY,
        permission_type=acl.ACLPermissionType.ANY,
        resource_pattern=acl.ResourcePatternFilter(
            acl.ResourceType.TOPIC, None, acl.ACLResourcePatternType.ANY
        ),
    )
    rules, error = client.describe_acls(anything)
    if error is not kafka_errors.NoError:
        raise error
    return list(rules)
