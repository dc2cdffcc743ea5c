"""Reminders, files, looks and corrections stand beside the life of a case."""

from __future__ import annotations

import hashlib

import pytest

from tests.cli.calling import Terminal
from tests.cli.logged import logged

pytestmark = pytest.mark.unit

AT = ("--at", "2026-03-05T10:00Z", "--command-id", "once")


def opened(terminal: Terminal) -> str:
    """A ticket from before everything here."""
    return terminal.opened(
        *("--customer", "C7", "--at", "2026-03-01T09:00Z", "--command-id", "opened")
    )


def test_a_reminder_comes_so_long_after_it_was_set(terminal: Terminal) -> None:
    number = opened(terminal)

    terminal.done("ticket", "remind", number, "--in", "2h", "Call again", *AT)

    [reminder] = terminal.done("ticket", "show", number, "--json").object["reminders"]
    assert reminder == {
        "reminder": "once",
        "due_at": "2026-03-05T12:00:00.000000Z",
        "agent": "ayu",
    }
    assert "reminder     Thu 5 Mar 2026, 12:00" in terminal.done("ticket", "show", number).out


def test_a_reminder_is_for_one_moment_to_come(terminal: Terminal) -> None:
    number = opened(terminal)

    assert terminal("ticket", "remind", number, "--on", "2026-03-05T09:00Z", *AT).code == 24
    assert terminal("ticket", "remind", number).code == 2
    assert terminal("ticket", "remind", number, "--in", "2h", "--on", "2027-01-01").code == 2
    assert terminal("ticket", "remind", number, "--on", "2h").code == 2
    assert terminal("ticket", "remind", number, "--in", "any").code == 2


def test_the_only_reminder_need_not_be_named(terminal: Terminal) -> None:
    number = opened(terminal)
    terminal.done("ticket", "remind", number, "--on", "2099-01-01")

    terminal.done("ticket", "unremind", number)

    assert terminal.done("ticket", "show", number, "--json").object["reminders"] == []
    assert terminal("ticket", "unremind", number).code == 2
    assert terminal("ticket", "unremind", number, "R9").code == 23


def test_a_file_is_kept_by_its_digest_and_never_copied(terminal: Terminal) -> None:
    number = opened(terminal)
    path = terminal.ledger.with_name("Ana's passport.pdf")
    path.write_bytes(b"a scan")

    terminal.done("ticket", "attach", number, str(path), "--public")

    digest = hashlib.sha256(b"a scan").hexdigest()
    added = logged(terminal.ledger)[-1].data
    assert added == {
        "reference": f"sha256:{digest}",
        "media_type": "application/pdf",
        "bytes": 6,
        "sha256": digest,
        "public": True,
    }


def test_a_file_that_is_elsewhere_is_told_of_by_whoever_has_it(terminal: Terminal) -> None:
    number = opened(terminal)
    told = ("--reference", "s3/7", "--sha256", "AB" * 32, "--bytes", "9", "--media-type", "x/y")

    terminal.done("ticket", "attach", number, *told)

    added = logged(terminal.ledger)[-1].data
    assert (added["reference"], added["sha256"], added["bytes"]) == ("s3/7", "ab" * 32, 9)
    assert terminal("ticket", "attach", number).code == 2
    assert terminal("ticket", "attach", number, "/no/such/file").code == 2
    assert terminal("ticket", "attach", number, "x", "--bytes", "9").code == 2
    assert terminal("ticket", "attach", number, *told, "--message", "m9").code == 22


def test_an_event_is_corrected_by_its_place_or_its_id(terminal: Terminal) -> None:
    number = opened(terminal)
    terminal.done("ticket", "note", number, "Wrong case")
    note = terminal.done("ticket", "history", number, "--json").objects[-1]

    terminal.done("ticket", "correct", number, "2", "--reason", "wrong case")
    terminal.done("ticket", "correct", number, note["id"], "--reason", "wrong case")

    corrected = [one.data["corrects"] for one in logged(terminal.ledger)[-2:]]
    assert corrected == [f"{note['subject']} #2"] * 2


def test_only_an_event_of_the_ticket_itself_is_corrected_on_it(terminal: Terminal) -> None:
    number, other = opened(terminal), terminal.opened()
    foreign = terminal.done("ticket", "history", other, "--json").objects[0]["id"]

    for event in (foreign, "9"):
        answer = terminal("ticket", "correct", number, event, "--reason", "x")
        assert (answer.code, f"has no event {event}" in answer.err) == (27, True)


def test_a_look_at_the_tracker_stands_beside_the_ticket(terminal: Terminal) -> None:
    number = opened(terminal)

    looks = [
        terminal.done("ticket", "viewed", number, "--look", "detail", *AT, "--json").object
        for _ in range(2)
    ]

    assert [one["repeated"] for one in looks] == [False, True]
    ticket, look = logged(terminal.ledger)
    assert look.subject == f"tracker-{ticket.subject}"
    assert look.actor == "customer:C7"
    assert look.data == {"ticket": ticket.subject, "surface": "tracker", "look": "detail"}


def test_thanks_that_had_reopened_the_case_close_it_once_they_are_known(terminal: Terminal) -> None:
    number = opened(terminal)
    terminal.done("ticket", "resolve", number)
    terminal.done("ticket", "receive", number, "Thank you!", *AT, "--message-id", "m1")

    outcome = terminal.done("ticket", "classify-message", number, "m1", "thanks", "--json").object

    assert outcome["events"] == ["message.classified", "resolution.confirmed", "ticket.closed"]
