"""Follow a ticket ledger, count its events and print what was counted.

    python follow.py LEDGER STATE_FILE [--follow]

LEDGER is a ledger's folder, embedded or on Kafka. What was counted stands in STATE_FILE together
with the position of each partition; the file is replaced whole, so a kill at any moment leaves
both in step. The consumers in Node.js and Java beside this one keep the same file.
"""

import hashlib
import json
import os
import signal
import sys
import threading
from pathlib import Path

import ticketledger

SAVE_EVENTS = 5_000
UNREADABLE = "(unreadable)"


class State:
    """What was counted, and up to which position of each partition."""

    def __init__(self, file: Path) -> None:
        kept = json.loads(file.read_text("utf-8")) if file.exists() else {}
        self.file = file
        self.partitions = kept.get("partitions", {})
        self.types = kept.get("types", {})
        self.unsaved = 0

    def positions(self) -> dict[int, int]:
        """What `after` wants."""
        return {int(number): one["position"] for number, one in self.partitions.items()}

    def take(self, place: "ticketledger.Delivery | ticketledger.Unreadable") -> None:
        """Count one event. Its digest covers all events before it in the partition."""
        before = self.partitions.get(str(place.partition), {}).get("digest", "")
        digest = hashlib.sha256(bytes.fromhex(before) + place.body).hexdigest()
        self.partitions[str(place.partition)] = {"digest": digest, "position": place.position}
        type_ = place.event.type if isinstance(place, ticketledger.Delivery) else UNREADABLE
        self.types[type_] = self.types.get(type_, 0) + 1
        self.unsaved += 1

    def save(self) -> None:
        """Write beside, force to the disk and rename: the file is the old one or the new one."""
        if not self.unsaved:
            return
        beside = self.file.with_name(f"{self.file.name}.new")
        with beside.open("w", encoding="utf-8") as opened:
            opened.write(f"{self}\n")
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(self.file)
        self.unsaved = 0

    def __str__(self) -> str:
        shown = {"partitions": self.partitions, "types": self.types}
        return json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def main(arguments: list[str]) -> int:
    """Do what the command line says."""
    if len(arguments) not in (2, 3) or arguments[2:] not in ([], ["--follow"]):
        sys.stderr.write("usage: python follow.py LEDGER STATE_FILE [--follow]\n")
        return 2
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    state = State(Path(arguments[1]))
    following = bool(arguments[2:])
    with ticketledger.subscribe(
        arguments[0],
        after=state.positions(),
        follow=following,
        stop=stop,
        on_unreadable=state.take,
    ) as deliveries:
        for delivery in deliveries:
            state.take(delivery)
            if following or state.unsaved >= SAVE_EVENTS:
                state.save()
    state.save()
    sys.stdout.write(f"{state}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
