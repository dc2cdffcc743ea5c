"""What the tests of the command line share: an empty ledger, and one with cases to look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import run
from tests.cli.calling import Terminal

CASES = (
    ("2026-03-01T09:00", "open", "--customer", "X", "--category", "Refund", "--order", "O1"),
    ("2026-03-02T09:00", "open", "--customer", "X", "--category", "Hotel", "--order", "O2"),
    ("2026-03-03T09:00", "open", "--customer", "Y", "--category", "Refund", "--channel", "phone"),
)


@pytest.fixture(autouse=True)
def _quiet_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of whoever runs the tests shows through."""
    for name in ("TICKETLEDGER_LEDGER", "TICKETLEDGER_TRACEBACK", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TICKETLEDGER_ACTOR", "agent:ayu")


@pytest.fixture
def terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """The command line on an empty ledger."""
    terminal = Terminal(tmp_path / "ledger", capsys, monkeypatch)
    terminal.done("init")
    return terminal


@pytest.fixture(scope="session")
def folder_with_cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with three cases of two customers. Never written to."""
    folder = tmp_path_factory.mktemp("cases") / "ledger"
    line = ["--ledger", str(folder)]
    assert run([*line, "init"]) == 0
    for at, verb, *options in CASES:
        key = ["--at", at, "--command-id", f"case-{at}", "--as", "agent:ayu"]
        assert run([*line, "ticket", verb, *options, *key]) == 0
    return folder


@pytest.fixture
def cases(
    folder_with_cases: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """The command line on the ledger with cases, for looking only."""
    return Terminal(folder_with_cases, capsys, monkeypatch)
