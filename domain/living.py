"""Commands of a ticket's life: work, waiting, the solution, the end, the way back."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.conversing import Conversing
from domain.errors import (
    NothingChanges,
    NothingToReopen,
    NotResolved,
    QuestionNeeded,
    TransitionImpossible,
)
from domain.events import (
    MessageSent,
    ResolutionConfirmed,
    ResolutionRejected,
    TicketClosed,
    TicketEvent,
    TicketProgressed,
    TicketReopened,
    TicketResolved,
    TicketStatusChanged,
)
from domain.state import REOPENING_WINDOW
from domain.values import AgentId, CloseReason, MessageId, ResolutionCode, Status, WorkKind

_STEPS = frozenset(
    {
        (Status.NEW, Status.OPEN),
        (Status.NEW, Status.ON_HOLD),
        (Status.OPEN, Status.ON_HOLD),
        (Status.PENDING, Status.OPEN),
        (Status.ON_HOLD, Status.OPEN),
    }
)
"""The steps an agent takes by hand. Waiting for the customer comes with a question, the rest has its commands."""

_BY_COMMAND = {
    Status.RESOLVED: "solve it: ticketledger ticket resolve {}",
    Status.CLOSED: "close it: ticketledger ticket close {}",
    Status.ON_HOLD: "it waits for the customer; open it first: ticketledger ticket status {} open",
}

_CLOSES_UNRESOLVED = frozenset({CloseReason.SPAM, CloseReason.DUPLICATE, CloseReason.MERGED})


class Living(Conversing):
    """The life `new → open → pending ⇄ open → on_hold ⇄ open → resolved → closed`, and back."""

    def progress(self, kind: WorkKind = WorkKind.WORK) -> list[TicketEvent]:
        """Say that work was done without a reply. A third party's answer ends the hold for it."""
        self.require_unresolved()
        events: list[TicketEvent] = [TicketProgressed(kind=kind)]
        if kind is WorkKind.THIRD_PARTY and self.status is Status.ON_HOLD:
            events.append(
                TicketStatusChanged(from_=self.status, to=Status.OPEN, reason="third_party")
            )
        return events

    def change_status(self, to: Status, *, reason: str | None = None) -> list[TicketEvent]:
        """Take a step that no other command takes: begin, hold, go on."""
        if to == self.status:
            raise NothingChanges(self.number, f"is {to}")
        if to is Status.PENDING:
            self.require_unresolved()
            raise QuestionNeeded(self.number)
        if to not in (Status.RESOLVED, Status.CLOSED):
            self.require_unresolved()
        if (self.status, to) not in _STEPS:
            way_out = _BY_COMMAND.get(to, "see where it stands: ticketledger ticket show {}")
            raise TransitionImpossible(self.number, self.status, to, way_out.format(self.number))

        return [TicketStatusChanged(from_=self.status, to=to, reason=reason)]

    def resolve(
        self,
        *,
        at: datetime,
        agent_id: AgentId | None = None,
        code: ResolutionCode = ResolutionCode.SOLVED,
        message: MessageSent | None = None,
    ) -> list[TicketEvent]:
        """Say the problem is solved, with or without a public message in the same save.

        Rule: with a message the running promise is kept, without one it is cancelled. No new one is
        made. Resolving twice is refused, not ignored.
        """
        self.require_unresolved()
        told: list[TicketEvent] = []
        if message is None:
            told += self._cancel_promise("resolved")
        else:
            self._require_new_message(message.message_id)
            told += [message, *self._settle_promise(message.message_id, message.channel, at)]

        return [
            *told,
            TicketResolved(
                code=code,
                with_message=message is not None,
                cycle=self.cycle,
                resolver=agent_id or self.owner,
            ),
        ]

    def close(self, reason: CloseReason = CloseReason.AGENT) -> list[TicketEvent]:
        """End the case. Spam, duplicates and merged tickets end without a solution."""
        if self.status is Status.CLOSED:
            raise NothingChanges(self.number, "is closed")
        if self.is_unresolved and reason not in _CLOSES_UNRESOLVED:
            raise NotResolved(self.number, self.status)

        return [*self._cancel_promise("closed"), TicketClosed(reason=reason)]

    def reopen(
        self, *, at: datetime, reason: str, reopening_window: timedelta = REOPENING_WINDOW
    ) -> list[TicketEvent]:
        """Bring the case back from resolved, or from closed within the window."""
        if self.is_unresolved:
            raise NothingToReopen(self.number, self.status)
        if self.status is Status.CLOSED:
            self._require_reopening(at, reopening_window)

        return [self._reopened(at, reason)]

    def confirm(self, *, message_id: MessageId | None = None) -> list[TicketEvent]:
        """Take in that the customer agrees: the case is closed."""
        self._require_resolved()

        return [
            ResolutionConfirmed(message_id=message_id),
            TicketClosed(reason=CloseReason.CONFIRMED),
        ]

    def reject(self, *, at: datetime, message_id: MessageId | None = None) -> list[TicketEvent]:
        """Take in that the customer disagrees: the case is open again."""
        self._require_resolved()
        reopened: TicketReopened = self._reopened(at, "resolution_rejected", message_id)

        return [ResolutionRejected(message_id=message_id), reopened]

    def _require_resolved(self) -> None:
        self.require_not_closed()
        if self.status is not Status.RESOLVED:
            raise NotResolved(self.number, self.status)
