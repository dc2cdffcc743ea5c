"""Customers, agents and automation at work on one case under a policy, in any order, at any time.

The rules are held a second time here, from the recorded events alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import event as note
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from domain.codec import decode, encode
from domain.errors import Refusal
from domain.events import (
    MessageSent,
    NextUpdateCancelled,
    NextUpdateKept,
    NextUpdateMissed,
    NextUpdatePromised,
    NextUpdateSuperseded,
    ReminderDue,
    Requester,
    SlaApplied,
    SlaBreached,
    SlaCancelled,
    SlaFulfilled,
    SlaPaused,
    SlaRemoved,
    SlaResumed,
    SlaStarted,
    SlaWarned,
    TicketClosed,
    TicketEvent,
    TicketReopened,
    TicketResolved,
    TicketStatusChanged,
)
from domain.facts import Fact
from domain.in_force import InForce
from domain.policies.calendars import Calendar, Span, Weekday
from domain.policies.telling import Survey, SurveyMoment
from domain.reach import SurveyKind
from domain.ticket import fold, open_ticket
from domain.timing import Due, dues
from domain.values import Author, Channel, Metric, Priority, Status
from tests.domain.clocked import EVERYONE, HOUR, POLICY, Case, for_priority
from tests.domain.given import MIDNIGHT, NUMBER, TICKET
from tests.domain.test_generated_commands import WAITS
from tests.domain.wishes import WISHES, wishes

pytestmark = pytest.mark.unit

OFFICE = Calendar(
    name="office",
    zone="Europe/Berlin",
    hours=tuple(Span(day=day, from_="09:00", to="17:00") for day in list(Weekday)[:5]),
)
SURVEY = Survey(kind=SurveyKind.CSAT, after=SurveyMoment.CLOSED, delay_seconds=HOUR, scale=5)
HIGH = for_priority(Priority.HIGH, resolution_seconds=2 * HOUR)
LATER_RULE = EVERYONE.model_copy(update={"calendar": "office"})
FIRST = InForce(
    "travel",
    1,
    POLICY.model_copy(
        update={"calendars": (OFFICE,), "targets": (HIGH, EVERYONE), "surveys": (SURVEY,)}
    ),
)
SECOND = InForce(
    "travel", 2, FIRST.policy.model_copy(update={"targets": (LATER_RULE,), "surveys": ()})
)


class Desk:
    """What must hold of the service level, from the events alone."""

    def __init__(self) -> None:
        self.status = Status.NEW
        self.clocks: dict[Metric, bool] = {}
        """The clocks that there are, and whether each of them runs."""

        self.instances: dict[Metric, int] = {}
        self.rung: set[tuple[type[TicketEvent], Metric, int, datetime | None]] = set()
        self.version: int | None = None
        self.promise: tuple[str, int] | None = None
        self.missed: set[tuple[str, int]] = set()

    def take(self, save: Sequence[TicketEvent]) -> None:
        """One save. What causes something stands before what it does to the clocks."""
        for place, event in enumerate(save):
            self._take_status(event)
            self._take_clock(event)
            self._take_promise(event)
            if isinstance(event, MessageSent) and event.author is Author.HUMAN:
                fulfilled = [one for one in save[place:] if isinstance(one, SlaFulfilled)]
                for metric in (Metric.FIRST_REPLY, Metric.NEXT_REPLY):
                    assert (metric in self.clocks) is any(one.metric is metric for one in fulfilled)

    def check(self, case: Case) -> None:
        """After a save: each clock is as the status wants it."""
        ticket = case.ticket
        assert {name: clock.since is not None for name, clock in ticket.clocks.items()} == (
            self.clocks
        )
        ended = self.status in (Status.RESOLVED, Status.CLOSED)
        if ended:
            assert self.clocks == {}
        else:
            waits = self.status in (Status.PENDING, Status.ON_HOLD)
            assert self.clocks.get(Metric.RESOLUTION) is not waits
        if self.status is Status.PENDING:
            assert self.clocks.get(Metric.NEXT_REPLY) is not True
        assert (ticket.idle is not None) is (self.status in (Status.NEW, Status.OPEN))
        for clock in ticket.clocks.values():
            assert clock.due_at is None or clock.since is None or clock.due_at >= clock.since

    def _take_status(self, event: TicketEvent) -> None:
        if isinstance(event, TicketStatusChanged):
            self.status = event.to
        elif isinstance(event, TicketResolved):
            self.status = Status.RESOLVED
        elif isinstance(event, TicketClosed):
            self.status = Status.CLOSED
        elif isinstance(event, TicketReopened):
            self.status = Status.OPEN

    def _take_clock(self, event: TicketEvent) -> None:
        if isinstance(event, SlaApplied):
            assert self.version is None or not self.status.is_unresolved or self.removed
            self.version, self.removed = event.version, False
        elif isinstance(event, SlaRemoved):
            assert event.version == self.version
            self.removed = True
        elif isinstance(event, SlaStarted):
            assert event.metric not in self.clocks, "one of a kind at most"
            assert event.instance == self.instances.get(event.metric, 0) + 1
            assert event.metric is not Metric.FIRST_REPLY or event.instance == 1
            self.clocks[event.metric] = True
            self.instances[event.metric] = event.instance
        elif isinstance(event, SlaPaused | SlaResumed):
            resumed = isinstance(event, SlaResumed)
            assert self.clocks[event.metric] is not resumed
            self.clocks[event.metric] = resumed
        elif isinstance(event, SlaFulfilled | SlaCancelled):
            live = event.metric is Metric.FIRST_REPLY and event.metric not in self.instances
            if live:
                self.instances[event.metric] = 1
            else:
                assert event.instance == self.instances[event.metric]
                del self.clocks[event.metric]
        elif isinstance(event, SlaWarned | SlaBreached):
            self._take_rung(event)

    def _take_rung(self, event: SlaWarned | SlaBreached) -> None:
        once = (type(event), event.metric, event.instance, event.due_at)
        assert once not in self.rung
        self.rung.add(once)
        if event.metric is Metric.NO_PROGRESS:
            assert self.status in (Status.NEW, Status.OPEN)
        else:
            assert self.clocks[event.metric]
            assert event.instance == self.instances[event.metric]

    def _take_promise(self, event: TicketEvent) -> None:
        if isinstance(event, NextUpdatePromised):
            assert self.promise is None, "one promise at most"
            self.promise = (event.promise_id, event.instance)
        elif isinstance(event, NextUpdateMissed):
            assert self.promise == (event.promise_id, event.instance)
            assert self.promise not in self.missed
            assert event.next_due_at > event.due_at
            self.missed.add(self.promise)
            self.promise = (event.promise_id, event.instance + 1)
        elif isinstance(event, NextUpdateKept | NextUpdateSuperseded | NextUpdateCancelled):
            assert self.promise == (event.promise_id, event.instance)
            self.promise = None

    removed = False


class AnyTicketsService(RuleBasedStateMachine):
    """One case under a policy. The automation may be late, and may notice the same due twice."""

    def __init__(self) -> None:
        super().__init__()
        self.case = Case(FIRST)
        self.desk = Desk()
        self.clock = MIDNIGHT
        self.recorded: set[str] = set()

    @initialize(channel=st.sampled_from([Channel.EMAIL, Channel.CHAT]))
    def open(self, channel: Channel) -> None:
        opening = open_ticket(number=NUMBER, channel=channel, requester=Requester(id="c0"))
        self._take(self.case.open(MIDNIGHT, opening))

    @rule(command=st.sampled_from(sorted(WISHES)), wait=WAITS, data=st.data())
    def anything(self, command: str, wait: int, data: st.DataObject) -> None:
        self._give(command, wait, data)

    @rule(command=st.sampled_from(["reply", "receive", "resolve"]), wait=WAITS, data=st.data())
    def talk(self, command: str, wait: int, data: st.DataObject) -> None:
        self._give(command, wait, data)

    @rule(hours=st.integers(0, 200), at_most=st.integers(1, 6))
    def time_passes(self, hours: int, at_most: int) -> None:
        """The automation notices some of what is due, in due order; the rest it notices later."""
        self.clock += timedelta(hours=hours)
        for _ in range(at_most):
            due = self.case.next_due
            if due is None or due.at > self.clock:
                return
            note(f"due: {due.kind}")
            self._notice(due)

    @rule()
    def another_version_is_applied(self) -> None:
        held = self.case.in_force
        if held is SECOND:
            return
        self.case.held, self.case.in_force = held, SECOND
        self._take(self.case.do(self.clock, lambda _: [], "system:automation"))
        if not self.case.ticket.is_unresolved:
            self.case.held, self.case.in_force = None, held

    def _give(self, command: str, wait: int, data: st.DataObject) -> None:
        moment = self.clock + timedelta(minutes=wait)
        self.clock = max(self.clock, moment)
        wish = data.draw(wishes(command, moment, serial=len(self.case.facts)))
        before = self.case.ticket.effective_at
        try:
            save = self.case.do(moment, wish.give)
        except Refusal:
            return
        self._take(save)
        assert self.case.ticket.effective_at == max(before, moment)

    def _notice(self, due: Due) -> None:
        command_id = due.command_id(TICKET)
        assert command_id not in self.recorded, "a fact is recorded once"
        self.recorded.add(command_id)
        save = self.case.notice(due)
        self._take(save)
        if isinstance(save[0], ReminderDue):
            assert save[0].reminder_id == due.name
        assert due not in dues(self.case.ticket, self.case.in_force or FIRST)

    def _take(self, save: Sequence[TicketEvent]) -> None:
        for event in save:
            assert decode(*encode(event)) == event
        self.desk.take(save)
        self.desk.check(self.case)

    def teardown(self) -> None:
        """The history makes the same ticket whole and in two halves."""
        facts: list[Fact] = self.case.facts
        half = len(facts) // 2
        assert fold(facts) == fold(facts[half:], fold(facts[:half])) == self.case.state


TestAnyTicketsService = AnyTicketsService.TestCase
TestAnyTicketsService.settings = settings(
    max_examples=settings().max_examples * 6 // 10, stateful_step_count=30
)
