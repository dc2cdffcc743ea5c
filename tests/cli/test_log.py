"""The log can be followed, counted, searched and verified; nobody's words are shown on the way."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.calling import Terminal

pytestmark = pytest.mark.unit

EVENT_FIELDS = [
    "partition",
    "position",
    "id",
    "subject",
    "sequence",
    "type",
    "time",
    "recordedtime",
    "actor",
    "commandid",
    "correlationid",
    "causationid",
    "data",
]


@pytest.fixture
def busy(terminal: Terminal) -> Terminal:
    """A ledger whose customer has said something."""
    number = terminal.opened(
        *("--customer", "C7", "--subject", "secret words", "--name", "Ana", "--order", "O1")
    )
    earlier = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    terminal.done(
        *("ticket", "receive", number, "secret words", "--message-id", "m-1", "--at", earlier)
    )
    terminal.done("ticket", "note", number, "secret words", "--as", "agent:budi")
    terminal.done("ticket", "assign", number, "--to", "budi")
    return terminal


def test_the_last_events_are_shown_in_order_without_anybodys_words(busy: Terminal) -> None:
    printed = busy.done("log", "tail", "-n", "3").out
    answer = busy.done("log", "tail", "-n", "3", "--json")

    assert "secret" not in printed + answer.out
    assert "Ana" not in answer.out
    assert [one["position"] for one in answer.objects] == [2, 3, 4]
    assert list(answer.objects[0]) == EVENT_FIELDS


def test_an_empty_log_has_no_last_events(terminal: Terminal) -> None:
    assert terminal.done("log", "tail").out == ""


def test_events_are_found_by_type_actor_subject_time_and_ids(busy: Terminal) -> None:
    number = busy.done("log", "tail", "--json").objects[0]["data"]["number"]

    def found(*words: str) -> list[int]:
        return [one["position"] for one in busy.done("log", "find", *words, "--json").objects]

    assert found("--type", "note.added") == [3]
    assert found("--type", "ticketledger.note.added.v1", "--type", "ticket.assigned") == [3, 4]
    assert found("--actor", "agent:") == [1, 3, 4]
    assert found("--actor", "customer:C7") == [2]
    assert found("--subject", number) == [1, 2, 3, 4]
    assert found("--from", "2h", "--to", "30m") == [2]
    assert found("m-1") == [2]
    assert found("o1") == [1]
    assert found("secret") == []
    assert found("Ana") == []


def test_more_than_asked_for_is_told(busy: Terminal) -> None:
    answer = busy.done("log", "find", "--limit", "2", "--json")

    assert len(answer.objects) == 2
    assert "more than 2" in answer.err


def test_one_event_or_one_tickets_events_are_shown_whole(busy: Terminal) -> None:
    [first, *_] = busy.done("log", "tail", "--json").objects
    by_subject = busy.done("log", "show", first["subject"], "--json").objects
    by_position = busy.done("log", "show", "@2", "--json").object

    assert [one["position"] for one in by_subject] == [1, 2, 3, 4]
    assert by_position == by_subject[1]
    assert by_position["data"]["body"] == "secret words"
    assert busy.done("log", "show", "2", "--json").object == by_position
    assert "secret words" in busy.done("log", "show", "2").out
    assert busy("log", "show", "@99").code == 83
    assert busy("log", "show", "INC1").code == 83


def test_the_log_is_counted(busy: Terminal) -> None:
    found = busy.done("log", "stats", "--json").object

    assert (found["events"], found["records"], found["subjects"], found["tickets"]) == (4, 5, 1, 1)
    assert found["by_type"]["ticketledger.note.added.v1"] == 1
    assert found["first_time"] < found["last_time"]
    assert "ticketledger.note.added.v1" in busy.done("log", "stats").out


def test_an_intact_log_verifies_and_gives_a_digest_to_keep(busy: Terminal) -> None:
    answer = busy.done("log", "verify", "--json").object
    digest = "{records}:{digest}".format(**answer["checkpoints"][0])

    assert answer["intact"] is True
    assert answer["findings"] == []
    busy.done("ticket", "open", "--customer", "C8")
    assert busy.done("log", "verify", "--expect", digest).code == 0
    other = "1" if digest.endswith("0") else "0"
    assert busy("log", "verify", "--expect", digest[:-1] + other).code == 82
    assert busy("log", "verify", "--expect", "nonsense").code == 2


def test_what_a_verification_counts_is_reconciled_with_what_was_recorded(busy: Terminal) -> None:
    recorded = len(busy.done("log", "tail", "-n", "1000", "--json").objects)

    answer = busy.done("log", "verify")

    assert f" {recorded + 1} events, every chain holds" in answer.out
    assert "1 is the genesis record, which no account counts: " in answer.err
    assert f" saves with {recorded} events" in answer.err


def test_a_truncated_file_is_told_with_the_way_out(terminal: Terminal) -> None:
    for _ in range(30):
        terminal.opened()
    file = terminal.ledger / "ledger.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size // 2)

    answer = terminal("log", "verify")

    assert answer.code in (45, 82)
    assert "verify the log" not in answer.err
    assert answer.code == 45
    assert "put a backup of the file in its place" in answer.err


def test_a_changed_byte_is_found_and_the_place_told_without_the_words(busy: Terminal) -> None:
    connection = sqlite3.connect(busy.ledger / "ledger.sqlite")
    with connection:
        connection.execute(
            "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), 'secret', 'public') AS BLOB) "
            "WHERE position = 2"
        )
    connection.close()

    answer = busy("log", "verify")

    assert answer.code == 82
    assert "sequence 2" in answer.out
    assert "words" not in answer.out + answer.err


def test_following_shows_what_another_process_records(busy: Terminal) -> None:
    line = [sys.executable, "-m", "ticketledger", "--ledger", str(busy.ledger), "log", "tail"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*line, "-n", "1", "--follow", "--json"], stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        assert process.stdout is not None
        assert '"position":4' in process.stdout.readline()
        busy.done("ticket", "open", "--customer", "C8")
        assert '"position":5' in process.stdout.readline()
        process.terminate()


def _spoil(busy: Terminal, position: int, body: bytes) -> None:
    connection = sqlite3.connect(busy.ledger / "ledger.sqlite")
    with connection:
        connection.execute("UPDATE event SET body = ? WHERE position = ?", (body, position))
    connection.close()


def test_an_unreadable_event_is_shown_as_bytes_and_why(busy: Terminal) -> None:
    _spoil(busy, 3, b'{"specversion":"1.0","da\xff\x1b[31m')
    number = busy("log", "tail", "-n", "4", "--json").objects[0]["data"]["number"]

    printed = busy("log", "show", "3")
    answer = busy("log", "show", "@3", "--json")
    whole = busy("log", "show", number, "--json")

    assert printed.code == answer.code == whole.code == 55
    assert "cannot be read: it has no data" in printed.out
    assert r'{"specversion":"1.0","da\xff' in printed.out
    assert "\x1b" not in printed.out
    assert "position 3 cannot be read" in printed.err
    assert answer.object["position"] == 3
    assert answer.object["raw"].startswith('{"specversion"')
    assert [one["position"] for one in whole.objects] == [1, 2, 3, 4]


def test_an_unreadable_event_stops_neither_the_tail_nor_a_search(busy: Terminal) -> None:
    _spoil(busy, 3, b'{"type":"ticketledger.note.added.v1"')

    tail = busy.done("log", "tail", "--json")
    found = busy.done("log", "find", "--type", "note.added", "--json")

    assert [one["position"] for one in tail.objects] == [1, 2, 4]
    assert "position 3 cannot be read" in tail.err
    assert "position 3 cannot be read" in found.err


def test_of_a_damaged_log_no_digest_is_printed_as_if_it_were_good(busy: Terminal) -> None:
    _spoil(busy, 3, b"{}")

    answer = busy("log", "verify")

    assert answer.code == 82
    assert not any(line[:1].isdigit() and len(line) > 64 for line in answer.out.splitlines())
    assert "1 findings" not in answer.err


def test_a_type_that_nobody_knows_is_told_with_those_near_it(busy: Terminal) -> None:
    answer = busy("log", "find", "--type", "ticket.reopend")

    assert answer.code == 2
    assert "ticket.reopened" in answer.err
    assert busy.done("log", "find", "--type", "ticket.reopened").out == ""


def test_a_long_name_does_not_run_into_its_value(busy: Terminal) -> None:
    number = busy.done("log", "tail", "--json").objects[0]["data"]["number"]
    busy.done("ticket", "reply", number, "words", "--next-update-by", "2h")

    printed = busy.done("log", "show", number).out

    assert "next_update_by 2" in printed
