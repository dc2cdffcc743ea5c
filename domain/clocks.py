"""The service level of a save: which clocks it starts, pauses, resumes, fulfils or makes void.

A policy says what a reply and a solution may take; what a save does to the clocks is decided in
that very save, so that nobody ever sees a reply without the clock that it stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, cast

from domain.agreeing import targets_for
from domain.events import (
    AnyTicketEvent,
    MessageReceived,
    MessageSent,
    NextUpdateCancelled,
    NextUpdateKept,
    NextUpdatePromised,
    NextUpdateSuperseded,
    SetTarget,
    SlaApplied,
    SlaCancelled,
    SlaFulfilled,
    SlaPaused,
    SlaRemoved,
    SlaResumed,
    SlaStarted,
    TicketEvent,
    TicketOpened,
    TicketReopened,
)
from domain.in_force import NOBODY_KNOWN, Customer, InForce
from domain.policies.calendars import Calendar
from domain.state import Agreement, Clock, TicketState
from domain.ticket import Ticket, evolve_save
from domain.timekeeping import OUR_TURN
from domain.values import Author, Metric, Origin, Status

_PROMISES = (
    NextUpdatePromised,
    NextUpdateKept,
    NextUpdateSuperseded,
    NextUpdateCancelled,
)


def with_clocks(
    ticket: Ticket | None,
    events: Sequence[TicketEvent],
    *,
    subject: str,
    at: datetime,
    in_force: InForce | None,
    held: InForce | None = None,
    customer: Customer = NOBODY_KNOWN,
) -> list[TicketEvent]:
    """The events of a save with those of the service level among them.

    Rule: what happens to the clocks stands right behind what caused it, and before what the same
    save says about promises. Without a policy nothing is added.

    `in_force` is the version that the ticket began with, the newest one for a new ticket. Another
    one is taken over from `held`, which it had: what has elapsed by then counts. Called without
    events it does only that.
    """
    if in_force is None:
        return list(events)
    save = _Save(ticket, subject=subject, at=at, in_force=in_force, held=held, customer=customer)
    if not events and ticket is not None:
        save.keep_time([])
    for is_promise, run in groupby(events, lambda event: isinstance(event, _PROMISES)):
        together = list(run)
        save.take(together)
        if not is_promise:
            save.keep_time(together)
    return save.events


class _Save:
    """One save on its way: its events so far, and the ticket as they leave it."""

    def __init__(
        self,
        ticket: Ticket | None,
        *,
        subject: str,
        at: datetime,
        in_force: InForce,
        held: InForce | None,
        customer: Customer,
    ) -> None:
        self.events: list[TicketEvent] = []
        self._ticket = ticket
        self._subject = subject
        self._at = at
        self._in_force = in_force
        self._held = held or in_force
        self._customer = customer

    @property
    def ticket(self) -> Ticket:
        """The ticket after the events so far."""
        assert self._ticket is not None, "a save begins with the opening"
        return self._ticket

    def take(self, events: Iterable[TicketEvent]) -> None:
        """Add events, and let the ticket stand after them."""
        for event in events:
            self.events.append(event)
            self._ticket = evolve_save(
                self._ticket,
                (cast("AnyTicketEvent", event),),
                subject=self._subject,
                after=self._ticket.sequence if self._ticket is not None else 0,
                time=self._at,
                actor=None,
            )

    def keep_time(self, run: Sequence[TicketEvent]) -> None:
        """Add what these events do to the clocks."""
        self._agree()
        if self.ticket.agreement is None:
            return
        replied = any(isinstance(one, MessageSent) and one.author is Author.HUMAN for one in run)
        self._first_reply(run, replied=replied)
        self._resolution()
        self._next_reply(run, replied=replied)

    def _agree(self) -> None:
        """See which targets hold. An ended case keeps those that it ended with."""
        held = self.ticket.agreement
        if not self.ticket.is_unresolved:
            return
        applied = targets_for(self.ticket, self._in_force, self._customer)
        if held is None:
            self.take([applied])
        elif held != Agreement.of(applied):
            same = (held.policy, held.version) == (applied.policy, applied.version)
            reason = "reclassified" if same else "policy_changed"
            self._retime(held, applied, reason)

    def _retime(self, held: Agreement, applied: SlaApplied, reason: str) -> None:
        """Take over other targets: what has elapsed carries over, what has breached stays."""
        after = Agreement.of(applied).targets
        changed = [
            clock
            for clock in self.ticket.clocks.values()
            if not self._is_same(held.targets.get(clock.metric), after.get(clock.metric))
        ]
        running = [clock.metric for clock in changed if clock.since is not None]
        self.take(self._paused(clock) for clock in changed if clock.since is not None)
        self.take([SlaRemoved(policy=held.policy, version=held.version, reason=reason), applied])
        self._held = self._in_force
        for clock in changed:
            if clock.metric not in after:
                self.take([self._cancelled(self.ticket.clocks[clock.metric], reason)])
            elif clock.metric in running:
                self.take([self._resumed(self.ticket.clocks[clock.metric])])

    def _is_same(self, before: SetTarget | None, after: SetTarget | None) -> bool:
        if before is None or after is None or before != after:
            return False
        in_old = self._held.calendar(before.calendar)
        return in_old == self._in_force.calendar(after.calendar)

    def _first_reply(self, run: Sequence[TicketEvent], *, replied: bool) -> None:
        """From the opening to our first public human reply; a live contact has its answer."""
        ticket, metric = self.ticket, Metric.FIRST_REPLY
        clock = ticket.clocks.get(metric)
        if clock is not None:
            self._end_reply(clock, replied=replied)
            return
        opened = next((one for one in run if isinstance(one, TicketOpened)), None)
        if opened is None or opened.origin is Origin.COMPANY or self._target(metric) is None:
            return
        if opened.live:
            self.take(
                [SlaFulfilled(metric=metric, instance=1, elapsed_seconds=0.0, calendar_seconds=0.0)]
            )
        else:
            self._start(metric)

    def _next_reply(self, run: Sequence[TicketEvent], *, replied: bool) -> None:
        """From the first unanswered message, or a reopening, to our reply; pauses while pending.

        The opening is answered by the first reply, and until then nothing else is expected.
        """
        ticket, metric = self.ticket, Metric.NEXT_REPLY
        clock = ticket.clocks.get(metric)
        pending = ticket.status is Status.PENDING
        if clock is not None:
            if replied or not ticket.is_unresolved:
                self._end_reply(clock, replied=replied)
            else:
                self._hold(clock, stands_still=pending)
            return
        asked = any(isinstance(one, MessageReceived | TicketReopened) for one in run)
        is_ours = ticket.is_unresolved and not pending
        if asked and is_ours and Metric.FIRST_REPLY not in ticket.clocks:
            self._start(metric)

    def _resolution(self) -> None:
        """From the opening, or a reopening, to the solution; pauses while we cannot go on."""
        ticket, metric = self.ticket, Metric.RESOLUTION
        clock = ticket.clocks.get(metric)
        if clock is None:
            if ticket.status in OUR_TURN:
                self._start(metric)
        elif ticket.status is Status.RESOLVED:
            self.take([self._fulfilled(clock)])
        elif ticket.status is Status.CLOSED:
            self.take([self._cancelled(clock, _ending(ticket))])
        else:
            self._hold(clock, stands_still=ticket.status not in OUR_TURN)

    def _end_reply(self, clock: Clock, *, replied: bool) -> None:
        if replied:
            self.take([self._fulfilled(clock)])
        elif not self.ticket.is_unresolved:
            self.take([self._cancelled(clock, _ending(self.ticket))])

    def _hold(self, clock: Clock, *, stands_still: bool) -> None:
        """Pause or resume a clock where it does not do as it should."""
        if stands_still and clock.since is not None:
            self.take([self._paused(clock)])
        elif not stands_still and clock.since is None:
            self.take([self._resumed(clock)])

    def _start(self, metric: Metric) -> None:
        target = self._target(metric)
        if target is None:
            return
        begins = self.ticket.effective(self._at)
        instance = self.ticket.clocks_begun.get(metric, 0) + 1
        due = self._calendar(target).due(begins, target.seconds)
        self.take([SlaStarted(metric=metric, instance=instance, due_at=due)])

    def _resumed(self, clock: Clock) -> SlaResumed:
        target = self._target(clock.metric)
        assert target is not None, "a clock without a target is cancelled"
        left = max(target.seconds - clock.elapsed_seconds, 0.0)
        due = self._calendar(target).due(self.ticket.effective(self._at), left)
        return SlaResumed(metric=clock.metric, instance=clock.instance, due_at=due)

    def _paused(self, clock: Clock) -> SlaPaused:
        elapsed, by_any_clock = self._elapsed(clock)
        return SlaPaused(
            metric=clock.metric,
            instance=clock.instance,
            elapsed_seconds=elapsed,
            calendar_seconds=by_any_clock,
        )

    def _fulfilled(self, clock: Clock) -> SlaFulfilled:
        return SlaFulfilled(**self._reading(clock))

    def _cancelled(self, clock: Clock, reason: str) -> SlaCancelled:
        return SlaCancelled(**self._reading(clock), reason=reason)

    def _reading(self, clock: Clock) -> dict[str, Any]:
        """What the clock shows now, as its last event says it."""
        elapsed, by_any_clock = self._elapsed(clock)
        return {
            "metric": clock.metric,
            "instance": clock.instance,
            "due_at": clock.due_at,
            "elapsed_seconds": elapsed,
            "calendar_seconds": by_any_clock,
            "owner": self.ticket.owner,
        }

    def _elapsed(self, clock: Clock) -> tuple[float, float]:
        target = self._target(clock.metric)
        calendar = self._calendar(target) if target is not None else None
        return elapsed_of(clock, self.ticket.effective(self._at), calendar)

    def _target(self, metric: Metric) -> SetTarget | None:
        agreement = self.ticket.agreement
        return agreement.targets.get(metric) if agreement is not None else None

    def _calendar(self, target: SetTarget) -> Calendar:
        return self._held.calendar(target.calendar)


def elapsed_of(clock: Clock, at: datetime, calendar: Calendar | None) -> tuple[float, float]:
    """What a clock shows at a moment: seconds by its calendar, and by any clock."""
    if clock.since is None:
        return clock.elapsed_seconds, clock.calendar_seconds
    by_any_clock = (at - clock.since).total_seconds()
    by_its_own = by_any_clock if calendar is None else calendar.elapsed(clock.since, at)
    return clock.elapsed_seconds + by_its_own, clock.calendar_seconds + by_any_clock


def _ending(ticket: TicketState) -> str:
    return str(ticket.close_reason or ticket.status)
