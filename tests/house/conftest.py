"""What the tests of the house share: where it stands and what its rooms are called."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def rooms() -> list[str]:
    """Every top-level package of ours, as they stand in the checkout."""
    return [
        "ticketledger",
        "cli",
        "consumers",
        "domain",
        "eventstore",
        "intake",
        "projections",
        "schemas",
    ]


@pytest.fixture(scope="session")
def modules(root: Path, rooms: list[str]) -> list[Path]:
    """Every Python file of the product and of its tests."""
    folders = [root / room for room in [*rooms, "tests", "benchmarks"]]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))
