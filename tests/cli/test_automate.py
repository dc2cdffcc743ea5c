"""The noun `automate`, and `ticket why`: acting by the policy, and explaining what came of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.calling import Terminal
from tests.consumers.desk import short

ROOT = Path(__file__).resolve().parents[2]
DESK = """\
id = "desk"
title = "Desk"

[queues.first]
[queues.finance]

[routing]
default_queue = "first"

[[routing.rules]]
name = "money"
when = { keywords = ["refund"] }
queue = "finance"

[[targets]]
name = "everyone"
first_reply = { within = "15m", warn_after = "10m" }
"""


@pytest.fixture
def desk(terminal: Terminal, tmp_path: Path) -> Terminal:
    """A ledger with a policy, two agents and a ticket of half an hour ago."""
    file = tmp_path / "desk.toml"
    file.write_text(DESK, encoding="utf-8")
    terminal.done("policy", "publish", str(file))
    terminal.done("agent", "online", "ayu")
    terminal.done("agent", "offline", "budi")
    terminal.done("ticket", "open", "--customer", "C1", "--subject", "my refund?", "--at", "30m")
    return terminal


def number_of(desk: Terminal) -> str:
    [ticket] = desk.done("ticket", "list", "--json").objects
    return str(ticket["number"])


def test_one_round_records_what_is_due_and_gives_out_what_waits(desk: Terminal) -> None:
    done = desk.done("automate", "run", "--json").object

    assert done == {"fired": 2, "placed": 1, "missing": 0}
    kinds = [
        one["type"] for one in desk.done("ticket", "history", number_of(desk), "--json").objects
    ]
    assert [short(kind) for kind in kinds[-4:]] == [
        "sla.warned",
        "sla.breached",
        "ticket.queued",
        "ticket.assigned",
    ]
    assert desk.done("automate", "run", "--once").out == (
        "automation: 0 saves of what was due, 0 of routing\n"
    )


def test_why_tells_rule_version_agent_the_others_targets_and_what_is_due(desk: Terminal) -> None:
    desk.done("automate", "run")

    told = desk.done("ticket", "why", number_of(desk), "--json").object

    assert (told["policy"], told["version"], told["owner"]) == ("desk", 1, "ayu")
    [decision] = told["decisions"]
    assert decision["by"] == "rule:desk@1"
    assert (decision["rule"], decision["queue"], decision["agent"]) == ("money", "finance", "ayu")
    assert decision["passed_over"] == [{"why": "offline", "agents": ["budi"]}]
    assert told["targets"]["rule"] == "everyone"
    assert [one["metric"] for one in told["targets"]["clocks"]] == ["first_reply"]
    words = desk.done("ticket", "why", number_of(desk)).out
    assert "not budi: offline" in words
    assert "by rule money" in words


def test_why_says_what_is_due_next_before_anything_was_done(terminal: Terminal) -> None:
    terminal.done("ticket", "open", "--customer", "C1")

    words = terminal.done("ticket", "why", number_of(terminal)).out

    assert "policy         none is published" in words
    assert "routing        no rule has decided about it" in words
    assert "due            nothing, unless something happens" in words


def test_what_falls_due_is_listed_from_the_schedule(desk: Terminal) -> None:
    desk.done("ticket", "open", "--customer", "C2")
    desk.done("automate", "run")

    soon = desk.done("automate", "due", "--within", "20m", "--json").objects

    assert [(one["kind"], one["name"]) for one in soon] == [
        ("warning", "first_reply"),
        ("breach", "first_reply"),
    ]
    assert desk.done("automate", "due", "--within", "1m").out == "nothing falls due then\n"


def test_the_status_says_how_far_it_is_and_that_nobody_runs_it(desk: Terminal) -> None:
    before = desk.done("automate", "status", "--json").object
    assert (before["position"], before["at_work"]) == (0, False)
    assert before["lag_events"] == before["last_position"] > 0
    desk.done("automate", "run")

    after = desk.done("automate", "status", "--json").object

    # What it recorded itself it reads in its next round.
    assert (after["touched"], after["overdue"], after["aside"]) == (0, 0, [])
    answer = desk("automate", "status", "--check")
    assert answer.code == 75
    assert "start one: ticketledger --ledger" in answer.err


def test_a_rebuild_makes_the_schedule_anew_and_records_nothing(desk: Terminal) -> None:
    desk.done("automate", "run")
    before = desk.done("automate", "status", "--json").object

    desk.done("automate", "rebuild")

    after = desk.done("automate", "status", "--json").object
    assert after["last_position"] == before["last_position"]
    assert (after["duties"], after["tickets"]) == (before["duties"], before["tickets"])


def test_without_a_policy_it_says_that_nothing_is_due(terminal: Terminal) -> None:
    answer = terminal("automate", "run")

    assert answer.code == 0
    assert "no policy is published, so nothing is due" in answer.err


def test_on_and_on_and_once_exclude_each_other(terminal: Terminal) -> None:
    assert terminal("automate", "run", "--once", "--follow").code == 2


def test_the_doctor_says_when_nobody_runs_it(desk: Terminal) -> None:
    found = {one["what"]: one for one in desk.done("doctor", "--json").objects}

    assert found["automation"]["verdict"] == "risky"
    assert "automate run --follow" in found["automation"]["advice"]


@pytest.mark.e2e
def test_a_follower_is_at_work_until_it_is_asked_to_stop(desk: Terminal) -> None:
    program = [sys.executable, "-m", "ticketledger", "--ledger", str(desk.ledger)]
    follower = subprocess.Popen(
        [*program, "automate", "run", "--follow"], cwd=ROOT, env=dict(os.environ)
    )
    try:
        deadline = time.monotonic() + 60
        while desk("automate", "status", "--check").code:
            assert time.monotonic() < deadline
        while not desk.done("ticket", "why", number_of(desk), "--json").object["owner"]:
            assert time.monotonic() < deadline
        follower.send_signal(signal.SIGTERM)
        assert follower.wait(timeout=60) == 0
    finally:
        follower.kill()
        follower.wait()

    assert desk("automate", "status", "--check").code == 75
