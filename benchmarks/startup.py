"""How long the command line takes to start, in multiples of `import typer`, in one run."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 3.0
"""A command may take that many times as long as importing what it is built on."""


def seconds_of(line: list[str], environment: dict[str, str]) -> float:
    """How long one process takes, from start to end."""
    began = time.perf_counter()
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL, env=environment, cwd=ROOT)
    return time.perf_counter() - began


def answer_of(line: list[str], environment: dict[str, str]) -> str:
    """What one process prints."""
    done = subprocess.run(
        line, check=True, capture_output=True, text=True, env=environment, cwd=ROOT
    )
    return done.stdout


def measure(rounds: int) -> dict[str, float]:
    """Median seconds of each line; the lines take turns, so that a busy moment hits all alike."""
    program = [sys.executable, "-m", "ticketledger"]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"TICKETLEDGER_LEDGER": f"{folder}/ledger"}
        answer_of([*program, "init"], environment)
        number = json.loads(
            answer_of([*program, "ticket", "open", "--customer", "C1", "--json"], environment)
        )["number"]
        lines = {
            "import typer": [sys.executable, "-c", "import typer"],
            "--help": [*program, "--help"],
            "ticket show": [*program, "ticket", "show", number],
        }
        taken: dict[str, list[float]] = {name: [] for name in lines}
        for _ in range(rounds + 1):
            for name, line in lines.items():
                taken[name].append(seconds_of(line, environment))
    # The first round warms the disk cache.
    return {name: statistics.median(seconds[1:]) for name, seconds in taken.items()}


def main() -> None:
    """Print the figures; with --check, fail where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--check", action="store_true", help="exit 1 over the limit")
    options = parser.parse_args()
    taken = measure(options.rounds)
    base = taken["import typer"]
    for name, seconds in taken.items():
        print(f"{name:14}{seconds * 1000:7.0f} ms  {seconds / base:5.2f} times")
    slow = [name for name, seconds in taken.items() if seconds > LIMIT * base]
    if slow and options.check:
        sys.exit(f"over {LIMIT:g} times the import of typer: {', '.join(slow)}")


if __name__ == "__main__":
    main()
