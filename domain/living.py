"""Commands of a ticket's life: work, waiting, the solution, the end, the way back."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.around_errors import StageImpossible
from domain.conversing import Conversing
from domain.errors import (
    NothingChanges,
    NothingToReopen,
    NotResolved,
    PromiseImpossible,
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
    TicketStageChanged,
    TicketStatusChanged,
)
from domain.state import REOPENING_WINDOW
from domain.values import (
    AgentId,
    Author,
    CloseReason,
    MessageId,
    ResolutionCode,
    Stage,
    Status,
    WorkKind,
)

_STEPS = {
    (Status.NEW, Status.OPEN): (Status.OPEN,),
    (Status.NEW, Status.ON_HOLD): (Status.OPEN, Status.ON_HOLD),
    (Status.OPEN, Status.ON_HOLD): (Status.ON_HOLD,),
    (Status.PENDING, Status.OPEN): (Status.OPEN,),
    (Status.ON_HOLD, Status.OPEN): (Status.OPEN,),
}
"""The steps an agent takes by hand, and over which states they lead. Waiting for the customer
comes with a question; the rest has its commands."""

_BY_COMMAND = {
    Status.RESOLVED: "solve it: ticketledger ticket resolve {}",
    Status.CLOSED: "resolve it first: ticketledger ticket resolve {}",
    Status.ON_HOLD: "it waits for the customer; open it first: ticketledger ticket status {} open",
}

_STAGES = tuple(Stage)

_CLOSES_UNRESOLVED = frozenset({CloseReason.SPAM, CloseReason.DUPLICATE})

_NOT_BY_CLOSING = {
    CloseReason.CONFIRMED: "say that the customer agrees: ticketledger ticket confirm {}",
    CloseReason.MERGED: "merge it: ticketledger ticket merge {} --into NUMBER",
}


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
        """Take a step that no other command takes: begin, hold, go on.

        Holding a new ticket begins it first: waiting for somebody is work.
        """
        if to == self.status:
            raise NothingChanges(self.number, f"is {to}")
        if (self.status, to) == (Status.RESOLVED, Status.CLOSED):
            raise self._impossible(to, "close it: ticketledger ticket close {}")
        self.require_unresolved()
        if to is Status.PENDING:
            raise QuestionNeeded(self.number)
        if (self.status, to) not in _STEPS:
            see = "see where it stands: ticketledger ticket show {}"
            raise self._impossible(to, _BY_COMMAND.get(to, see))

        events: list[TicketEvent] = []
        before = self.status
        for after in _STEPS[self.status, to]:
            events.append(
                TicketStatusChanged(from_=before, to=after, reason=reason if after is to else None)
            )
            before = after
        return events

    def set_stage(
        self, to: Stage, *, label: str | None = None, reason: str | None = None
    ) -> list[TicketEvent]:
        """Move the customer's stepper by hand, where the life of the case tells it wrongly.

        Rule: back only with a reason; the last stage comes with the solution.
        """
        self.require_unresolved()
        if to is self.stage:
            raise NothingChanges(self.number, f"is in the stage {to}")
        if to is Stage.RESOLVED:
            raise StageImpossible(
                self.number, to, f"solve it: ticketledger ticket resolve {self.number}"
            )
        if _STAGES.index(to) < _STAGES.index(self.stage) and reason is None:
            raise StageImpossible(self.number, to, "the stepper never runs back without a reason")

        return [TicketStageChanged(from_=self.stage, to=to, label=label, reason=reason)]

    def resolve(
        self,
        *,
        at: datetime,
        agent_id: AgentId | None = None,
        code: ResolutionCode = ResolutionCode.SOLVED,
        message: MessageSent | None = None,
    ) -> list[TicketEvent]:
        """Say the problem is solved, with or without a public message in the same save.

        Rule: a human's message settles the running promise like any other; without one it is
        cancelled. No new one is made. Resolving twice is refused, not ignored.
        """
        self.require_unresolved()
        told = self._cancel_promise("resolved") if message is None else self._told(message, at)
        writer = None if message is None else message.agent_id

        return [
            *told,
            TicketResolved(
                code=code,
                with_message=message is not None,
                cycle=self.cycle,
                resolver=agent_id or writer or self.owner,
            ),
        ]

    def close(self, reason: CloseReason = CloseReason.AGENT) -> list[TicketEvent]:
        """End the case. Spam and duplicates end without a solution, anything else needs one."""
        if self.status is Status.CLOSED:
            raise NothingChanges(self.number, "is closed")
        if reason in _NOT_BY_CLOSING:
            raise self._impossible(Status.CLOSED, _NOT_BY_CLOSING[reason])
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

    def _told(self, message: MessageSent, at: datetime) -> list[TicketEvent]:
        """The message that gives the solution, and what becomes of the promise."""
        self._require_new_message(message.message_id)
        if message.next_update_by is not None:
            raise PromiseImpossible(self.number, "a solution promises no further update")
        if message.asks:
            ask = "a question leaves it unsolved: ticketledger ticket reply {} --ask TEXT"
            raise self._impossible(Status.RESOLVED, ask)
        if message.author is Author.BOT:
            return [message, *self._cancel_promise("resolved")]
        return [message, *self._settle_promise(message.message_id, message.channel, at)]

    def _impossible(self, to: Status, way_out: str) -> TransitionImpossible:
        return TransitionImpossible(self.number, self.status, to, way_out.format(self.number))

    def _require_resolved(self) -> None:
        self.require_not_closed()
        if self.status is not Status.RESOLVED:
            raise NotResolved(self.number, self.status)
