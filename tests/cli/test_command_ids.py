"""A command is recorded once, however often it is given."""

from __future__ import annotations

import pytest

from tests.cli.calling import Terminal

pytestmark = pytest.mark.unit

KEY = ("--command-id", "key-1", "--at", "2026-03-01T10:00")


def test_repeating_a_command_with_its_key_records_nothing_twice(terminal: Terminal) -> None:
    number = terminal.opened()

    first = terminal.done("ticket", "tag", number, "vip", *KEY, "--json").object
    again = terminal.done("ticket", "tag", number, "vip", *KEY, "--json").object

    assert again == first | {"repeated": True}
    assert len(terminal.done("ticket", "history", number, "--json").objects) == 2


def test_opening_again_with_the_same_key_finds_the_first_ticket(terminal: Terminal) -> None:
    words = ("ticket", "open", "--customer", "C7", *KEY, "--json")

    first, again = terminal.done(*words).object, terminal.done(*words).object

    assert again == first | {"repeated": True}


def test_a_key_cannot_be_used_for_another_command(terminal: Terminal) -> None:
    number = terminal.opened()
    terminal.done("ticket", "tag", number, "vip", *KEY)

    answer = terminal("ticket", "tag", number, "other", *KEY)

    assert answer.code == 53
    assert "key-1" in answer.err


@pytest.mark.parametrize("at", [(), ("--at", "now"), ("--at", "2h")])
def test_a_key_needs_a_fixed_time(terminal: Terminal, at: tuple[str, ...]) -> None:
    number = terminal.opened()

    answer = terminal("ticket", "tag", number, "vip", "--command-id", "key-1", *at)

    assert answer.code == 2
    assert "--at" in answer.err


def test_without_a_key_one_is_drawn_and_told_beside_the_result(terminal: Terminal) -> None:
    number = terminal.opened()

    answer = terminal.done("ticket", "tag", number, "vip", "--json")

    assert answer.err == f"command {answer.object['command_id']}\n"


def test_a_messages_own_id_serves_as_key(terminal: Terminal) -> None:
    number = terminal.opened("--customer", "C7")
    words = ("ticket", "receive", number, "hi", "--message-id", "<1@mail>")

    assert terminal(*words).code == 2
    first = terminal.done(*words, "--at", "2026-03-01T10:00", "--json").object
    again = terminal.done(*words, "--at", "2026-03-01T10:00", "--json").object

    assert first["command_id"] == "<1@mail>"
    assert again["repeated"] is True


def test_times_are_read_in_the_ledgers_zone(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.ledger = terminal.ledger.with_name("berlin")
    terminal.done("init", "--time-zone", "Europe/Berlin")
    number = terminal.opened(*("--command-id", "k", "--at", "2026-07-01T10:00"))

    shown = terminal.done("ticket", "show", number, "--json").object
    printed = terminal.done("ticket", "show", number).out

    assert shown["opened_at"] == "2026-07-01T08:00:00.000000Z"
    assert "1 Jul 2026, 10:00" in printed
