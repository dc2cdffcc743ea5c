"""What the customer is promised and can do next, worked out by hand."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.events import (
    AnyTicketEvent,
    NextUpdateCancelled,
    NextUpdateKept,
    NextUpdateSuperseded,
    TicketClosed,
)
from domain.values import (
    CloseReason,
    Metric,
    Status,
)
from tests.projections.customer_events import (
    T1,
    breached,
    case,
    entries,
    missed,
    moved,
    opened,
    promised,
    reopened,
    replied,
    resolved,
    told,
    when,
)
from tests.projections.harness import Stream

pytestmark = pytest.mark.unit

MISSED = missed("P1", 1, when("18:00"))
MISSED_AGAIN = missed("P1", 2, when("18:00", days=1))


def and_then(stream: Stream, *events: AnyTicketEvent) -> Stream:
    return stream.save(T1, *events, at=when("20:00"))


def waiting() -> Stream:
    return told(("10:00", [opened(), replied(), promised("P1", when("18:00"))]))


@pytest.mark.parametrize(
    ("stream", "action", "why"),
    [
        (told(("10:00", [opened()])), "wait", "in_progress"),
        (waiting(), "wait", "promise_running"),
        (told(("10:00", [opened(), moved(Status.NEW, Status.PENDING)])), "answer", "we_asked_you"),
        (and_then(waiting(), MISSED), "follow_up", "promise_missed"),
        (and_then(waiting(), MISSED, MISSED_AGAIN), "escalate", "promise_missed_again"),
        (and_then(waiting(), breached(Metric.RESOLUTION)), "escalate", "resolution_overdue"),
        (and_then(waiting(), breached(Metric.NO_PROGRESS)), "wait", "promise_running"),
        (told(("10:00", [opened(), resolved()])), "confirm", "solution_given"),
        (told(("10:00", [opened(), TicketClosed(reason=CloseReason.AGENT)])), None, "closed"),
    ],
)
def test_what_the_customer_can_do_follows_from_the_facts(
    stream: Stream, action: str | None, why: str
) -> None:
    row = case(stream)

    assert (row["next_action"], row["next_action_why"]) == (action, why)


def test_a_reply_after_a_missed_promise_lets_the_customer_wait_again() -> None:
    stream = and_then(waiting(), MISSED)
    stream.save(
        T1,
        replied("Sorry."),
        NextUpdateKept(promise_id="P1", instance=1, due_at=when("18:00")),
        promised("P2", when("12:00", days=1)),
        at=when("21:00"),
    )

    row = case(stream)

    assert (row["next_action"], row["next_update_by"]) == ("wait", when("12:00", days=1))
    assert [kind for (kind,) in entries(stream, "kind")].count("next_update_missed") == 1


def test_a_breach_of_the_first_cycle_does_not_hurry_the_second() -> None:
    stream = and_then(waiting(), breached(Metric.RESOLUTION))
    stream.save(T1, resolved(), reopened(), at=when("21:00"))

    assert case(stream)["next_action"] == "wait"


@pytest.mark.parametrize(
    ("events", "due"),
    [
        ([NextUpdateKept(promise_id="P1", instance=1, due_at=when("18:00"))], None),
        ([NextUpdateCancelled(promise_id="P1", instance=1, reason="pending")], None),
        ([NextUpdateCancelled(promise_id="P0", instance=1, reason="pending")], when("18:00")),
        (
            [NextUpdateSuperseded(promise_id="P1", instance=1), promised("P2", when("19:00"))],
            when("19:00"),
        ),
        (
            [promised("P2", when("19:00")), NextUpdateSuperseded(promise_id="P1", instance=1)],
            when("19:00"),
        ),
        ([promised("P2", when("17:00"))], when("17:00")),
    ],
)
def test_one_promise_runs_until_it_is_kept_superseded_or_cancelled(
    events: list[AnyTicketEvent], due: datetime | None
) -> None:
    stream = waiting().save(T1, *events, at=when("11:00"))

    assert case(stream)["next_update_by"] == due


def test_a_promise_that_a_message_made_is_told_once() -> None:
    due = when("18:00")
    stream = told(
        ("10:00", [opened(), replied(next_update_by=due), promised("P1", due, by_message="m")])
    )

    assert entries(stream, "kind", "promise_due_at")[1:] == [("our_message", due)]
