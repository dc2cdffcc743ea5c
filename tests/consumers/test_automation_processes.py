"""Killed anywhere, started twice: every fact is recorded once, and the same ones in the end."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.application import TICKETS
from domain.values import Channel
from eventstore.envelope import read_event
from eventstore.sqlite import SQLiteStore
from eventstore.verify import verify
from tests.consumers.desk import NINE, Desk, Recorded, desk_of, new_desk
from tests.consumers.test_placing import DESK_POLICY
from tests.domain.clocked import POLICY

ROOT = Path(__file__).parents[2]
LATER = NINE + timedelta(days=8)
TICKETS_COUNT = 25
KILLS = 8

EVERYTHING = POLICY.model_copy(
    update={"routing": DESK_POLICY.routing, "queues": DESK_POLICY.queues, "skills": ("flights",)}
)


@pytest.fixture(scope="module")
def a_week_behind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in which a week went by without an automation; copy it before using it."""
    folder = tmp_path_factory.mktemp("behind") / "ledger"
    with new_desk(folder) as desk:
        desk.publish(EVERYTHING)
        desk.agent("ayu")
        desk.agent("budi")
        for number in range(TICKETS_COUNT):
            desk.open(f"T{number:02}", subject="refund" if number % 5 == 0 else None)
            desk.wait(minutes=11)
        for number in range(0, TICKETS_COUNT, 4):
            _reply(desk, f"T{number:02}")
        desk.do("T01", lambda t: t.merge_into(desk.ticket("T02")))
    return folder


def _reply(desk: Desk, ticket: str) -> None:
    desk.do(
        ticket,
        lambda t: t.reply(
            message_id="m", channel=Channel.EMAIL, at=desk.now, agent_id="ayu", asks=True
        ),
    )


@pytest.fixture
def ledger(a_week_behind: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(a_week_behind, tmp_path / "ledger"))


@pytest.fixture(scope="module")
def undisturbed(
    a_week_behind: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Recorded]]:
    """What an automation that nobody disturbs records of each ticket."""
    folder = Path(shutil.copytree(a_week_behind, tmp_path_factory.mktemp("whole") / "ledger"))
    assert ended(start(folder)) == 0
    return recorded(folder)


def start(folder: Path, *, steps: int = 0, now: datetime = LATER) -> subprocess.Popen[bytes]:
    """A round of an automation in a process of its own."""
    program = [sys.executable, "-m", "tests.consumers.automating", str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen([*program, now.isoformat(), str(steps)], cwd=ROOT, env=environment)


def ended(process: subprocess.Popen[bytes]) -> int:
    return process.wait(timeout=120)


def recorded(folder: Path) -> dict[str, list[Recorded]]:
    """What the automation recorded of each ticket; who got it depends on who was first."""
    with desk_of(folder, now=LATER) as desk:
        found: dict[str, list[Recorded]] = {}
        for one in desk.by_automation():
            found.setdefault(one[0], []).append(one)
        return found


def each_command_once(folder: Path) -> None:
    """No command is recorded twice, and the chains are whole."""
    store = SQLiteStore.open(folder, application=TICKETS)
    try:
        commands = Counter(record.headers.command for record in store.records())
        assert set(commands.values()) == {1}
        assert not verify(store).findings
    finally:
        store.close()


def in_due_order(folder: Path) -> bool:
    store = SQLiteStore.open(folder, application=TICKETS)
    try:
        envelopes = [read_event(body)[0] for _, body in store.read(0, 1_000_000)]
    finally:
        store.close()
    moments = [one.time for one in envelopes if one.actor == "system:automation"]
    return moments == sorted(moments)


@pytest.mark.e2e
def test_killed_at_random_steps_it_ends_with_what_an_undisturbed_one_records(
    ledger: Path, undisturbed: dict[str, list[Recorded]], seed: int
) -> None:
    chance = random.Random(seed)
    killed = 0
    for _ in range(KILLS):
        code = ended(start(ledger, steps=chance.randint(1, 90)))
        assert code in (0, -signal.SIGKILL)
        killed += code != 0

    assert ended(start(ledger)) == 0

    assert killed
    assert recorded(ledger) == undisturbed
    assert in_due_order(ledger)
    each_command_once(ledger)


@pytest.mark.e2e
def test_killed_before_and_after_its_very_saves_it_records_nothing_twice(
    ledger: Path, undisturbed: dict[str, list[Recorded]]
) -> None:
    for steps in range(1, 12):
        ended(start(ledger, steps=steps + 8))

    assert ended(start(ledger)) == 0

    assert recorded(ledger) == undisturbed
    each_command_once(ledger)


@pytest.mark.e2e
def test_two_at_once_on_one_ledger_record_every_fact_once(
    ledger: Path, undisturbed: dict[str, list[Recorded]]
) -> None:
    both = [start(ledger), start(ledger), start(ledger)]
    assert [ended(one) for one in both] == [0, 0, 0]

    assert ended(start(ledger)) == 0

    timed = {
        ticket: [one for one in facts if one[3] == "system:automation"]
        for ticket, facts in recorded(ledger).items()
    }
    assert timed == {
        ticket: [one for one in facts if one[3] == "system:automation"]
        for ticket, facts in undisturbed.items()
    }
    each_command_once(ledger)
