"""What tests of consumers share: a stream in memory, and a small ledger on disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from consumers.following import Pace
from consumers.projector import Options
from domain.application import TICKETS
from domain.events import TicketAssigned, TicketOpened, TicketQueued, TicketResolved
from domain.values import Channel, Method, Origin, ResolutionCode
from eventstore.commands import Command
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from tests.projections.harness import Stream

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Settings:
    name: str = "main"
    time_zone: str = "Europe/Berlin"


class StreamInMemory:
    """A source whose stream a test may let grow."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.settings = Settings()
        self.partitions = stream.partitions

    def read(self, partition: int, after_position: int, limit: int) -> list[tuple[int, bytes]]:
        rows = [(position, body) for _, position, body in self.stream.partition(partition)]
        return [row for row in rows if row[0] > after_position][:limit]

    def last_position(self, partition: int) -> int:
        return max((position for _, position, _ in self.stream.partition(partition)), default=0)

    def close(self) -> None:
        pass

    @contextmanager
    def open(self, ledger_folder: Path) -> Generator[StreamInMemory]:
        del ledger_folder
        yield self


@pytest.fixture
def stream() -> Stream:
    """Three tickets in two queues, seven events."""
    stream = Stream()
    for number in range(3):
        stream.save(
            f"01930c1e-0000-7000-8000-00000000000{number}",
            TicketOpened(
                number=f"N{number}", channel=Channel.EMAIL, live=False, origin=Origin.CUSTOMER
            ),
            TicketQueued(to=f"Q{number % 2}"),
            at=NOON + timedelta(hours=number),
        )
    stream.save(
        "01930c1e-0000-7000-8000-000000000000",
        TicketAssigned(to="ayu", method=Method.MANUAL),
        at=NOON + timedelta(hours=4),
    )
    return stream


@pytest.fixture
def options(stream: Stream) -> Callable[..., Options]:
    """Options for a run on the stream in memory, with one clock and no waiting."""
    source = StreamInMemory(stream)

    def made(**others: Any) -> Options:
        pace = others.pop("pace", Pace(clock=lambda: NOON, wait=lambda stop, _: stop.is_set()))
        return Options(open_source=source.open, threads=1, pace=pace, **others)

    return made


def _keep_ticket(ledger: Ledger[Any, Any], number: int) -> None:
    subject = f"01930c1e-0000-7000-8000-{number:012d}"
    at = NOON + timedelta(minutes=number)
    steps: list[list[Any]] = [
        [
            TicketOpened(
                number=f"N{number}", channel=Channel.EMAIL, live=False, origin=Origin.CUSTOMER
            ),
            TicketQueued(to=f"Q{number % 3}"),
        ],
        [TicketAssigned(to=f"agent-{number % 5}", method=Method.MANUAL)],
        [TicketResolved(code=ResolutionCode.SOLVED, with_message=False, cycle=1)],
    ]
    for step, events in enumerate(steps[: 1 + number % 3]):
        command = Command(
            id=f"c-{number}-{step}",
            name="test",
            arguments={},
            occurred_at=at + timedelta(hours=step),
            actor="agent:ayu",
        )
        ledger.execute(subject, command, partial(_just, events))


def _just(events: list[Any], _: object) -> list[Any]:
    return events


@pytest.fixture(scope="session")
def ledger_of_300(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger on disk with 300 tickets; copy it before changing it."""
    folder = tmp_path_factory.mktemp("ledger")
    store = SQLiteStore.create(folder, name="main", time_zone="Europe/Berlin", application=TICKETS)
    ledger = Ledger(store, TICKETS)
    for number in range(300):
        _keep_ticket(ledger, number)
    store.close()
    return folder


@pytest.fixture
def stop() -> threading.Event:
    """What ends a run."""
    return threading.Event()
