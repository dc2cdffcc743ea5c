"""Writers on Kafka as processes of their own: `python -m tests.eventstore.kafka_writers NAME …`."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eventstore.kafka.store import KafkaStore
from eventstore.kafka.writing import Writer
from eventstore.ledger import Ledger
from tests.eventstore.tally import TALLIES, command, count


def dying(folder: str, command_id: str) -> None:
    """Killed when its record is acknowledged, and before it has read it back."""
    send: Any = Writer._send

    def send_and_die(*arguments: Any, **named: Any) -> None:
        send(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(Writer, "_send", send_and_die)  # noqa: B010 - a method is exchanged on purpose
    Ledger(KafkaStore.open(Path(folder), application=TALLIES), TALLIES).execute(
        "t-1", command(command_id), count()
    )


def same(folder: str, commands: str) -> None:
    """The commands that others execute too, on three subjects, in an order of its own."""
    ids = [f"c-{number}" for number in range(int(commands))]
    random.shuffle(ids)
    store = KafkaStore.open(Path(folder), application=TALLIES)
    ledger = Ledger(store, TALLIES)
    told: dict[str, tuple[int, bool]] = {}
    for id_ in ids:
        answer = ledger.execute(f"t-{int(id_[2:]) % 3}", command(id_), count())
        told[id_] = (answer.position, answer.repeated)
    store.close()
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    writers: dict[str, Callable[..., None]] = {
        "dying": dying,
        "same": same,
    }
    writers[sys.argv[1]](*sys.argv[2:])
