"""What one ticket, or a policy, asks of others: absorbing, and taking a version over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.events import NextUpdatePromised, SlaApplied, TicketAbsorbed
from domain.policies.routes import QueueSettings
from domain.policies.targets import Clocks, Target, TargetRule
from domain.values import Channel, CloseReason
from tests.consumers.desk import NINE, Desk, new_desk
from tests.domain.clocked import DAY, HOUR, POLICY

QUIET = POLICY.model_copy(update={"targets": (), "other_queues": QueueSettings()})
FASTER = POLICY.model_copy(
    update={
        "targets": (TargetRule(name="fast", clocks=Clocks(resolution=Target(seconds=HOUR))),),
        "other_queues": QueueSettings(),
    }
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with new_desk(tmp_path) as desk:
        yield desk


def merge(desk: Desk, source: str, target: str) -> None:
    other = desk.ticket(target)
    desk.do(source, lambda t: t.merge_into(other))


def absorbed(desk: Desk, ticket: str) -> list[str]:
    return [event.source for _, event in desk.history(ticket) if isinstance(event, TicketAbsorbed)]


def test_the_target_absorbs_what_was_merged_into_it_as_of_then_and_once(desk: Desk) -> None:
    desk.publish(QUIET)
    desk.open("A")
    desk.open("B")
    desk.wait(minutes=5)
    merge(desk, "A", "B")
    desk.wait(hours=1)

    desk.automate()
    desk.automate()

    assert absorbed(desk, "B") == ["A"]
    [envelope] = [e for e, event in desk.history("B") if isinstance(event, TicketAbsorbed)]
    assert (envelope.time, envelope.actor) == (NINE + timedelta(minutes=5), "system:automation")


def test_the_earlier_promise_lives_on_in_the_target_and_is_missed_there(desk: Desk) -> None:
    desk.publish(QUIET)
    desk.open("A")
    desk.open("B")
    desk.do(
        "A", lambda t: t.reply(message_id="m", channel=Channel.EMAIL, at=desk.now, agent_id="x")
    )
    desk.wait(hours=1)
    merge(desk, "A", "B")
    desk.wait(days=2)

    desk.automate()

    promised = [e for _, e in desk.history("B") if isinstance(e, NextUpdatePromised)]
    assert [one.due_at for one in promised] == [NINE + timedelta(days=1)]
    missed = [at for _, kind, at, _ in desk.by_automation("B") if kind == "next_update.missed"]
    assert missed == [NINE + timedelta(days=1), NINE + timedelta(days=2)]


def test_a_chain_of_merges_ends_in_the_last_ticket(desk: Desk) -> None:
    desk.publish(QUIET)
    for id_ in "ABC":
        desk.open(id_)
    merge(desk, "A", "B")
    merge(desk, "B", "C")
    desk.wait(hours=1)

    desk.automate()

    assert absorbed(desk, "C") == ["A", "B"]


def test_two_merges_at_once_that_made_a_circle_come_to_an_end(desk: Desk) -> None:
    """Each was decided without the other, as two processes do at the same moment."""
    desk.publish(QUIET)
    desk.open("A")
    desk.open("B")
    before = desk.ticket("A")
    merge(desk, "A", "B")
    desk.do("B", lambda t: t.merge_into(before))
    desk.wait(hours=1)

    desk.automate()

    assert (absorbed(desk, "A"), absorbed(desk, "B")) == (["B"], ["A"])
    assert desk.automate() == 0


def test_a_version_for_open_tickets_is_taken_over_ticket_by_ticket(desk: Desk) -> None:
    desk.publish()
    desk.open("A", channel=Channel.CHAT)
    desk.open("B", channel=Channel.CHAT)
    desk.do("B", lambda t: t.close(CloseReason.DUPLICATE))
    desk.wait(minutes=30)
    desk.publish(FASTER, to_open=True)
    desk.wait(hours=3)

    desk.automate()
    desk.automate()

    versions = [
        (envelope.time, envelope.actor, event.version)
        for envelope, event in desk.history("A")
        if isinstance(event, SlaApplied)
    ]
    assert versions == [
        (NINE, "customer:C1", 1),
        (NINE + timedelta(minutes=30), "rule:travel@2", 2),
    ]
    breaches = [at for _, kind, at, _ in desk.by_automation("A") if kind == "sla.breached"]
    assert breaches == [NINE + timedelta(hours=1)]
    assert desk.ticket("B").agreement is not None
    assert desk.kinds("B").count("sla.applied") == 1


def test_a_case_that_was_closed_then_takes_the_version_over_as_it_comes_back(desk: Desk) -> None:
    desk.publish()
    desk.open("A", channel=Channel.CHAT)
    desk.do("A", lambda t: t.resolve(at=desk.now, agent_id="ayu"))
    desk.wait(minutes=30)
    desk.publish(FASTER, to_open=True)
    desk.wait(hours=3)
    desk.do("A", lambda t: t.reopen(at=desk.now, reason="it broke again"))

    desk.automate()

    applied = [
        (envelope.time, event.version)
        for envelope, event in desk.history("A")
        if isinstance(event, SlaApplied)
    ]
    assert applied == [(NINE, 1), (NINE + timedelta(hours=3, minutes=30), 2)]


def test_what_was_due_before_a_new_version_is_recorded_by_the_old_one_and_first(
    desk: Desk,
) -> None:
    short = TargetRule(clocks=Clocks(resolution=Target(seconds=HOUR)))
    long = TargetRule(clocks=Clocks(resolution=Target(seconds=DAY)))
    quiet = {"other_queues": QueueSettings()}
    desk.publish(POLICY.model_copy(update={"targets": (short,)} | quiet))
    desk.open("A", channel=Channel.CHAT)
    desk.wait(hours=2)
    desk.publish(POLICY.model_copy(update={"targets": (long,)} | quiet), to_open=True)
    desk.wait(hours=1)

    desk.automate()

    assert [kind for _, kind, *_ in desk.by_automation("A")][:2] == ["sla.breached", "sla.paused"]


def test_a_version_that_is_only_for_new_tickets_leaves_the_others_alone(desk: Desk) -> None:
    desk.publish(QUIET)
    desk.open("A")
    desk.publish(FASTER)
    desk.wait(hours=3)

    desk.automate()

    assert desk.kinds("A").count("sla.applied") == 1
