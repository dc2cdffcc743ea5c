"""The scripted week comes to exactly the record that is written down, and to nothing more."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from consumers.automation.automation import Round, opened
from domain.application import TICKETS
from eventstore.opening import open_store

ROOT = Path(__file__).parents[2]
WEEK = ROOT / "examples" / "a-week"
PAGE = ROOT / "docs" / "how-to" / "a-week.md"
RECORD = (WEEK / "record.txt").read_text("utf-8").splitlines()

_REFUSED = re.compile(r" \([a-z.-]+\) +refused: ")
_CITED = re.compile(r"`([A-Z][a-z]{2} \d\d [\d:]+) ([A-Z0-9]{4}|policy) ([a-z_.]+)`")
_RECORDED = re.compile(r"([A-Z][a-z]{2} \d\d [\d:]+) +(\S+) .*? ([a-z_]+\.[a-z_]+)(?: |$)")
_TEXT = re.compile(r"```text\n(.*?)```", re.DOTALL)

pytestmark = pytest.mark.e2e


class Lived(NamedTuple):
    """A ledger that has lived through the week, and what was told meanwhile."""

    example: ModuleType
    folder: Path
    told: Sequence[str]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """The week, lived through once."""
    spec = importlib.util.spec_from_file_location("a_week", WEEK / "live.py")
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    folder = tmp_path_factory.mktemp("week") / "ledger"
    with example.Week(folder) as week:
        return Lived(example, folder, list(week.live()))


def last_position(folder: Path) -> int:
    """How many events a ledger has."""
    with closing(open_store(folder, application=TICKETS)) as store:
        return store.last_position()


def test_the_week_is_recorded_event_by_event_as_it_is_written_down(lived: Lived) -> None:
    assert lived.told == RECORD


def test_the_record_tells_every_event_of_the_log(lived: Lived) -> None:
    events = [line for line in RECORD if not _REFUSED.search(line)]

    assert len(events) == last_position(lived.folder)


def test_an_automation_that_begins_anew_finds_nothing_left_to_record(lived: Lived) -> None:
    before = last_position(lived.folder)
    with opened(lived.folder, clock=lambda: lived.example.ENDS) as automation:
        automation.rebuild()

        done = automation.run_until(lived.example.ENDS)

    assert done == Round(fired=0, placed=0, missing=0)
    assert last_position(lived.folder) == before


def test_the_script_given_once_more_records_nothing(lived: Lived) -> None:
    before = last_position(lived.folder)
    with lived.example.Week(lived.folder) as week:
        told = list(week.live())

    assert all(_REFUSED.search(line) for line in told)
    assert last_position(lived.folder) == before


def test_whatever_the_page_cites_stands_in_the_record() -> None:
    page = PAGE.read_text("utf-8")
    there = {match.groups() for line in RECORD if (match := _RECORDED.match(line))}
    cited = [match.groups() for match in _CITED.finditer(page)]

    assert len(cited) > 60
    assert [one for one in cited if one not in there] == []


def test_what_the_page_shows_of_the_record_is_as_it_stands_there() -> None:
    blocks = _TEXT.findall(PAGE.read_text("utf-8"))
    shown = [line for block in blocks for line in block.splitlines()]

    assert len(shown) > 10
    assert [line for line in shown if line != "…" and line not in RECORD] == []
