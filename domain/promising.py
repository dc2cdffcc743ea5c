"""The promise of the next update: when one is made, kept, taken over or void."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.errors import PromiseImpossible
from domain.events import (
    NextUpdateCancelled,
    NextUpdateKept,
    NextUpdatePromised,
    NextUpdateSuperseded,
    TicketEvent,
)
from domain.state import TicketState, run_window
from domain.values import AgentId, Author, Channel, MessageId, Status


class Promising(TicketState):
    """One promise runs at a time, and none while the customer is to answer or after the end."""

    def _require_possible_promise(
        self, at: datetime, author: Author, *, asks: bool, next_update_by: datetime | None
    ) -> None:
        if next_update_by is None:
            return
        if author is Author.BOT:
            raise PromiseImpossible(self.number, "only a human can promise")
        if asks:
            raise PromiseImpossible(self.number, "a question leaves the next word to the customer")
        if self.status is Status.PENDING:
            raise PromiseImpossible(self.number, "it waits for the customer")
        if not self.is_unresolved:
            raise PromiseImpossible(self.number, f"it is {self.status}")
        if next_update_by <= self.effective(at):
            raise PromiseImpossible(self.number, "the promised moment has passed")

    def _next_due(
        self, at: datetime, wanted: datetime | None, default: timedelta | None
    ) -> datetime | None:
        """For when a human's reply promises the next one; None: it is not our turn, or no wish."""
        if wanted is not None:
            return wanted
        if default is None or self.status is Status.PENDING or not self.is_unresolved:
            return None
        return self.effective(at) + default

    def _settle_promise(
        self, message_id: MessageId, channel: Channel, at: datetime, *, asks: bool = False
    ) -> list[TicketEvent]:
        """What a human's public message does to the running promise.

        Rule: it keeps it, in time or late. In the same breath as the message that made the promise
        nothing was kept yet: then the new message takes its place, and a question makes it void.
        """
        promise = self.promise
        if promise is None:
            return []
        if not self._in_one_breath(channel, at):
            return [
                NextUpdateKept(
                    promise_id=promise.id,
                    instance=promise.instance,
                    due_at=promise.due_at,
                    message_id=message_id,
                )
            ]
        if asks:
            return self._cancel_promise("pending")
        return [
            NextUpdateSuperseded(
                promise_id=promise.id, instance=promise.instance, message_id=message_id
            )
        ]

    def _in_one_breath(self, channel: Channel, at: datetime) -> bool:
        """Whether no pause longer than the run window lies after the message that promised."""
        promise = self.promise
        if promise is None or promise.message_id is None:
            return False
        return self.effective(at) - promise.run_at <= run_window(channel)

    def _promise(
        self, due: datetime, *, maker: AgentId | None, message_id: MessageId | None
    ) -> NextUpdatePromised:
        return NextUpdatePromised(
            promise_id=f"P{self.promises_made + 1}",
            instance=1,
            due_at=due,
            maker=maker,
            message_id=message_id,
        )

    def _cancel_promise(self, reason: str) -> list[TicketEvent]:
        if self.promise is None:
            return []
        return [
            NextUpdateCancelled(
                promise_id=self.promise.id, instance=self.promise.instance, reason=reason
            )
        ]
