"""Commands between tickets: one goes on in another, a second matter gets a case of its own."""

from __future__ import annotations

from datetime import datetime

from domain.around_errors import MergeImpossible
from domain.errors import NothingChanges
from domain.events import (
    NextUpdatePromised,
    NextUpdateSuperseded,
    TicketAbsorbed,
    TicketClosed,
    TicketEvent,
    TicketMerged,
    TicketSplit,
)
from domain.promising import Promising
from domain.state import TicketState
from domain.values import CloseReason, Status, TicketId


class Relating(Promising):
    """Merging and splitting. Contacts stay where they happened."""

    def merge_into(self, target: TicketState, *, reason: str | None = None) -> list[TicketEvent]:
        """End this case in favour of another one.

        Rule: the source is recorded first and rules; that the target absorbed it follows. What was
        promised here and not yet kept goes to the target.
        """
        self.require_not_closed()
        if target.id == self.id:
            raise MergeImpossible(
                self.number, "it cannot be merged into itself", "name another ticket"
            )
        if target.merged_into is not None:
            circle = target.merged_into == self.id
            where = "this one" if circle else "another one"
            see = f"see where it went: ticketledger ticket show {target.number}"
            raise MergeImpossible(
                self.number, f"ticket {target.number} was itself merged into {where}", see
            )
        if target.status is Status.CLOSED:
            raise MergeImpossible(
                self.number,
                f"ticket {target.number} is closed",
                f"reopen it first: ticketledger ticket reopen {target.number}",
            )

        promise = self.promise
        return [
            TicketMerged(
                target=target.id,
                target_number=target.number,
                reason=reason,
                promise_due_at=promise.due_at if promise is not None else None,
            ),
            *self._cancel_promise("merged"),
            TicketClosed(reason=CloseReason.MERGED),
        ]

    def absorb(
        self, source: TicketId, *, source_number: str, promise_due_at: datetime | None = None
    ) -> list[TicketEvent]:
        """Take in that another case goes on here. Of two promises the earlier one lives on."""
        if source in self.absorbed:
            raise NothingChanges(self.number, f"has absorbed {source_number}")

        absorbed = TicketAbsorbed(source=source, source_number=source_number)
        return [absorbed, *self._take_over(promise_due_at)]

    def split_off(
        self, other: TicketId, *, other_number: str, reason: str | None = None
    ) -> list[TicketEvent]:
        """Say that a second matter is now a case of its own, which is opened with origin split."""
        self.require_not_closed()
        if other == self.id or other in self.split_into:
            raise NothingChanges(self.number, f"is split into {other_number}")

        return [TicketSplit(other=other, other_number=other_number, reason=reason)]

    def _take_over(self, due_at: datetime | None) -> list[TicketEvent]:
        """Another case's promise, where it is still our turn and nothing earlier is promised."""
        if due_at is None or not self.is_unresolved or self.status is Status.PENDING:
            return []
        running = self.promise
        if running is not None and running.due_at <= due_at:
            return []
        promised: NextUpdatePromised = self._promise(due_at, maker=self.owner, message_id=None)
        if running is None:
            return [promised]
        return [
            NextUpdateSuperseded(promise_id=running.id, instance=running.instance),
            promised,
        ]
