"""A cluster and the processes of a ledger on it, any of which is killed and started again."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eventstore.kafka.clients import admin
from eventstore.kafka.genesis import create_ledger
from eventstore.kafka.settings import LedgerSettings
from projections.definition import projection_names
from tests.broker.cluster import Cluster

ROOT = Path(__file__).parents[2]
FOLDERS = ("shared", "shared", "third", "fourth")
"""One a writer: the first two are processes of one machine."""

VIEWS = "views"
"""The folder with the projectors."""

RELAYS = ("relay-a", "relay-b")
"""Their folders: two relays need one each."""

NODES = 3
LEADERS = 0.3
"""So often it is a leader that is killed, while all nodes are there."""

PASSING = {"relay": {101, 109}, "projector": {101}, "writer": set[int]()}
"""With what a process may end by itself because of brokers that are away; supervisors start it
again. Whatever else one ends with is a fault."""


@dataclass
class KillRun:
    """What runs, how often each kind was killed, and what ended without being asked to."""

    cluster: Cluster
    settings: LedgerSettings
    folder: Path
    rng: random.Random
    processes: dict[str, subprocess.Popen[bytes]] = field(
        default_factory=dict[str, "subprocess.Popen[bytes]"]
    )
    kills: Counter[str] = field(default_factory=Counter[str])
    ended: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    _away: int | None = None
    _back_at: float = 0.0

    def run(self, seconds: float) -> None:
        """Start everything, kill for so long, and end it: by killing it."""
        try:
            for folder in {*FOLDERS, *RELAYS, VIEWS}:
                create_ledger(self.folder / folder, self.settings, time_zone="UTC")
            for name in self._names():
                self._start(name)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                self._disturb()
        finally:
            for name in list(self.processes):
                self._kill(name)
            self._bring_back()
        self._wait_for_all()

    def faults(self) -> dict[tuple[str, int], int]:
        """Which kinds of process ended by themselves, with which exit code, and should not have."""
        return {
            (name, code): times
            for (name, code), times in self.ended.items()
            if code not in PASSING[name.partition("-")[0]]
        }

    def notes(self) -> list[dict[str, Any]]:
        """Everything that the writers were told."""
        return [
            json.loads(line)
            for path in self.folder.glob("*.notes")
            for line in path.read_text().splitlines()
            if line.endswith("}")
        ]

    def said(self) -> str:
        """The last words of every process."""
        texts = {path.stem: path.read_text() for path in sorted(self.folder.glob("*.errors"))}
        return "\n".join(f"--- {name}\n{text[-2000:]}" for name, text in texts.items() if text)

    def _names(self) -> list[str]:
        writers = [f"writer-{number}" for number in range(len(FOLDERS))]
        projectors = [f"projector-{name}" for name in projection_names()]
        return [*writers, *RELAYS, *projectors]

    def _line(self, name: str) -> list[str]:
        kind, _, rest = name.partition("-")
        if kind == "writer":
            notes = self.folder / f"{name}.notes"
            line = ["tests.eventstore.kafka_tickets", str(self.folder / FOLDERS[int(rest)])]
            return [*line, rest, str(notes)]
        if kind == "relay":
            return ["ticketledger", "--ledger", str(self.folder / name), "relay", "--follow"]
        line = ["ticketledger", "--ledger", str(self.folder / VIEWS), "project", "run", rest]
        return [*line, "--follow"]

    def _start(self, name: str) -> None:
        with (self.folder / f"{name}.errors").open("ab") as errors:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *self._line(name)],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )

    def _kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        self._note_end(name, process.wait())

    def _note_end(self, name: str, code: int) -> None:
        if code != -signal.SIGKILL:
            self.ended[name, code] += 1

    def _disturb(self) -> None:
        """Kill a leader or a process, also while a node is away; all of them come again."""
        self._wait(self.rng.uniform(0.5, 2.5))
        if time.monotonic() >= self._back_at:
            self._bring_back()
        if self._away is None and self.rng.random() < LEADERS:
            self._kill_leader()
            return
        name = self.rng.choice(list(self.processes))
        self._kill(name)
        self.kills[name.partition("-")[0]] += 1
        self._start(name)

    def _kill_leader(self) -> None:
        """All nodes answer before, so that never two are away."""
        self._wait_for_all()
        self._away = self._leader()
        self._back_at = time.monotonic() + self.rng.uniform(1, 8)
        self.cluster.kill_node(self._away)
        self.kills["leader"] += 1

    def _bring_back(self) -> None:
        if self._away is not None:
            self.cluster.start_node(self._away)
            self._away = None

    def _wait_for_all(self) -> None:
        for node in range(1, NODES + 1):
            self.cluster.wait_for(node)

    def _wait(self, seconds: float) -> None:
        """And start again what ended meanwhile, as `up` and compose do."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            threading.Event().wait(min(left, 0.5))
            for name, process in list(self.processes.items()):
                code = process.poll()
                if code is not None:
                    self._note_end(name, code)
                    self._start(name)

    def _leader(self) -> int:
        """The node that has the log's partition 0."""
        with closing(admin(self.settings.kafka)) as client:
            (topic,) = client.describe_topics([self.settings.log_topic])
        (partition,) = topic["partitions"]
        return int(partition.get("leader_id", partition.get("leader")))
