"""Writers on Kafka as processes of their own: `python -m tests.eventstore.kafka_writers NAME …`."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from eventstore.errors import OutcomeUnknown
from eventstore.kafka.errors import BrokerUnreachable, RelayStopped
from eventstore.kafka.relay import Relay
from eventstore.kafka.store import KafkaStore
from eventstore.kafka.writing import Writer
from eventstore.ledger import Ledger
from tests.eventstore.tally import TALLIES, Counted, LimitReached, command, count


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


LIMIT = 25
"""A tally of a kill run refuses to count further."""


def asked(writer: int, number: int) -> tuple[str, str]:
    """(subject, command id) of a writer's n-th command: a third is what the others ask too.

    All writers go through the same subjects, two at a time, and ask more of each than it allows.
    """
    subject = f"t-{number // 25}-{number % 2}"
    return subject, f"shared-{number}" if number % 3 == 0 else f"own-{writer}-{number}"


def count_to_the_limit(state: int | None) -> Sequence[Counted]:
    if (state or 0) >= LIMIT:
        raise LimitReached
    return [Counted(1)]


def steady(folder: str, writer: str, notes: str) -> None:
    """Execute commands until killed, going on where the notes end; note every answer durably."""
    path = Path(notes)
    noted = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    number = max((note["number"] for note in noted), default=0)
    with path.open("a", encoding="utf-8") as file:
        while True:
            try:
                store = KafkaStore.open(Path(folder), application=TALLIES)
                break
            except BrokerUnreachable:
                continue
        ledger = Ledger(store, TALLIES)
        while True:
            subject, id_ = asked(int(writer), number)
            note: dict[str, Any] = {"number": number, "subject": subject, "id": id_}
            began = time.monotonic()
            try:
                answer = ledger.execute(subject, command(id_), count_to_the_limit)
                note |= {"told": "recorded", "position": answer.position}
            except LimitReached:
                note |= {"told": "refused"}
            except (OutcomeUnknown, BrokerUnreachable) as error:
                note |= {"told": type(error).__name__}
            note["seconds"] = round(time.monotonic() - began, 3)
            file.write(json.dumps(note) + "\n")
            file.flush()
            os.fsync(file.fileno())
            number += note["told"] in ("recorded", "refused")


def relaying(folder: str) -> None:
    """A relay that is started again whenever it stops."""
    while True:
        try:
            with Relay.open(Path(folder)) as relay:
                relay.run(follow=True)
        except (BrokerUnreachable, RelayStopped) as stopped:
            sys.stderr.write(f"{stopped}\n")


if __name__ == "__main__":
    writers: dict[str, Callable[..., None]] = {
        "dying": dying,
        "relaying": relaying,
        "same": same,
        "steady": steady,
    }
    writers[sys.argv[1]](*sys.argv[2:])
