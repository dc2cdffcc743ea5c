"""The three consumers, and streams for them to read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from eventstore.kafka.genesis import create_ledger
from eventstore.kafka.log import Acknowledged
from eventstore.kafka.settings import KafkaSettings, LedgerSettings
from eventstore.kafka.topic_log import TopicLog
from eventstore.kafka.wire import Message
from tests.examples.building import EXAMPLES, CannotBuild, java_consumer, node_consumer

_SEND_SECONDS = 60.0
_RUN_SECONDS_MAX = 240
_NOW_MS = 1_790_000_000_000


@dataclass(frozen=True)
class Published:
    """A stream on a broker, with the ledger's folder on this machine."""

    folder: Path
    settings: LedgerSettings

    def send(
        self,
        bodies: Sequence[tuple[int, bytes]],
        *,
        partition: int = 0,
        content_type: str = "application/cloudevents+json; charset=UTF-8",
    ) -> None:
        """Put events into the stream as a relay would."""
        messages = [
            Message(
                partition,
                b"subject",
                [("content-type", content_type.encode()), ("position", str(position).encode())],
                body,
                _NOW_MS,
            )
            for position, body in bodies
        ]
        with closing(TopicLog(self.settings.kafka, self.settings.stream_topic)) as stream:
            sent = stream.send(messages, timeout_seconds=_SEND_SECONDS)
        assert all(isinstance(result, Acknowledged) for result in sent)


@dataclass(frozen=True)
class Ended:
    """How a consumer ended."""

    status: int
    printed: str
    told: str

    @property
    def summary(self) -> Any:
        """What it printed."""
        assert self.status == 0, self.told
        return json.loads(self.printed)


Follow = Callable[[Published, Path], Ended]


@pytest.fixture
def published(kafka: str, ledger_name: str, tmp_path: Path) -> Callable[[int], Published]:
    """Makes an empty stream of so many partitions."""

    def make(partitions: int) -> Published:
        settings = LedgerSettings(name=ledger_name, kafka=KafkaSettings(bootstrap_servers=kafka))
        folder = tmp_path / f"ledger-{uuid.uuid4().hex[:6]}"
        create_ledger(folder, settings, time_zone="Europe/Berlin", partitions=partitions)
        return Published(folder, settings)

    return make


@pytest.fixture(scope="session")
def in_python() -> Follow:
    """Our own, through `ticketledger.subscribe`."""
    command = [sys.executable, str(EXAMPLES / "python-consumer" / "follow.py")]
    return lambda stream, state: _run([*command, str(stream.folder), str(state)])


@pytest.fixture(scope="session")
def in_java() -> Follow:
    """The one in Java."""
    try:
        command = java_consumer()
    except CannotBuild as reason:
        _without("JAVA CONSUMER", reason)
        raise
    return lambda stream, state: _run([*command, *_address(stream), str(state)])


@pytest.fixture(scope="session")
def in_node(tmp_path_factory: pytest.TempPathFactory) -> Follow:
    """The one in Node.js."""
    try:
        command = node_consumer(tmp_path_factory.mktemp("node"))
    except CannotBuild as reason:
        _without("NODE CONSUMER", reason)
        raise
    return lambda stream, state: _run([*command, *_address(stream), str(state)])


@pytest.fixture(params=["python", "java", "node"])
def follow(request: pytest.FixtureRequest) -> Follow:
    """Each of the three."""
    found: Follow = request.getfixturevalue(f"in_{request.param}")
    return found


@pytest.fixture
def in_all(in_python: Follow, in_java: Follow, in_node: Follow) -> list[Follow]:
    """All three, ours first."""
    return [in_python, in_java, in_node]


def _address(stream: Published) -> list[str]:
    return [stream.settings.kafka.bootstrap_servers, stream.settings.name]


def _run(command: list[str]) -> Ended:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_RUN_SECONDS_MAX
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def _without(what: str, reason: CannotBuild) -> None:
    message = f"NO {what}: {reason}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
