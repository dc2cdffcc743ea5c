"""given(history).when(command).then(events): the language of the tests of decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import Refusal
from domain.events import (
    MessageReceived,
    MessageSent,
    NextUpdatePromised,
    Requester,
    TicketAssigned,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketResolved,
    TicketStatusChanged,
)
from domain.facts import Fact
from domain.ticket import Ticket, fold
from domain.values import (
    Author,
    Channel,
    CloseReason,
    Intent,
    Method,
    Origin,
    ResolutionCode,
    Status,
)

TICKET = "01930c1e-0000-7000-8000-000000000001"
OTHER = "01930c1e-0000-7000-8000-000000000002"
NUMBER = "7K2P-4M9X-Q3TD-H"
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)

Command = Callable[[Ticket], Sequence[TicketEvent]]


def at(clock: str, *, day: int = 0) -> datetime:
    """The moment of this time of day, `day` days after the first one."""
    hours, minutes = clock.split(":")
    return MIDNIGHT + timedelta(days=day, hours=int(hours), minutes=int(minutes))


@dataclass(frozen=True)
class Given:
    """A recorded history of one ticket."""

    facts: tuple[Fact, ...]

    @property
    def ticket(self) -> Ticket:
        """The ticket that this history makes."""
        folded = fold(self.facts)
        assert folded is not None
        return folded

    def and_then(self, *steps: TicketEvent | datetime) -> Given:
        """The same history with more: a moment says when the events after it happened."""
        return Given((*self.facts, *_facts(steps, self.facts)))

    def when(self, command: Command) -> Decided:
        """What the ticket answers to a command. The ticket itself must stay as it is."""
        ticket = self.ticket
        before = dict(vars(ticket))
        try:
            return Decided(self, tuple(command(ticket)), None)
        except Refusal as refusal:
            return Decided(self, (), refusal)
        finally:
            assert vars(ticket) == before


@dataclass(frozen=True)
class Decided:
    """The answer to a command."""

    history: Given
    events: tuple[TicketEvent, ...]
    refusal: Refusal | None

    def then(self, *expected: TicketEvent) -> None:
        """The whole save is exactly this."""
        if self.refusal is not None:
            raise self.refusal
        assert self.events == expected

    def refused(self, kind: type[Refusal], *says: str) -> None:
        """It was turned down like this, and the message says so."""
        if type(self.refusal) is not kind:
            pytest.fail(f"not refused as {kind.__name__}: {self.events or repr(self.refusal)}")
        for words in says:
            assert words in str(self.refusal)

    def recorded(self, moment: datetime) -> Given:
        """The history with this save in it."""
        if self.refusal is not None:
            raise self.refusal
        return self.history.and_then(moment, *self.events)


def given(*steps: TicketEvent | datetime) -> Given:
    """A history: a moment says when the events after it happened; it begins at 10:00."""
    return Given(tuple(_facts(steps, ())))


def _facts(steps: Iterable[TicketEvent | datetime], before: tuple[Fact, ...]) -> list[Fact]:
    moment = before[-1].time if before else at("10:00")
    facts: list[Fact] = []
    for step in steps:
        if isinstance(step, datetime):
            moment = step
        else:
            facts.append(Fact(step, TICKET, len(before) + len(facts) + 1, moment, "agent:ayu"))  # type: ignore[arg-type]
    return facts


OPENED = TicketOpened(
    number=NUMBER,
    channel=Channel.EMAIL,
    live=False,
    origin=Origin.CUSTOMER,
    requester=Requester(id="customer-1"),
    order_refs=("order-1",),
)
ASSIGNED = TicketAssigned(to="ayu", method=Method.MANUAL)


def asked(message_id: str = "question-1") -> MessageSent:
    """A question of ours to the customer."""
    return sent(message_id, asks=True)


def sent(
    message_id: str = "reply-1",
    *,
    channel: Channel = Channel.EMAIL,
    author: Author = Author.HUMAN,
    asks: bool = False,
    due: datetime | None = None,
    agent_id: str | None = "ayu",
) -> MessageSent:
    """A message of ours to the customer."""
    return MessageSent(
        message_id=message_id,
        channel=channel,
        author=author,
        asks=asks,
        agent_id=agent_id,
        next_update_by=due,
    )


def received(
    message_id: str = "message-1",
    *,
    status: Status,
    intent: Intent = Intent.UNKNOWN,
    channel: Channel = Channel.EMAIL,
) -> MessageReceived:
    """A message of the customer."""
    return MessageReceived(
        message_id=message_id,
        channel=channel,
        live=channel.is_live,
        intent=intent,
        status=status,
    )


def moved(from_: Status, to: Status, reason: str | None = None) -> TicketStatusChanged:
    """A change of status."""
    return TicketStatusChanged(from_=from_, to=to, reason=reason)


def promised(
    promise_id: str, due: datetime, *, message_id: str | None = None, maker: str | None = "ayu"
) -> NextUpdatePromised:
    """A promise of the next update."""
    return NextUpdatePromised(
        promise_id=promise_id, instance=1, due_at=due, maker=maker, message_id=message_id
    )


def solved(*, cycle: int = 1, resolver: str | None = "ayu", told: bool = False) -> TicketResolved:
    """The case is solved."""
    return TicketResolved(
        code=ResolutionCode.SOLVED, with_message=told, cycle=cycle, resolver=resolver
    )


def closed(reason: CloseReason = CloseReason.AGENT) -> TicketClosed:
    """The case has ended."""
    return TicketClosed(reason=reason)


NEW = given(OPENED)
OPEN = given(OPENED, ASSIGNED, at("10:05"), moved(Status.NEW, Status.OPEN))
PROMISED = OPEN.and_then(
    at("10:10"),
    sent(due=at("10:10", day=1)),
    promised("P1", at("10:10", day=1), message_id="reply-1"),
)
"""Open, answered at 10:10, with a promise of ours for the next day."""

PENDING = OPEN.and_then(at("10:10"), asked(), moved(Status.OPEN, Status.PENDING, "question"))
ON_HOLD = OPEN.and_then(at("10:10"), moved(Status.OPEN, Status.ON_HOLD, "airline"))
RESOLVED = OPEN.and_then(at("12:00"), solved())
CLOSED = RESOLVED.and_then(at("12:00", day=2), closed(CloseReason.TIMEOUT))
SPAM = NEW.and_then(at("10:05"), closed(CloseReason.SPAM))
DUPLICATE = NEW.and_then(at("10:05"), closed(CloseReason.DUPLICATE))

EVERY_STATUS = {
    Status.NEW: NEW,
    Status.OPEN: OPEN,
    Status.PENDING: PENDING,
    Status.ON_HOLD: ON_HOLD,
    Status.RESOLVED: RESOLVED,
    Status.CLOSED: CLOSED,
}
UNRESOLVED = [status for status in Status if status.is_unresolved]
