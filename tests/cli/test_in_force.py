"""Every save of a ticket on the command line goes by the policy in force."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.policies.policy import Policy
from tests.cli.calling import Terminal
from tests.cli.logged import publish_policy
from tests.domain.clocked import POLICY

pytestmark = pytest.mark.unit


@pytest.fixture
def ruled(terminal: Terminal) -> Terminal:
    """A ledger with a policy: replies in 15 minutes and 4 hours, a solution in a day."""
    publish_policy(terminal.ledger)
    return terminal


def kept(terminal: Terminal, number: str) -> dict[str, dict[str, Any]]:
    """The clocks of a ticket, by their names."""
    shown = terminal.done("ticket", "show", number, "--json").object
    return {clock["metric"]: clock for clock in shown["clocks"]}


def policy_of(**changes: Any) -> Policy:
    """The policy with some of its parts changed."""
    return POLICY.model_copy(
        update={
            name: getattr(POLICY, name).model_copy(update=update)
            for name, update in changes.items()
        }
    )


def test_without_a_policy_a_ticket_has_no_clocks(terminal: Terminal) -> None:
    outcome = terminal.done("ticket", "open", "--subject", "A case", "--json").object

    shown = terminal.done("ticket", "show", outcome["number"], "--json").object
    assert outcome["events"] == ["ticket.opened"]
    assert (shown["policy"], shown["clocks"]) == (None, [])


def test_opening_starts_the_clocks_in_the_same_save(ruled: Terminal) -> None:
    outcome = ruled.done("ticket", "open", "--subject", "A case", "--json").object

    shown = ruled.done("ticket", "show", outcome["number"], "--json").object
    assert outcome["events"] == ["ticket.opened", "sla.applied", "sla.started", "sla.started"]
    assert (shown["policy"], shown["policy_version"]) == ("travel", 1)
    assert kept(ruled, outcome["number"]).keys() == {"first_reply", "resolution"}


def test_a_reply_stops_its_clock_in_the_same_save(ruled: Terminal) -> None:
    number = ruled.opened()

    outcome = ruled.done("ticket", "reply", number, "We are at it.", "--json").object

    assert "sla.fulfilled" in outcome["events"]
    assert kept(ruled, number).keys() == {"resolution"}


def test_a_customers_message_that_finds_its_case_starts_the_next_clock(ruled: Terminal) -> None:
    number = ruled.opened("--customer", "C7", "--order", "O1")
    ruled.done("ticket", "reply", number, "We are at it.")

    outcome = ruled.done("customer", "message", "C7", "And?", "--order", "O1", "--json").object

    assert outcome["events"] == ["message.received", "sla.started"]


def test_a_case_that_a_message_opens_has_clocks(ruled: Terminal) -> None:
    outcome = ruled.done("customer", "message", "C7", "hello", "--json").object

    assert outcome["events"][:2] == ["ticket.opened", "sla.applied"]


def test_a_ticket_from_before_the_policy_comes_under_it_with_a_claim(terminal: Terminal) -> None:
    number = terminal.opened("--priority", "high")
    publish_policy(terminal.ledger)

    terminal.done("queue", "next", "--agent", "budi")

    history = terminal.done("ticket", "history", number, "--json").objects
    assert [one["type"].split(".", 1)[1] for one in history][1:3] == [
        "ticket.assigned.v1",
        "sla.applied.v1",
    ]


def test_a_ticket_keeps_the_version_that_it_began_with(ruled: Terminal) -> None:
    old = ruled.opened()
    publish_policy(ruled.ledger, policy_of(promises={"default_seconds": 3600}), key="p2")
    new = ruled.opened()

    for number in (old, new):
        ruled.done("ticket", "note", number, "hello")

    versions = [ruled.done("ticket", "show", one, "--json").object for one in (old, new)]
    assert [one["policy_version"] for one in versions] == [1, 2]


def test_the_default_promise_is_the_policys(terminal: Terminal) -> None:
    publish_policy(terminal.ledger, policy_of(promises={"default_seconds": 3600}))
    number = terminal.opened("--at", "2026-03-01T09:00Z", "--command-id", "o")

    at = ("--at", "2026-03-01T10:00Z", "--command-id", "r")
    terminal.done("ticket", "reply", number, "We are at it.", *at)

    shown = terminal.done("ticket", "show", number, "--json").object
    assert shown["next_update_by"] == "2026-03-01T11:00:00.000000Z"


@pytest.mark.parametrize(
    ("hours", "code"), [(1, 0), (3, 10)], ids=["within its window", "after its window"]
)
def test_the_reopening_window_is_the_policys(terminal: Terminal, hours: int, code: int) -> None:
    publish_policy(terminal.ledger, policy_of(waiting={"reopening_window_seconds": 7200}))
    number = terminal.opened("--at", "2026-03-01T09:00Z", "--command-id", "o")
    for verb in ("resolve", "close"):
        at = ("--at", "2026-03-01T10:00Z", "--command-id", verb)
        terminal.done("ticket", verb, number, *at)

    later = datetime.fromisoformat("2026-03-01T10:00Z") + timedelta(hours=hours)
    answer = terminal(
        *("ticket", "reopen", number, "--at", later.isoformat(), "--command-id", "back")
    )

    assert answer.code == code


def test_the_window_decides_whether_a_message_reopens_or_opens(terminal: Terminal) -> None:
    publish_policy(terminal.ledger, policy_of(waiting={"reopening_window_seconds": 7200}))
    number = terminal.opened("--customer", "C7", "--at", "2026-03-01T09:00Z", "--command-id", "o")
    for verb in ("resolve", "close"):
        at = ("--at", "2026-03-01T10:00Z", "--command-id", verb)
        terminal.done("ticket", verb, number, *at)

    late = ("--at", "2026-03-01T13:00Z", "--command-id", "m", "--about", number)
    outcome = terminal.done("customer", "message", "C7", "And?", *late, "--json").object

    shown = terminal.done("ticket", "show", outcome["number"], "--json").object
    assert shown["follows"] == number


def test_a_merge_ends_the_clocks_of_the_source(ruled: Terminal) -> None:
    source, target = ruled.opened(), ruled.opened()

    outcome = ruled.done("ticket", "merge", source, "--into", target, "--json").object

    assert outcome["events"].count("sla.cancelled") == 2
    assert kept(ruled, source) == {}
    assert kept(ruled, target).keys() == {"first_reply", "resolution"}


def test_the_history_tells_of_clocks_in_plain_words(ruled: Terminal) -> None:
    number = ruled.opened("--at", "2026-03-01T09:00Z", "--command-id", "o")
    ruled.done("ticket", "reply", number, "Yes.", "--at", "2026-03-01T09:10Z", "--command-id", "r")

    told = " ".join(ruled.done("ticket", "history", number).out.split())
    assert "policy applied travel, version 1, everyone" in told
    assert "clock started first reply, due 2026-03-01 09:15" in told
    assert "clock fulfilled first reply, after 10 min, due 2026-03-01 09:15" in told


def test_people_are_shown_what_runs_and_what_stands_still(ruled: Terminal) -> None:
    number = ruled.opened("--at", "2026-03-01T09:00Z", "--command-id", "o")
    shown = ruled.done("ticket", "show", number).out
    asked = ("--at", "2026-03-01T09:10Z", "--command-id", "r")
    ruled.done("ticket", "reply", number, "Which flight?", "--ask", *asked)
    later = ruled.done("ticket", "show", number).out

    assert "first reply  runs, due Sun 1 Mar 2026, 09:15" in shown
    assert "policy       travel, version 1, everyone" in shown
    assert "resolution   paused at 10 min" in later


def test_looking_at_a_ticket_loads_no_model_with_a_policy_or_without(ruled: Terminal) -> None:
    number = ruled.opened()
    line = ["--ledger", str(ruled.ledger), "ticket", "show", number]
    program = (
        f"import sys; from cli.main import run; run({line!r}); "
        "print([name for name in sys.modules if name.startswith(('pydantic', 'domain.policies'))])"
    )

    shown = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    )

    assert shown.stdout.splitlines()[-1] == "[]"
