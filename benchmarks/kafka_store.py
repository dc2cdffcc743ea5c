"""The store on Kafka beside bare clients of the same library on the same broker, in turns.

- one ticket at a time: a save decided, appended and read back, beside an acknowledged idempotent
  send of the same record;
- many tickets at once: saves of 1,000 tickets in one call, beside a bare producer of the same;
- the index: catching up with the whole log, beside a bare consumer that takes the same records; its
  size; and a new machine that begins with a snapshot.

    python benchmarks/kafka_store.py [--kafka HOST:PORT] [--rounds 5] [--events 300000]

Without a broker one is started (Java and Maven). On a busy machine CPU seconds tell more than the
clock; they are of this process, the broker's not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from eventstore.kafka.clients import TopicPartition, admin, consumer, producer  # noqa: E402
from eventstore.kafka.genesis import create_ledger  # noqa: E402
from eventstore.kafka.settings import KafkaSettings, LedgerSettings  # noqa: E402
from eventstore.kafka.snapshot import install_snapshot, publish_snapshot  # noqa: E402
from eventstore.kafka.store import KafkaStore  # noqa: E402
from eventstore.kafka.wire import Message, message_of  # noqa: E402
from eventstore.ledger import Ledger  # noqa: E402
from tests.eventstore.tally import (  # noqa: E402
    RESTING_TYPE,
    TallyApplication,
    after,
    command,
    count,
    save,
)


class Texts(TallyApplication):
    """Tallies whose label is a text: nobody looks for a tally by it."""

    def keys(self, type_: str, data: bytes) -> Iterable[str]:  # noqa: ARG002 - the store's
        return ()


TEXTS = Texts()
SINGLE = 500
MANY = 1_000
PADDING = "x" * 200


@contextmanager
def broker(named: str | None) -> Iterator[str]:
    """A broker that is there, or one of our own."""
    named = named or os.environ.get("TICKETLEDGER_TEST_KAFKA")
    if named:
        yield named
        return
    from tests.broker.cluster import Cluster

    with tempfile.TemporaryDirectory() as folder, Cluster(Path(folder)) as cluster:
        yield cluster.bootstrap


@contextmanager
def new_store(bootstrap: str, folder: Path) -> Iterator[KafkaStore]:
    """A ledger that nobody has used, in a folder of its own."""
    name = f"bench-{uuid.uuid4().hex[:8]}"
    settings = LedgerSettings(name=name, kafka=KafkaSettings(bootstrap_servers=bootstrap))
    create_ledger(folder / name, settings, time_zone="UTC")
    with closing(KafkaStore.open(folder / name, application=TEXTS)) as store:
        yield store


@contextmanager
def bare_topic(bootstrap: str) -> Iterator[tuple[str, Any]]:
    """A topic of one partition with the store's own producer settings."""
    settings = KafkaSettings(bootstrap_servers=bootstrap)
    name = f"bare-{uuid.uuid4().hex[:8]}"
    with closing(admin(settings)) as client:
        wanted = {name: {"num_partitions": 1, "replication_factor": 1}}
        client.create_topics(wanted, wait_for_metadata=True)
    writer = producer(settings)
    yield name, writer
    writer.close()


def send(writer: Any, topic: str, message: Message) -> Any:
    """The very same record as a save makes, and nothing else."""
    return writer.send(
        topic, value=message.value, key=message.key, headers=message.headers, partition=0
    )


def timed(work: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each call."""
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def one_at_a_time(bootstrap: str, folder: Path) -> tuple[list[float], list[float]]:
    """(our saves, bare sends) in milliseconds, in turns of fifty."""
    ours: list[float] = []
    bare: list[float] = []
    with new_store(bootstrap, folder) as store, bare_topic(bootstrap) as (topic, writer):
        ledger = Ledger(store, TEXTS)
        numbers = iter(range(10**9))
        message = message_of(save("t-1", label=PADDING).record, partition=0, timestamp_ms=0)

        def ours_once() -> None:
            ledger.execute("t-1", command(f"c-{next(numbers)}"), count(0, label=PADDING))

        def bare_once() -> None:
            send(writer, topic, message).get(timeout=30)

        timed(ours_once, 20), timed(bare_once, 20)
        for _ in range(SINGLE // 50):
            ours += timed(ours_once, 50)
            bare += timed(bare_once, 50)
    return ours, bare


def many_at_once(bootstrap: str, folder: Path, rounds: int) -> tuple[float, float]:
    """(our saves, bare sends) a second, the best of some rounds in turns."""
    ours: list[float] = []
    bare: list[float] = []
    with new_store(bootstrap, folder) as store, bare_topic(bootstrap) as (topic, writer):
        for number in range(rounds + 1):
            saves = [save(f"t-{number}-{one}", label=PADDING) for one in range(MANY)]
            messages = [message_of(one.record, partition=0, timestamp_ms=0) for one in saves]
            began = time.perf_counter()
            store.append_many(saves)
            ours.append(MANY / (time.perf_counter() - began))
            began = time.perf_counter()
            sent = [send(writer, topic, message) for message in messages]
            for one in sent:
                one.get(timeout=30)
            bare.append(MANY / (time.perf_counter() - began))
    return max(ours[1:]), max(bare[1:])


def taken_by(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of CPU time."""
    began, before = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - before


def read_all(bootstrap: str, topic: str) -> None:
    """Poll a whole topic with bare kafka-python."""
    place = TopicPartition(topic, 0)
    with closing(consumer(KafkaSettings(bootstrap_servers=bootstrap))) as client:
        client.assign([place])
        client.seek(place, 0)
        end = client.end_offsets([place])[place]
        while client.position(place) < end:
            client.poll(timeout_ms=100)


def index(bootstrap: str, folder: Path, events: int) -> dict[str, float]:
    """Catching up with a log of closed tickets, the index's size, and joining by a snapshot."""
    with new_store(bootstrap, folder) as store:
        for first in range(0, events // 10, MANY):
            openings = [save(f"t-{first + n}", events=6, label=PADDING) for n in range(MANY)]
            endings = [
                save(one.record.headers.subject, after(one), events=4, type_=RESTING_TYPE)
                for one in openings
            ]
            store.append_many([*openings, *endings])
        bare, bare_cpu = taken_by(lambda: read_all(bootstrap, store.log.topic))
        taken, cpu = taken_by(store.rebuild_index)
        counted = store.last_position()
        size = store.index.file.path.stat().st_size
        publish_snapshot(store.index, folder / "snapshot")
        began = time.perf_counter()
        other = folder / "another-machine"
        install_snapshot(other, folder / "snapshot", topic=store.log.topic)
        settings = LedgerSettings(
            name=store.settings.name, kafka=KafkaSettings(bootstrap_servers=bootstrap)
        )
        with closing(KafkaStore.open(other, application=TEXTS, settings=settings)) as joined:
            assert joined.last_position() == counted
        joining = time.perf_counter() - began
    return {
        "events": counted,
        "catch_up_events_per_second": round(counted / taken),
        "catch_up_events_per_cpu_second": round(counted / cpu),
        "bare_reading_per_second": round(counted / bare),
        "bare_reading_per_cpu_second": round(counted / bare_cpu),
        "ratio": round(bare / taken, 2),
        "cpu_ratio": round(bare_cpu / cpu, 2),
        "bytes_per_event": round(size / counted, 1),
        "joining_seconds": round(joining, 2),
    }


def main() -> None:
    """Print one JSON object a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kafka", metavar="HOST:PORT")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=300_000)
    asked = parser.parse_args()
    with broker(asked.kafka) as bootstrap, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, bare = one_at_a_time(bootstrap, folder)
        figures: dict[str, object] = {"what": "one save, decided, appended, read back"}
        for title, taken in (("", ours), ("bare_", bare)):
            figures[f"{title}p50_ms"] = round(statistics.median(taken), 2)
            figures[f"{title}p99_ms"] = round(statistics.quantiles(taken, n=100)[98], 2)
        figures["ratio"] = round(statistics.median(ours) / statistics.median(bare), 2)
        print(json.dumps(figures), flush=True)
        many, producing = many_at_once(bootstrap, folder, asked.rounds)
        figures = {"what": "saves of 1,000 tickets at once", "saves_per_second": round(many)}
        figures |= {"bare_per_second": round(producing), "ratio": round(many / producing, 2)}
        print(json.dumps(figures), flush=True)
        print(json.dumps({"what": "index", **index(bootstrap, folder, asked.events)}), flush=True)


if __name__ == "__main__":
    main()
