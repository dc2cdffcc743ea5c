"""The tutorial and the how-tos, followed: what they show is what happens."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tour import follow, steps
from tests.real_log import RealLedger, copy_of

DOCS = Path(__file__).parents[2] / "docs"
pytestmark = pytest.mark.e2e


@pytest.fixture
def program_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ticketledger` is the one of this environment."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("program_on_the_path")
def test_the_first_hour_goes_as_the_tutorial_says(tmp_path: Path) -> None:
    page = (DOCS / "tutorial" / "first-hour.md").read_text("utf-8")

    assert list(follow(steps(page), tmp_path))


@pytest.mark.usefixtures("program_on_the_path")
def test_the_past_answers_as_the_how_to_says(tmp_path: Path, real_ledger: RealLedger) -> None:
    page = (DOCS / "how-to" / "ask-the-past.md").read_text("utf-8")
    copy_of(real_ledger, tmp_path).rename(tmp_path / "demo")

    assert list(follow(steps(page), tmp_path))


@pytest.mark.usefixtures("program_on_the_path")
def test_a_ledger_is_operated_as_the_how_to_says(tmp_path: Path) -> None:
    page = (DOCS / "how-to" / "operate-a-ledger.md").read_text("utf-8")
    first = "```console\n$ ticketledger --ledger support init\n```\n"

    assert list(follow(steps(first + page), tmp_path))


@pytest.mark.usefixtures("program_on_the_path")
def test_a_policy_is_written_as_the_how_to_says(tmp_path: Path) -> None:
    page = (DOCS / "how-to" / "write-a-policy.md").read_text("utf-8")
    first = "```console\n$ ticketledger --ledger support init\n```\n"

    assert list(follow(steps(first + page), tmp_path))


@pytest.mark.usefixtures("program_on_the_path")
def test_another_system_writes_as_the_how_to_says(tmp_path: Path) -> None:
    page = (DOCS / "how-to" / "write-from-another-system.md").read_text("utf-8")

    assert list(follow(steps(page), tmp_path))
    [program] = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    for _ in range(2):  # the second time everything is there
        subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    listed = subprocess.run(
        ["ticketledger", "--ledger", "support", "log", "find", "--type", "message.sent"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert len(listed.stdout.splitlines()) == 2
