"""What another policy would have made of the same behaviour: by hand, and on a simulated month."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.application import AGENTS, POLICIES, TICKETS
from domain.clocks import with_clocks
from domain.events import Requester
from domain.in_force import InForce
from domain.people import Availability
from domain.policies.policy import Policy, Promises, Waiting
from domain.policies.published import publish, subject_of
from domain.policies.routes import Queue, Routing
from domain.policies.targets import Clocks, Target, TargetRule
from domain.subjects import agent_subject
from domain.ticket import Ticket, open_ticket
from domain.timing import dues, fall_due
from domain.values import Author, Channel, Intent, ResolutionCode
from eventstore.commands import Command
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from eventstore.verify import verify
from intake.simulation.running import run
from intake.whatif.comparing import Comparison, compare
from intake.whatif.errors import NothingToReplay
from tests.intake.simulated import bodies, empty, parameters, policy

pytestmark = pytest.mark.unit

MINUTE, HOUR = 60, 3_600
TICKET = "019b77b0-0000-7000-8000-000000000001"


def ruled(*, first_reply: int, promise: int, pending: int) -> Policy:
    """A policy with these three times, in seconds; nothing else differs."""
    clocks = Clocks(first_reply=Target(seconds=first_reply), resolution=Target(seconds=24 * HOUR))
    return Policy(
        title="By hand",
        targets=(TargetRule(name="all", clocks=clocks),),
        queues=(Queue(name="front", no_progress=Target(seconds=30 * HOUR)),),
        routing=Routing(default_queue="front"),
        promises=Promises(default_seconds=promise),
        waiting=Waiting(pending_resolves_after_seconds=pending),
    )


OLD = ruled(first_reply=15 * MINUTE, promise=24 * HOUR, pending=48 * HOUR)
NEW = ruled(first_reply=10 * MINUTE, promise=12 * HOUR, pending=4 * HOUR)


def on(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


class Desk:
    """A ledger to which saves are given as a command line under the old policy would."""

    def __init__(self, store: SQLiteStore) -> None:
        self.store = store
        self.ledger = Ledger(store, TICKETS)
        self.held = InForce("by-hand", 1, OLD)
        events = publish(None, policy_id="by-hand", policy=OLD, apply_to_open=False)
        self._record(Ledger(store, POLICIES), subject_of("by-hand"), on(1, 8), "system:x", events)

    def _record(
        self, ledger: Any, subject: str, at: datetime, actor: str, events: Sequence[Any]
    ) -> None:
        command = Command(
            f"{subject}/{at:%d-%H-%M}/{actor}/{events[0].TYPE}", "by hand", {}, at, actor
        )
        ledger.execute(subject, command, lambda _: list(events))

    def agent(self, agent_id: str, at: datetime, to: Availability) -> None:
        from domain.agent import Agent

        subject = agent_subject(agent_id)
        ledger = Ledger(self.store, AGENTS)
        agent = ledger.load(subject).state or Agent(agent_id)
        self._record(ledger, subject, at, f"agent:{agent_id}", agent.become(to))

    def do(self, at: datetime, actor: str, decide: Callable[[Any], Sequence[Any]]) -> None:
        self._record_clocked(at, actor, decide(self.ledger.load(TICKET).state))

    def _record_clocked(self, at: datetime, actor: str, decided: Sequence[Any]) -> None:
        state: Ticket | None = self.ledger.load(TICKET).state
        events = with_clocks(
            state, decided, subject=TICKET, at=at, in_force=self.held, held=self.held
        )
        self._record(self.ledger, TICKET, at, actor, events)

    def wait_until(self, moment: datetime) -> None:
        """What the automation records meanwhile."""
        while True:
            state = self.ledger.load(TICKET).state
            assert state is not None
            due = next(iter(dues(state, self.held)), None)
            if due is None or due.at > moment:
                return
            events = fall_due(state, due, self.held)
            self._record_clocked(due.at, "system:automation", events)


@pytest.fixture
def by_hand(tmp_path: Path) -> Desk:
    """One case: opened on 1 March at 10:00, answered at 10:12, a question on 2 March at 9:00,
    answered at 15:00, solved on 3 March at 8:00; on 5 March at 8:00 time closes it.

    Old policy: the reply is in time (15 min); the promise of 10:12 (24 h) is kept by the question;
    the answer of 15:00 makes the next one, kept by the solution. New policy: the reply is late
    (10 min), the promise of 10:12 is missed at 22:12 (12 h) and so late; the question is given up
    at 13:00 (4 h), so that the answer at 15:00 brings the case back, with no promise; the solution
    counts in a second cycle.
    """
    desk = Desk(empty(tmp_path / "ledger"))
    desk.agent("ayu", on(1, 9), Availability.ONLINE)
    opened = open_ticket(number="T1", channel=Channel.EMAIL, requester=Requester(id="c1"))
    desk.do(on(1, 10), "customer:c1", lambda _: opened)
    desk.do(on(1, 10), "rule:by-hand@1", lambda t: t.put_in_queue("front"))
    desk.do(on(1, 10, 1), "rule:by-hand@1", lambda t: t.assign("ayu"))
    desk.do(on(1, 10, 12), "agent:ayu", lambda t: _reply(t, "m1", on(1, 10, 12)))
    desk.do(on(2, 9), "agent:ayu", lambda t: _reply(t, "m2", on(2, 9), asks=True))
    desk.do(on(2, 15), "customer:c1", lambda t: _answer(t, on(2, 15)))
    desk.do(on(3, 8), "agent:ayu", lambda t: _solve(t, on(3, 8)))
    desk.wait_until(on(6, 0))
    return desk


def _reply(ticket: Ticket, id_: str, at: datetime, *, asks: bool = False) -> Sequence[Any]:
    return ticket.reply(
        message_id=id_, channel=Channel.EMAIL, at=at, agent_id="ayu", asks=asks, body="…"
    )


def _answer(ticket: Ticket, at: datetime) -> Sequence[Any]:
    return ticket.receive(message_id="a1", channel=Channel.EMAIL, at=at, intent=Intent.ANSWER)


def _solve(ticket: Ticket, at: datetime) -> Sequence[Any]:
    from domain.events import MessageSent

    told = MessageSent(
        message_id="m3", channel=Channel.EMAIL, author=Author.HUMAN, asks=False, agent_id="ayu"
    )
    return ticket.resolve(at=at, agent_id="ayu", code=ResolutionCode.SOLVED, message=told)


def compared(desk: Desk, new: Policy = NEW, **others: Any) -> Comparison:
    return compare(desk.store, "by-hand", new, **others)


def test_a_case_worked_by_hand_comes_out_as_computed(by_hand: Desk) -> None:
    found = compared(by_hand, until=on(10, 0))
    before, after = found.recorded, found.replayed

    assert before["clocks"]["first_reply"] == {"met": 1, "breaches": 0, "attainment": 1.0}
    assert after["clocks"]["first_reply"] == {"met": 0, "breaches": 1, "attainment": 0.0}
    assert before["promises"] == {"made": 2, "kept": 2, "missed": 0}
    assert after["promises"] == {"made": 1, "kept": 0, "missed": 1}
    assert before["resolutions"] == {"solved": 1}
    assert after["resolutions"] == {"no_response": 1, "solved": 1}
    assert (before["reopenings"], after["reopenings"]) == (0, 1)
    assert before["closings"] == after["closings"] == {"timeout": 1}
    assert before["waiting_hours"]["first_reply"]["mean"] == pytest.approx(0.2)
    assert after["agents"]["ayu"]["given"] == 1
    assert (found.given, found.unfit, found.left_out) == (5, {}, {})


def test_what_no_longer_fits_is_counted(by_hand: Desk) -> None:
    closes_at_once = NEW.model_copy(
        update={
            "waiting": Waiting(
                pending_resolves_after_seconds=HOUR,
                resolved_closes_after_seconds=HOUR,
                reopening_window_seconds=HOUR,
            )
        }
    )

    found = compared(by_hand, closes_at_once)

    assert found.unfit == {"ReopeningTooLate": 1, "TicketIsClosed": 1}
    assert found.given == 3


def test_a_period_takes_the_cases_that_were_opened_in_it(by_hand: Desk) -> None:
    with pytest.raises(NothingToReplay, match="2026-03-02"):
        compared(by_hand, since=on(2, 0))
    found = compared(by_hand, since=on(1, 0), until=on(2, 0))

    assert found.recorded["cases"] == found.replayed["cases"] == 1
    assert found.given == 2
    assert found.replayed["promises"] == {"made": 1, "kept": 0, "missed": 1}


def test_the_ledger_that_is_asked_stays_as_it_is(by_hand: Desk, tmp_path: Path) -> None:
    before = list(bodies(by_hand.store))
    scratch = empty(tmp_path / "scratch")

    found = compared(by_hand, scratch=scratch)

    assert list(bodies(by_hand.store)) == before
    assert verify(scratch).findings == []
    ticket = Ledger(scratch, TICKETS).load(TICKET).state
    assert ticket is not None
    assert (ticket.cycle, ticket.status) == (2, "closed")
    assert found.replayed["closings"] == {"timeout": 1}


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SQLiteStore]:
    store = empty(tmp_path_factory.mktemp("month") / "ledger")
    run(parameters(cases_per_month=250), store)
    yield store
    store.close()


def test_under_the_same_policy_a_simulated_month_happens_once_more(month: SQLiteStore) -> None:
    found = compare(month, policy().id, policy().policy, until=parameters().ends)

    assert found.replayed == found.recorded
    assert (found.unfit, found.left_out) == ({}, {})


def test_under_another_policy_only_what_it_decides_differs(month: SQLiteStore) -> None:
    held = policy().policy
    half = held.model_copy(update={"promises": Promises(default_seconds=12 * HOUR)})

    found = compare(month, policy().id, half, until=parameters().ends)
    again = compare(month, policy().id, half, until=parameters().ends)

    assert found == again
    assert found.replayed["promises"]["missed"] > found.recorded["promises"]["missed"]
    for name in ("cases", "clocks", "waiting_hours", "closings", "reopenings", "agents"):
        assert found.replayed[name] == found.recorded[name]
