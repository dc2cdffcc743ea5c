"""The compose file: valid, and every command line in it does what the service is for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "compose.yaml"
PROGRAM = [sys.executable, "-m", "ticketledger"]
SERVICES = ("relay", "automation", "customer-timeline", "agent-queue", "recontact")
PATIENCE_SECONDS = 90.0


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    return found


@pytest.fixture
def environment(kafka: str, ledger_name: str, tmp_path: Path) -> dict[str, str]:
    """What the compose file sets, with our broker and a folder of the test's."""
    ours = {
        "TICKETLEDGER_NAME": ledger_name,
        "TICKETLEDGER_KAFKA_BOOTSTRAP_SERVERS": kafka,
        "TICKETLEDGER_LEDGER": str(tmp_path / "ledger"),
    }
    assert ours.keys() == services()["relay"]["environment"].keys()
    return dict(os.environ) | ours


def run(words: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *words], env=environment, check=False, capture_output=True, text=True, cwd=ROOT
    )


@pytest.fixture
def started(environment: dict[str, str]) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """`init`, and then every service, as compose starts them."""
    done = run(services()["init"]["command"], environment)
    assert done.returncode == 0, done.stderr
    processes = {
        name: subprocess.Popen(
            [*PROGRAM, *services()[name]["command"]], env=environment, text=True, cwd=ROOT
        )
        for name in SERVICES
    }
    yield processes
    for process in processes.values():
        process.kill()
        process.wait()


def healthy(name: str, environment: Mapping[str, str]) -> bool:
    kind, program, *words = services()[name]["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "ticketledger")
    return run(words, environment).returncode == 0


@pytest.mark.e2e
def test_it_is_a_compose_file() -> None:
    checker = str(Path(sys.executable).with_name("check-jsonschema"))
    command = [checker, "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_every_service_but_the_broker_runs_our_program() -> None:
    ours = {name for name, one in services().items() if one["image"] == "ticketledger"}

    assert ours == services().keys() - {"kafka"}
    assert ours == {*SERVICES, "notifications", "init", "ticketledger"}


def test_nobody_is_notified_unless_that_is_asked_for() -> None:
    service = services()["notifications"]

    assert service["profiles"] == ["notify"]
    assert service["command"] == ["notify", "run", "--follow"]
    assert service["healthcheck"]["test"] == ["CMD", "ticketledger", "notify", "status", "--check"]


@pytest.mark.kafka
@pytest.mark.e2e
def test_its_services_carry_a_ticket_to_the_customers_view(
    environment: dict[str, str], started: dict[str, subprocess.Popen[str]]
) -> None:
    opened = run(["ticket", "open", "--customer", "C1", "--channel", "email"], environment)
    assert opened.returncode == 0, opened.stderr

    deadline = time.monotonic() + PATIENCE_SECONDS
    waiting = set(SERVICES)
    while waiting:
        waiting = {name for name in waiting if not healthy(name, environment)}
        assert time.monotonic() < deadline, f"not healthy: {waiting}"
    seen = ""
    while '"stage":"received"' not in seen:
        seen = run(["customer", "cases", "C1", "--json"], environment).stdout
        assert time.monotonic() < deadline, seen

    for process in started.values():
        process.send_signal(signal.SIGTERM)
    codes = {name: process.wait(timeout=60) for name, process in started.items()}
    assert codes == dict.fromkeys(SERVICES, 0)
    assert not any(healthy(name, environment) for name in SERVICES)
