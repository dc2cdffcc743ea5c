"""A process that imports into a ledger on Kafka, tells of its first saves, and is then killed."""

import sys
from collections.abc import Sequence
from pathlib import Path

from domain.application import TICKETS
from eventstore.kafka.store import KafkaStore
from eventstore.kafka.writing import Writer
from eventstore.ledger import Ledger
from eventstore.store import Counted, Lost, Save
from intake.csv_import import plan, run
from intake.mapping_file import parse_mapping

TICKETS_IN_FILE = 20
MAPPING = """
source = "desk"
zone = "UTC"

[file]
times = ["%Y-%m-%d %H:%M"]

[columns]
number = "number"
state = "state"
opened_at = "opened"
updated_at = "updated"
updated_by = "by"
modification = "mods"
requester = "caller"

[states]
New = "new"
Active = "open"
Closed = "closed"
"""


def rows() -> str:
    """A small log: each ticket is opened, worked on and closed."""
    lines = ["number,state,opened,updated,by,mods,caller"]
    for number in range(TICKETS_IN_FILE):
        for mods, state in enumerate(("New", "Active", "Closed")):
            opened = f"2026-03-01 09:{number:02d}"
            updated = f"2026-03-01 1{mods}:{number:02d}"
            lines.append(f"T{number},{state},{opened},{updated},ayu,{mods},X{number}")
    return "\n".join(lines) + "\n"


def main(folder: str, file: str) -> None:
    """Import a file; after the first saves of every ticket, say so and record nothing more."""
    store = KafkaStore.open(Path(folder), application=TICKETS)
    writer = store._writer

    def write_and_tell(saves: Sequence[Save]) -> list[Counted | Lost]:
        results = Writer.write(writer, saves)
        print(len(results), flush=True)  # noqa: T201 - to the test that started us
        sys.stdin.read()  # Until we are killed.
        return results

    writer.write = write_and_tell  # type: ignore[method-assign]
    with plan(file, parse_mapping(MAPPING, path="desk.toml")) as planned:
        run(planned, Ledger(store, TICKETS), processes=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
