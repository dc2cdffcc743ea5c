"""What is known of customers, that they are forgotten, that two of them are one."""

from __future__ import annotations

import pytest

from tests.cli.calling import Terminal

pytestmark = pytest.mark.unit

FIELDS = {
    "customer",
    "language",
    "time_zone",
    "customer_tier",
    "products",
    "erased",
    "merged_into",
    "command_id",
    "repeated",
    "sequence",
    "position",
    "events",
}


def test_a_profile_is_recorded_and_completed(terminal: Terminal) -> None:
    terminal.done("customer", "profile", "C7", "--language", "id", "--product", "flights")
    told = terminal.done(
        *("customer", "profile", "C7", "--tier", "vip", "--time-zone", "Asia/Jakarta"),
        *("--forget", "products", "--json"),
    ).object

    assert set(told) == FIELDS
    assert (told["language"], told["customer_tier"], told["products"]) == ("id", "vip", None)
    assert told["events"] == ["customer.profiled"]
    assert "id; Asia/Jakarta; vip" in terminal.done("log", "tail").out
    terminal.done("log", "verify")


def test_what_holds_already_is_not_recorded_again(terminal: Terminal) -> None:
    terminal.done("customer", "profile", "C7", "--language", "id")

    answer = terminal("customer", "profile", "C7", "--language", "id")

    assert answer.code == 34
    assert "log show customer-C7" in answer.err


def test_a_customer_is_forgotten_once(terminal: Terminal) -> None:
    terminal.opened("--customer", "C7")
    words = ("--command-id", "k", "--at", "2026-03-01T09:00", "--json")

    first = terminal.done("customer", "erase", "C7", "--reason", "asked for", *words)
    again = terminal.done("customer", "erase", "C7", "--reason", "asked for", *words)

    assert (first.object["erased"], again.object["repeated"]) == ("everything", True)
    assert "texts that are not sealed stay in the log" in first.err
    assert terminal("customer", "erase", "C7").code == 34
    assert terminal("customer", "profile", "C7", "--tier", "vip").code == 35


def test_two_customers_become_one(terminal: Terminal) -> None:
    terminal.opened("--customer", "C7")
    terminal.done("customer", "profile", "C9", "--tier", "vip")

    merged = terminal.done("customer", "merge", "C7", "--into", "C9", "--json").object

    assert (merged["merged_into"], merged["events"]) == ("C9", ["customers.merged"])
    assert "C7 → C9" in terminal.done("log", "tail").out
    back = terminal("customer", "merge", "C9", "--into", "C7")
    assert back.code == 36
    assert "customer C7 was merged into C9; name that one instead" in back.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("profile", "C7"), 2, "there is nothing to record; give one of --language"),
        (("profile", "C7", "--time-zone", "Mars/Olympus"), 2, "no such time zone"),
        (("profile", "C7", "--time-zone", "../etc"), 2, "no such time zone"),
        (("profile", "", "--tier", "vip"), 2, "customer id: it is empty"),
        (("erase", "C7"), 33, "nothing is recorded about customer C7"),
        (("merge", "C7", "--into", "C9"), 33, "nothing is recorded about customer C7"),
        (("merge", "X", "--into", "C9"), 33, "nothing is recorded about customer C9"),
        (("merge", "X", "--into", "X"), 37, "into itself"),
    ],
)
def test_what_cannot_be_undone_is_not_done_by_a_slip(
    terminal: Terminal, words: tuple[str, ...], code: int, told: str
) -> None:
    terminal.done("customer", "profile", "X", "--tier", "vip")

    answer = terminal("customer", *words)

    assert answer.code == code
    assert told in answer.err
    assert terminal("log", "stats", "--json").object["events"] == 1
