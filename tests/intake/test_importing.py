"""Rows become history: what is recorded, what is reported, and what is never recorded twice."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.application import TICKETS
from domain.events import TicketProgressed, TicketQueued, TicketReopened
from domain.values import Status, WorkKind
from eventstore.commands import Command
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from eventstore.store import Tail
from intake.account import Account, Progress
from intake.csv_import import check, plan, run
from intake.errors import KeepsBeingOvertaken
from tests.intake.conftest import MAPPING, ROWS, Desk, parsed

pytestmark = pytest.mark.unit


def contents(desk: Desk) -> list[dict[str, Any]]:
    """Everything recorded, without what is drawn anew in every run."""
    events = [json.loads(body) for _, body in desk.ledger.store.read(0, 100_000)]
    return [
        {name: value for name, value in event.items() if name not in ("id", "recordedtime")}
        for event in events
    ]


def counts(account: Account) -> dict[str, int]:
    return {kind: oddity.count for kind, oddity in account.oddities.items()}


def test_a_log_becomes_tickets_row_by_row(desk: Desk) -> None:
    account = desk.take(ROWS)

    assert desk.story("T1") == [
        "ticket.opened ticket.imported",
        "ticket.queued",
        "ticket.assigned ticket.status_changed",
        "ticket.progressed",
        "ticket.resolved",
        "ticket.queued ticket.reopened",
    ]
    assert desk.story("T2") == ["ticket.opened ticket.imported", "ticket.closed"]
    assert (account.rows_read, account.rows_changed, account.rows_progressed) == (7, 6, 1)
    assert (account.tickets, account.reopenings, account.saves, account.events) == (2, 1, 9, 13)


def test_history_stands_at_its_own_times_and_names_who_did_it(desk: Desk) -> None:
    account = desk.take(ROWS)

    [subject] = desk.ledger.store.subjects_by_key("number:T1")
    opened, imported, queued = desk.ledger.history(subject)[:3]
    assert opened[0].time == imported[0].time == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert queued[0].time == datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
    assert {envelope.actor for envelope, _ in desk.ledger.history(subject)} == {"import:desk"}
    assert queued[0].correlationid == account.batch_id
    assert queued[0].commandid == "desk/T1/0/2026-03-01T09:05:00Z"
    assert queued[1].performed_by == "ayu"


def test_a_reopening_knows_who_had_solved_it_and_how_long_ago(desk: Desk) -> None:
    desk.take(ROWS)

    [subject] = desk.ledger.store.subjects_by_key("number:T1")
    [reopened] = [e for _, e in desk.ledger.history(subject) if isinstance(e, TicketReopened)]
    assert (reopened.prior_resolver, reopened.seconds_since_resolved, reopened.cycle) == (
        "ayu",
        22 * 3600,
        2,
    )


def test_a_row_dated_before_the_opening_keeps_its_time_and_is_reported(desk: Desk) -> None:
    account = desk.take("T1,Active,2026-03-01 09:00,2026-03-01 08:50,ayu,0,0,X,Front,?,?\n")

    [subject] = desk.ledger.store.subjects_by_key("number:T1")
    times = [envelope.time for envelope, _ in desk.ledger.history(subject)]
    assert min(times) == datetime(2026, 3, 1, 8, 50, tzinfo=UTC)
    assert desk.ticket("T1").effective_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert counts(account)["time_before_opening"] == 1


def test_what_a_mapping_cannot_translate_is_kept_and_reported_never_guessed(desk: Desk) -> None:
    account = desk.take(
        "T1,Active,2026-03-01 09:00,2026-03-01 09:05,ayu,0,0,X,?,?,?\n"
        "T1,-100,2026-03-01 09:00,2026-03-01 09:06,ayu,1,0,X,?,?,?\n"
    )

    assert desk.story("T1")[-1] == "ticket.field_changed"
    assert desk.ticket("T1").status is Status.OPEN
    assert desk.ticket("T1").fields["state"] == "-100"
    [example] = account.oddities["state_unknown"].examples
    assert (example.line, example.name) == (3, "T1")


def test_importing_the_same_file_twice_adds_nothing(desk: Desk) -> None:
    first = desk.take(ROWS)
    before = contents(desk)

    second = desk.take(ROWS)

    assert contents(desk) == before
    assert (second.saves, second.events, second.tickets_opened) == (0, 0, 0)
    assert second.rows_already_recorded == second.rows_read == 7
    assert second.batch_id == first.batch_id
    assert (second.rows_changed, second.rows_progressed) == (
        first.rows_changed,
        first.rows_progressed,
    )


def test_a_file_that_has_grown_adds_only_its_new_rows(
    desk: Desk, new_desk: Callable[[str], Desk]
) -> None:
    lines = ROWS.splitlines(keepends=True)
    desk.take("".join(lines[:4]))

    account = desk.take(ROWS)

    assert (account.rows_already_recorded, account.tickets_opened) == (4, 0)
    whole = new_desk("whole")
    whole.take(ROWS)
    for number in ("T1", "T2"):
        assert desk.story(number) == whole.story(number)
    finished = [event["data"] for event in contents(desk) if "import.finished" in event["type"]]
    assert [data["rows_read"] for data in finished] == [4, 7]


def test_a_file_of_only_the_new_rows_goes_on_from_what_the_ledger_knows(desk: Desk) -> None:
    lines = ROWS.splitlines(keepends=True)
    desk.take("".join(lines[:5]))

    account = desk.take("".join(lines[5:]))

    assert (account.tickets, account.tickets_opened, account.rows_changed) == (2, 0, 2)
    assert desk.story("T1")[-1] == "ticket.queued ticket.reopened"
    assert desk.ticket("T1").last_resolver == "ayu"
    assert desk.ticket("T2").status is Status.CLOSED


def test_a_late_row_among_recorded_ones_is_refused_and_the_rest_goes_in(desk: Desk) -> None:
    lines = ROWS.splitlines(keepends=True)
    desk.take("".join(lines[:1] + lines[4:5]))

    account = desk.take("".join(lines))

    reasons = [rejected.reason for rejected in account.unreadable]
    assert [rejected.line for rejected in account.unreadable] == [3, 5]
    assert all("older than what the ledger already has" in reason for reason in reasons)
    assert desk.story("T1")[-2:] == [
        "ticket.assigned ticket.resolved",
        "ticket.queued ticket.reopened",
    ]


def test_a_row_that_says_something_else_than_before_is_reported_not_recorded(desk: Desk) -> None:
    desk.take(ROWS)
    before = len(contents(desk))

    account = desk.take(ROWS.replace("Front,ayu,Bali", "Front,ayu,Jakarta"))

    assert counts(account) == {"recorded_otherwise": 3}
    assert len(contents(desk)) == before + 1, "only that this batch is complete, too"


def test_a_row_that_stands_twice_is_two_rows_and_the_second_changes_nothing(desk: Desk) -> None:
    lines = ROWS.splitlines(keepends=True)

    account = desk.take(lines[0] + lines[1] + lines[1])

    assert desk.story("T1")[-1] == "ticket.progressed"
    assert counts(account) == {"same_row_twice": 1, "modification_repeated": 1}
    assert desk.take(lines[0] + lines[1] + lines[1]).events == 0


def test_a_number_of_somebody_elses_ticket_is_not_written_to(desk: Desk) -> None:
    desk.take(ROWS)

    account = desk.take(ROWS, MAPPING.replace('source = "desk"', 'source = "other"'))

    assert account.rows_unreadable == account.rows_read == 7
    assert "did not come from other" in account.unreadable[0].reason
    assert not account.finished


def test_unreadable_rows_go_to_the_report_with_line_reason_and_text(desk: Desk) -> None:
    rows = (
        "T1,New,2026-03-01 09:00,yesterday,ayu,0,0,X,Front,?,secret words\n"
        "T1,New,2026-03-01 09:00\n"
        "?,New,2026-03-01 09:00,2026-03-01 09:05,ayu,0,0,X,Front,?,Bali\n"
        f"T1,New,2026-03-01 09:00,2026-03-01 09:05,ayu,0,0,{'X' * 201},Front,?,Bali\n"
        "T1,New,2026-03-01 09:00,2026-03-01 09:05,ayu,zero,0,X,Front,?,Bali\n"
        "T1,New,2026-03-01 09:00,2026-03-01 09:05,ayu,0,0,X,Front,?,Bali\n"
    )

    account = desk.take(rows)

    assert (account.rows_read, account.rows_changed, account.rows_unreadable) == (6, 1, 5)
    assert account.report is not None
    reported = [json.loads(line) for line in account.report.read_text("utf-8").splitlines()]
    assert [(entry["line"], entry["reason"]) for entry in reported] == [
        (2, "column updated is no time in the format %Y-%m-%d %H:%M"),
        (3, "it has 3 columns, the header has 11"),
        (4, "column number is empty: it has no ticket number"),
        (5, "column caller is longer than 200 characters"),
        (6, "column mods is no whole number"),
    ]
    assert reported[0]["row"] == rows.splitlines()[0]
    assert not any("secret words" in rejected.reason for rejected in account.unreadable)
    assert account.report.stat().st_mode & 0o077 == 0


def test_without_unreadable_rows_there_is_no_report(desk: Desk) -> None:
    assert desk.take(ROWS).report is None
    assert not (desk.folder / "report.jsonl").exists()


def test_a_check_tells_what_an_import_will_do_and_writes_nothing(desk: Desk) -> None:
    rehearsed = desk.rehearse(ROWS)
    assert contents(desk) == []

    account = desk.take(ROWS)

    for name in ("rows_changed", "rows_progressed", "tickets", "reopenings", "batch_id"):
        assert getattr(rehearsed, name) == getattr(account, name)
    # An import adds that it is complete.
    assert (rehearsed.saves + 1, rehearsed.events + 1) == (account.saves, account.events)
    assert counts(rehearsed) == counts(account)
    assert desk.rehearse(ROWS).rows_already_recorded == 7


def test_a_check_needs_no_ledger(desk: Desk) -> None:
    with plan(desk.file(ROWS), parsed(MAPPING)) as planned:
        assert check(planned).events == 12


def test_progress_is_told_in_bytes_known_beforehand(desk: Desk) -> None:
    told: list[Progress] = []

    with plan(desk.file(ROWS), parsed(MAPPING)) as planned:
        run(planned, desk.ledger, progress=told.append)

    assert (told[-1].rows, told[-1].fraction) == (7, 1.0)
    assert told[-1].total == (desk.folder / "log.csv").stat().st_size
    assert told[-1].seconds_left == 0


def test_rows_may_be_sorted_by_named_columns(desk: Desk, new_desk: Callable[[str], Desk]) -> None:
    lines = ROWS.splitlines(keepends=True)
    random.Random(7).shuffle(lines)
    mapping = MAPPING + '\n[order]\ncolumns = ["updated", "mods"]\n'

    account = desk.take("".join(lines), mapping)

    ordered = new_desk("ordered")
    ordered.take(ROWS)
    assert desk.story("T1") == ordered.story("T1")
    assert counts(account) == {}


def test_work_on_an_imported_ticket_is_continued_by_a_later_import(desk: Desk) -> None:
    lines = ROWS.splitlines(keepends=True)
    desk.take("".join(lines[:6]))
    ticket = desk.ticket("T1")
    command = Command("c1", "queue", {}, datetime(2026, 3, 1, 18, tzinfo=UTC), "agent:dewi")
    desk.ledger.execute(ticket.id, command, lambda _: [TicketQueued(from_="Front", to="Night")])

    desk.take(ROWS)

    queues = [e.to for _, e in desk.ledger.history(ticket.id) if isinstance(e, TicketQueued)]
    assert queues == ["Front", "Night", "Back"]


class RestlessStore(SQLiteStore):
    """A store in which somebody works on each ticket right after it was looked up."""

    works_left = 0

    def load(self, subject: str, after_sequence: int = 0) -> Tail:
        tail = super().load(subject, after_sequence)
        if self.works_left:
            self.works_left -= 1
            moment = datetime(2026, 3, 1, tzinfo=UTC)
            command = Command(f"work-{self.works_left}", "work", {}, moment, "agent:dewi")
            work = TicketProgressed(kind=WorkKind.CALL)
            Ledger(self, TICKETS).execute(subject, command, lambda _: [work])
        return tail


@pytest.fixture
def restless(desk: Desk) -> Iterator[RestlessStore]:
    """The desk's ledger after three rows, in the hands of others."""
    desk.take("".join(ROWS.splitlines(keepends=True)[:3]))
    store = RestlessStore.open(desk.folder / "ledger", application=TICKETS)
    yield store
    store.close()


def test_a_rival_on_the_same_ticket_is_noticed_and_the_import_goes_on(
    desk: Desk, restless: RestlessStore
) -> None:
    restless.works_left = 1

    with plan(desk.file(ROWS), parsed(MAPPING)) as planned:
        account = run(planned, Ledger(restless, TICKETS), processes=1)

    assert (account.rows_already_recorded, account.rows_read) == (3, 7)
    assert desk.story("T1")[3:] == [
        "ticket.progressed",
        "ticket.progressed",
        "ticket.resolved",
        "ticket.queued ticket.reopened",
    ]
    assert account.finished


def test_an_import_that_is_overtaken_for_ever_says_so(desk: Desk, restless: RestlessStore) -> None:
    restless.works_left = 10**6

    with (
        plan(desk.file(ROWS), parsed(MAPPING)) as planned,
        pytest.raises(KeepsBeingOvertaken, match="repeat the import"),
    ):
        run(planned, Ledger(restless, TICKETS), processes=1)


def test_two_processes_record_what_one_records(desk: Desk, new_desk: Callable[[str], Desk]) -> None:
    rows = ROWS + ROWS.replace("T1", "T3").replace("T2", "T4")
    other = new_desk("other")

    accounts = []
    for where, processes in ((desk, 1), (other, 2)):
        with plan(where.file(rows + "short,row\n"), parsed(MAPPING)) as planned:
            accounts.append(
                run(
                    planned,
                    where.ledger,
                    processes=processes,
                    report=where.folder / "report.jsonl",
                )
            )

    assert contents(desk) == contents(other)
    for account in accounts:
        account.seconds, account.report = 0, None
    assert accounts[0] == accounts[1]
    assert (
        Path(other.folder / "report.jsonl").read_text()
        == (desk.folder / "report.jsonl").read_text()
    )
