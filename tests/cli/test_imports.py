"""Another system's log is checked, taken in once, and accounted for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.calling import Terminal

pytestmark = pytest.mark.unit

LOG = """\
number,updated,state,group
INC1,2026-03-01 10:00,New,Refunds
INC1,2026-03-01 11:00,Closed,Refunds
INC2,never,New,Refunds
INC3,2026-03-01 12:00,Odd,Refunds
"""
MAPPING = """\
source = "helpdesk"
zone = "UTC"

[file]
times = ["%Y-%m-%d %H:%M"]

[columns]
number = "number"
updated_at = "updated"
state = "state"
queue = "group"

[states]
New = "new"
Closed = "closed"
"""
ACCOUNT_FIELDS = {
    "batch_id",
    "source",
    "checked_only",
    "finished",
    "rows_read",
    "rows_changed",
    "rows_progressed",
    "rows_unreadable",
    "rows_already_recorded",
    "tickets",
    "tickets_opened",
    "reopenings",
    "saves",
    "events",
    "seconds",
    "report",
    "oddities",
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A log and its mapping."""
    log, mapping = tmp_path / "log.csv", tmp_path / "helpdesk.toml"
    log.write_text(LOG, "utf-8")
    mapping.write_text(MAPPING, "utf-8")
    return str(log), str(mapping)


def test_a_log_goes_in_once_and_every_row_is_accounted_for(
    terminal: Terminal, files: tuple[str, str]
) -> None:
    log, mapping = files

    first = terminal("import", "csv", log, "--mapping", mapping, "--json").object
    again = terminal("import", "csv", log, "--mapping", mapping, "--json").object

    assert set(first) == ACCOUNT_FIELDS
    assert first["rows_read"] == 4
    assert first["rows_changed"] + first["rows_progressed"] + first["rows_unreadable"] == 4
    assert first["rows_unreadable"] == 1
    assert (first["tickets"], first["checked_only"]) == (2, False)
    assert {one["kind"] for one in first["oddities"]} >= {"state_unknown"}
    assert Path(first["report"]).exists()
    assert again["events"] == 0
    assert terminal.done("ticket", "show", "INC1", "--json").object["status"] == "closed"


def test_a_check_records_nothing_and_needs_no_ledger(
    terminal: Terminal, files: tuple[str, str]
) -> None:
    log, mapping = files
    words = ("import", "csv", log, "--mapping", mapping, "--check")

    checked = terminal(*words, "--json").object
    terminal.ledger = terminal.ledger.with_name("nowhere")
    printed = terminal(*words).out

    assert checked["checked_only"] is True
    assert checked["events"] > 0
    assert "would be recorded" in printed
    assert not terminal.ledger.exists()


def test_a_log_comes_from_stdin_too(terminal: Terminal, files: tuple[str, str]) -> None:
    _, mapping = files

    account = terminal("import", "csv", "-", "-m", mapping, "--json", stdin=LOG).object

    assert account["tickets"] == 2


def test_the_report_goes_where_it_is_wanted_and_not_to_the_screen(
    terminal: Terminal, files: tuple[str, str], tmp_path: Path
) -> None:
    log, mapping = files
    report = tmp_path / "unreadable.jsonl"

    answer = terminal("import", "csv", log, "-m", mapping, "--report", str(report))

    assert "never" in report.read_text("utf-8")
    assert "line 4" in answer.out


@pytest.mark.parametrize("which", ["mapping", "file"])
def test_what_is_not_there_is_told_with_its_name(
    terminal: Terminal, files: tuple[str, str], which: str
) -> None:
    log, mapping = files
    words = ("import", "csv", log, "-m", "nowhere.toml")
    if which == "file":
        words = ("import", "csv", "nowhere.csv", "-m", mapping)

    answer = terminal(*words)

    assert 90 <= answer.code < 100
    assert "nowhere" in answer.err


def test_the_mappings_that_come_with_the_program_are_listed(terminal: Terminal) -> None:
    found = terminal.done("import", "mappings", "--json").objects

    assert "servicenow" in [one["name"] for one in found]
    assert all(Path(one["path"]).exists() for one in found)
    assert "servicenow" in terminal.done("import", "mappings").out


def test_rows_that_cannot_be_read_have_an_exit_code_of_their_own(
    terminal: Terminal, files: tuple[str, str], tmp_path: Path
) -> None:
    log, mapping = files

    answer = terminal("import", "csv", log, "-m", mapping)
    checked = terminal("import", "csv", log, "-m", mapping, "--check")
    whole = tmp_path / "whole.csv"
    whole.write_text(LOG.replace("INC2,never,New,Refunds\n", ""), "utf-8")

    assert answer.code == checked.code == 97
    assert "1 of 4 rows could not be read" in answer.err
    assert "unreadable-helpdesk-" in answer.err
    assert "encoding" not in answer.err
    assert terminal("import", "csv", str(whole), "-m", mapping).code == 0


def test_a_file_in_another_encoding_is_told_as_that(
    terminal: Terminal, files: tuple[str, str], tmp_path: Path
) -> None:
    _, mapping = files
    log = tmp_path / "latin.csv"
    log.write_bytes(LOG.replace("Refunds", "Rückgaben").encode("cp1252"))

    answer = terminal("import", "csv", str(log), "-m", mapping)

    assert answer.code == 97
    assert "all 4 rows" in answer.err
    assert "file.encoding" in answer.err
    assert "utf-8" in answer.err


def test_in_a_ledger_of_imports_alone_it_is_told_from_when_times_are_counted(
    terminal: Terminal, files: tuple[str, str]
) -> None:
    log, mapping = files
    terminal("import", "csv", log, "-m", mapping)
    note = "times are counted from 2026-03-01 12:00"

    assert note in terminal.done("ticket", "list").err
    assert note in terminal.done("queue", "list").err
    assert note in terminal.done("customer", "show", "INC1").err
    terminal.opened()
    assert note not in terminal.done("ticket", "list").err
