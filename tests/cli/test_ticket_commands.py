"""Every command of a ticket can be given from the command line, and is refused where it must be."""

from __future__ import annotations

import pytest

from tests.cli.calling import Terminal

pytestmark = pytest.mark.unit

OPEN = ("status", "open")
SOLVE = ("resolve",)
CLOSE = ("close",)

ACCEPTED = [
    ([], ("acknowledge",), ["ticket.acknowledged"]),
    ([], ("categorize", "Refund", "Flight"), ["ticket.categorized"]),
    ([("categorize", "Refund")], ("categorize", "--clear"), ["ticket.categorized"]),
    ([], ("prioritize", "high"), ["ticket.prioritized"]),
    ([], ("tag", "vip"), ["ticket.tagged"]),
    ([("tag", "vip")], ("untag", "vip"), ["ticket.untagged"]),
    ([], ("set", "airline", "Blue Wings"), ["ticket.field_changed"]),
    ([("set", "airline", "X")], ("set", "airline", "--clear"), ["ticket.field_changed"]),
    ([], ("requester", "C8"), ["ticket.requester_changed"]),
    ([], ("requester", "--unknown"), ["ticket.requester_changed"]),
    ([], ("queue", "Refunds"), ["ticket.queued"]),
    ([("queue", "Refunds")], ("queue", "--out"), ["ticket.queued"]),
    ([], ("assign", "--to", "budi"), ["ticket.assigned"]),
    ([("assign", "--to", "budi")], ("unassign",), ["ticket.unassigned"]),
    (
        [("assign", "--to", "budi")],
        ("hand-over", "--to", "citra", "--summary", "asked the airline"),
        ["ticket.handed_over"],
    ),
    ([], ("escalate",), ["ticket.escalated"]),
    ([("escalate", "--to", "manager")], ("deescalate", "--to", "L1"), ["ticket.deescalated"]),
    ([], OPEN, ["ticket.status_changed"]),
    ([], ("progress",), ["ticket.progressed"]),
    (
        [("status", "on_hold")],
        ("progress", "--kind", "third_party"),
        ["ticket.progressed", "ticket.status_changed"],
    ),
    (
        [],
        ("reply", "We are at it."),
        ["message.sent", "ticket.status_changed", "next_update.promised"],
    ),
    ([], ("reply", "We are at it.", "--no-promise"), ["message.sent", "ticket.status_changed"]),
    ([], ("reply", "Which flight?", "--ask"), ["message.sent", "ticket.status_changed"]),
    (
        [("reply", "Which flight?", "--ask")],
        ("receive", "BA 12", "--intent", "answer"),
        ["message.received", "ticket.status_changed", "next_update.promised"],
    ),
    ([], ("note", "Called the airline"), ["note.added"]),
    ([], ("stage", "in_review"), ["ticket.stage_changed"]),
    ([], ("remind", "--in", "2h"), ["reminder.set"]),
    ([("remind", "--in", "2h")], ("unremind",), ["reminder.cancelled"]),
    ([], ("ask-escalation",), ["escalation.requested"]),
    ([], ("article", "KB-12", "--use", "solved"), ["article.linked"]),
    ([], ("attach", "--sha256", "0" * 64, "--bytes", "1"), ["attachment.added"]),
    ([], ("correct", "1", "--reason", "wrong"), ["event.corrected"]),
    (
        [("receive", "x", "--message-id", "m1", "--at", "2026-03-01")],
        ("classify-message", "m1", "status_chase"),
        ["message.classified"],
    ),
    (
        [("reply", "x", "--message-id", "m1", "--at", "2026-03-01")],
        ("delivery", "m1", "failed", "--reason", "bounced"),
        ["message.delivery_reported"],
    ),
    ([], SOLVE, ["ticket.resolved"]),
    ([], ("resolve", "Your refund is on its way."), ["message.sent", "ticket.resolved"]),
    ([], ("close", "--reason", "spam"), ["ticket.closed"]),
    ([SOLVE], CLOSE, ["ticket.closed"]),
    ([SOLVE], ("reopen", "--reason", "not solved"), ["ticket.reopened"]),
    ([SOLVE], ("confirm",), ["resolution.confirmed", "ticket.closed"]),
    ([SOLVE], ("reject",), ["resolution.rejected", "ticket.reopened"]),
    ([SOLVE], ("receive", "Thank you", "--intent", "thanks"), None),
]

REFUSED = [
    ([SOLVE], SOLVE, 6),
    ([SOLVE, CLOSE], ("reply", "hello"), 7),
    ([], ("reopen",), 8),
    ([("close", "--reason", "spam")], ("reopen",), 9),
    ([("tag", "vip")], ("tag", "vip"), 11),
    ([], ("unassign",), 12),
    ([], ("close", "--reason", "merged"), 13),
    ([], ("status", "pending"), 14),
    ([], ("deescalate",), 15),
    (
        [("note", "x"), ("receive", "x", "--message-id", "m1", "--at", "2026-03-01")],
        (
            "receive",
            "y",
            "--message-id",
            "m1",
            "--at",
            "2026-03-02",
            "--command-id",
            "other",
        ),
        17,
    ),
    ([], ("reply", "soon", "--next-update-by", "2020-01-01"), 18),
    ([], ("confirm",), 19),
    ([], ("classify-message", "m9", "thanks"), 22),
    ([], ("delivery", "m9", "read"), 22),
    ([], ("unremind", "R9"), 23),
    ([], ("remind", "--on", "2020-01-01"), 24),
    ([], ("survey-answer", "S1", "4"), 25),
    ([], ("stage", "resolved"), 26),
    ([("escalate", "--to", "manager")], ("ask-escalation",), 15),
    ([], ("correct", "99", "--reason", "x"), 27),
    ([], CLOSE, 19),
]


@pytest.mark.parametrize(("before", "command", "events"), ACCEPTED)
def test_a_command_that_makes_sense_is_recorded(
    terminal: Terminal,
    before: list[tuple[str, ...]],
    command: tuple[str, ...],
    events: list[str] | None,
) -> None:
    number = terminal.opened("--customer", "C7")
    for verb, *words in before:
        terminal.done("ticket", verb, number, *words)

    verb, *words = command
    outcome = terminal.done("ticket", verb, number, *words, "--json").object

    assert outcome["number"] == number
    assert outcome["repeated"] is False
    assert events is None or outcome["events"] == events
    history = terminal.done("ticket", "history", number, "--json").objects
    assert history[-1]["commandid"] == outcome["command_id"]
    assert history[-1]["sequence"] == outcome["sequence"]


@pytest.mark.parametrize(("before", "command", "code"), REFUSED)
def test_a_command_that_makes_no_sense_is_refused_with_its_own_exit_code(
    terminal: Terminal, before: list[tuple[str, ...]], command: tuple[str, ...], code: int
) -> None:
    number = terminal.opened("--customer", "C7")
    for verb, *words in before:
        terminal.done("ticket", verb, number, *words)
    recorded = len(terminal.done("ticket", "history", number, "--json").objects)

    verb, *words = command
    answer = terminal("ticket", verb, number, *words)

    assert answer.code == code
    assert answer.out == ""
    assert f"error: ticket {number}" in answer.err
    assert len(terminal.done("ticket", "history", number, "--json").objects) == recorded


def test_tickets_are_linked_by_number(terminal: Terminal) -> None:
    first, second = terminal.opened(), terminal.opened()

    terminal.done("ticket", "link", first, second, "--role", "duplicate_of")

    shown = terminal.done("ticket", "show", first, "--json").object
    assert [(link["role"], link["number"]) for link in shown["links"]] == [("duplicate_of", second)]
    assert terminal("ticket", "link", first, first).code == 16


def test_a_new_ticket_keeps_what_the_caller_said(terminal: Terminal) -> None:
    earlier = terminal.opened()
    number = terminal.opened(
        *("--customer", "C7", "--name", "Ana", "--email", "ana@example.org"),
        *("--channel", "phone", "--subject", "No refund", "--category", "Refund"),
        *("--category", "Flight", "--priority", "high", "--case-type", "complaint"),
        *("--order", "O1", "--order", "O2", "--field", "airline=Blue Wings", "--follows", earlier),
    )

    shown = terminal.done("ticket", "show", number, "--json").object
    opening = terminal.done("ticket", "history", number, "--json").objects[0]["data"]

    assert shown["category"] == ["Refund", "Flight"]
    assert shown["order_refs"] == ["O1", "O2"]
    assert shown["fields"] == {"airline": "Blue Wings"}
    assert (shown["priority"], shown["channel"], shown["customer"]) == ("high", "phone", "C7")
    assert [link["number"] for link in shown["links"]] == [earlier]
    assert opening["requester"] == {"id": "C7", "name": "Ana", "email": "ana@example.org"}
    assert opening["live"] is True


def test_words_come_from_stdin_where_a_dash_stands(terminal: Terminal) -> None:
    number = terminal.opened()

    terminal.done("ticket", "note", number, "-", stdin="line one\nline two\n")

    note = terminal.done("ticket", "history", number, "--json").objects[-1]
    assert note["data"]["body"] == "line one\nline two"


def test_the_customer_is_the_actor_of_what_they_did(terminal: Terminal) -> None:
    number = terminal.opened("--customer", "C7")

    terminal.done("ticket", "receive", number, "hello")
    terminal.done("ticket", "receive", number, "by phone", "--as", "agent:budi")

    actors = [one["actor"] for one in terminal.done("ticket", "history", number, "--json").objects]
    assert actors == ["agent:ayu", "customer:C7", "agent:budi"]


@pytest.mark.parametrize(
    "words",
    [
        ("ticket", "categorize", "N"),
        ("ticket", "categorize", "N", "A", "--clear"),
        ("ticket", "set", "N", "airline"),
        ("ticket", "queue", "N", "Q", "--out"),
        ("ticket", "requester", "N"),
        ("ticket", "hand-over", "N", "--to", "budi"),
        ("ticket", "note", "N", "  "),
        ("ticket", "reply", "N", "x", "--no-promise", "--next-update-by", "6h"),
        ("ticket", "prioritize", "N", "urgent"),
        ("ticket", "open", "--name", "Ana"),
        ("ticket", "open", "--field", "nothing"),
        ("ticket", "tag", "N", "x", "--as", "somebody"),
        ("ticket", "tag", "N", ""),
        ("ticket", "categorize", "N", *"abcdef"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(terminal: Terminal, words: tuple[str, ...]) -> None:
    number = terminal.opened()

    answer = terminal(*(number if word == "N" else word for word in words))

    assert answer.code == 2
    assert "error: " in answer.err


def test_a_value_that_no_event_can_hold_is_not_quoted(terminal: Terminal) -> None:
    number = terminal.opened()
    secret = "Ana Pereira " * 60

    answer = terminal("ticket", "tag", number, secret)

    assert answer.code == 2
    assert "tag" in answer.err
    assert "Ana" not in answer.err
