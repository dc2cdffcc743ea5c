"""What concerns several tickets is recorded on each of them, once, however often it is repeated."""

from __future__ import annotations

from typing import Any

import pytest

from cli import ticket_relating
from cli.deciding import Tickets
from cli.occasion import Occasion
from tests.cli.calling import Terminal
from tests.cli.logged import logged

pytestmark = pytest.mark.unit

KEY = ("--at", "2026-03-05T10:00Z", "--command-id", "once")


def kinds(terminal: Terminal, number: str) -> list[str]:
    """What happened to a ticket."""
    history = terminal.done("ticket", "history", number, "--json").objects
    return [one["type"].removeprefix("ticketledger.").removesuffix(".v1") for one in history]


def test_a_merge_closes_the_source_and_tells_the_target(terminal: Terminal) -> None:
    source, target = terminal.opened(), terminal.opened()

    outcome = terminal.done("ticket", "merge", source, "--into", target, "--json").object

    assert outcome["events"] == ["ticket.merged", "ticket.closed"]
    assert [one["events"] for one in outcome["also"]] == [["ticket.absorbed"]]
    shown = terminal.done("ticket", "show", source, "--json").object
    assert (shown["status"], shown["merged_into"]) == ("closed", target)
    assert terminal.done("ticket", "show", target, "--json").object["absorbed"] == [source]


def test_a_promise_goes_where_the_case_goes_on(terminal: Terminal) -> None:
    source, target = terminal.opened(), terminal.opened()
    terminal.done("ticket", "reply", source, "Soon.", "--next-update-by", "6h")
    due = terminal.done("ticket", "show", source, "--json").object["next_update_by"]

    terminal.done("ticket", "merge", source, "--into", target)

    assert terminal.done("ticket", "show", target, "--json").object["next_update_by"] == due
    assert terminal.done("ticket", "show", source, "--json").object["next_update_by"] is None


def test_a_merge_that_was_interrupted_is_finished_by_repeating_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = terminal.opened(), terminal.opened()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ticket_relating, "_absorb", interrupted)
        assert terminal("ticket", "merge", source, "--into", target, *KEY).code == 130
    assert "ticket.absorbed" not in kinds(terminal, target)

    for _ in range(2):
        terminal.done("ticket", "merge", source, "--into", target, *KEY)

    assert kinds(terminal, source).count("ticket.merged") == 1
    assert kinds(terminal, target).count("ticket.absorbed") == 1


def test_a_target_that_somebody_else_told_first_is_not_told_twice(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = terminal.opened(), terminal.opened()
    ticket_id = terminal.done("ticket", "show", source, "--json").object["ticket"]
    tell = ticket_relating._absorb

    def somebody_else_first(tickets: Tickets, merged: Any, occasion: Occasion) -> Any:
        tell(tickets, merged, occasion.part("another"))
        return tell(tickets, merged, occasion)

    monkeypatch.setattr(ticket_relating, "_absorb", somebody_else_first)
    outcome = terminal.done("ticket", "merge", source, "--into", target, "--json").object

    assert [one["events"] for one in outcome["also"]] == [[]]
    told = [one.data for one in logged(terminal.ledger) if one.type.endswith("absorbed.v1")]
    assert told == [{"source": ticket_id, "source_number": source}]


def test_merging_in_a_circle_or_twice_is_refused(terminal: Terminal) -> None:
    source, target = terminal.opened(), terminal.opened()
    terminal.done("ticket", "merge", source, "--into", target)

    assert terminal("ticket", "merge", target, "--into", source).code == 21
    assert terminal("ticket", "merge", target, "--into", target).code == 21
    assert terminal("ticket", "merge", source, "--into", target).code == 7


def test_messages_for_a_merged_case_go_where_it_goes_on(terminal: Terminal) -> None:
    first, second = terminal.opened("--customer", "C7", "--order", "O1"), terminal.opened()
    third = terminal.opened("--customer", "C7")
    terminal.done("ticket", "merge", first, "--into", second)
    terminal.done("ticket", "merge", second, "--into", third)

    about = terminal.done("customer", "message", "C7", "And?", "--about", first, "--json").object
    order = terminal.done("customer", "message", "C7", "And?", "--order", "O1", "--json").object

    assert (about["number"], order["number"]) == (third, third)


def test_a_message_for_a_merged_case_that_has_ended_follows_the_target(terminal: Terminal) -> None:
    source, target = terminal.opened("--customer", "C7"), terminal.opened("--customer", "C7")
    terminal.done("ticket", "merge", source, "--into", target)
    terminal.done("ticket", "close", target, "--reason", "duplicate")

    outcome = terminal.done("customer", "message", "C7", "And?", "--about", source, "--json").object

    shown = terminal.done("ticket", "show", outcome["number"], "--json").object
    assert shown["follows"] == target


def test_a_second_matter_becomes_a_case_of_the_same_customer(terminal: Terminal) -> None:
    number = terminal.opened("--customer", "C7", "--channel", "chat")

    words = ("--subject", "Hotel", "--order", "O2", "--category", "Hotel")
    outcome = terminal.done("ticket", "split", number, *words, "--json").object

    [new] = outcome["also"]
    shown = terminal.done("ticket", "show", new["number"], "--json").object
    assert (shown["origin"], shown["customer"], shown["channel"]) == ("split", "C7", "chat")
    assert (shown["subject"], shown["order_refs"]) == ("Hotel", ["O2"])
    assert terminal.done("ticket", "show", number, "--json").object["split_into"] == [new["number"]]


def test_a_split_that_was_interrupted_is_finished_by_repeating_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = terminal.opened("--customer", "C7")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ticket_relating, "_open_split", interrupted)
        assert terminal("ticket", "split", number, "--subject", "Hotel", *KEY).code == 130
    terminal.done("ticket", "requester", number, "C8")

    outcomes = [
        terminal.done("ticket", "split", number, "--subject", "Hotel", *KEY, "--json").object
        for _ in range(2)
    ]

    assert [one["repeated"] for one in outcomes] == [False, True]
    assert outcomes[0]["also"][0]["number"] == outcomes[1]["also"][0]["number"]
    assert kinds(terminal, number).count("ticket.split") == 1
    assert kinds(terminal, outcomes[0]["also"][0]["number"]) == ["ticket.opened"]


def test_parent_and_child_know_each_other(terminal: Terminal) -> None:
    parent, child = terminal.opened(), terminal.opened()

    for _ in range(2):
        terminal.done("ticket", "link", parent, child, "--role", "child", *KEY)

    links = {
        number: terminal.done("ticket", "show", number, "--json").object["links"]
        for number in (parent, child)
    }
    assert [(one["role"], one["number"]) for one in links[parent]] == [("child", child)]
    assert [(one["role"], one["number"]) for one in links[child]] == [("parent", parent)]


def test_a_child_that_was_linked_from_its_side_only_is_completed(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent, child = terminal.opened(), terminal.opened()
    with monkeypatch.context() as patch:
        patch.setattr(ticket_relating, "_MIRRORED", {})
        terminal.done("ticket", "link", child, parent, "--role", "parent")

    outcome = terminal.done("ticket", "link", parent, child, "--role", "child", "--json").object

    assert outcome["events"] == ["ticket.linked"]
    assert [one["events"] for one in outcome["also"]] == [[]]
    assert kinds(terminal, child).count("ticket.linked") == 1


def test_one_update_goes_to_every_unresolved_child_once(terminal: Terminal) -> None:
    parent = terminal.opened()
    children = [terminal.opened("--customer", f"C{number}") for number in range(3)]
    for child in children:
        terminal.done("ticket", "link", parent, child, "--role", "child")
    terminal.done("ticket", "resolve", children[0])
    update = ("ticket", "update-children", parent, "Refunds from Monday on.")

    first = terminal.done(*update, *KEY, "--json").object
    terminal.done("ticket", "resolve", children[1])
    again = terminal.done(*update, *KEY, "--json").object

    outcomes = [
        {one["number"]: one["outcome"] for one in told["children"]} for told in (first, again)
    ]
    assert outcomes[0] == dict(zip(children, ["not_open", "updated", "updated"], strict=True))
    assert outcomes[1] == dict(zip(children, ["not_open", "repeated", "repeated"], strict=True))
    sent = [one for one in logged(terminal.ledger) if one.type.endswith("message.sent.v1")]
    assert len({one.subject for one in sent}) == len(sent) == 2


def test_a_child_that_cannot_be_told_is_told_of_and_the_others_are_updated(
    terminal: Terminal,
) -> None:
    parent, late, early = (terminal.opened() for _ in range(3))
    for child in (late, early):
        terminal.done("ticket", "link", parent, child, "--role", "child")
    terminal.done("ticket", "reply", late, "Which flight?", "--ask")

    answer = terminal(
        *("ticket", "update-children", parent, "Soon.", "--next-update-by", "2h", "--json")
    )

    outcomes = {one["number"]: one["outcome"] for one in answer.object["children"]}
    assert answer.code == 79
    assert outcomes == {late: "refused", early: "updated"}


def test_a_ticket_without_children_is_told_of(terminal: Terminal) -> None:
    answer = terminal.done("ticket", "update-children", terminal.opened(), "Soon.")

    assert (answer.out, "no ticket is its child" in answer.err) == ("", True)
