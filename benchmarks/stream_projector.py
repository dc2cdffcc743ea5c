"""Each projector from a stream on Kafka to committed, published views; with either reader.

The real log's events are published to the stream of a new ledger, then every projector takes them
in from nothing, beside the embedded log and beside a bare reading of the stream, in turns.

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

from benchmarks.projectors import imported, seconds_of
from consumers.projector import run
from domain.application import TICKETS
from eventstore.envelope import read_event
from eventstore.kafka.genesis import create_ledger
from eventstore.kafka.settings import KafkaSettings, LedgerSettings
from eventstore.kafka.stream_reader import READER_VARIABLE, open_reader
from eventstore.kafka.stream_writer import Numbered, StreamWriter
from eventstore.sqlite import SQLiteStore
from projections.definition import projection_names
from tests.broker.cluster import Cluster

BATCH = 50_000


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
    for reader in ("plain", "fast"):
        found[f"bare reading, {reader}"] = with_reader(reader, lambda: read_all(folder))
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
    for name, both in taken.items():
        seconds, cpu = (statistics.median(one) for one in zip(*both, strict=True))
        line = {
            "name": name,
            "events_per_second": round(events / seconds),
            "events_per_cpu_second": round(events / cpu),
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
