"""The stores that have to pass the contract: a store joins by being added to the parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eventstore.kafka.genesis import create_ledger
from eventstore.kafka.settings import KafkaSettings, LedgerSettings
from eventstore.kafka.store import KafkaStore
from eventstore.store import Store
from tests.eventstore.tally import TALLIES, new_store, open_store

Opener = Callable[[], Store]


STORES = [
    "sqlite",
    pytest.param("kafka-1", marks=pytest.mark.kafka),
    pytest.param("kafka-3", marks=pytest.mark.kafka),
]


@pytest.fixture(params=STORES)
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Makes a ledger; opens it once more at each call, as another process would."""
    opened: list[Store] = []
    make = _embedded if request.param == "sqlite" else _on_kafka
    open_one = make(request, tmp_path / "ledger")

    def open_and_note() -> Store:
        opened.append(open_one())
        return opened[-1]

    yield open_and_note
    for store in opened:
        store.close()


def _embedded(_: pytest.FixtureRequest, folder: Path) -> Opener:
    new_store(folder).close()
    return lambda: open_store(folder)


def _on_kafka(request: pytest.FixtureRequest, folder: Path) -> Opener:
    name: str = request.getfixturevalue("ledger_name")
    bootstrap: str = request.getfixturevalue("kafka")
    settings = LedgerSettings(name=name, kafka=KafkaSettings(bootstrap_servers=bootstrap))
    partitions = int(str(request.param).removeprefix("kafka-"))
    create_ledger(folder, settings, time_zone="Europe/Berlin", partitions=partitions)
    return lambda: KafkaStore.open(folder, application=TALLIES)


@pytest.fixture
def store(open_again: Opener) -> Store:
    """An empty ledger."""
    return open_again()
