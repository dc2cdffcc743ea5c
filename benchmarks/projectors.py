"""Each projector from the embedded log to committed views, beside a bare `json.loads`.

The bare loop reads the same log in the same batches and does nothing but parse each event in
Python: what a program that folds event by event has spent before it folds anything. The projectors
parse, check, fold, commit and publish. All take turns, so that a busy moment hits all alike.

    python benchmarks/projectors.py [--ledger FOLDER] [--rounds 3]

Without a ledger the real log is imported first.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from consumers.projector import run
from domain.application import TICKETS
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from intake.csv_import import plan
from intake.csv_import import run as run_import
from intake.mapping_file import read_mapping
from projections.definition import projection_names

REAL_LOG = Path(__file__).resolve().parent.parent / "examples" / "incident_event_log.zip"
BATCH = 50_000
BARE = "bare json.loads"


def imported(folder: Path) -> Path:
    """A new ledger with the real log."""
    store = SQLiteStore.create(folder, name="bench", time_zone="UTC", application=TICKETS)
    with plan(REAL_LOG, read_mapping("servicenow")) as planned:
        run_import(planned, Ledger(store, TICKETS))
    store.close()
    return folder


def parse_all(ledger: Path) -> int:
    """Parse every event of the log, one by one; how many there are."""
    store = SQLiteStore.open(ledger, application=TICKETS)
    position = 0
    while batch := store.read(position, BATCH):
        for _, body in batch:
            json.loads(body)
        position = batch[-1][0]
    store.close()
    return position


def project(ledger: Path, name: str) -> None:
    """Fold the whole log into one projection, from nothing to published views."""
    shutil.rmtree(ledger / "projections" / name, ignore_errors=True)
    run(ledger, name)


def seconds_of(job: Callable[[], object]) -> float:
    """How long a job takes."""
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def measure(ledger: Path, rounds: int) -> dict[str, float]:
    """Median events a second of each contestant."""
    events = parse_all(ledger)
    jobs: dict[str, Callable[[], object]] = {BARE: lambda: parse_all(ledger)}
    for name in projection_names():
        jobs[name] = lambda name=name: project(ledger, name)
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            taken[name].append(seconds_of(job))
    return {name: events / statistics.median(seconds) for name, seconds in taken.items()}


def main() -> None:
    """Measure, and print one JSON object a contestant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ledger", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as kept:
        ledger = arguments.ledger or imported(Path(kept) / "ledger")
        rates = measure(ledger, arguments.rounds)
    for name, rate in rates.items():
        line = {"name": name, "events_per_second": round(rate), "ratio": rate / rates[BARE]}
        print(json.dumps(line))


if __name__ == "__main__":
    main()
