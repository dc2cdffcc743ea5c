"""Commands that read views bring them up to date first, and say so where they cannot."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from consumers.holding import Hold
from projections.places import Places
from tests.cli.calling import Terminal

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
STATUS_FIELDS = {
    "name",
    "state",
    "version",
    "file_version",
    "position",
    "last_position",
    "lag_events",
    "lag_seconds",
    "events_per_second",
    "quarantined",
    "stopped_by",
    "file_bytes",
    "published_position",
    "published_at",
    "as_of",
    "holder",
}


def cases_of(terminal: Terminal, *words: str) -> int:
    return len(terminal.done("customer", "cases", "C7", "--json", *words).objects)


def test_an_answer_contains_what_was_recorded_just_now(terminal: Terminal) -> None:
    terminal.opened("--customer", "C7")
    assert cases_of(terminal) == 1
    terminal.opened("--customer", "C7")
    assert cases_of(terminal) == 2


def test_a_stale_answer_says_as_of_when(terminal: Terminal) -> None:
    terminal.opened("--customer", "C7")
    cases_of(terminal)
    terminal.opened("--customer", "C7")

    answer = terminal.done("customer", "cases", "C7", "--json", "--stale")

    assert len(answer.objects) == 1
    assert "as of position 1" in answer.err
    assert "the log is at 2" in answer.err


def test_where_a_projector_works_its_views_are_read_as_they_are(terminal: Terminal) -> None:
    terminal.opened("--customer", "C7")
    cases_of(terminal)
    terminal.opened("--customer", "C7")

    with Hold(Places.of(terminal.ledger, "customer_timeline").lock, name="customer_timeline"):
        answer = terminal.done("customer", "cases", "C7", "--json")

    assert len(answer.objects) == 1
    assert "as of position 1" in answer.err


def test_views_that_were_never_published_are_an_error_when_they_may_not_be_built(
    terminal: Terminal,
) -> None:
    answer = terminal("customer", "cases", "C7", "--stale")

    assert answer.code == 62
    assert "project run customer_timeline" in answer.err


def test_projectors_run_until_they_have_caught_up(terminal: Terminal) -> None:
    terminal.opened()

    first = terminal.done("project", "run", "recontact", "--json").object
    again = terminal.done("project", "run", "recontact", "--json").object

    assert (first["events"], first["caught_up"]) == (1, True)
    assert (again["events"], again["position"]) == (0, 1)
    assert terminal("project", "run", "nothing").code == 61


def test_a_rebuild_starts_from_the_beginning(terminal: Terminal) -> None:
    terminal.opened("--customer", "C7")
    cases_of(terminal)

    rebuilt = terminal.done("project", "rebuild", "customer_timeline", "--json").object

    assert rebuilt["events"] == 1
    assert cases_of(terminal, "--stale") == 1


def test_the_status_of_every_projection_is_told(terminal: Terminal) -> None:
    terminal.opened()
    terminal.done("project", "run", "recontact")
    terminal.opened()

    found = {one["name"]: one for one in terminal.done("project", "status", "--json").objects}

    assert set(found["recontact"]) == STATUS_FIELDS
    assert found["recontact"]["state"] == "behind"
    assert found["recontact"]["lag_events"] == 1
    assert found["agent_queue"]["state"] == "never run"
    assert "recontact" in terminal.done("project", "status").out


@pytest.mark.parametrize("names", [("recontact",), ("recontact", "customer_timeline")])
def test_following_projectors_end_cleanly_when_asked_to(
    terminal: Terminal, names: tuple[str, ...]
) -> None:
    terminal.opened()
    line = [sys.executable, "-m", "ticketledger", "--ledger", str(terminal.ledger)]
    with subprocess.Popen(
        [*line, "project", "run", *names, "--follow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stderr is not None
        assert "the log; Ctrl-C ends it cleanly" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate()

    assert process.returncode == 0, err
    assert sorted(line.split(":")[0] for line in out.splitlines()) == sorted(names)
