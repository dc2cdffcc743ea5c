"""The broker that the tests of a run share: one that is named, one in Docker, or one by Maven and
Java; without any the Kafka tests are skipped loudly, and in CI that is a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.cluster import Cluster, free_ports
from tests.broker.jars import NoBroker

IMAGE = "apache/kafka:4.3.1"


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of a broker with auto-creation of topics switched off."""
    named = os.environ.get("TICKETLEDGER_TEST_KAFKA")
    if named:
        yield named
        return
    if _has_docker():
        with _Container() as bootstrap:
            yield bootstrap
        return
    try:
        cluster = Cluster(tmp_path_factory.mktemp("kafka"))
        cluster.start()
    except NoBroker as reason:
        _without(reason)
        raise
    try:
        yield cluster.bootstrap
    finally:
        cluster.stop()


@pytest.fixture
def ledger_name() -> str:
    """A ledger that no other test has used."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def three_brokers(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster of three nodes, for tests that kill some of them."""
    try:
        cluster = Cluster(tmp_path / "cluster", nodes=3)
        cluster.start()
    except NoBroker as reason:
        _without(reason)
        raise
    try:
        yield cluster
    finally:
        cluster.stop()


def _without(reason: NoBroker) -> None:
    message = f"NO KAFKA: {reason}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def _has_docker() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], check=False, capture_output=True).returncode == 0


class _Container:
    """The official image, on a free port of this machine."""

    def __enter__(self) -> str:
        (port,) = free_ports(1)
        settings = {
            "KAFKA_NODE_ID": "1",
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
            "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        }
        variables = [part for pair in settings.items() for part in ("-e", "=".join(pair))]
        command = ["docker", "run", "-d", "--rm", "-p", f"127.0.0.1:{port}:9092", *variables, IMAGE]
        started = subprocess.run(command, check=True, capture_output=True, text=True)
        self._id = started.stdout.strip()
        time.sleep(5)  # Until it listens; clients go on trying after that.
        return f"127.0.0.1:{port}"

    def __exit__(self, *_: object) -> None:
        subprocess.run(["docker", "kill", self._id], check=False, capture_output=True)
