"""A simulated month into an empty ledger: every save decided by the domain, recorded, durable.

One process decides, the other records. With `--kafka HOST:PORT` the ledger is on that cluster, and
one process does both.

    python benchmarks/simulate.py [--cases 68000] [--agents 40] [--kafka HOST:PORT] [--check]
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from domain.application import TICKETS
from eventstore.opening import open_store
from eventstore.sqlite import SQLiteStore
from eventstore.store import Store
from intake.policy_files import read_policy
from intake.simulation.parameters import Parameters
from intake.simulation.running import run

SECONDS_A_MONTH_MAX = 600
"""A month of 68,000 cases takes no longer, on two cores."""


def cpu_seconds(who: int) -> float:
    """What this process, or its ended children, have computed."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def empty(folder: Path, kafka: str | None) -> Store:
    """A new ledger."""
    if kafka is None:
        return SQLiteStore.create(folder, name="bench", time_zone="UTC", application=TICKETS)
    from eventstore.kafka.genesis import create_ledger
    from eventstore.kafka.settings import LedgerSettings, kafka_settings

    settings = LedgerSettings(name="bench", kafka=kafka_settings({"bootstrap_servers": kafka}))
    create_ledger(folder, settings, time_zone="UTC")
    return open_store(folder, application=TICKETS)


def measure(cases: int, agents: int, kafka: str | None) -> dict[str, float]:
    """One month. Seconds, what it made, and what each process computed."""
    read = read_policy("travel-agency")
    parameters = Parameters(
        policy_id=read.id,
        policy=read.policy,
        first_month=datetime(2026, 1, 1, tzinfo=UTC),
        cases_per_month=cases,
        agents=agents,
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(empty(Path(folder) / "ledger", kafka)) as store,
    ):
        before = cpu_seconds(resource.RUSAGE_SELF)
        account = run(parameters, store, processes=1 if kafka else 2)
        recording = cpu_seconds(resource.RUSAGE_SELF) - before
    deciding = cpu_seconds(resource.RUSAGE_CHILDREN)
    mebibytes = [
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)
    ]
    return {
        "cases": account.counts["cases"],
        "saves": account.saves,
        "events": account.events,
        "seconds": account.seconds,
        "saves_per_second": account.saves / account.seconds,
        "cpu_seconds_deciding": deciding,
        "cpu_seconds_recording": recording,
        "mebibytes_deciding_max": mebibytes[0],
        "mebibytes_recording_max": mebibytes[1],
    }


def main() -> None:
    """Print the figures; with --check, fail where the limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=68_000)
    parser.add_argument("--agents", type=int, default=40)
    parser.add_argument("--kafka")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    figures = measure(asked.cases, asked.agents, asked.kafka)
    if asked.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name.replace('_', ' '):24} {figure:12,.1f}")
    if asked.check and figures["seconds"] > SECONDS_A_MONTH_MAX:
        sys.exit(f"a month took more than {SECONDS_A_MONTH_MAX} seconds")


if __name__ == "__main__":
    main()
