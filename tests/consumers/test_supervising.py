"""Several processes under one parent: started again, left alone, stopped."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from consumers.supervising import (
    PAUSE_SECONDS_FIRST,
    PAUSE_SECONDS_MAX,
    STEADY_SECONDS,
    Service,
    State,
    Supervisor,
)

pytestmark = pytest.mark.unit

NEEDS_SOMEBODY = 61
PASSES = 101


class FakeProcess:
    """A process that ends when the test says so."""

    def __init__(self) -> None:
        self.exitcode: int | None = None
        self.pid = 4711
        self.asked_to_stop = False
        self.was_killed = False
        self.is_deaf = False
        self._alive = False

    def start(self) -> None:
        self._alive = True

    def is_alive(self) -> bool:
        return self._alive

    def end(self, code: int) -> None:
        self._alive, self.exitcode = False, code

    def terminate(self) -> None:
        self.asked_to_stop = True
        if not self.is_deaf:
            self.end(0)

    def kill(self) -> None:
        self.was_killed = True
        self.end(-9)

    def join(self, timeout: float | None = None) -> None:
        pass


class Site:
    """Services whose processes and clock are the test's."""

    def __init__(self, *names: str) -> None:
        self.now = 1000.0
        self.made: dict[str, list[FakeProcess]] = {name: [] for name in names}
        self.told: list[tuple[str, State]] = []
        self.supervisor = Supervisor(
            {name: [name] for name in names},
            start=self._start,
            is_passing={PASSES}.__contains__,
            on_change=lambda service: self.told.append((service.name, service.state)),
            monotonic=lambda: self.now,
        )

    def _start(self, arguments: Sequence[str]) -> FakeProcess:
        self.made[arguments[0]].append(FakeProcess())
        return self.made[arguments[0]][-1]

    def service(self, name: str) -> Service:
        return next(one for one in self.supervisor.services if one.name == name)

    def look(self, *, after_seconds: float = 0.0) -> None:
        self.now += after_seconds
        self.supervisor.look()


def test_every_service_is_started_at_once() -> None:
    site = Site("relay", "recontact")

    site.look()

    assert [one.state for one in site.supervisor.services] == [State.RUNNING, State.RUNNING]


@pytest.mark.parametrize("code", [-9, 0, PASSES])
def test_what_dies_is_started_again_after_a_pause(code: int) -> None:
    site = Site("relay")
    site.look()
    site.made["relay"][0].end(code)

    site.look()
    assert site.service("relay").state is State.WAITING
    site.look(after_seconds=PAUSE_SECONDS_FIRST / 2)
    assert len(site.made["relay"]) == 1
    site.look(after_seconds=PAUSE_SECONDS_FIRST)

    assert site.service("relay").state is State.RUNNING
    assert len(site.made["relay"]) == 2


def test_the_pauses_grow_until_it_ran_for_a_while() -> None:
    site = Site("relay")
    pauses: list[float] = []
    for _ in range(8):
        site.look(after_seconds=PAUSE_SECONDS_MAX)
        site.made["relay"][-1].end(PASSES)
        site.look()
        pauses.append(site.service("relay").start_again_at - site.now)

    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]

    site.look(after_seconds=PAUSE_SECONDS_MAX)
    site.look(after_seconds=STEADY_SECONDS)
    site.made["relay"][-1].end(PASSES)
    site.look()
    assert site.service("relay").start_again_at - site.now == PAUSE_SECONDS_FIRST


def test_what_needs_somebody_stays_down_and_the_others_go_on() -> None:
    site = Site("agent_queue", "recontact")
    site.look()
    site.made["agent_queue"][0].end(NEEDS_SOMEBODY)

    site.look()
    site.look(after_seconds=1_000)

    assert site.service("agent_queue").state is State.STOPPED
    assert site.service("agent_queue").exit_code == NEEDS_SOMEBODY
    assert site.service("recontact").state is State.RUNNING
    assert len(site.made["agent_queue"]) == 1


def test_a_stop_asks_every_process_and_kills_only_the_deaf() -> None:
    site = Site("relay", "recontact")
    stop = threading.Event()

    def stop_soon() -> None:
        site.made["recontact"][0].is_deaf = True
        stop.set()

    site.supervisor.run(stop, on_look=stop_soon)

    assert site.made["relay"][0].asked_to_stop
    assert not site.made["relay"][0].was_killed
    assert site.made["recontact"][0].was_killed
    assert [one.state for one in site.supervisor.services] == [State.ENDED, State.ENDED]


def test_it_ends_when_nothing_is_left_that_could_be_started() -> None:
    site = Site("relay")

    ended = site.supervisor.run(
        threading.Event(), on_look=lambda: site.made["relay"][0].end(NEEDS_SOMEBODY)
    )

    assert [one.state for one in ended] == [State.STOPPED]
    assert site.told == [("relay", State.RUNNING), ("relay", State.STOPPED)]
