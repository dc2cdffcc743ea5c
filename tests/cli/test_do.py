"""Many commands at once say what the single ones would have said."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cli import do_desk
from cli.do_forms import NOUNS, forms
from cli.nouns import NOUNS as ALL_NOUNS
from cli.reference import commands
from eventstore.errors import LedgerUnwritable
from eventstore.ledger import Ledger
from tests.cli.calling import Answer, Terminal
from tests.cli.logged import logged, publish_policy

pytestmark = pytest.mark.unit

AT = "2026-03-05T10:00Z"


def lines(*commands: dict[str, Any] | str) -> str:
    """Commands as JSON lines; a text is a line as it stands."""
    return "".join(
        (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)) + "\n"
        for one in commands
    )


def done(terminal: Terminal, *commands: dict[str, Any] | str, options: str = "") -> Answer:
    """Give commands on stdin."""
    return terminal("do", "-", *options.split(), stdin=lines(*commands))


def note(number: str, key: str, text: str = "hello", **more: Any) -> dict[str, Any]:
    """A note as a line."""
    return {"do": "ticket.note", "ticket": number, "text": text, "command_id": key, "at": AT} | more


def opened(terminal: Terminal, *words: str) -> str:
    """A ticket from before everything here."""
    key = ("--at", "2026-03-01T09:00Z", "--command-id", f"open-{len(terminal.calls)}")
    return terminal.opened("--customer", "C7", *words, *key)


def test_each_line_is_answered_in_its_turn(terminal: Terminal) -> None:
    number = opened(terminal)

    answer = done(
        terminal,
        note(number, "n1", **{"as": "agent:budi"}),
        {"do": "ticket.close", "ticket": number, "command_id": "c1", "at": AT},
        note(number, "n2"),
    )

    told = [(one["line"], one["command_id"], one["outcome"]) for one in answer.objects]
    assert told == [(1, "n1", "ok"), (2, "c1", "refused"), (3, "n2", "ok")]
    refused = answer.objects[1]
    assert (refused["error"], refused["exit_code"]) == ("NotResolved", 19)
    assert refused["way_out"] == f"ticketledger ticket resolve {number}"
    assert answer.objects[0]["events"] == ["note.added"]
    assert [one.actor for one in logged(terminal.ledger)][1:] == ["agent:budi", "agent:ayu"]
    assert answer.code == 79
    assert "3 lines: 2 ok, 0 repeated, 1 refused" in answer.err


def test_all_done_is_told_by_the_exit_code(terminal: Terminal) -> None:
    assert done(terminal, note(opened(terminal), "n1")).code == 0
    assert done(terminal).code == 0


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nonsense", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ('"ticket.note"', "it is no JSON object"),
        ({"do": "ticket.nte", "command_id": "x"}, "did you mean ticket.note?"),
        ({"command_id": "x"}, "ticketledger do --schema"),
        ({"do": "ticket.show", "ticket": "N", "command_id": "x"}, "there is no such command"),
        ({"do": "ticket.note", "ticket": "N", "text": "secret"}, "a key of its own"),
        ({"do": "ticket.note", "text": "secret", "command_id": "x"}, "ticket.note needs it"),
        (note("N", "x", txt="secret"), "did you mean text?"),
        ({"do": "ticket.note", "ticket": "N", "text": ["secret"], "command_id": "x"}, "a text"),
        ({"do": "ticket.reply", "ticket": "N", "ask": "yes", "command_id": "x"}, "true or false"),
        ({"do": "ticket.prioritize", "ticket": "N", "to": "secret", "command_id": "x"}, "critical"),
        (
            {
                "do": "ticket.survey-answer",
                "ticket": "N",
                "survey": "S",
                "score": True,
                "command_id": "x",
            },
            "a whole number",
        ),
        (
            {"do": "ticket.attach", "ticket": "N", "sha256": "0", "bytes": -1, "command_id": "x"},
            "at least 0",
        ),
        ({"do": "ticket.open", "subject": "x", "order": "O1", "command_id": "x"}, "a list"),
        ({"do": "ticket.note", "ticket": "N", "text": "secret", "command_id": "x"}, "--at"),
        (note("N", "with space"), "printable"),
        (note("N", "x", "  "), "there are no words"),
        (note("NOBODY", "x"), "no ticket has the number"),
    ],
)
def test_a_bad_line_is_answered_and_the_rest_done(
    terminal: Terminal, line: dict[str, Any] | str, says: str
) -> None:
    number = opened(terminal)
    if isinstance(line, dict) and line.get("ticket") == "N":
        line = line | {"ticket": number}

    answer = done(terminal, line, note(number, "n1"))

    bad, good = answer.objects
    assert (bad["outcome"], good["outcome"]) == ("refused", "ok")
    assert says in bad["message"]
    assert "secret" not in answer.out
    assert bad["exit_code"] in (2, 3, 52)


def test_a_line_that_is_repeated_records_nothing_twice(terminal: Terminal) -> None:
    number = opened(terminal)
    commands = [note(number, "n1"), note(number, "n1"), note(number, "n1", "something else")]

    first, again = done(terminal, *commands), done(terminal, *commands)

    outcomes = [[one["outcome"] for one in answer.objects] for answer in (first, again)]
    assert outcomes == [["ok", "repeated", "refused"], ["repeated", "repeated", "refused"]]
    assert first.objects[2]["error"] == "CommandIdReused"
    assert len(logged(terminal.ledger)) == 2


def test_ids_are_drawn_where_that_is_wished(terminal: Terminal) -> None:
    line = {"do": "ticket.note", "ticket": opened(terminal), "text": "hello"}

    answers = [done(terminal, line, options="--draw-ids").object for _ in range(2)]

    assert [one["outcome"] for one in answers] == ["ok", "ok"]
    assert len({one["command_id"] for one in answers}) == 2


def test_a_messages_own_id_serves_as_command_id(terminal: Terminal) -> None:
    line = {"do": "customer.message", "customer": "C9", "text": "x", "message_id": "m1", "at": AT}

    first, again = (done(terminal, line).object for _ in range(2))

    assert (first["command_id"], again["outcome"]) == ("m1", "repeated")


def test_a_dash_is_a_word_here(terminal: Terminal) -> None:
    done(terminal, note(opened(terminal), "n1", "-"), note("nobody", "n2"))

    assert logged(terminal.ledger)[-1].data["body"] == "-"


def test_a_message_goes_to_the_case_that_a_line_before_it_opened(terminal: Terminal) -> None:
    new = {"do": "ticket.open", "customer": "C9", "order": ["O1"], "command_id": "o", "at": AT}
    message = {"do": "customer.message", "customer": "C9", "order": ["O1"], "text": "And?"}

    first, second = done(terminal, new, message | {"command_id": "m", "at": AT}).objects

    assert first["number"] == second["number"]
    assert second["events"] == ["message.received"]


def test_a_beginning_that_fits_two_is_ambiguous_though_one_of_them_still_waits(
    terminal: Terminal,
) -> None:
    new = {"do": "ticket.open", "subject": "x", "command_id": "o", "at": AT}
    number = done(terminal, new).object["number"]
    other = Terminal(terminal.ledger.with_name("other"), terminal.capsys, terminal.monkeypatch)
    other.done("init")

    answers = done(other, new, note(number[:3], "n1")).objects

    assert (answers[1]["outcome"], answers[1]["number"]) == ("ok", number)


def test_what_several_tickets_record_stands_in_one_answer(terminal: Terminal) -> None:
    parent, child = opened(terminal), opened(terminal)
    link = {"do": "ticket.link", "ticket": parent, "other": child, "role": "child"}
    update = {"do": "ticket.update-children", "ticket": parent, "text": "Soon."}

    answers = done(
        terminal,
        link | {"command_id": "l", "at": AT},
        update | {"command_id": "u", "at": AT},
        update | {"command_id": "u", "at": AT},
    ).objects

    assert [one["outcome"] for one in answers] == ["ok", "ok", "repeated"]
    assert [one["command_id"] for one in answers] == ["l", "u", "u"]
    assert [one["number"] for one in answers[1]["children"]] == [child]


def test_an_assignment_counts_those_that_still_wait(terminal: Terminal) -> None:
    first, second = opened(terminal), opened(terminal)
    terminal.done("agent", "set", "budi", "--capacity", "1")
    key = {"at": AT, "to": "budi", "do": "ticket.assign"}

    done(
        terminal,
        {"ticket": first, "command_id": "a1"} | key,
        {"ticket": second, "command_id": "a2"} | key,
    )

    assigned = [one.data for one in logged(terminal.ledger)[-2:]]
    assert [(one["active_then"], one["over_capacity"]) for one in assigned] == [
        (0, False),
        (1, True),
    ]


def test_clocks_are_kept_here_too(terminal: Terminal) -> None:
    publish_policy(terminal.ledger)
    new = {"do": "ticket.open", "subject": "x", "command_id": "o", "at": AT}

    assert "sla.started" in done(terminal, new).object["events"]


def test_a_disk_that_is_full_stops_everything_and_repeating_goes_on(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = opened(terminal)
    commands = [note(number, f"n{key}") for key in range(6)]

    def full(*_: object) -> None:
        raise LedgerUnwritable(terminal.ledger, reason="no space left on device")

    monkeypatch.setattr(do_desk, "_AT_MOST", 2)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "execute_many", full)
        answer = done(terminal, *commands)
    assert (answer.code, answer.out) == (47, "")

    assert done(terminal, *commands).code == 0
    assert len(logged(terminal.ledger)) == 7


def test_a_disk_that_is_full_is_met_by_one_line_only(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise LedgerUnwritable(terminal.ledger, reason="no space left on device")

    message = {"do": "customer.message", "customer": "C7", "text": "x", "at": AT}
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "execute", full)
        answer = done(terminal, *(message | {"command_id": f"m{n}"} for n in range(2)))

    assert (answer.code, answer.out) == (47, "")


def test_a_file_that_is_not_there_is_a_usage_error(terminal: Terminal) -> None:
    assert terminal("do", str(terminal.ledger / "nothing.jsonl")).code == 2
    assert terminal("do").code == 2


def test_every_verb_that_takes_a_command_id_can_be_given_as_a_line() -> None:
    recording = {
        ".".join(words)
        for words, command in commands()
        if "command_id" in {one.name for one in getattr(command, "params", ())}
        and words[0] in NOUNS
    }

    assert set(forms()) == recording
    assert len(recording) > 40
    assert set(NOUNS) & set(ALL_NOUNS) >= {"ticket", "customer", "queue"}


def test_no_field_of_a_command_hides_another_or_passes_for_its_key() -> None:
    for form in forms().values():
        assert len(form.fields) == len({one.parameter for one in form.fields.values()})
        assert {"command_id", "at"} <= form.fields.keys()
        if "message_id" in form.fields:
            assert "It serves as command id" in form.fields["message_id"].help


def test_the_schema_accepts_what_is_done_and_refuses_what_is_not(terminal: Terminal) -> None:
    schema = terminal.done("do", "--schema").object
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)

    assert validator.is_valid(note("N", "x"))
    assert not validator.is_valid(note("N", "x", txt="x"))
    assert not validator.is_valid({"do": "ticket.nte"})
    assert not validator.is_valid({"do": "ticket.prioritize", "ticket": "N", "to": "urgent"})


# The same log, whichever way it is written. Each line here is paired with its command line.

TICKETS = ("first", "second")
STEPS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"do": "ticket.note", "text": "hello"}, "ticket note {} hello"),
    ({"do": "ticket.reply", "text": "At it."}, "ticket reply {} 'At it.'"),
    ({"do": "ticket.reply", "text": "Which?", "ask": True}, "ticket reply {} Which? --ask"),
    ({"do": "ticket.receive", "text": "This"}, "ticket receive {} This"),
    ({"do": "ticket.tag", "tag": "vip"}, "ticket tag {} vip"),
    ({"do": "ticket.categorize", "level": ["A", "B"]}, "ticket categorize {} A B"),
    ({"do": "ticket.set", "field": "f", "value": "v"}, "ticket set {} f v"),
    ({"do": "ticket.assign", "to": "budi"}, "ticket assign {} --to budi"),
    ({"do": "ticket.resolve"}, "ticket resolve {}"),
    ({"do": "ticket.close"}, "ticket close {}"),
    ({"do": "ticket.reopen"}, "ticket reopen {}"),
    ({"do": "ticket.viewed", "look": "click"}, "ticket viewed {} --look click"),
    ({"do": "ticket.remind", "in": "2h"}, "ticket remind {} --in 2h"),
    ({"do": "ticket.split", "subject": "More"}, "ticket split {} --subject More"),
    ({"do": "ticket.correct", "event": "1", "reason": "x"}, "ticket correct {} 1 --reason x"),
    ({"do": "ticket.merge", "into": "second"}, "ticket merge {} --into second"),
    (
        {"do": "ticket.link", "other": "second", "role": "child"},
        "ticket link {} second --role child",
    ),
    ({"do": "ticket.update-children", "text": "All."}, "ticket update-children {} All."),
    (
        {"do": "customer.message", "customer": "C7", "order": ["O1"], "text": "And?"},
        "customer message C7 And? --order O1",
    ),
    ({"do": "agent.set", "agent": "citra", "capacity": 3}, "agent set citra --capacity 3"),
    (
        {"do": "customer.profile", "customer": "C7", "tier": "vip"},
        "customer profile C7 --tier vip",
    ),
    (
        {"do": "ticket.open", "customer": "C7", "order": ["O1"], "live": False},
        "ticket open --customer C7 --order O1 --not-live",
    ),
)


Step = tuple[tuple[dict[str, Any], str], str, int]


@dataclass
class Begun:
    """A ledger with two tickets, and their numbers by their names."""

    terminal: Terminal
    numbers: dict[str, str]

    def numbered(self, line: dict[str, Any]) -> dict[str, Any]:
        """The line with the tickets' numbers in the place of their names."""
        return {
            name: self.numbers.get(value, value) if isinstance(value, str) else value
            for name, value in line.items()
        }


@dataclass
class Folders:
    """Ledgers to compare, each in a folder of its own."""

    factory: pytest.TempPathFactory
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def begun(self, *, with_policy: bool) -> Begun:
        """A new ledger, always the same."""
        folder = self.factory.mktemp("begun")
        terminal = Terminal(folder / "ledger", self.capsys, self.monkeypatch)
        terminal.done("init", "--name", "same")
        if with_policy:
            publish_policy(terminal.ledger)
        found = Begun(terminal, {})
        for name in TICKETS:
            key = ("--command-id", f"open-{name}", "--at", "2026-03-01T09:00Z")
            order = ("--order", "O1") if name == "first" else ()
            found.numbers[name] = terminal.opened("--customer", "C7", *order, *key)
        return found


@pytest.fixture
def folders(
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Folders:
    """Where ledgers are made."""
    return Folders(tmp_path_factory, capsys, monkeypatch)


SCRIPTS = st.lists(
    st.tuples(st.sampled_from(STEPS), st.sampled_from(TICKETS), st.integers(0, 3)),
    min_size=1,
    max_size=10,
)
"""Steps on tickets; the number says how far back the command id comes from: 0 is a new one."""


@given(SCRIPTS, st.booleans(), st.sampled_from([1, 3, 500]))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_write_the_same_log_as_the_single_commands(
    folders: Folders, script: list[Step], with_policy: bool, at_most: int
) -> None:
    single, many = (folders.begun(with_policy=with_policy) for _ in range(2))
    codes, commands = [], []
    for place, ((line, typed), ticket, back) in enumerate(script):
        key, at = f"c{max(place - back, 0)}", f"2026-03-02T{place:02}:00Z"
        named = {"ticket": ticket} if "{}" in typed else {}
        commands.append(many.numbered(line | named) | {"command_id": key, "at": at})
        words = [single.numbers.get(word, word) for word in shlex.split(typed.format(ticket))]
        codes.append(single.terminal(*words, "--command-id", key, "--at", at).code)

    with folders.monkeypatch.context() as patch:
        patch.setattr(do_desk, "_AT_MOST", at_most)
        answers = done(many.terminal, *commands).objects

    assert [one.get("exit_code", 0) for one in answers] == codes
    assert logged(many.terminal.ledger) == logged(single.terminal.ledger)
