"""What the tests of intake share: a small log, its mapping, and a ledger to import into."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.application import TICKETS
from domain.ticket import Ticket
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from intake.csv_import import Account, TicketLedger, check, plan, run
from intake.mapping import Mapping
from intake.mapping_file import parse_mapping

HEADER = "number,state,opened,updated,by,mods,reopened,caller,team,agent,place"

MAPPING = """
source = "desk"
zone = "UTC"

[file]
missing = ["?"]
times = ["%Y-%m-%d %H:%M"]

[columns]
number = "number"
state = "state"
opened_at = "opened"
updated_at = "updated"
updated_by = "by"
modification = "mods"
reopen_count = "reopened"
requester = "caller"
queue = "team"
owner = "agent"

[fields]
location = "place"

[states]
New = "new"
Active = "open"
Waiting = { status = "pending", reason = "Waiting" }
Resolved = "resolved"
Closed = "closed"
"""

ROWS = """\
T1,New,2026-03-01 09:00,2026-03-01 09:05,ayu,0,0,X,Front,?,Bali
T1,Active,2026-03-01 09:00,2026-03-01 09:10,ayu,1,0,X,Front,ayu,Bali
T2,New,2026-03-01 09:30,2026-03-01 09:31,budi,0,0,Y,?,?,?
T1,Active,2026-03-01 09:00,2026-03-01 10:00,ayu,2,0,X,Front,ayu,Bali
T1,Resolved,2026-03-01 09:00,2026-03-01 11:00,ayu,3,0,X,Front,ayu,Bali
T2,Closed,2026-03-01 09:30,2026-03-01 12:00,budi,1,0,Y,?,?,?
T1,Active,2026-03-01 09:00,2026-03-02 09:00,citra,4,1,X,Back,ayu,Bali
"""


@dataclass
class Desk:
    """A ledger, and imports into it."""

    folder: Path
    ledger: TicketLedger

    def file(self, rows: str, *, header: str = HEADER, name: str = "log.csv") -> Path:
        path = self.folder / name
        path.write_text(f"{header}\n{rows}", "utf-8", newline="")
        return path

    def take(self, rows: str, mapping: str = MAPPING, *, header: str = HEADER) -> Account:
        """Import these rows."""
        with plan(self.file(rows, header=header), parsed(mapping)) as planned:
            return run(planned, self.ledger, report=self.folder / "report.jsonl")

    def rehearse(self, rows: str, mapping: str = MAPPING, *, header: str = HEADER) -> Account:
        """Check these rows against the ledger as it is."""
        with plan(self.file(rows, header=header), parsed(mapping)) as planned:
            return check(planned, ledger=self.ledger)

    def ticket(self, number: str) -> Ticket:
        [subject] = self.ledger.store.subjects_by_key(f"number:{number}")
        state = self.ledger.load(subject).state
        assert state is not None
        return state

    def story(self, number: str) -> list[str]:
        """The ticket's events by their short names, one string a save."""
        [subject] = self.ledger.store.subjects_by_key(f"number:{number}")
        saves: dict[str | None, list[str]] = {}
        for envelope, _ in self.ledger.history(subject):
            name = envelope.type.removeprefix("ticketledger.").removesuffix(".v1")
            saves.setdefault(envelope.commandid, []).append(name)
        return [" ".join(names) for names in saves.values()]


def parsed(mapping: str) -> Mapping:
    return parse_mapping(mapping, path="desk.toml")


@pytest.fixture
def new_desk(tmp_path: Path) -> Iterator[Callable[[str], Desk]]:
    """Makes ledgers by name, each empty."""
    stores: list[SQLiteStore] = []

    def make(name: str) -> Desk:
        folder = tmp_path / name
        folder.mkdir()
        store = SQLiteStore.create(
            folder / "ledger", name="desk", time_zone="UTC", application=TICKETS
        )
        stores.append(store)
        return Desk(folder, Ledger(store, TICKETS))

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def desk(new_desk: Callable[[str], Desk]) -> Desk:
    """An empty ledger."""
    return new_desk("desk")
