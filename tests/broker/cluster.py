"""A Kafka cluster of one node or three on this machine, whose nodes can be killed and started."""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.broker.jars import HERE, NoBroker, jars

START_SECONDS_MAX = 90.0
_HEAP = "512m"


class Cluster:
    """Nodes with data in a folder. Use it in a `with`, or call `start` and `stop`.

    `extra` are further broker settings; `security` is the protocol of the client listener.
    """

    def __init__(
        self,
        folder: Path,
        *,
        nodes: int = 1,
        extra: Mapping[str, str] | None = None,
        security: str = "PLAINTEXT",
        scram: Mapping[str, str] | None = None,
        ports: list[int] | None = None,
    ) -> None:
        self.folder = folder
        self._nodes = nodes
        self._extra = dict(extra or {})
        self._security = security
        self._scram = dict(scram or {})
        ports = ports or self._ports_before() or free_ports(2 * nodes)
        self._ports, self._controller_ports = ports[:nodes], ports[nodes:]
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def bootstrap(self) -> str:
        """`host:port,…` of all nodes."""
        return ",".join(f"127.0.0.1:{port}" for port in self._ports)

    def start(self) -> None:
        """Format the data folders if they are new, start every node, wait until they answer."""
        cluster_id = self._cluster_id()
        for node in range(1, self._nodes + 1):
            if not self._properties(node).exists():
                self._format(node, cluster_id)
            self.start_node(node)
        for node in range(1, self._nodes + 1):
            self.wait_for(node)

    def start_node(self, node: int) -> None:
        """Start one node (1, 2, …); `wait_for` waits until it answers."""
        log = (self.folder / f"node-{node}.log").open("ab")
        command = [*_java(), "kafka.Kafka", str(self._properties(node))]
        self._running[node] = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            cwd=self.folder,
        )
        log.close()

    def wait_for(self, node: int) -> None:
        """Until the node answers. Raises NoBroker with the end of its log if it does not."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            ended = self._running[node].poll()
            if ended is not None:
                raise NoBroker(f"node {node} ended with {ended}:\n{self._log_end(node)}")
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", self._ports[node - 1])) == 0:
                    return
            time.sleep(0.1)
        raise NoBroker(f"node {node} did not answer:\n{self._log_end(node)}")

    def kill_node(self, node: int) -> None:
        """`kill -9`."""
        process = self._running.pop(node)
        process.kill()
        process.wait()

    def pause_node(self, node: int) -> None:
        """Stop a node in its tracks: connections stay open and nobody answers."""
        os.kill(self._running[node].pid, signal.SIGSTOP)

    def resume_node(self, node: int) -> None:
        """Let a paused node go on."""
        os.kill(self._running[node].pid, signal.SIGCONT)

    def stop(self) -> None:
        """Kill what is running. The data stays in the folder."""
        for node in list(self._running):
            self.kill_node(node)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _ports_before(self) -> list[int] | None:
        """Data in the folder names the ports that it was made with: they stay the same."""
        path = self.folder / "ports"
        return [int(port) for port in path.read_text().split()] if path.exists() else None

    def _cluster_id(self) -> str:
        path = self.folder / "cluster-id"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_text(base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))
            ports = [*self._ports, *self._controller_ports]
            (self.folder / "ports").write_text(" ".join(map(str, ports)))
        return path.read_text()

    def _properties(self, node: int) -> Path:
        return self.folder / f"node-{node}.properties"

    def _format(self, node: int, cluster_id: str) -> None:
        path = self._properties(node)
        lines = "".join(f"{name}={value}\n" for name, value in self._settings(node).items())
        path.write_text(lines, encoding="utf-8")
        # One id in 64 begins with a dash, and would be taken for an option if it stood alone.
        named = [f"--cluster-id={cluster_id}", "-c", str(path)]
        command = [*_java(), "kafka.tools.StorageTool", "format", *named]
        if self._nodes == 1:
            command.append("--standalone")
        for user, password in self._scram.items():
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
                command += ["--add-scram", f"{mechanism}=[name={user},password={password}]"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            path.unlink()
            raise NoBroker(f"node {node} could not be formatted:\n{done.stdout}{done.stderr}")

    def _settings(self, node: int) -> dict[str, str]:
        port, controller_port = self._ports[node - 1], self._controller_ports[node - 1]
        replicas = str(min(self._nodes, 3))
        listeners = f"CLIENT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}"
        settings = {
            "process.roles": "broker,controller",
            "node.id": str(node),
            "listeners": listeners,
            "advertised.listeners": f"CLIENT://127.0.0.1:{port}",
            "inter.broker.listener.name": "CLIENT",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": f"CONTROLLER:PLAINTEXT,CLIENT:{self._security}",
            "log.dir": str(self.folder / f"node-{node}"),
            "offsets.topic.replication.factor": replicas,
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "1",
            "share.coordinator.state.topic.replication.factor": replicas,
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "auto.create.topics.enable": "false",
        }
        if self._nodes == 1:
            settings["controller.quorum.bootstrap.servers"] = f"127.0.0.1:{controller_port}"
        else:
            voters = enumerate(self._controller_ports, start=1)
            settings["controller.quorum.voters"] = ",".join(
                f"{number}@127.0.0.1:{port}" for number, port in voters
            )
            settings["min.insync.replicas"] = "2"
            settings["broker.session.timeout.ms"] = "6000"
        return settings | self._extra

    def _log_end(self, node: int) -> str:
        text = (self.folder / f"node-{node}.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-15:])


def _java() -> list[str]:
    log4j = HERE / "log4j2.properties"
    options = [f"-Xms{_HEAP}", f"-Xmx{_HEAP}", f"-Dlog4j2.configurationFile={log4j}"]
    return ["java", *options, "-cp", f"{jars()}/*"]


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on; held all at once, so that none is given twice."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
