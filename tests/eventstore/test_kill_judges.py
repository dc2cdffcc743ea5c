"""The judges of the kill run find what is wrong: each planted fault is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.eventstore.kafka_tickets import LIMIT
from tests.eventstore.log_checker import Entry, View
from tests.eventstore.test_kafka_kills import judge
from tests.eventstore.view_checker import Tables, contradictions, differences

pytestmark = pytest.mark.unit

RECEIVED = {"type": "ticketledger.message.received.v1"}


def entry(command: str, sequence: int, *, count: int = 1) -> Entry:
    return Entry(0, sequence, "t-1", sequence, count, command, sequence, "", [RECEIVED] * count)


def view_of(*commands: str, last: int = LIMIT) -> View:
    counted = [entry(command, number) for number, command in enumerate(commands, start=1)]
    return View(counted, heads={"t-1": (last, "")})


def recorded(id_: str, at: int) -> dict[str, Any]:
    return {"subject": "t-1", "id": id_, "told": "recorded", "position": at, "sequence": at}


def refused(id_: str) -> dict[str, Any]:
    return {"subject": "t-1", "id": id_, "told": "refused"}


def test_what_is_true_is_not_complained_about() -> None:
    judge(view_of("a", "b"), [recorded("a", 1), recorded("b", 2), recorded("b", 2), refused("c")])


@pytest.mark.parametrize(
    ("view", "note", "complaint"),
    [
        (view_of("a"), recorded("b", 2), "is not in the log"),
        (view_of("a", "b"), recorded("a", 2), "is elsewhere in the log"),
        (view_of("a", "b", "a"), recorded("a", 1), "a command counted twice"),
        (view_of("a", "b"), refused("b"), "was refused and is there"),
        (view_of("a", last=LIMIT - 1), refused("b"), "refused without a reason"),
        (View([entry("a", LIMIT + 1)]), recorded("a", LIMIT + 1), "decided on an old state"),
        (View(orphans=1), refused("a"), "an orphan"),
    ],
)
def test_a_false_answer_is_named(view: View, note: dict[str, Any], complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        judge(view, [note])


def kept() -> Tables:
    """The tables of one ticket with one message."""
    return {
        "agent_queue, own: ticket": ['{"ticket":"t-1","last_sequence":1}'],
        "recontact, own: ticket_state": ['{"ticket":"t-1","sequence":1}'],
        "customer_timeline, own: case_state": ['{"ticket":"t-1","sequence":1}'],
        "customer_timeline, own: entry": [
            '{"ticket":"t-1","sequence":1,"kind":"customer_message"}',
        ],
        "recontact, own: quarantine": [],
    }


def twice(tables: Tables) -> None:
    tables["customer_timeline, own: entry"] *= 2


def lost(tables: Tables) -> None:
    tables["customer_timeline, own: entry"] = []


def behind(tables: Tables) -> None:
    tables["agent_queue, own: ticket"] = [json.dumps({"ticket": "t-1", "last_sequence": 0})]


def set_aside(tables: Tables) -> None:
    tables["recontact, own: quarantine"] = ["{}"]


@pytest.mark.parametrize(
    ("spoil", "table"),
    [
        (twice, "kind customer_message"),
        (lost, "kind customer_message"),
        (behind, "agent_queue, own: ticket"),
        (set_aside, "recontact, own: quarantine"),
    ],
)
def test_a_view_that_is_not_what_was_counted_is_named(
    spoil: Callable[[Tables], None], table: str
) -> None:
    view = View([entry("a", 1)], heads={"t-1": (1, "")})
    tables = kept()
    assert contradictions(tables, view) == []
    assert differences(tables, kept()) == []

    spoil(tables)

    (complaint,) = contradictions(tables, view)
    assert table in complaint
    assert len(differences(tables, kept())) == 1


def test_a_table_that_only_one_side_has_is_named() -> None:
    assert differences(kept(), kept() | {"more": []}) == ["more: 0 rows differ, such as []"]
