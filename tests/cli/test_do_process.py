"""A process that takes commands line by line: other programs talk to it, and may lose it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calling import Terminal
from tests.cli.logged import logged, publish_policy

pytestmark = pytest.mark.contract

ROOT = Path(__file__).resolve().parents[2]
COUNT = 600
SOME = 100


def key(number: int) -> dict[str, str]:
    """What makes a line repeatable."""
    return {"command_id": f"k{number}", "at": "2026-03-05T10:00Z", "as": "customer:C7"}


@contextmanager
def writer(ledger: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that takes commands on its stdin."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ticketledger", "--ledger", str(ledger), "do", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )
    try:
        with process:
            yield process
    finally:
        process.kill()


def ask(process: subprocess.Popen[bytes], line: dict[str, Any]) -> dict[str, Any]:
    """Write one line and wait for its answer before anything else is written."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(line).encode() + b"\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def test_a_program_can_wait_for_each_answer_and_go_on_with_it(terminal: Terminal) -> None:
    with writer(terminal.ledger) as process:
        opened = ask(process, {"do": "ticket.open", "customer": "C7", **key(1)})
        note = {"do": "ticket.note", "ticket": opened["number"], "text": "hello"}
        answers = [ask(process, note | key(number)) for number in (2, 3, 2)]
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0

    assert [one["outcome"] for one in answers] == ["ok", "ok", "repeated"]
    assert {one["number"] for one in answers} == {opened["number"]}


def test_a_policy_that_is_published_meanwhile_holds_for_the_next_line(terminal: Terminal) -> None:
    new = {"do": "ticket.open", "customer": "C7"}
    with writer(terminal.ledger) as process:
        before = ask(process, new | key(1))
        publish_policy(terminal.ledger)
        after = ask(process, new | key(2))

    assert (before["events"], after["events"][:2]) == (
        ["ticket.opened"],
        ["ticket.opened", "sla.applied"],
    )


def test_half_a_line_waits_for_its_other_half(terminal: Terminal) -> None:
    line = json.dumps({"do": "ticket.open", "customer": "C7", **key(1)}).encode()

    with writer(terminal.ledger) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for part in (line[:20], line[20:] + b"\n" + line[:5]):
            process.stdin.write(part)
            process.stdin.flush()
        assert json.loads(process.stdout.readline())["outcome"] == "ok"
        process.stdin.write(line[5:])  # The last line need not end.
        process.stdin.close()
        assert json.loads(process.stdout.readline())["outcome"] == "repeated"


def test_what_a_killed_process_left_is_finished_by_repeating_everything(terminal: Terminal) -> None:
    number = terminal.opened("--command-id", "o", "--at", "2026-03-01T09:00Z")
    lines = [
        {"do": "ticket.note", "ticket": number, "text": f"note {place}", **key(place)}
        if place % 3
        else {"do": "ticket.split", "ticket": number, "subject": f"more {place}", **key(place)}
        for place in range(COUNT)
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    file = terminal.ledger.with_name("lines.jsonl")
    file.write_text(text, "utf-8")

    with writer(terminal.ledger) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(text.encode()[: len(text) // 2])
        process.stdin.flush()
        answered = [json.loads(process.stdout.readline()) for _ in range(SOME)]
        process.kill()
    before = len(logged(terminal.ledger))
    again = terminal.done("do", str(file)).objects

    assert [one["outcome"] for one in answered] == ["ok"] * SOME
    assert before >= SOME
    outcomes = Counter(one["outcome"] for one in again)
    assert outcomes.keys() == {"ok", "repeated"}
    assert outcomes["repeated"] >= SOME
    assert [one["line"] for one in again] == list(range(1, COUNT + 1))
    splits = len(range(0, COUNT, 3))
    assert len(logged(terminal.ledger)) == 1 + COUNT + splits
    assert Counter(one.type.split(".", 1)[1] for one in logged(terminal.ledger)) == {
        "ticket.opened.v1": 1 + splits,
        "note.added.v1": COUNT - splits,
        "ticket.split.v1": splits,
    }
