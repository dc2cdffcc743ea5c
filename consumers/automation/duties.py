"""What is to be recorded on a ticket, when, and which events that makes on its newest state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from consumers.automation.duty import Duty, DutyKind
from consumers.automation.people import People
from consumers.rules import Rules
from domain.candidates import Candidate
from domain.clocks import with_clocks
from domain.events import (
    AnyEvent,
    TicketAssigned,
    TicketEvent,
    TicketHandedOver,
    TicketMerged,
)
from domain.in_force import InForce
from domain.routing import requeue_due
from domain.ticket import Ticket, evolve_save
from domain.timekeeping import OUR_TURN
from domain.timing import dues, fall_due
from domain.values import Method
from eventstore.commands import Command
from eventstore.envelope import Envelope
from eventstore.ledger import Ledger

AUTOMATION = "system:automation"

Decide = Callable[[Ticket | None], Sequence[Any]]
Ask = tuple[str, Command, Decide]
"""What a ledger is asked to record: the subject, the command and its decision."""


def actor_of(in_force: InForce) -> str:
    """In whose name a policy's rules act."""
    return f"rule:{in_force.id}@{in_force.version}"


@dataclass(frozen=True, slots=True)
class Duties:
    """Finds the duties of tickets and decides them.

    Everything follows from the ticket's own state, the policy that it goes by, and for some from
    its owner and the ticket it was merged into; the schedule is never asked.
    """

    ledger: Ledger[Ticket, AnyEvent]
    rules: Rules
    people: People

    def of(self, ticket: Ticket) -> list[Duty]:
        """Everything that is to be recorded if nothing else happens, the first one first.

        Rule: a ticket whose last event came from another system is left alone.
        """
        if ticket.is_imported:
            return []
        found = [*self._absorbing(ticket), *self._taking_over(ticket), *self._dues(ticket)]
        found += self._requeueing(ticket)
        return sorted(found, key=lambda duty: duty.rank)

    def asked(self, duty: Duty, ticket: Ticket, events: Sequence[TicketEvent] | None = None) -> Ask:
        """How it is recorded, once, as of its moment. `ticket` is the one whose duty it is.

        `events` are what was decided on it: they hold if the newest state is that very one.
        """
        subject = self._target_of(ticket) if duty.kind is DutyKind.ABSORB else ticket.id
        command = Command(
            duty.command_id,
            f"ticket.{duty.kind}",
            {"name": duty.name, "instance": duty.instance},
            duty.at,
            self._actor(duty, ticket),
            derived=True,
        )

        def decide(newest: Ticket | None) -> Sequence[TicketEvent]:
            if events is not None and newest == ticket:
                return events
            return self.decide(duty, newest)

        return subject, command, decide

    def decide(self, duty: Duty, ticket: Ticket | None) -> list[TicketEvent]:
        """The events of a duty on this state; none if it has become void.

        Of an absorption the state is that of the ticket which absorbs.
        """
        if ticket is None:
            return []
        events = self._decide(duty, ticket)
        if not events and duty.kind is not DutyKind.TAKE_OVER:
            return []
        return self.with_clocks(ticket, events, at=duty.at, takes_over=duty)

    def with_clocks(
        self,
        ticket: Ticket,
        events: Sequence[TicketEvent],
        *,
        at: datetime,
        takes_over: Duty | None = None,
    ) -> list[TicketEvent]:
        """The save with what it does to the clocks, under the version that the ticket goes by or,
        where one is taken over, under that one."""
        held = self.rules.held_by(ticket)
        in_force = held
        if takes_over is not None and takes_over.kind is DutyKind.TAKE_OVER:
            version = self.rules.taking_over(ticket)
            if version is None or _name(version.in_force) != takes_over.name:
                return []
            in_force = version.in_force
        return with_clocks(
            ticket,
            events,
            subject=ticket.id,
            at=at,
            in_force=in_force,
            held=held if ticket.agreement is not None else None,
            customer=self.rules.customer_of(ticket),
        )

    def after(self, duty: Duty, ticket: Ticket, events: Sequence[TicketEvent]) -> Ticket:
        """The ticket once these events are recorded."""
        return evolve_save(
            ticket,
            events,  # type: ignore[arg-type]  # a ticket's decisions are events of tickets
            subject=ticket.id,
            after=ticket.sequence,
            time=duty.at,
            actor=self._actor(duty, ticket),
        )

    def _decide(self, duty: Duty, ticket: Ticket) -> list[TicketEvent]:
        if duty.kind is DutyKind.ABSORB:
            return self._absorb(duty, ticket)
        if duty.kind is DutyKind.REQUEUE:
            if duty not in self._requeueing(ticket):
                return []
            return ticket.unassign(method=Method.RULE, reason="the owner has been offline too long")
        in_force = self.rules.held_by(ticket)
        if duty.due is None or in_force is None:
            return []
        return fall_due(ticket, duty.due, in_force)

    def _actor(self, duty: Duty, ticket: Ticket) -> str:
        if duty.kind is DutyKind.TAKE_OVER:
            return f"rule:{duty.name}"
        if duty.kind is DutyKind.REQUEUE and (in_force := self.rules.held_by(ticket)):
            return actor_of(in_force)
        return AUTOMATION

    def _dues(self, ticket: Ticket) -> Iterator[Duty]:
        """What the clock alone brings.

        Rule: a ticket without clocks of its own goes by the newest version, and what would have
        been due before that was published falls due with it.
        """
        in_force = self.rules.held_by(ticket)
        if in_force is None:
            return
        earliest = self.rules.begun(in_force) if ticket.agreement is None else None
        for due in dues(ticket, in_force):
            at = due.at if earliest is None else max(due.at, earliest)
            yield Duty(ticket.id, due.kind, at, due.name, due.instance, due)

    def _taking_over(self, ticket: Ticket) -> Iterator[Duty]:
        """A version for open tickets. One that was closed then takes it over as it comes back."""
        version = self.rules.taking_over(ticket) if ticket.is_unresolved else None
        if version is not None:
            name = _name(version.in_force)
            at = max(version.published_at, ticket.reopened_at or version.published_at)
            yield Duty(ticket.id, DutyKind.TAKE_OVER, at, name)

    def _requeueing(self, ticket: Ticket) -> list[Duty]:
        """A case that waits for our work while its owner is gone.

        Rule: the time counts from when they went, and not before they were given the case.
        """
        in_force = self.rules.held_by(ticket)
        owner = self.people.agent(ticket.owner) if ticket.owner is not None else None
        if owner is None or in_force is None or ticket.status not in OUR_TURN:
            return []
        gone = Candidate.of(owner, active=0, last_assigned_at=None)
        if requeue_due(gone, in_force.policy.routing) is None:
            return []
        given_at = self._owned_since(ticket)
        if given_at is not None and gone.since is not None:
            gone = replace(gone, since=max(gone.since, given_at))
        at = requeue_due(gone, in_force.policy.routing)
        return [Duty(ticket.id, DutyKind.REQUEUE, at, owner.id)] if at is not None else []

    def _owned_since(self, ticket: Ticket) -> datetime | None:
        given = [
            envelope.time
            for envelope, event in self.ledger.history(ticket.id)
            if isinstance(event, TicketAssigned | TicketHandedOver) and event.to == ticket.owner
        ]
        return given[-1] if given else None

    def _absorbing(self, ticket: Ticket) -> Iterator[Duty]:
        """A merged ticket that its target does not know of yet."""
        if ticket.merged_into is None:
            return
        target = self.ledger.load(self._target_of(ticket)).state
        if target is None or ticket.id not in target.absorbed:
            envelope, _ = self._merger(ticket.id)
            yield Duty(ticket.id, DutyKind.ABSORB, envelope.time, ticket.id)

    def _absorb(self, duty: Duty, target: Ticket) -> list[TicketEvent]:
        source = self.ledger.load(duty.ticket).state
        if source is None or source.merged_into is None or source.id in target.absorbed:
            return []
        _, merged = self._merger(source.id)
        return target.absorb(
            source.id, source_number=source.number, promise_due_at=merged.promise_due_at
        )

    def _target_of(self, ticket: Ticket) -> str:
        """Where a merged ticket goes on: at the end of the chain.

        Rule: where two merges at once made a circle, none of its tickets is the end, and the one
        that it was merged into absorbs it.
        """
        first = ticket.merged_into
        assert first is not None, "only a merged ticket has a target"
        seen, target = {ticket.id}, first
        while target not in seen:
            seen.add(target)
            state = self.ledger.load(target).state
            if state is None or state.merged_into is None:
                return target
            target = state.merged_into
        return first

    def _merger(self, source: str) -> tuple[Envelope, TicketMerged]:
        """The event by which a ticket was merged."""
        mergers = [
            (envelope, event)
            for envelope, event in self.ledger.history(source)
            if isinstance(event, TicketMerged)
        ]
        assert mergers, "only a merged ticket is asked for"
        return mergers[-1]


def _name(in_force: InForce) -> str:
    return f"{in_force.id}@{in_force.version}"
