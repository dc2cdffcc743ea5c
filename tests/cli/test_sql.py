"""The views answer any query, read-only, in the form that was asked for."""

from __future__ import annotations

import csv
import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from cli.errors import QueryFailed
from cli.sql_answer import Form, run_query, unique, without_data
from cli.sql_prompt import prompt
from tests.cli.calling import Terminal

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
CASES = "SELECT customer, opened_at, category FROM customer_case ORDER BY opened_at"


def test_a_query_answers_one_object_a_row(cases: Terminal) -> None:
    assert cases.done("sql", "--json", CASES).objects[0] == {
        "customer": "X",
        "opened_at": "2026-03-01T09:00:00.000000Z",
        "category": ["Refund"],
    }


def test_a_query_comes_from_stdin_too(cases: Terminal) -> None:
    text = "SELECT count(*) AS cases\nFROM customer_case;"

    assert cases.done("sql", "-", "--json", stdin=text).object == {"cases": 3}
    assert cases.done("sql", "--json", stdin=text).object == {"cases": 3}


def test_csv_has_a_header_and_times_in_utc(cases: Terminal) -> None:
    rows = list(csv.reader(io.StringIO(cases.done("sql", "--csv", CASES).out)))

    assert rows[0] == ["customer", "opened_at", "category"]
    assert rows[1][:2] == ["X", "2026-03-01T09:00:00.000000Z"]
    assert len(rows) == 4


def test_a_table_is_for_people(cases: Terminal) -> None:
    lines = cases.done(
        "sql", "SELECT customer, count(*) AS n FROM customer_case GROUP BY ALL ORDER BY 1"
    ).out.splitlines()

    assert lines == ["customer  n", "X         2", "Y         1"]


def test_times_are_those_of_the_ledgers_zone(terminal: Terminal) -> None:
    terminal.ledger = terminal.ledger.with_name("berlin")
    terminal.done("init", "--time-zone", "Europe/Berlin")
    terminal.opened("--command-id", "k", "--at", "2026-03-01T00:30")

    answer = terminal.done("sql", "--json", "SELECT opened_at::DATE AS day FROM customer_case")

    assert answer.object == {"day": "2026-03-01"}


@pytest.mark.parametrize("query", ["SELECT nope FROM customer_case", "SELEC 1", "FROM nowhere"])
def test_a_wrong_query_says_what_is_wrong(cases: Terminal, query: str) -> None:
    answer = cases("sql", query)

    assert answer.code == 81
    assert answer.err.startswith("error: ")


@pytest.mark.parametrize(
    "query",
    [
        "DROP VIEW customer_case; DELETE FROM customer_timeline.main.entry",
        "COPY customer_case TO 'out.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "ATTACH 'other.duckdb' AS other",
    ],
)
def test_nothing_is_written_and_no_file_is_read(cases: Terminal, query: str) -> None:
    assert cases("sql", query).code == 81
    assert len(cases.done("sql", "--json", CASES).objects) == 3


def test_an_error_quotes_the_query_and_never_the_data(terminal: Terminal) -> None:
    terminal.opened("--customer", "C7", "--subject", "Ana Pereira")

    answer = terminal("sql", "SELECT subject::INTEGER FROM customer_case")

    assert answer.code == 81
    assert "Ana" not in answer.err
    assert without_data("no column 'nope' near 'Ana P'", "SELECT nope") == (
        "no column 'nope' near '…'"
    )


def test_a_wrong_name_is_met_with_the_names_there_are(cases: Terminal) -> None:
    answer = cases("sql", "SELECT statu FROM customer_case")

    assert answer.code == 81
    assert '"state"' in answer.err


def test_a_name_that_came_from_the_data_is_not_suggested(terminal: Terminal) -> None:
    terminal.opened("--customer", "C7", "--subject", "Pereira")
    pivot = "PIVOT (SELECT subject FROM customer_case) ON subject USING count(*)"

    answer = terminal("sql", f"SELECT pereir FROM ({pivot})")

    assert answer.code == 81
    assert "Pereira" not in answer.err


@pytest.mark.parametrize("window", ["-3", "0"])
@pytest.mark.parametrize(
    "question",
    [
        "recontact_rate(window_hours := {})",
        "recontact_rate(window_hours := {}, to_ts := TIMESTAMPTZ '2099-01-01')",
        "recontact_rate_by('channel', window_hours := {})",
        "recontact_contacts(window_hours := {})",
        "recontact_overview(window_hours := {})",
        "recontact_pairs(window_hours := {})",
        "recontact_drivers(window_hours := {})",
    ],
)
def test_a_window_that_is_not_above_nothing_is_refused(
    cases: Terminal, question: str, window: str
) -> None:
    answer = cases("sql", f"FROM {question.format(window)}")

    assert answer.code == 81
    assert "window_hours is a number above 0, or NULL for any" in answer.err
    assert cases("sql", f"FROM {question.format('NULL')}").code == 0


def test_what_can_be_asked_is_listed_with_comments(cases: Terminal) -> None:
    found = cases.done("sql", "--describe", "--json").objects

    by_name = {(one["name"].split("(")[0], one["column"]): one for one in found}
    for name in ("customer_case", "customer_timeline", "recontact_rate", "projection_position"):
        assert by_name[name, None]["comment"]
    assert by_name["customer_case", "stage"]["comment"]
    columns = cases.done("sql", "--describe", "customer_case").out
    assert "next_update_by" in columns


def test_the_views_can_be_asked_as_they_were_recorded(cases: Terminal) -> None:
    answer = cases.done("sql", "--json", "--as-recorded-at", "2", CASES)

    assert len(answer.objects) == 2
    assert "position 2" in answer.err
    assert cases("sql", "--as-recorded-at", "99", CASES).code == 2


def test_two_forms_at_once_are_a_usage_error(cases: Terminal) -> None:
    assert cases("sql", "--json", "--csv", CASES).code == 2


def test_columns_of_one_name_are_told_apart() -> None:
    assert unique(["n", "n", "m", "n"]) == ["n", "n_2", "m", "n_3"]


def test_a_long_answer_is_cut_for_people_only(capsys: pytest.CaptureFixture[str]) -> None:
    with duckdb.connect() as connection:
        run_query(connection, "FROM range(1500)", Form.TABLE, "UTC")
        printed = capsys.readouterr()
        assert len(printed.out.splitlines()) == 1001
        assert "first 1,000 rows" in printed.err
        run_query(connection, "FROM range(1500)", Form.JSON, "UTC")
        assert len(capsys.readouterr().out.splitlines()) == 1500
        run_query(connection, "FROM range(0)", Form.TABLE, "UTC")
        assert "(no rows)" in capsys.readouterr().out
        with pytest.raises(QueryFailed):
            run_query(connection, "FROM nowhere", Form.TABLE, "UTC")


def test_the_prompt_takes_queries_over_several_lines_and_survives_wrong_ones(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    typed = iter(
        ["SELECT 41", "  + 1 AS n;", "FROM nowhere;", ".help", ".json", "SELECT 7 AS n;", ".quit"]
    )
    monkeypatch.setattr("builtins.input", lambda _: next(typed))

    with duckdb.connect() as connection:
        prompt(connection, Form.TABLE, "UTC")

    printed = capsys.readouterr()
    assert printed.out.split() == ["n", "42", '{"n":7}']
    assert "error: " in printed.err
    assert "Ctrl-D" in printed.err


def test_without_a_query_a_terminal_gets_a_prompt(cases: Terminal, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    line = [sys.executable, "-m", "ticketledger", "--ledger", str(cases.ledger), "sql", "--json"]
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path), "TERM": "dumb"}
    with subprocess.Popen(
        line,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
    ) as process:
        os.write(ours, b"SELECT count(*) AS n FROM customer_case;\n.quit\n")
        out, err = process.communicate()
    os.close(ours)
    os.close(theirs)

    assert process.returncode == 0, err
    assert '{"n":3}' in out.decode()
    assert ".quit leaves" in err.decode()


def test_what_cannot_be_asked_is_told_with_what_is_near_it(cases: Terminal) -> None:
    answer = cases("sql", "--describe", "customer_cases")

    assert answer.code == 81
    assert answer.out == ""
    assert "near it: customer_case" in answer.err


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("DROP VIEW customer_case", "DROP"),
        ("SELECT 1; DELETE FROM customer_timeline.main.entry", "DELETE"),
        ("CREATE TABLE mine AS SELECT 1", "CREATE"),
        ("COPY customer_case TO 'out.csv'", "COPY"),
    ],
)
def test_a_writing_statement_is_refused_plainly_and_nothing_before_it_is_run(
    cases: Terminal, query: str, what: str
) -> None:
    answer = cases("sql", query)

    assert answer.code == 81
    assert f"{what} is not possible: the views are read-only" in answer.err
    assert answer.out == ""


def test_several_queries_are_answered_one_after_another(cases: Terminal) -> None:
    text = "CREATE TEMP TABLE n AS SELECT 7 AS a; SELECT a FROM n; SELECT 8 AS b;"

    assert cases.done("sql", text).out.splitlines() == ["a", "7", "", "b", "8"]
    assert cases.done("sql", "--json", text).objects == [{"a": 7}, {"b": 8}]
    assert cases.done("sql", "--csv", text).out.splitlines() == ["a", "7", "", "b", "8"]
    failing = cases("sql", "SELECT 7 AS a; SELECT nope")
    assert (failing.code, failing.out.splitlines()) == (81, ["a", "7"])


def test_a_pivot_is_answered_too(cases: Terminal) -> None:
    answer = cases.done(
        "sql", "--json", "PIVOT customer_case ON customer USING count(*) GROUP BY state"
    )

    assert answer.object == {"state": "ongoing", "X": 2, "Y": 1}
