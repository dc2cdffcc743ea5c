"""The real log end to end: what its 141,712 rows come to in the ledger."""

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.application import TICKETS
from domain.events import ImportFinished, TicketOpened, TicketReopened
from domain.ticket import Ticket
from domain.values import Status
from eventstore.envelope import Envelope, read_event
from eventstore.sqlite import SQLiteStore
from eventstore.verify import verify
from tests.real_log import RealLedger

pytestmark = pytest.mark.e2e

PRIORITIES = {"1": "critical", "2": "high", "3": "medium", "4": "low", "?": None}


class Recorded:
    """Everything that was recorded, folded ticket by ticket in the order of the stream."""

    def __init__(self, store: SQLiteStore) -> None:
        self.kinds: Counter[str] = Counter()
        self.tickets: dict[str, Ticket] = {}
        self.reopened: Counter[str] = Counter()
        self.openings_of_known_callers = 0
        self.reopenings_of_known_callers = 0
        self.finished: list[tuple[Envelope, ImportFinished]] = []
        self.bodies_that_tell_the_future = 0
        after = 0
        while chunk := store.read(after, 10_000):
            after = chunk[-1][0]
            for _, body in chunk:
                self._take(body)

    def _take(self, body: bytes) -> None:
        envelope, data = read_event(body)
        self.bodies_that_tell_the_future += b"Resolved by" in body
        event = TICKETS.decode(envelope.type, data)
        self.kinds[type(event).__name__] += 1
        if isinstance(event, ImportFinished):
            self.finished.append((envelope, event))
            return
        before = self.tickets.get(envelope.subject)
        ticket = TICKETS.evolve(before, TICKETS.fact(envelope, event))
        self.tickets[envelope.subject] = ticket
        if isinstance(event, TicketOpened):
            self.openings_of_known_callers += event.requester is not None
        if isinstance(event, TicketReopened):
            self.reopened[envelope.subject] += 1
            self.reopenings_of_known_callers += ticket.requester_id is not None


@pytest.fixture(scope="module")
def store(imported_log: RealLedger) -> Iterator[SQLiteStore]:
    store = SQLiteStore.open(imported_log.folder, application=TICKETS)
    yield store
    store.close()


@pytest.fixture(scope="module")
def recorded(store: SQLiteStore) -> Recorded:
    return Recorded(store)


@pytest.fixture(scope="module")
def last_rows(real_log: Path) -> dict[str, dict[str, str]]:
    """The last row of each incident in file order, by nothing but the csv module."""
    with zipfile.ZipFile(real_log) as archive, archive.open("incident_event_log.csv") as member:
        text = io.TextIOWrapper(member, encoding="utf-8", newline="")
        return {row["number"]: row for row in csv.DictReader(text)}


def test_every_row_is_accounted_for_once(imported_log: RealLedger) -> None:
    account = imported_log.account

    assert account.rows_read == 141_712
    assert account.rows_changed + account.rows_progressed == 141_712
    assert (account.rows_unreadable, account.rows_already_recorded) == (0, 0)
    assert (account.tickets, account.tickets_opened) == (24_918, 24_918)
    assert account.reopenings == 331
    assert account.finished
    assert account.report is None


def test_what_is_odd_about_the_log_is_what_is_known_to_be(imported_log: RealLedger) -> None:
    odd = {kind: oddity.count for kind, oddity in imported_log.account.oddities.items()}

    assert odd == {
        "modification_order": 4,
        "modification_repeated": 5,
        "requester_unknown": 3,
        "resolved_without_owner": 729,
        "starts_elsewhere": 8_521,
        "state_unknown": 5,
        "time_backwards": 1,
        "time_before_opening": 5,
    }


def test_the_account_says_what_was_recorded(
    imported_log: RealLedger, recorded: Recorded, store: SQLiteStore
) -> None:
    account = imported_log.account

    assert recorded.kinds.total() == account.events == store.last_position()
    assert recorded.kinds["TicketOpened"] == recorded.kinds["TicketImported"] == 24_918
    [(envelope, finished)] = recorded.finished
    assert finished.rows_read == account.rows_read
    assert finished.rows_progressed == account.rows_progressed == recorded.kinds["TicketProgressed"]
    assert envelope.subject == f"import-{account.batch_id}"
    assert envelope.correlationid == account.batch_id
    assert envelope.actor == "import:servicenow"


def test_all_tickets_are_closed_at_the_end(recorded: Recorded) -> None:
    assert Counter(ticket.status for ticket in recorded.tickets.values()) == {Status.CLOSED: 24_918}


def test_there_are_331_reopenings_in_275_tickets(recorded: Recorded) -> None:
    assert recorded.reopened.total() == 331
    assert len(recorded.reopened) == 275


def test_openings_and_reopenings_of_known_callers_are_25246(recorded: Recorded) -> None:
    contacts = recorded.openings_of_known_callers + recorded.reopenings_of_known_callers

    assert contacts == 25_246


def test_each_ticket_ends_as_the_last_row_of_its_incident_says(
    recorded: Recorded, last_rows: dict[str, dict[str, str]]
) -> None:
    def shown(row: dict[str, str]) -> tuple[object, ...]:
        known = {name: None if value == "?" else value for name, value in row.items()}
        levels = [known["category"], known["subcategory"]]
        category = tuple(level for level in levels if level) if known["category"] else ()
        return (
            known["caller_id"],
            category,
            PRIORITIES[row["priority"][0]],
            known["assignment_group"],
            known["assigned_to"],
            int(row["reopen_count"]) + 1,
        )

    folded = {
        ticket.number: (
            ticket.requester_id,
            ticket.category or (),
            ticket.priority,
            ticket.queue,
            ticket.owner,
            ticket.cycle,
        )
        for ticket in recorded.tickets.values()
    }

    assert folded == {number: shown(row) for number, row in last_rows.items()}


def test_who_resolved_it_is_never_read_from_the_column_that_tells_the_future(
    recorded: Recorded,
) -> None:
    assert recorded.bodies_that_tell_the_future == 0


def test_the_imported_ledger_verifies(store: SQLiteStore) -> None:
    assert verify(store).findings == []
