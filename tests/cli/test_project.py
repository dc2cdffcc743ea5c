"""Projectors are run, stopped and looked after from the command line."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from subprocess import Popen

import pytest

from consumers.standing import status
from projections.definition import projection_names
from tests.cli.calling import Terminal

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]

LOADED_BY_A_SIGNAL = """
import os, signal, sys
from ticketledger import main
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
os.kill(os.getpid(), signal.SIGTERM)
main()
"""
"""The program, to which a signal comes before it has loaded anything."""


def follower(ledger: Path, *names: str) -> Popen[str]:
    """A process that follows."""
    line = [sys.executable, "-m", "ticketledger", "--ledger", str(ledger), "project", "run"]
    return Popen(
        [*line, *names, "--follow"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def spoil(ledger: Path, position: int) -> None:
    """Make one event of the log unreadable."""
    connection = sqlite3.connect(ledger / "ledger.sqlite")
    with connection:
        connection.execute(
            "UPDATE event SET body = CAST('{\"broken\":' AS BLOB) WHERE position = ?", (position,)
        )
    connection.close()


def test_children_stop_cleanly_when_their_parent_is_killed(terminal: Terminal) -> None:
    terminal.opened()
    with follower(terminal.ledger) as parent:
        assert parent.stderr is not None
        told = [parent.stderr.readline() for _ in range(1 + len(projection_names()))]
        assert all("follows the log" in line for line in told)
        parent.kill()
        # The end of the stream comes when the last child has let go of it.
        assert parent.stderr.read() == ""

    assert {one.holder for one in status(terminal.ledger)} == {None}
    assert {one.stopped_by for one in status(terminal.ledger)} == {None}
    terminal.done("project", "run")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("names", [(), ("recontact",)])
def test_a_signal_ends_followers_cleanly_as_soon_as_they_have_said_so(
    terminal: Terminal, number: signal.Signals, names: tuple[str, ...]
) -> None:
    with follower(terminal.ledger, *names) as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(number)
        process.communicate()

    assert process.returncode == 0
    assert {one.holder for one in status(terminal.ledger)} == {None}


def test_a_signal_that_comes_while_the_program_is_loaded_ends_it_like_a_later_one(
    terminal: Terminal,
) -> None:
    line = ["--ledger", str(terminal.ledger), "project", "run", "recontact", "--follow"]

    done = subprocess.run(
        [sys.executable, "-c", LOADED_BY_A_SIGNAL, *line],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout.count("recontact")) == (0, 1), done.stderr


def test_what_comes_before_an_unreadable_event_is_published_and_the_status_says_stopped(
    terminal: Terminal,
) -> None:
    numbers = [terminal.opened() for _ in range(3)]
    spoil(terminal.ledger, 3)

    answer = terminal("project", "run")
    standing = terminal("project", "status")

    assert answer.code == 67
    assert answer.err.index("log verify") < answer.err.index("--on-unreadable quarantine")
    assert standing.code == terminal("project", "status", "--json").code == 86
    for name in projection_names():
        assert f"{name} stopped: projection {name} cannot read event 3" in standing.out
    listed = terminal.done("ticket", "list", "--stale", "--json").objects
    assert {row["number"] for row in listed} == set(numbers[:2])


def test_one_projection_that_fails_does_not_keep_the_others_from_running(
    terminal: Terminal,
) -> None:
    terminal.opened()
    terminal.done("project", "run")
    [first, *others] = projection_names()
    working = terminal.ledger / "projections" / first / "working.duckdb"
    working.write_bytes(b"no database")
    terminal.opened()

    answer = terminal("project", "run")

    assert answer.code == 71
    assert {one.name: one.position for one in status(terminal.ledger)} == {
        first: 1,
        **dict.fromkeys(others, 2),
    }
    assert f"ticketledger --ledger {terminal.ledger} project rebuild {first}" in answer.err
    terminal.done("project", "rebuild", first)
    assert terminal.done("project", "status").code == 0


def test_a_follower_that_fails_leaves_the_others_following(terminal: Terminal) -> None:
    terminal.opened()
    terminal.done("project", "run")
    [first, *_] = projection_names()
    (terminal.ledger / "projections" / first / "working.duckdb").write_bytes(b"no database")

    with follower(terminal.ledger) as parent:
        assert parent.stderr is not None
        while "go on" not in (line := parent.stderr.readline()):
            assert line
        assert f"{first} ended with exit code 71" in line
        parent.send_signal(signal.SIGTERM)
        parent.communicate()

    assert parent.returncode == 71


def test_a_view_answers_from_its_published_copy_while_the_working_file_is_damaged(
    terminal: Terminal,
) -> None:
    number = terminal.opened()
    terminal.done("project", "run")
    (terminal.ledger / "projections" / "agent_queue" / "working.duckdb").write_bytes(b"nothing")
    terminal.opened()

    answer = terminal.done("ticket", "list", "--json")

    assert [row["number"] for row in answer.objects] == [number]
    assert "project rebuild agent_queue" in answer.err


def test_a_working_file_that_was_overwritten_is_told_by_the_status_with_the_way_out(
    terminal: Terminal,
) -> None:
    terminal.opened()
    terminal.done("project", "run")
    (terminal.ledger / "projections" / "agent_queue" / "working.duckdb").write_bytes(b"nothing")

    answer = terminal("project", "status", "agent_queue", "--json")

    assert answer.code == 86
    assert answer.object["state"] == "stopped"
    way_out = f"ticketledger --ledger {terminal.ledger} project rebuild agent_queue"
    assert way_out in answer.object["stopped_by"]
    assert way_out in terminal("project", "status").out
    terminal.done(*way_out.split()[3:])
    assert terminal.done("project", "status").code == 0
