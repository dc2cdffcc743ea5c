"""The demo shows what a log becomes, and repeating it adds nothing."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from cli import demo
from cli.main import run
from tests.cli.calling import Terminal

pytestmark = pytest.mark.e2e

ROWS = 1_500


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first rows of the real log."""
    path = tmp_path_factory.mktemp("log") / "incident_event_log.csv"
    with zipfile.ZipFile(demo.LOG) as archive, archive.open(archive.namelist()[0]) as log:
        lines = io.TextIOWrapper(log, "utf-8")
        path.write_text("".join(next(lines) for _ in range(ROWS + 1)), "utf-8")
    return path


def test_the_demo_tells_of_the_import_a_case_the_queues_and_the_rates_once_and_again(
    terminal: Terminal, beginning: Path
) -> None:
    terminal.ledger = terminal.ledger.with_name("demo")

    first = terminal.done("demo", "--file", str(beginning)).out
    again = terminal.done("demo", "--file", str(beginning)).out

    assert "rows read" in first
    assert "1,500" in first
    assert "● received ── ● in review" in first
    assert "Tue 10 May 2016, 12:00" in first
    assert "same issue" in first
    assert "recontact compare" in first
    assert "it is in the ledger since an earlier run" in again
    found = terminal.done("demo", "--file", str(beginning), "--json").objects
    assert [row["section"] for row in found].count("rate") == 10
    assert {row["section"] for row in found} == {"case", "queue", "rate"}
    after = "── The projectors"
    assert again.split(after)[1] == first.split(after)[1]


def test_without_its_log_the_demo_says_where_to_get_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "LOG", Path("nowhere.zip"))

    answer = terminal("demo")

    assert answer.code == 84
    assert "nowhere.zip" in answer.err
    assert "--file" in answer.err


def test_the_demos_ledger_is_beside_where_it_is_called(
    tmp_path: Path,
    beginning: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run(["demo", "--file", str(beginning)]) == 0

    assert (tmp_path / "demo" / "ledger.sqlite").exists()
    assert "--ledger demo" in capsys.readouterr().out
