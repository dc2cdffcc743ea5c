"""How a ledger on Kafka comes to be: a genesis record at offset 0 of every partition."""

from __future__ import annotations

import time
from pathlib import Path

from ..errors import LedgerExists
from ..genesis import checked_settings, genesis_record, settings_in
from ..store import Settings
from .errors import BrokerUnreachable, TopicUnsuitable
from .log import Failed, Log
from .settings import LedgerSettings, write_settings
from .topic_log import TopicLog
from .topics import create_topics
from .wire import Raw, bodies_of, headers_of, is_genesis, message_of

_SECONDS = 30.0


def create_ledger(
    folder: Path,
    settings: LedgerSettings,
    *,
    time_zone: str,
    partitions: int = 1,
    replicas: int | None = None,
) -> Settings:
    """Create the topics and the ledger in them, or join the one that is there; write ledger.toml.

    Returns what the ledger was created with, which is not what was asked for if it was there.
    Raises SettingsInvalid, TopicUnsuitable, LedgerExists if the folder has an embedded ledger.
    """
    wanted = checked_settings(name=settings.name, time_zone=time_zone, partitions=partitions)
    if (folder / "ledger.sqlite").exists():
        raise LedgerExists(folder)
    create_topics(settings, partitions=partitions, replicas=replicas)
    log = TopicLog(settings.kafka, settings.log_topic)
    try:
        found = write_genesis(log, wanted)
    finally:
        log.close()
    write_settings(folder, settings)
    return found


def write_genesis(log: Log, wanted: Settings) -> Settings:
    """Make a log a ledger, unless it is one. Of several that try at once the first one wins:
    partition 0 decides, the others are given what it says."""
    for partition in range(log.partitions):
        if log.ends()[partition] == 0:
            record = genesis_record(wanted, partition=partition)
            now_ms = int(time.time() * 1000)
            message = message_of(record, partition=partition, timestamp_ms=now_ms)
            (result,) = log.send([message], timeout_seconds=_SECONDS)
            if isinstance(result, Failed) and log.ends()[partition] == 0:
                raise BrokerUnreachable(
                    log.topic, tried=f"writing: {result.reason}", waited_seconds=_SECONDS
                )
        wanted = _genesis_of(log, partition)
    return wanted


def read_genesis(log: Log) -> Settings:
    """What the ledger was created with. Raises TopicUnsuitable if the log is no ledger's."""
    found = {_genesis_of(log, partition) for partition in range(log.partitions)}
    if len(found) > 1:
        raise TopicUnsuitable(log.topic, found=["its genesis records contradict each other"])
    return found.pop()


def _genesis_of(log: Log, partition: int) -> Settings:
    ends = log.ends()[partition]
    if ends == 0:
        what = f"partition {partition} is empty: the ledger was never created, or was deleted"
        raise TopicUnsuitable(log.topic, found=[what])
    raw = _first(log, partition)
    headers = headers_of(raw, log.partitions)
    bodies = bodies_of(raw.value or b"", 1)
    settings = settings_in(bodies) if bodies and headers and is_genesis(headers) else None
    if settings is None:
        what = f"the first record of partition {partition} is not a ledger's genesis record"
        raise TopicUnsuitable(log.topic, found=[what])
    if settings.partitions != log.partitions:
        what = f"it has {log.partitions} partitions, the ledger in it {settings.partitions}"
        raise TopicUnsuitable(log.topic, found=[what])
    return settings


def _first(log: Log, partition: int) -> Raw:
    begin = log.begins()[partition]
    if begin:
        what = f"partition {partition} begins at offset {begin}: its start was deleted"
        raise TopicUnsuitable(log.topic, found=[what])
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        for raw in log.scan(partition, 0, timeout_seconds=1.0):
            return raw
    raise BrokerUnreachable(log.topic, tried="reading its first record", waited_seconds=_SECONDS)
