"""Keeping several processes going: what dies is started again, what needs somebody is left alone.

A service is a command line of this program. It runs in a process of its own, which stops cleanly
when this one is gone, however that came about.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from consumers.stopping import held_back

PAUSE_SECONDS_FIRST = 1.0
PAUSE_SECONDS_MAX = 30.0
STEADY_SECONDS = 60.0
"""Who ran for so long begins with the shortest pause again."""

STOP_SECONDS = 30.0
"""How long a service may take to finish its batch before it is killed."""

_LOOK_SECONDS = 0.2


class State(Enum):
    """What a service is at."""

    RUNNING = "running"
    WAITING = "waiting"
    """It died, and is started again after a pause."""

    STOPPED = "stopped"
    """It ended with something that starting it again does not mend."""

    ENDED = "ended"
    """It was asked to stop, and did."""


class Process(Protocol):
    """What of a process a supervisor uses; `multiprocessing.Process` has it."""

    @property
    def exitcode(self) -> int | None: ...
    @property
    def pid(self) -> int | None: ...
    def start(self) -> None: ...
    def is_alive(self) -> bool: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    def join(self, timeout: float | None = None) -> None: ...


Start = Callable[[Sequence[str]], Process]
"""Makes a process of a command line; it is started by who asked."""


@dataclass(slots=True)
class Service:
    """One process, and what became of it. Times are of `time.monotonic`."""

    name: str
    arguments: Sequence[str]
    state: State = State.WAITING
    process: Process | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause_seconds: float = PAUSE_SECONDS_FIRST
    exit_code: int | None = None
    starts: int = 0


class Supervisor:
    """Starts services, starts again what dies, and stops all when asked to.

    `is_passing` says of an exit code whether starting again can help; death by a signal always
    passes. `on_change` is told of every change of a service's state.
    """

    def __init__(
        self,
        services: Mapping[str, Sequence[str]],
        *,
        start: Start,
        is_passing: Callable[[int], bool],
        on_change: Callable[[Service], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.services = [Service(name, arguments) for name, arguments in services.items()]
        self._start = start
        self._is_passing = is_passing
        self._on_change = on_change
        self._monotonic = monotonic

    def run(
        self, stop: threading.Event, *, on_look: Callable[[], None] = lambda: None
    ) -> list[Service]:
        """Until stopped, or until nothing is left that could be started; what became of each."""
        try:
            while not stop.is_set() and any(self._is_at_work(one) for one in self.services):
                self.look()
                on_look()
                stop.wait(_LOOK_SECONDS)
        finally:
            self._stop_all()
        return self.services

    def look(self) -> None:
        """Start what is due, and note what ended."""
        now = self._monotonic()
        for service in self.services:
            if service.state is State.WAITING and now >= service.start_again_at:
                self._begin(service, now)
            elif service.state is State.RUNNING and not _is_alive(service):
                self._note_end(service, now)

    def _is_at_work(self, service: Service) -> bool:
        return service.state in (State.RUNNING, State.WAITING)

    def _begin(self, service: Service, now: float) -> None:
        service.process = self._start(service.arguments)
        with held_back():
            service.process.start()
        service.state, service.started_at = State.RUNNING, now
        service.starts += 1
        self._on_change(service)

    def _note_end(self, service: Service, now: float) -> None:
        assert service.process is not None
        code = service.process.exitcode
        service.exit_code = code
        if now - service.started_at >= STEADY_SECONDS:
            service.pause_seconds = PAUSE_SECONDS_FIRST
        if code is None or code <= 0 or self._is_passing(code):
            service.state = State.WAITING
            service.start_again_at = now + service.pause_seconds
            service.pause_seconds = min(service.pause_seconds * 2, PAUSE_SECONDS_MAX)
        else:
            service.state = State.STOPPED
        self._on_change(service)

    def _stop_all(self) -> None:
        running = [one for one in self.services if _is_alive(one)]
        for service in running:
            assert service.process is not None
            service.process.terminate()
        deadline = self._monotonic() + STOP_SECONDS
        for service in running:
            assert service.process is not None
            service.process.join(max(0.0, deadline - self._monotonic()))
            if service.process.is_alive():
                service.process.kill()
                service.process.join()
            service.exit_code = service.process.exitcode
        for service in self.services:
            if self._is_at_work(service):
                service.state = State.ENDED
                self._on_change(service)


def spawned(target: Callable[[list[str]], None]) -> Start:
    """Processes that call a function with their arguments, in a new Python: a fork would inherit
    DuckDB's threads and locks half-way."""
    spawn = multiprocessing.get_context("spawn")

    def start(arguments: Sequence[str]) -> Process:
        return spawn.Process(target=target, args=(list(arguments),))

    return start


def _is_alive(service: Service) -> bool:
    return service.process is not None and service.process.is_alive()
