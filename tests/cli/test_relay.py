"""`ticketledger relay`: from the log on a cluster to its stream, and from there to the views."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.calling import Terminal

ROOT = Path(__file__).parents[2]


@pytest.fixture
def on_kafka(
    kafka: str,
    ledger_name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Terminal:
    """A ledger on a cluster, with one ticket."""
    terminal = Terminal(tmp_path / "ledger", capsys, monkeypatch)
    terminal.done("init", "--name", ledger_name, "--kafka", kafka, "--time-zone", "Europe/Berlin")
    terminal.done("ticket", "open", "--subject", "The lift is stuck")
    return terminal


@pytest.mark.unit
def test_an_embedded_ledger_needs_no_relay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(tmp_path / "ledger", capsys, monkeypatch)
    terminal.done("init")

    answer = terminal("relay")

    assert answer.code == 88
    assert "an embedded ledger is its own stream" in answer.err


@pytest.mark.kafka
def test_what_is_recorded_on_kafka_is_in_the_views_once_it_is_relayed(on_kafka: Terminal) -> None:
    on_kafka.done("project", "run", "agent_queue")
    assert on_kafka.done("project", "status", "--json").objects[0]["last_position"] == 0

    relayed = on_kafka.done("relay", "--json").object

    assert relayed["caught_up"] is True
    assert relayed["published"] == relayed["positions"]["0"] > 0
    statuses = on_kafka.done("project", "status", "--json").objects
    [queues] = [one for one in statuses if one["name"] == "agent_queue"]
    assert queues["lag_events"] == relayed["published"]
    on_kafka.done("project", "run", "agent_queue")
    assert len(on_kafka.done("queue", "list", "--json").objects) == 1
    again = on_kafka.done("relay")
    assert "caught up; 0 published" in again.out


@pytest.mark.kafka
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_following_relay_ends_cleanly_when_it_is_told_to(
    on_kafka: Terminal, number: signal.Signals
) -> None:
    line = [sys.executable, "-m", "ticketledger", "--ledger", str(on_kafka.ledger), "relay", "-f"]
    with subprocess.Popen(
        line,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as relay:
        assert relay.stderr is not None
        assert relay.stdout is not None
        assert "the relay follows the log" in relay.stderr.readline()
        relay.send_signal(number)
        assert relay.wait(60) == 0
