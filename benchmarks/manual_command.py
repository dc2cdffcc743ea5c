"""One manual command on the embedded ledger, beside a bare eventsourcing application on SQLite.

Each loads an aggregate, decides a trivial command, appends one event and waits until it is durable
(WAL, synchronous FULL). The application runs as it comes and with its cache of aggregates switched
on; the ratio is to the faster of the two. All take turns in short rounds on one disk, so that
whatever else the machine does hits all. The ledger does more for its command: it is recorded once
whatever happens, its record is chained, and its bytes are a CloudEvent.

    python benchmarks/manual_command.py [--commands 3000] [--subjects 500] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from eventstore.commands import Command
from eventstore.envelope import Envelope
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore

ROUND = 100
WARM_UP = 200

Timed = Callable[[int], None]


class Tally(Aggregate):
    """The bare application's aggregate."""

    def __init__(self) -> None:
        self.total = 0

    @event("Counted")
    def count(self, number: int) -> None:
        self.total += number


class Tallies(Application[UUID]):
    """The bare application."""


class TallyApplication:
    """The same tally for the ledger."""

    def encode(self, event: int) -> tuple[str, bytes]:
        return "tally.counted.v1", json.dumps({"number": event}).encode()

    def decode(self, _type: str, data: bytes) -> int:
        number: int = json.loads(data)["number"]
        return number

    def fact(self, _envelope: Envelope, event: int) -> int:
        return event

    def evolve(self, state: int | None, fact: int) -> int:
        return (state or 0) + fact

    def keys(self, _type: str, _data: bytes) -> Iterable[str]:
        return ()


def count(_: int | None) -> Sequence[int]:
    return [1]


def bare(folder: Path, subjects: int, **settings: str) -> Timed:
    """A command on the bare application."""
    application = Tallies(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(folder / f"{uuid4()}.sqlite"),
            **settings,
        }
    )
    tallies = [Tally() for _ in range(subjects)]
    application.save(*tallies)
    ids = [tally.id for tally in tallies]

    def command(number: int) -> None:
        tally: Tally = application.repository.get(ids[number % subjects])
        tally.count(1)
        application.save(tally)

    return command


def ours(folder: Path, subjects: int) -> Timed:
    """A command on the ledger."""
    application = TallyApplication()
    store = SQLiteStore.create(
        folder / "ledger", name="bench", time_zone="UTC", application=application
    )
    ledger = Ledger(store, application)
    ids = [str(uuid4()) for _ in range(subjects)]
    now = datetime.now(UTC)

    def command(number: int) -> None:
        asked = Command(f"c-{number}", "count", {"number": 1}, now, "agent:bench")
        ledger.execute(ids[number % subjects], asked, count)

    return command


def measure(timed: dict[str, Timed], commands: int) -> dict[str, list[float]]:
    """Seconds of each command, in rounds that take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in timed}
    for first in range(-WARM_UP, commands, ROUND):
        for name, command in timed.items():
            for number in range(first, first + ROUND):
                start = time.perf_counter()
                command(WARM_UP + number)
                if number >= 0:
                    seconds[name].append(time.perf_counter() - start)
    return seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--commands", type=int, default=3000)
    parser.add_argument("--subjects", type=int, default=500)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        timed = {
            "eventsourcing": bare(Path(folder), chosen.subjects),
            "with cache": bare(Path(folder), chosen.subjects, AGGREGATE_CACHE_MAXSIZE="1000"),
            "ledger": ours(Path(folder), chosen.subjects),
        }
        seconds = measure(timed, chosen.commands)
    rates: dict[str, float] = {}
    print(f"{'':14} {'commands/s':>10} {'p50 ms':>8} {'p99 ms':>8}")
    for name, taken in seconds.items():
        taken.sort()
        rates[name] = len(taken) / sum(taken)
        p50, p99 = (taken[int(len(taken) * part)] * 1000 for part in (0.5, 0.99))
        print(f"{name:14} {rates[name]:10,.0f} {p50:8.3f} {p99:8.3f}")
    best = max(rates["eventsourcing"], rates["with cache"])
    print(f"ratio ledger / eventsourcing: {rates['ledger'] / best:.2f}")


if __name__ == "__main__":
    main()
