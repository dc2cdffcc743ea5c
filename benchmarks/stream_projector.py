"""Each projector from a stream on Kafka to committed, published views; with either reader.

The real log's events are published to the stream of a new ledger, then every projector takes them
in from nothing: beside the embedded log, beside our reader with nothing behind it, and beside bare
clients of both libraries that take the same records and look at nothing, in turns. A ratio is to
bare kafka-python. On a busy machine the CPU seconds tell more than the clock; they are of this
process, the broker's not counted.

    python benchmarks/stream_projector.py [--kafka HOST:PORT] [--ledger FOLDER] [--rounds 1]
        [--projection NAME ...] [--profile]

Without a broker one is started as the tests do; without a ledger the real log is imported first.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import resource
import shutil
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import confluent_kafka

from benchmarks.projectors import imported, seconds_of
from consumers.projector import run
from domain.application import TICKETS
from eventstore.envelope import read_event
from eventstore.kafka.clients import TopicPartition, consumer
from eventstore.kafka.genesis import create_ledger
from eventstore.kafka.settings import KafkaSettings, LedgerSettings, read_settings
from eventstore.kafka.stream_reader import READER_VARIABLE, open_reader
from eventstore.kafka.stream_writer import Numbered, StreamWriter
from eventstore.sqlite import SQLiteStore
from projections.definition import projection_names
from tests.broker.cluster import Cluster

BATCH = 50_000
BATCH_OF_A_CLIENT = 10_000
BARE = "kafka-python alone"


def published(ledger: Path, folder: Path, bootstrap: str) -> int:
    """A new ledger on Kafka whose stream has an embedded ledger's events; how many there are."""
    kafka = KafkaSettings(bootstrap_servers=bootstrap)
    settings = LedgerSettings(name=f"bench-{uuid.uuid4().hex[:8]}", kafka=kafka)
    create_ledger(folder, settings, time_zone="UTC", partitions=1)
    store = SQLiteStore.open(ledger, application=TICKETS)
    with (
        closing(store),
        closing(StreamWriter(kafka, settings.stream_topic)) as writer,
    ):
        position = 0
        while rows := store.read(position, 10_000):
            writer.write(
                [
                    Numbered(0, at, read_event(body)[0].subject.encode(), body, is_readable=True)
                    for at, body in rows
                ]
            )
            position = rows[-1][0]
    return position


def read_all(folder: Path) -> None:
    """Take the whole stream and do nothing with it."""
    position = 0
    with closing(open_reader(folder)) as reader:
        while rows := reader.read(0, position, BATCH):
            position = rows[-1][0]


def bare_plain(folder: Path) -> None:
    """Poll the whole stream with kafka-python."""
    settings = read_settings(folder)
    place = TopicPartition(settings.stream_topic, 0)
    with closing(consumer(settings.kafka)) as client:
        client.assign([place])
        client.seek(place, 0)
        end = client.end_offsets([place])[place]
        while client.position(place) < end:
            client.poll(timeout_ms=100)


def bare_fast(folder: Path) -> None:
    """Consume the whole stream with confluent-kafka."""
    settings = read_settings(folder)
    options = {"bootstrap.servers": settings.kafka.bootstrap_servers, "group.id": "bench"}
    client = confluent_kafka.Consumer(options)
    place = confluent_kafka.TopicPartition(settings.stream_topic, 0, 0)
    _, end = client.get_watermark_offsets(place)
    client.assign([place])
    at = 0
    while at < end:
        for message in client.consume(BATCH_OF_A_CLIENT, 0.1):
            at = message.offset() + 1
    client.close()


def project(folder: Path, name: str) -> None:
    """Fold the whole stream into one projection, from nothing to published views."""
    shutil.rmtree(folder / "projections" / name, ignore_errors=True)
    run(folder, name)


def with_reader(reader: str, job: Callable[[], None]) -> Callable[[], None]:
    """The job with the stream read by kafka-python (`plain`) or confluent-kafka (`fast`)."""

    def chosen() -> None:
        os.environ[READER_VARIABLE] = reader
        job()

    return chosen


def cpu_seconds() -> float:
    """CPU time of this process so far: on a busy machine it says more than the clock."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def jobs(ledger: Path, folder: Path, names: list[str]) -> dict[str, Callable[[], None]]:
    """What is measured."""
    found: dict[str, Callable[[], None]] = {}
    found[BARE] = lambda: bare_plain(folder)
    found["confluent-kafka alone"] = lambda: bare_fast(folder)
    for reader in ("plain", "fast"):
        found[f"our reader, {reader}"] = with_reader(reader, lambda: read_all(folder))
        for name in names:
            job = with_reader(reader, lambda name=name: project(folder, name))
            found[f"{name}, {reader}"] = job
    for name in names:
        found[f"{name}, embedded"] = lambda name=name: project(ledger, name)
    return found


def measure(events: int, contestants: dict[str, Callable[[], None]], rounds: int) -> None:
    """Print events a second of each, by the clock and by CPU time."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, job in contestants.items():
            before = cpu_seconds()
            seconds = seconds_of(job)
            taken[name].append((seconds, cpu_seconds() - before))
    medians = {
        name: [statistics.median(one) for one in zip(*both, strict=True)]
        for name, both in taken.items()
    }
    for name, (seconds, cpu) in medians.items():
        line = {
            "name": name,
            "events_per_second": round(events / seconds),
            "ratio": round(medians[BARE][0] / seconds, 2),
            "events_per_cpu_second": round(events / cpu),
            "cpu_ratio": round(medians[BARE][1] / cpu, 2),
        }
        print(json.dumps(line), flush=True)


def main() -> None:
    """Publish, measure, and print one JSON object a contestant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kafka")
    parser.add_argument("--ledger", type=Path)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--projection", action="append")
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as kept:
        cluster = None if arguments.kafka else Cluster(Path(kept) / "kafka")
        if cluster is not None:
            cluster.start()
        try:
            _measured(arguments, Path(kept), arguments.kafka or (cluster and cluster.bootstrap))
        finally:
            if cluster is not None:
                cluster.stop()


def _measured(arguments: argparse.Namespace, kept: Path, bootstrap: str) -> None:
    ledger = arguments.ledger or imported(kept / "embedded")
    began = time.perf_counter()
    events = published(ledger, kept / "on-kafka", bootstrap)
    rate = round(events / (time.perf_counter() - began))
    print(json.dumps({"name": "publishing", "events": events, "events_per_second": rate}))
    names = arguments.projection or list(projection_names())
    contestants = jobs(ledger, kept / "on-kafka", names)
    if arguments.profile:
        with cProfile.Profile() as profile:
            contestants[f"{names[0]}, plain"]()
        pstats.Stats(profile).sort_stats("tottime").print_stats(15)
        return
    measure(events, contestants, arguments.rounds)


if __name__ == "__main__":
    main()
