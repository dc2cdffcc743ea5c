"""An embedded ledger of tallies for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from tests.eventstore.tally import TALLIES, TallyLedger, new_store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def embedded(folder: Path) -> Iterator[SQLiteStore]:
    store = new_store(folder)
    yield store
    store.close()


@pytest.fixture
def ledger(embedded: SQLiteStore) -> TallyLedger:
    return Ledger(embedded, TALLIES)
