"""The stores that have to pass the contract: a store joins by being added to the parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eventstore.store import Store
from tests.eventstore.tally import new_store, open_store

Opener = Callable[[], Store]


@pytest.fixture(params=["sqlite"])
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Makes a ledger; opens it once more at each call, as another process would."""
    opened: list[Store] = []
    openers: dict[str, Opener] = {"sqlite": lambda: open_store(tmp_path / "ledger")}
    if request.param == "sqlite":
        new_store(tmp_path / "ledger").close()

    def open_one() -> Store:
        opened.append(openers[request.param]())
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_again: Opener) -> Store:
    """An empty ledger."""
    return open_again()
