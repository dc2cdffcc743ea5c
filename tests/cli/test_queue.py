"""Agents see what to do next and take it; nobody gets what another one has."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli import queue_next
from cli.views import Row, Views, views
from tests.cli.calling import Terminal

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
DEPTH_FIELDS = {
    "queue",
    "unresolved",
    "new",
    "open",
    "pending",
    "on_hold",
    "unassigned",
    "urgent",
    "overdue",
    "at_risk",
    "oldest_since",
}


@pytest.fixture
def waiting(terminal: Terminal) -> dict[str, str]:
    """Three tickets that wait: an urgent one and an old one in a queue, one in none."""
    numbers = {}
    for name, day, priority, queue in (
        ("old", "2026-03-01", "low", "Refunds"),
        ("urgent", "2026-03-02", "critical", "Refunds"),
        ("elsewhere", "2026-03-03", "high", None),
    ):
        numbers[name] = terminal.opened(
            *("--priority", priority, "--command-id", name, "--at", f"{day}T09:00")
        )
        if queue:
            terminal.done("ticket", "queue", numbers[name], queue, "--at", f"{day}T09:05")
    return numbers


def test_tickets_are_listed_in_the_order_in_which_to_take_them(
    terminal: Terminal, waiting: dict[str, str]
) -> None:
    rows = terminal.done("queue", "list", "--queue", "Refunds", "--json").objects

    assert [row["number"] for row in rows] == [waiting["urgent"], waiting["old"]]
    assert [row["rank"] for row in rows] == [1, 2]
    assert "critical" in rows[0]["why"]
    assert waiting["elsewhere"] in terminal.done("queue", "list").out


def test_the_list_can_be_narrowed(terminal: Terminal, waiting: dict[str, str]) -> None:
    terminal.done("ticket", "assign", waiting["old"], "--to", "budi")

    def numbers(*words: str) -> set[str]:
        rows = terminal.done("queue", "list", *words, "--json").objects
        return {row["number"] for row in rows}

    assert numbers("--owner", "budi") == {waiting["old"]}
    assert numbers("--unassigned") == {waiting["urgent"], waiting["elsewhere"]}
    assert numbers("--at-risk") == set()
    assert len(numbers("--limit", "1")) == 1


def test_the_depth_of_each_queue_is_told(terminal: Terminal, waiting: dict[str, str]) -> None:
    rows = terminal.done("queue", "depth", "--json").objects

    assert [(row["queue"], row["unresolved"], row["urgent"]) for row in rows] == [
        ("Refunds", 2, 1),
        (None, 1, 1),
    ]
    assert set(rows[0]) == DEPTH_FIELDS
    assert "(no queue)" in terminal.done("queue", "depth").out
    assert "Refunds" in terminal.done("queue", "show", "Refunds").out


def test_a_queue_can_be_seen_as_it_stood(terminal: Terminal, waiting: dict[str, str]) -> None:
    terminal.done("ticket", "resolve", waiting["old"], "--at", "2026-03-02T12:00")

    def at(moment: str, *words: str) -> list[Row]:
        return terminal.done("queue", "at", moment, *words, "--json").objects

    assert [row["unresolved"] for row in at("2026-03-01T12:00")] == [1]
    assert [row["unresolved"] for row in at("2026-03-02T11:00")] == [2]
    assert [row["unresolved"] for row in at("2026-03-02T13:00")] == [1]
    [row] = at("2026-03-02T13:00", "--queue", "Refunds")
    assert row["number"] == waiting["urgent"]
    assert at("2026-02-01") == []
    assert "nothing was unresolved" in terminal.done("queue", "at", "2026-02-01").out
    assert terminal("queue", "at", "noon").code == 2


def test_the_agents_desks_are_told_now_and_then(
    terminal: Terminal, waiting: dict[str, str]
) -> None:
    terminal.done("ticket", "assign", waiting["old"], "--to", "budi", "--at", "2026-03-02T10:00")

    [now] = terminal.done("queue", "agents", "--json").objects
    [then] = terminal.done("queue", "agents", "--at", "2026-03-02T11:00", "--json").objects

    assert (now["agent"], now["active"], now["oldest"]) == ("budi", 1, waiting["old"])
    assert set(then) == set(now)
    assert terminal.done("queue", "agents", "--at", "2026-03-01T12:00", "--json").objects == []
    assert "budi" in terminal.done("queue", "agents").out


def test_the_best_ticket_is_taken_first(terminal: Terminal, waiting: dict[str, str]) -> None:
    taken = [
        terminal.done("queue", "next", "--agent", "budi", "--json").object["number"]
        for _ in range(3)
    ]

    assert taken == [waiting["urgent"], waiting["elsewhere"], waiting["old"]]
    answer = terminal("queue", "next", "--agent", "budi")
    assert answer.code == 80
    assert "budi" in answer.err


def test_a_claim_says_who_took_it_and_how(terminal: Terminal, waiting: dict[str, str]) -> None:
    claimed = terminal.done("queue", "next", "--queue", "Refunds", "--json").object

    last = terminal.done("ticket", "history", waiting["urgent"], "--json").objects[-1]
    assert claimed["agent"] == "ayu"  # whoever TICKETLEDGER_ACTOR says
    assert last["data"] == {"to": "ayu", "method": "claim"}
    assert last["actor"] == "agent:ayu"


def test_tickets_that_wait_for_somebody_else_are_not_given_out(terminal: Terminal) -> None:
    number = terminal.opened("--customer", "C7")
    terminal.done("ticket", "reply", number, "Which flight?", "--ask")

    assert terminal("queue", "next").code == 80


def test_who_loses_a_ticket_gets_the_next_one(
    terminal: Terminal, waiting: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:

    @contextmanager
    def views_that_are_outrun(*names: str) -> Iterator[Views]:
        with views(*names) as seen:
            terminal.done("ticket", "assign", waiting["urgent"], "--to", "citra")
            yield seen

    monkeypatch.setattr(queue_next, "views", views_that_are_outrun)

    taken = terminal.done("queue", "next", "--agent", "budi", "--json").object

    assert taken["number"] == waiting["elsewhere"]


def test_agents_who_ask_at_once_never_get_the_same_ticket(terminal: Terminal) -> None:
    numbers = {terminal.opened() for _ in range(4)}
    terminal.done("queue", "depth")
    line = [sys.executable, "-m", "ticketledger", "--ledger", str(terminal.ledger), "queue", "next"]

    asking = [
        subprocess.Popen(
            [*line, "--agent", f"agent-{number}", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        for number in range(4)
    ]
    answers = [process.communicate() for process in asking]

    assert [process.returncode for process in asking] == [0, 0, 0, 0], answers
    assert {json.loads(out)["number"] for out, _ in answers} == numbers


def test_tickets_are_listed_with_filters(terminal: Terminal, waiting: dict[str, str]) -> None:
    terminal.done("ticket", "resolve", waiting["old"])

    def listed(*words: str) -> list[str]:
        rows = terminal.done("ticket", "list", *words, "--json").objects
        return [row["number"] for row in rows]

    assert listed() == [waiting["elsewhere"], waiting["urgent"], waiting["old"]]
    assert listed("--unresolved") == [waiting["elsewhere"], waiting["urgent"]]
    assert listed("--status", "resolved") == [waiting["old"]]
    assert listed("--queue", "Refunds", "--limit", "1") == [waiting["urgent"]]
    assert listed("--customer", "nobody") == []
    assert "no ticket is like that" in terminal.done("ticket", "list", "--owner", "nobody").out


def test_a_queue_that_nobody_knows_is_told_with_those_near_it(
    terminal: Terminal, waiting: dict[str, str]
) -> None:
    for words in (
        ("queue", "list", "--queue", "refund"),
        ("queue", "show", "refund"),
        ("queue", "at", "2026-03-02T11:00", "--queue", "refund"),
        ("queue", "next", "--queue", "refund"),
        ("ticket", "list", "--queue", "refund"),
    ):
        answer = terminal(*words)
        assert answer.code == 85
        assert answer.out == ""
        assert "there is no queue refund; near it: Refunds" in answer.err
    assert "queue depth" in terminal("queue", "show", "X").err


def test_a_queue_that_has_run_empty_is_still_known(
    terminal: Terminal, waiting: dict[str, str]
) -> None:
    for name in ("old", "urgent"):
        terminal.done("ticket", "queue", waiting[name], "Other")

    assert terminal.done("queue", "list", "--queue", "Refunds", "--json").objects == []
    assert terminal("queue", "next", "--queue", "Refunds").code == 80


def test_a_claim_that_is_repeated_takes_no_second_ticket(
    terminal: Terminal, waiting: dict[str, str]
) -> None:
    words = ("queue", "next", "--agent", "budi", "--command-id", "k", "--at", "2026-03-05T09:00")

    first = terminal.done(*words, "--json").object
    again = terminal.done(*words, "--json").object

    assert first["number"] == again["number"] == waiting["urgent"]
    assert (first["command_id"], first["position"]) == (again["command_id"], again["position"])
    history = terminal.done("ticket", "history", waiting["urgent"], "--json").objects
    assert history[-1]["time"] == "2026-03-05T09:00:00.000000Z"
    assert "recorded before" in terminal.done(*words).out
    other = terminal(*words[:3], "citra", *words[4:])
    assert other.code == 53


def test_promises_that_fall_due_are_listed_the_missed_ones_first(terminal: Terminal) -> None:
    numbers = [terminal.opened("--customer", f"C{number}") for number in range(3)]
    for number, span in zip(numbers, ("30h", "2h", "10h"), strict=True):
        terminal.done("ticket", "reply", number, "We are at it.", "--next-update-by", span)

    def due(*words: str) -> list[str]:
        rows = terminal.done("queue", "promises", *words, "--json").objects
        return [row["number"] for row in rows]

    assert due() == [numbers[1], numbers[2]]
    assert due("--within", "5h") == [numbers[1]]
    assert due("--within", "any", "--owner", "nobody-of-us") == []
    assert len(due("--within", "any")) == 3
    assert numbers[1] in terminal.done("queue", "promises").out
    assert "no promise" in terminal.done("queue", "promises", "--within", "1m").out
