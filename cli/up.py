"""The command `up`: every process of a small site under one parent."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import ledger_folder, open_ledger, reading
from cli.narration import tell
from cli.nouns import single
from cli.options import Json
from cli.output import say_json
from cli.times import length as span
from cli.times import seconds_as_span

if TYPE_CHECKING:
    from consumers.supervising import Service

app, _up = single("up", example="ticketledger --ledger support up")

PASSING = frozenset({1, 46, 57, 73, 101, 107, 109})
"""Exit codes after which starting again can help: nobody answered, a lock, a send that failed."""

_REDRAW_SECONDS = 1.0


@_up
def up(
    *,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="Only this service; may be repeated."),
    ] = None,
    json: Json = False,
) -> None:
    """Run what a ledger needs beside its writers: relay (on Kafka), automation, every projector.

    Customers are notified too, once notifications.toml says how.

    One process each. What dies is started again; what needs somebody stays down, says why, and the
    others go on. Ctrl-C or SIGTERM stops all of them cleanly. Exits with the code of the first
    service that needs somebody. For larger sites run each command on its own: compose.yaml.
    """
    from consumers.stopping import stopping
    from consumers.supervising import State, Supervisor, spawned

    services = _services()
    if "automation" not in services:
        tell("no policy is published, so no automation runs: ticketledger policy publish")
    unknown = sorted(set(only or ()) - services.keys())
    if unknown:
        names = ", ".join(services)
        raise typer.BadParameter(f"no service {unknown[0]}; there are {names}", param_hint="--only")
    open_ledger().close()  # What is wrong with the ledger itself is said once, before all begins.
    board = _Board(as_json=json)
    chosen = {
        name: [str(board.log_of(name) or ""), *line]
        for name, line in services.items()
        if not only or name in only
    }
    supervisor = Supervisor(
        chosen, start=spawned(run_line), is_passing=PASSING.__contains__, on_change=board.changed
    )
    with stopping() as stop:
        ended = supervisor.run(stop, on_look=lambda: board.show(supervisor.services))
    board.end()
    needy = [service for service in ended if service.state is State.STOPPED]
    if needy:
        raise typer.Exit(needy[0].exit_code or 1)


def run_line(arguments: list[str]) -> None:
    """What a service's process does: one command line of this program.

    What it says goes to our stderr, or to the file that stands before the command line, if any.
    """
    from cli.main import run

    path, *line = arguments
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with Path(path).open("ab") as log:
            os.dup2(log.fileno(), sys.stderr.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.exit(run(line))


def _services() -> dict[str, list[str]]:
    """Every process that the ledger needs, with its command line.

    The automation is one of them once a policy is published: without one nothing is due.
    """
    from consumers.notifying.settings_file import is_configured
    from eventstore.opening import is_on_kafka
    from projections.definition import projection_names

    folder = ledger_folder()
    line = ["--ledger", str(folder)]
    found = {"relay": [*line, "relay", "--follow"]} if is_on_kafka(folder) else {}
    if _has_policy():
        found["automation"] = [*line, "automate", "run", "--follow"]
    projectors = {name: [*line, "project", "run", name, "--follow"] for name in projection_names()}
    if is_configured(folder):
        projectors["notifications"] = [*line, "notify", "run", "--follow"]
    return found | projectors


def _has_policy() -> bool:
    with reading() as store:
        return bool(store.keys_with_prefix("policy:", 1))


class _Board:
    """A line for each service: drawn again and again on a terminal, else told when one changes."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._terminal = not as_json and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._drawn_at = float("-inf")
        self._lines = 0

    def log_of(self, name: str) -> Path | None:
        """Where a service says what it has to say, so that it does not write into the board."""
        return ledger_folder() / "up" / f"{name}.log" if self._terminal else None

    def changed(self, service: Service) -> None:
        if self._as_json:
            say_json(_described(service))
        elif not self._terminal:
            tell(_line(service))

    def show(self, services: list[Service]) -> None:
        now = time.monotonic()
        if not self._terminal or now - self._drawn_at < _REDRAW_SECONDS:
            return
        self._drawn_at = now
        standings = _standings()
        text = "".join(
            f"{_line(service, standings.get(service.name), self.log_of(service.name))}\x1b[K\n"
            for service in services
        )
        sys.stderr.write((f"\x1b[{self._lines}A" if self._lines else "") + text)
        sys.stderr.flush()
        self._lines = len(services)

    def end(self) -> None:
        if not self._as_json:
            tell("everything has stopped; what is recorded stays, the next start goes on")


def _described(service: Service) -> dict[str, Any]:
    process = service.process
    return {
        "service": service.name,
        "state": service.state.value,
        "pid": process.pid if process is not None else None,
        "starts": service.starts,
        "exit_code": service.exit_code,
    }


def _line(service: Service, standing: str | None = None, log: Path | None = None) -> str:
    from consumers.supervising import State

    told = f"{service.name.ljust(20)} "
    where = f"; see {log}" if log is not None else ""
    if service.state is State.RUNNING:
        since = span(seconds_as_span(time.monotonic() - service.started_at))
        again = f", started {service.starts} times" if service.starts > 1 else ""
        return f"{told}running for {since}{again}" + (f"; {standing}" if standing else "")
    if service.state is State.WAITING:
        pause = f"starts again in {service.pause_seconds:.0f} s"
        return f"{told}died (exit {service.exit_code}), {pause}{where}"
    if service.state is State.STOPPED:
        return f"{told}stopped with exit {service.exit_code}: it needs somebody{where}"
    return f"{told}has stopped"


def _standings() -> dict[str, str]:
    """How far each projector is, in words; nothing while that cannot be told."""
    from consumers.standing import status

    try:
        found = status(ledger_folder())
    except Exception:  # noqa: BLE001 - a line of the board is not worth a failure
        return {}
    return {one.name: f"position {one.position:,}, {one.lag_events:,} behind" for one in found}
