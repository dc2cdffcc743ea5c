"""A small simulated operation and a ledger for it, as the tests of simulations share them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from domain.application import TICKETS
from eventstore.sqlite import SQLiteStore
from intake.checking.checker import Checker, Finding
from intake.checking.ordering import in_order
from intake.policy_files import PolicyFile, read_policy
from intake.simulation.parameters import Parameters

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def policy() -> PolicyFile:
    return read_policy("travel-agency")


def parameters(**others: Any) -> Parameters:
    asked: dict[str, Any] = {"first_month": JANUARY, "cases_per_month": 150, "agents": 6}
    return Parameters(policy_id=policy().id, policy=policy().policy, **(asked | others))


def empty(folder: Path) -> SQLiteStore:
    return SQLiteStore.create(folder, name="main", time_zone="UTC", application=TICKETS)


def bodies(store: SQLiteStore) -> Iterator[bytes]:
    """Every event, byte for byte, in the order of recording."""
    for record in store.records():
        yield from record.bodies


def findings(store: SQLiteStore, made: Parameters) -> list[Finding]:
    checker = Checker(made.run_id)
    for some in in_order(store, made.run_id):
        for body in some:
            checker.take(body)
    return checker.finish(made.ends)
