"""The whole real log into an empty embedded ledger: parsed, compared, decided, folded, durable.

Every save is decided by the domain, folded into its ticket, chained and committed (WAL, synchronous
FULL). The split shows how the work is shared by the two processes: one reads and decides, the other
records; what neither of them computes is waiting, for the disk or for each other.

    python benchmarks/import_real_log.py [--file FILE --mapping NAME] [--processes 1|2] [--check]
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from domain.application import TICKETS
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from intake.csv_import import plan, run
from intake.mapping_file import read_mapping

ROOT = Path(__file__).resolve().parent.parent
ROWS_PER_SECOND = 10_000
"""At least so many updates a second, on two cores."""


def cpu_seconds(who: int) -> float:
    """What this process, or its ended children, have computed."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def measure(file: Path, mapping: str, *, processes: int | None) -> dict[str, float]:
    """One import into a ledger of its own. Seconds, and rows and events a second."""
    with tempfile.TemporaryDirectory() as folder:
        store = SQLiteStore.create(
            Path(folder) / "ledger", name="bench", time_zone="UTC", application=TICKETS
        )
        began = time.perf_counter()
        with plan(file, read_mapping(mapping)) as planned:
            opened = time.perf_counter()
            before = cpu_seconds(resource.RUSAGE_SELF), cpu_seconds(resource.RUSAGE_CHILDREN)
            account = run(planned, Ledger(store, TICKETS), processes=processes)
            taken = time.perf_counter() - opened
            recording = cpu_seconds(resource.RUSAGE_SELF) - before[0]
            deciding = cpu_seconds(resource.RUSAGE_CHILDREN) - before[1]
        store.close()
        size = (Path(folder) / "ledger" / "ledger.sqlite").stat().st_size
    return {
        "rows": account.rows_read,
        "events": account.events,
        "rows_per_second": account.rows_read / taken,
        "events_per_second": account.events / taken,
        "seconds": taken,
        "seconds_opening": opened - began,
        "cpu_seconds_deciding": deciding,
        "cpu_seconds_recording": recording,
        "bytes_per_event": size / account.events,
    }


def main() -> None:
    """Print the figures; with --check, fail where the limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=ROOT / "examples" / "incident_event_log.zip")
    parser.add_argument("--mapping", default="servicenow")
    parser.add_argument("--processes", type=int, choices=(1, 2))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    figures = measure(asked.file, asked.mapping, processes=asked.processes)
    if asked.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name.replace('_', ' '):24} {figure:12,.1f}")
    if asked.check and figures["rows_per_second"] < ROWS_PER_SECOND:
        sys.exit(f"fewer than {ROWS_PER_SECOND:,} rows a second")


if __name__ == "__main__":
    main()
