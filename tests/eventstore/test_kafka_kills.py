"""Brokers, writers and relays killed at random for a while; then somebody else reads the log."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from eventstore.kafka.clients import admin
from eventstore.kafka.genesis import create_ledger
from eventstore.kafka.relay import Relay
from eventstore.kafka.settings import KafkaSettings, LedgerSettings
from tests.broker.cluster import Cluster
from tests.eventstore.kafka_log import records_of, view_of_topic
from tests.eventstore.kafka_writers import LIMIT
from tests.eventstore.log_checker import View

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]

ROOT = Path(__file__).parents[2]
SECONDS = float(os.environ.get("TICKETLEDGER_SOAK_SECONDS", "90"))
FOLDERS = ("shared", "shared", "third", "fourth")
"""One a writer: the first two are processes of one machine."""


@dataclass
class Run:
    """A cluster and the processes on it, any of which may be killed and started again."""

    cluster: Cluster
    settings: LedgerSettings
    folder: Path
    rng: random.Random
    processes: dict[str, subprocess.Popen[bytes]] = field(
        default_factory=dict[str, "subprocess.Popen[bytes]"]
    )
    kills: Counter[str] = field(default_factory=Counter[str])

    def begin(self) -> None:
        for folder in {*FOLDERS, "relay"}:
            create_ledger(self.folder / folder, self.settings, time_zone="UTC")
        for writer in range(len(FOLDERS)):
            self.start(f"writer-{writer}")
        self.start("relay-0")

    def start(self, name: str) -> None:
        kind, _, number = name.partition("-")
        if kind == "writer":
            notes = self.folder / f"{name}.notes"
            line = ["tests.eventstore.kafka_writers", "steady"]
            line += [str(self.folder / FOLDERS[int(number)]), number, str(notes)]
        else:
            line = ["tests.eventstore.kafka_writers", "relaying", str(self.folder / "relay")]
        errors = (self.folder / f"{name}.errors").open("ab")
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", *line], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=errors
        )
        errors.close()

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def disturb(self) -> None:
        """Kill a leader, a writer or the relay; all of them come again."""
        wait(self.rng.uniform(1, 4))
        if self.rng.random() < 0.4:
            node = self.leader()
            self.cluster.kill_node(node)
            self.kills["leader"] += 1
            wait(self.rng.uniform(1, 8))
            self.cluster.start_node(node)
            self.cluster.wait_for(node)
            return
        name = self.rng.choice(list(self.processes))
        self.kill(name)
        self.kills[name.partition("-")[0]] += 1
        self.start(name)

    def leader(self) -> int:
        """The node that has the log's partition 0."""
        with closing(admin(self.settings.kafka)) as client:
            (topic,) = client.describe_topics([self.settings.log_topic])
        (partition,) = topic["partitions"]
        return int(partition.get("leader_id", partition.get("leader")))

    def end(self) -> None:
        for name in list(self.processes):
            self.kill(name)

    def notes(self) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for path in self.folder.glob("*.notes")
            for line in path.read_text().splitlines()
            if line.endswith("}")
        ]


def wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def test_whatever_is_killed_what_was_told_is_what_the_log_says(
    three_brokers: Cluster, ledger_name: str, tmp_path: Path, seed: int
) -> None:
    kafka = KafkaSettings(bootstrap_servers=three_brokers.bootstrap)
    settings = LedgerSettings(name=ledger_name, kafka=kafka)
    run = Run(three_brokers, settings, tmp_path, random.Random(seed))
    try:
        run.begin()
        began = time.monotonic()
        while time.monotonic() - began < SECONDS:
            run.disturb()
    finally:
        run.end()

    view = view_of_topic(kafka, settings.log_topic)
    notes = run.notes()
    told = Counter(note["told"] for note in notes)
    slowest = max(note["seconds"] for note in notes)
    sys.stderr.write(
        f"\nkilled {dict(run.kills)}, told {dict(told)}, slowest answer {slowest} s; counted "
        f"{len(view.counted)}, void {view.void}, orphans {view.orphans}, foreign {view.foreign}\n"
    )
    assert min(told["recorded"], told["refused"]) > 50, told
    judge(view, notes)
    relay_the_rest(run)
    assert stream_of(settings) == [event for entry in view.counted for event in entry.events]


def judge(view: View, notes: list[dict[str, Any]]) -> None:
    """What writers noted, against the log."""
    assert (view.orphans, view.foreign) == (0, 0)
    positions = {(entry.subject, entry.command): entry.position for entry in view.counted}
    assert len(positions) == len(view.counted), "a command counted twice"
    totals = Counter(entry.subject for entry in view.counted)
    assert max(totals.values()) <= LIMIT
    for note in notes:
        place = note["subject"], note["id"]
        if note["told"] == "recorded":
            assert positions.get(place) == note["position"], f"{note} is not in the log"
        elif note["told"] == "refused":
            assert place not in positions, f"{note} was refused and is there"
            assert totals[note["subject"]] == LIMIT, f"{note} was refused without a reason"


def relay_the_rest(run: Run) -> None:
    """A relay once more, until the stream has what the log has."""
    with Relay.open(run.folder / "relay") as relay:
        assert relay.run().caught_up


def stream_of(settings: LedgerSettings) -> list[dict[str, Any]]:
    """The events that a follower sees who skips what it has seen; a gap is an error."""
    last, found = 0, []
    for record in records_of(settings.kafka, settings.stream_topic):
        position = int(dict(record.headers)["position"])
        if position <= last:
            continue
        assert position == last + 1, "a gap in the stream"
        last = position
        found.append(json.loads(record.value or b""))
    return found
