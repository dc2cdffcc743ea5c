"""What tests run as processes of their own: `python -m tests.eventstore.writers NAME …`."""

from __future__ import annotations

import itertools
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path

from eventstore.ledger import Ledger
from tests.eventstore.tally import TALLIES, Decide, command, count, open_store

SUBJECTS = 20
COMMANDS = 500


def commands_of(writer: int) -> list[tuple[str, str]]:
    """(subject, command id): a third is shared with the other writers, some come twice."""
    own = [(f"t-{n % SUBJECTS}", f"own-{writer}-{n}") for n in range(COMMANDS * 2 // 3)]
    shared = [(f"t-{n % SUBJECTS}", f"shared-{n}") for n in range(COMMANDS - len(own))]
    mixed = own + shared
    rng = random.Random(writer)
    rng.shuffle(mixed)
    return mixed + rng.sample(mixed, COMMANDS // 10)


def mixed(folder: str, writer: str, answers: str) -> None:
    """Execute this writer's commands one by one, and note every answer."""
    store = open_store(Path(folder))
    ledger = Ledger(store, TALLIES)
    noted: list[tuple[str, str, int, bool]] = []
    for subject, command_id in commands_of(int(writer)):
        answer = ledger.execute(subject, command(command_id), count())
        noted.append((subject, command_id, answer.position, answer.repeated))
    store.close()
    Path(answers).write_text(json.dumps(noted))


def endless(folder: str, start: str) -> None:
    """Execute commands one by one until killed; say each on stdout once it is acknowledged."""
    ledger = Ledger(open_store(Path(folder)), TALLIES)
    for number in itertools.count(int(start)):
        ledger.execute(f"t-{number % SUBJECTS}", command(f"c-{number}"), count())
        print(f"c-{number}", flush=True)  # noqa: T201 - this is how it is heard


def endless_bulk(folder: str, start: str) -> None:
    """The same in bulks of 50, each said by its first number."""
    ledger = Ledger(open_store(Path(folder)), TALLIES)
    one: Decide = count()
    for first in itertools.count(int(start), 50):
        numbers = range(first, first + 50)
        ledger.execute_many([(f"t-{n % SUBJECTS}", command(f"c-{n}"), one) for n in numbers])
        print(first, flush=True)  # noqa: T201 - this is how it is heard


if __name__ == "__main__":
    writers: dict[str, Callable[..., None]] = {
        "mixed": mixed,
        "endless": endless,
        "endless_bulk": endless_bulk,
    }
    writers[sys.argv[1]](*sys.argv[2:])
