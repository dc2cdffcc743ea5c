"""Every error ends in one sentence and one exit code, and never tells what anybody wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli import ticket_looking
from cli.main import run
from cli.reference import error_classes, exit_code_of
from eventstore.errors import OutcomeUnknown
from eventstore.ledger import Ledger
from tests.cli.calling import Terminal

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
RESERVED = {0, 1, 2, 130}


def test_every_kind_of_error_has_an_exit_code_of_its_own() -> None:
    codes = [exit_code_of(error) for error in error_classes()]
    own = [code for code in codes if code != 1]

    assert len(own) == len(set(own))
    assert not RESERVED & set(own)
    assert max(own) < 126  # a shell means something else by the codes above


def test_a_folder_without_a_ledger_is_told_with_the_way_out(terminal: Terminal) -> None:
    terminal.ledger = terminal.ledger.with_name("nowhere")

    for words in (
        ("ticket", "show", "X"),
        ("log", "tail"),
        ("sql", "SELECT 1"),
        ("ticket", "open", "--customer", "C7"),
    ):
        answer = terminal(*words)
        assert answer.code == 41
        assert f"ticketledger --ledger {terminal.ledger} init;" in answer.err


def test_a_ledger_is_created_once(terminal: Terminal) -> None:
    again, another = terminal("init"), terminal("init", "--time-zone", "Europe/Berlin")

    assert (again.code, another.code) == (42, 87)
    assert "its days are those of UTC" in again.err
    assert "time zone UTC; asked for was time zone Europe/Berlin" in another.err
    assert terminal("init", "--name", "other").code == 87
    terminal.ledger = terminal.ledger.with_name("other")
    assert terminal("init", "--time-zone", "Mars/Olympus").code == 48
    assert not terminal.ledger.exists()


def test_a_typing_error_is_met_with_what_there_is(terminal: Terminal) -> None:
    noun, verb = terminal("tikket"), terminal("ticket", "shwo", "X")

    assert (noun.code, verb.code) == (2, 2)
    assert "Did you mean ticket?" in noun.err
    assert "show" in verb.err
    assert noun.out == verb.out == ""


def test_a_noun_without_a_verb_shows_its_help_as_an_error(terminal: Terminal) -> None:
    answer = terminal("ticket")

    assert answer.code == 2
    assert answer.out == ""
    assert "hand-over" in answer.err


def test_the_unexpected_is_one_plain_sentence_without_what_it_carries(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("Ana Pereira wrote: no refund")

    monkeypatch.setattr(ticket_looking, "find_ticket", fail)

    answer = terminal("ticket", "show", "X")
    assert answer.code == 1
    assert "ValueError" in answer.err
    assert "Ana" not in answer.err
    assert "Traceback" not in answer.err

    monkeypatch.setenv("TICKETLEDGER_TRACEBACK", "1")
    assert "Traceback" in terminal("ticket", "show", "X").err


def test_an_interruption_says_how_to_go_on(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ticket_looking, "find_ticket", interrupt)

    answer = terminal("ticket", "show", "X")

    assert answer.code == 130
    assert "repeat the command" in answer.err


def test_a_reader_that_goes_away_is_no_error(terminal: Terminal) -> None:
    number = terminal.opened()
    for _ in range(3):
        terminal.done("ticket", "note", number, "x" * 50_000)

    line = f"{sys.executable} -m ticketledger --ledger {terminal.ledger} ticket history {number}"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line} --json | head -c 100"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_the_ledger_may_be_named_anywhere_in_the_line(
    terminal: Terminal, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(terminal.ledger)
    for words in (
        ["--ledger", folder, "log", "stats"],
        ["log", "--ledger", folder, "stats"],
        ["log", "stats", f"--ledger={folder}"],
    ):
        assert run(words) == 0
    monkeypatch.setenv("TICKETLEDGER_LEDGER", folder)
    assert run(["log", "stats"]) == 0
    monkeypatch.delenv("TICKETLEDGER_LEDGER")
    monkeypatch.chdir(terminal.ledger.parent)
    assert run(["log", "stats"]) == 0  # ./ledger is the default
    capsys.readouterr()


def test_words_after_two_dashes_are_words(terminal: Terminal) -> None:
    number = terminal.opened()

    terminal.done("ticket", "note", number, "--", "--ledger")

    assert terminal.done("ticket", "history", number, "--json").objects[-1]["data"]["body"] == (
        "--ledger"
    )


def test_the_program_starts_as_a_module_and_says_its_version() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ticketledger", "--version"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )

    assert done.stdout.startswith("ticketledger ")


def test_looking_at_a_ticket_imports_nothing_heavy(terminal: Terminal) -> None:
    number = terminal.opened()
    program = (
        "import sys; from cli.main import run; "
        f"code = run(['--ledger', {str(terminal.ledger)!r}, 'ticket', 'show', {number!r}]); "
        "heavy = {'pydantic', 'duckdb', 'eventsourcing', 'rich', 'domain.events'}; "
        "sys.exit(code or ', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_happens_in_the_future(terminal: Terminal) -> None:
    answer = terminal("ticket", "open", "--customer", "C7", "--at", "2999-01-01")

    assert answer.code == 2
    assert "future" in answer.err
    assert terminal("log", "stats", "--json").object["events"] == 0


def test_a_query_of_nothing_is_answered_with_nothing(terminal: Terminal) -> None:
    terminal("project", "run")

    assert (terminal("sql", " ; ").code, terminal("sql", "").out) == (0, "")


def test_a_part_of_a_digest_cannot_be_compared(terminal: Terminal) -> None:
    assert terminal("log", "verify", "--expect", "1:abc").code == 2


def test_a_ledger_is_named_after_a_folder_of_any_name(terminal: Terminal) -> None:
    terminal.ledger = terminal.ledger.with_name("my lédger")

    assert terminal("init", "--json").object["name"] == "my-l-dger"


@pytest.mark.parametrize(
    ("words", "error", "code"),
    [
        (("ticket", "show", "INC1"), "TicketNotFound", 3),
        (("queue", "list", "--limit", "many"), "UsageError", 2),
        (("sql", "SELEC 1"), "QueryFailed", 81),
        (("tikket",), "UsageError", 2),
    ],
)
def test_a_program_gets_a_failure_as_one_object_beside_the_results(
    terminal: Terminal, words: tuple[str, ...], error: str, code: int
) -> None:
    terminal.done("project", "run")

    answer = terminal(*words, "--json")

    assert (answer.code, answer.out) == (code, "")
    told = json.loads(answer.err)
    assert (told["error"], told["exit_code"]) == (error, code)
    assert told["message"]


def test_a_failures_way_out_can_be_run_as_it_stands(terminal: Terminal) -> None:
    told = json.loads(terminal("log", "show", "INC1", "--json").err)

    assert told["way_out"] == f"ticketledger --ledger {terminal.ledger} log tail"
    assert terminal(*told["way_out"].split()[3:]).code == 0
    assert f"--ledger {terminal.ledger} log tail" in terminal("log", "show", "INC1").err


def test_hints_name_the_ledger_as_the_call_did(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.ledger = terminal.ledger.with_name("my ledger")
    assert f"ticketledger --ledger '{terminal.ledger}' ticket open" in terminal.done("init").err
    monkeypatch.chdir(terminal.ledger.parent / "ledger")
    run(["init"])
    assert "next: ticketledger ticket open" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--customer", ""), "or what it is about"),
        ((), "or what it is about"),
        (("--customer", "C" * 201), "customer: it is longer than 200 characters"),
        (("--customer", "C7", "--category", ""), "category: it is empty"),
        (
            ("--customer", "C7", *(word for one in "abcdef" for word in ("--category", one))),
            "there are 6 of them, at most 5 are possible",
        ),
        (("--customer", "C7", "--order", ""), "order: it is empty"),
        (("--customer", "C7", "--priority", "urgent"), "'urgent' is not one of"),
        (("--customer", "C7", "--at", "noon"), "a moment looks like"),
    ],
)
def test_a_value_that_cannot_be_is_told_in_plain_words_and_nothing_is_recorded(
    terminal: Terminal, words: tuple[str, ...], told: str
) -> None:
    answer = terminal("ticket", "open", *words)

    assert answer.code == 2
    assert told in answer.err
    for jargon in ("String", "Tuple", "Value error", "Input should", "after validation"):
        assert jargon not in answer.err
    assert not any(line.startswith("command ") for line in answer.err.splitlines())
    assert terminal("log", "stats", "--json").object["events"] == 0


def test_a_drawn_command_id_is_told_only_where_something_may_be_recorded_under_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = terminal.opened("--customer", "C7")

    def fail(*_: object, **__: object) -> None:
        raise OutcomeUnknown(terminal.ledger, reason="the disk is gone")

    assert "command " in terminal.done("ticket", "note", number, "x").err
    refused = terminal("ticket", "reopen", number)
    assert refused.code != 0
    assert "command " not in refused.err
    monkeypatch.setattr(Ledger, "execute", fail)
    unknown = terminal("ticket", "note", number, "x")
    assert unknown.code == 57
    assert "command " in unknown.err
