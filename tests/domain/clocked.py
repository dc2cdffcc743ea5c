"""A case under a policy: commands one after the other, each with what it does to the clocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from domain.clocks import with_clocks
from domain.events import AnyTicketEvent, TicketEvent
from domain.facts import Fact
from domain.in_force import NOBODY_KNOWN, Customer, InForce
from domain.policies.policy import Policy
from domain.policies.routes import QueueSettings
from domain.policies.targets import Clocks, Target, TargetRule
from domain.ticket import Ticket, evolve
from domain.timing import Due, dues, fall_due
from domain.values import Priority
from tests.domain.given import TICKET

MINUTE, HOUR, DAY = 60, 3_600, 86_400

EVERYONE = TargetRule(
    name="everyone",
    clocks=Clocks(
        first_reply=Target(seconds=15 * MINUTE, warn_after_seconds=10 * MINUTE),
        next_reply=Target(seconds=4 * HOUR),
        resolution=Target(seconds=DAY, warn_after_seconds=18 * HOUR),
    ),
)
POLICY = Policy(
    title="Travel",
    targets=(EVERYONE,),
    other_queues=QueueSettings(no_progress=Target(seconds=2 * HOUR)),
)
TRAVEL = InForce("travel", 1, POLICY)


class Case:
    """One ticket and its history. Every save is folded as a store would give it back."""

    def __init__(self, in_force: InForce | None = TRAVEL) -> None:
        self.in_force = in_force
        self.held: InForce | None = None
        self.customer: Customer = NOBODY_KNOWN
        self.state: Ticket | None = None
        self.facts: list[Fact] = []

    @property
    def ticket(self) -> Ticket:
        """The ticket as it stands."""
        assert self.state is not None
        return self.state

    def open(self, at: datetime, events: Sequence[TicketEvent]) -> list[TicketEvent]:
        """The save that opens it."""
        return self._record(at, events, "customer:c0")

    def do(
        self,
        at: datetime,
        command: Callable[[Ticket], Sequence[TicketEvent]],
        actor: str = "agent:ayu",
    ) -> list[TicketEvent]:
        """The save of a command, recorded."""
        return self._record(at, command(self.ticket), actor)

    def wait_until(self, moment: datetime) -> list[tuple[datetime, list[TicketEvent]]]:
        """Let time pass: what falls due up to that moment, each as of its own, recorded."""
        found: list[tuple[datetime, list[TicketEvent]]] = []
        while (due := self.next_due) is not None and due.at <= moment:
            found.append((due.at, self.notice(due)))
        return found

    def notice(self, due: Due) -> list[TicketEvent]:
        """What the automation records of something that is due."""
        assert self.in_force is not None
        events = fall_due(self.ticket, due, self.in_force)
        assert events, "what is due says something"
        return self._record(due.at, events, "system:automation")

    @property
    def next_due(self) -> Due | None:
        """What falls due next."""
        assert self.in_force is not None
        return next(iter(dues(self.ticket, self.in_force)), None)

    def _record(self, at: datetime, events: Sequence[TicketEvent], actor: str) -> list[TicketEvent]:
        save = with_clocks(
            self.state,
            events,
            subject=TICKET,
            at=at,
            in_force=self.in_force,
            held=self.held,
            customer=self.customer,
        )
        for event in save:
            self.take(event, at, actor)  # type: ignore[arg-type]
        return save

    def take(self, event: AnyTicketEvent, at: datetime, actor: str) -> None:
        """One event as it stands in the log."""
        fact = Fact(event, TICKET, len(self.facts) + 1, at, actor)
        self.facts.append(fact)
        self.state = evolve(self.state, fact)


def under(*rules: TargetRule, version: int = 1) -> InForce:
    """A policy with these targets."""
    return InForce("travel", version, POLICY.model_copy(update={"targets": rules}))


def for_priority(priority: Priority, *, resolution_seconds: int) -> TargetRule:
    """A rule for one priority."""
    from domain.policies.conditions import Condition

    return TargetRule(
        name=str(priority),
        when=Condition(priority=(priority,)),
        clocks=Clocks(resolution=Target(seconds=resolution_seconds)),
    )
