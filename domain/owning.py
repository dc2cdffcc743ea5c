"""Commands that say where a ticket waits, who has it and on which level."""

from __future__ import annotations

from domain.errors import LevelImpossible, NobodyOwnsIt, NothingChanges
from domain.events import (
    EscalationRequested,
    PassedOver,
    TicketAssigned,
    TicketAssignmentDeferred,
    TicketDeescalated,
    TicketEscalated,
    TicketEvent,
    TicketHandedOver,
    TicketQueued,
    TicketUnassigned,
)
from domain.state import TicketState
from domain.values import (
    AgentId,
    DeferralReason,
    EscalationTrigger,
    Level,
    Method,
    Personal,
    QueueName,
)

_LEVELS = tuple(Level)


class Owning(TicketState):
    """Ownership moves only while the case is unresolved: afterwards it says who solved it."""

    def put_in_queue(
        self, to: QueueName | None, *, rule: str | None = None, reason: str | None = None
    ) -> list[TicketEvent]:
        """Move the ticket to a queue, or with None out of every queue. The owner stays."""
        self.require_unresolved()
        if to == self.queue:
            raise NothingChanges(
                self.number, "is in no queue" if to is None else "is in that queue"
            )

        return [TicketQueued(from_=self.queue, to=to, rule=rule, reason=reason)]

    def assign(
        self,
        to: AgentId,
        *,
        method: Method = Method.MANUAL,
        reason: str | None = None,
        active_then: int | None = None,
        capacity: int | None = None,
        summary: Personal | None = None,
        passed_over: tuple[PassedOver, ...] | None = None,
    ) -> list[TicketEvent]:
        """Give the ticket to an agent, with a summary of what was tried where another one had it.

        Where the agent's load and capacity are known, an overshoot is recorded, not prevented.
        """
        self.require_unresolved()
        if to == self.owner:
            raise NothingChanges(self.number, "belongs to that agent")
        over = None if active_then is None or capacity is None else active_then >= capacity

        return [
            TicketAssigned(
                from_=self.owner,
                to=to,
                method=method,
                reason=reason,
                active_then=active_then,
                capacity=capacity,
                over_capacity=over,
                summary=summary,
                passed_over=passed_over,
            )
        ]

    def unassign(
        self, *, method: Method = Method.MANUAL, reason: str | None = None
    ) -> list[TicketEvent]:
        """Take the ticket from its owner."""
        self.require_unresolved()
        if self.owner is None:
            raise NobodyOwnsIt(self.number)

        return [TicketUnassigned(from_=self.owner, method=method, reason=reason)]

    def hand_over(
        self, to: AgentId, *, summary: Personal, reason: str | None = None
    ) -> list[TicketEvent]:
        """Pass the ticket to another agent, with a summary of what was already tried."""
        self.require_unresolved()
        if self.owner is None:
            raise NobodyOwnsIt(self.number)
        if to == self.owner:
            raise NothingChanges(self.number, "belongs to that agent")

        return [TicketHandedOver(from_=self.owner, to=to, summary=summary, reason=reason)]

    def defer(
        self,
        reason: DeferralReason,
        *,
        queue: QueueName | None = None,
        passed_over: tuple[PassedOver, ...] | None = None,
    ) -> list[TicketEvent]:
        """Say that nobody could be given the ticket. Said once for each reason in a row.

        `queue` is where it waits, if the same save brings it there.
        """
        self.require_unresolved()
        if self.deferred is reason:
            raise NothingChanges(self.number, f"waits because of {reason}")

        return [
            TicketAssignmentDeferred(
                queue=queue or self.queue, reason=reason, passed_over=passed_over
            )
        ]

    def request_escalation(
        self,
        to: Level | None = None,
        *,
        trigger: EscalationTrigger = EscalationTrigger.CUSTOMER_REQUEST,
        summary: Personal | None = None,
    ) -> list[TicketEvent]:
        """Take in that somebody wants a higher level; without `to`, the next one."""
        target = self._higher(to)

        return [
            EscalationRequested(
                from_level=self.level, to_level=target, trigger=trigger, summary=summary
            )
        ]

    def escalate(
        self,
        to: Level | None = None,
        *,
        trigger: EscalationTrigger = EscalationTrigger.AGENT,
        summary: Personal | None = None,
    ) -> list[TicketEvent]:
        """Move the ticket to a higher level; without `to`, to the next one."""
        target = self._higher(to)

        return [
            TicketEscalated(
                from_level=self.level, to_level=target, trigger=trigger, summary=summary
            )
        ]

    def deescalate(
        self,
        to: Level | None = None,
        *,
        reason: str | None = None,
        summary: Personal | None = None,
    ) -> list[TicketEvent]:
        """Move the ticket back to a lower level; without `to`, to the one below."""
        self.require_unresolved()
        here = _LEVELS.index(self.level)
        target = to or _LEVELS[max(here - 1, 0)]
        if _LEVELS.index(target) >= here:
            raise LevelImpossible(self.number, self.level, target, "lower")

        return [
            TicketDeescalated(
                from_level=self.level, to_level=target, reason=reason, summary=summary
            )
        ]

    def _higher(self, to: Level | None) -> Level:
        self.require_unresolved()
        here = _LEVELS.index(self.level)
        target = to or _LEVELS[min(here + 1, len(_LEVELS) - 1)]
        if _LEVELS.index(target) <= here:
            raise LevelImpossible(self.number, self.level, target, "higher")
        return target
