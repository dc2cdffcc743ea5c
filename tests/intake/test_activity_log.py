"""A log of another shape: case id, activity, timestamp; and the how-to that maps it."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.application import TICKETS
from domain.events import MessageReceived, TicketEscalated, TicketReopened, TicketResolved
from domain.values import Channel, Level, Status
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from intake.csv_import import Account, plan, run
from intake.errors import MappingInvalid
from intake.mapping_file import parse_mapping, read_mapping
from tests.intake.conftest import Desk

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "activity-log"
HOW_TO = (ROOT / "docs" / "how-to" / "write-a-mapping.md").read_text("utf-8")


@pytest.fixture
def refunds(tmp_path: Path) -> Iterator[Desk]:
    """The example log, imported."""
    folder = tmp_path / "refunds"
    store = SQLiteStore.create(folder, name="refunds", time_zone="UTC", application=TICKETS)
    yield Desk(tmp_path, Ledger(store, TICKETS))
    store.close()


def take(desk: Desk) -> Account:
    with plan(EXAMPLE / "refunds.csv", read_mapping(EXAMPLE / "mapping.toml")) as planned:
        return run(planned, desk.ledger)


def test_activities_become_the_events_that_the_mapping_says(refunds: Desk) -> None:
    account = take(refunds)

    assert refunds.story("R-1001") == [
        "ticket.opened ticket.imported",
        "ticket.assigned",
        "ticket.status_changed",
        "message.received",
        "ticket.progressed",
        "ticket.resolved",
        "ticket.closed",
    ]
    assert refunds.story("R-1002")[-2:] == ["ticket.reopened", "ticket.resolved"]
    assert (account.rows_read, account.rows_changed, account.rows_progressed) == (21, 20, 1)
    assert (account.tickets, account.reopenings) == (3, 1)


def test_an_activity_that_nobody_translated_is_kept_and_reported(refunds: Desk) -> None:
    account = take(refunds)

    assert {kind: oddity.count for kind, oddity in account.oddities.items()} == {
        "activity_unknown": 1
    }
    assert account.oddities["activity_unknown"].examples[0].line == 22
    assert refunds.ticket("R-1003").fields["activity"] == "Gift card added"
    assert refunds.ticket("R-1003").status is Status.RESOLVED


def test_whoever_picks_a_case_up_owns_it_and_others_only_work_on_it(refunds: Desk) -> None:
    take(refunds)
    ticket = refunds.ticket("R-1003")
    events = [event for _, event in refunds.ledger.history(ticket.id)]

    assert (ticket.owner, ticket.level, ticket.channel) == ("maya", Level.MANAGER, Channel.WEB_FORM)
    [resolved] = [event for event in events if isinstance(event, TicketResolved)]
    assert (resolved.resolver, resolved.performed_by) == ("maya", "tariq")
    [escalated] = [event for event in events if isinstance(event, TicketEscalated)]
    assert escalated.performed_by == "maya"


def test_a_customers_message_knows_the_status_it_met(refunds: Desk) -> None:
    take(refunds)
    events = [event for _, event in refunds.ledger.history(refunds.ticket("R-1001").id)]

    [message] = [event for event in events if isinstance(event, MessageReceived)]
    assert (message.status, message.channel) == (Status.PENDING, Channel.WEB_FORM)
    again = [e for _, e in refunds.ledger.history(refunds.ticket("R-1002").id)]
    assert [e.prior_resolver for e in again if isinstance(e, TicketReopened)] == ["noor"]


def test_importing_it_again_adds_nothing(refunds: Desk) -> None:
    take(refunds)

    again = take(refunds)

    assert (again.events, again.rows_already_recorded) == (0, 21)
    assert (again.rows_changed, again.rows_progressed) == (20, 1)


def test_the_how_to_shows_the_example_as_it_is() -> None:
    log = (EXAMPLE / "refunds.csv").read_text("utf-8")
    mapping = tomllib.loads((EXAMPLE / "mapping.toml").read_text("utf-8"))
    shown = re.findall(r"```toml\n(.*?)```", HOW_TO, re.DOTALL)

    [rows] = re.findall(r"```\n(case_id.*?)```", HOW_TO, re.DOTALL)
    assert log.startswith(rows)
    first, second = (tomllib.loads(block) for block in shown)
    assert first == {name: table for name, table in mapping.items() if name != "activities"}
    assert second["activities"].items() <= mapping["activities"].items()


def test_the_mistake_in_the_how_to_is_answered_as_it_says() -> None:
    text = (EXAMPLE / "mapping.toml").read_text("utf-8").replace("number =", "nummer =")
    [promised] = re.findall(r"error: (mapping.toml, line .*?updated_at)", HOW_TO)

    with pytest.raises(MappingInvalid) as caught:
        parse_mapping(text, path="mapping.toml")

    assert promised in str(caught.value)


@pytest.mark.e2e
def test_every_command_of_the_how_to_runs_as_it_stands(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "examples" / "activity-log")
    commands = re.findall(r"^ticketledger (.*)$", HOW_TO, re.MULTILINE)
    assert len(commands) == 4

    answers = [
        subprocess.run(
            [sys.executable, "-m", "ticketledger", *command.split()],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        for command in commands
    ]

    assert [answer.stderr for answer in answers if answer.returncode] == []
    assert "reopened" in answers[-1].stdout


PLAIN = """\
number,opened_at,updated_at,updated_by,status,requester,channel,category,priority,queue,owner
P1,2026-03-01T09:00Z,2026-03-01T09:05Z,ayu,new,X,phone,Refund,high,Front,ayu
P1,2026-03-01T09:00Z,2026-03-01T10:00Z,ayu,resolved,X,phone,Refund,high,Front,ayu
"""


def test_a_log_in_our_own_words_needs_no_mapping_of_ones_own(desk: Desk) -> None:
    path = desk.folder / "plain.csv"
    path.write_text(PLAIN, "utf-8")

    with plan(path, read_mapping("plain")) as planned:
        account = run(planned, desk.ledger)

    assert (account.rows_changed, account.oddities) == (2, {})
    assert desk.ticket("P1").status is Status.RESOLVED
    assert desk.ticket("P1").category == ("Refund",)
