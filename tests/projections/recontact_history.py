"""Histories of contacts, written by hand in few words; the worked example is one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta

from domain.events import (
    AnyEvent,
    MessageReceived,
    MessageSent,
    NextUpdatePromised,
    Requester,
    TicketAssigned,
    TicketCategorized,
    TicketOpened,
    TicketQueued,
    TicketReopened,
    TicketRequesterChanged,
    TicketResolved,
)
from domain.values import Author, Channel, Intent, Method, Origin, ResolutionCode, Status
from projections.recontact import PROJECTION
from tests.projections.harness import Folded, Stream


def at(text: str) -> datetime:
    """`1 Mar 09:00` of 2026, in UTC."""
    return datetime.strptime(f"2026 {text}", "%Y %d %b %H:%M").replace(tzinfo=UTC)


class History:
    """A stream of saves, one line each. A ticket's number is its name, its id `ticket-NAME`."""

    def __init__(self, *, partitions: int = 1) -> None:
        self.stream = Stream(partitions=partitions)
        self._messages = 0

    def opens(
        self,
        ticket: str,
        when: str,
        *,
        customer: str | None = "X",
        category: str | None = None,
        orders: tuple[str, ...] = (),
        follows: str | None = None,
        channel: Channel = Channel.EMAIL,
        origin: Origin = Origin.CUSTOMER,
        live: bool | None = None,
    ) -> History:
        """A ticket is opened."""
        event = TicketOpened(
            number=ticket,
            channel=channel,
            live=channel.is_live if live is None else live,
            origin=origin,
            category=(category, "Detail") if category else None,
            order_refs=orders or None,
            requester=Requester(id=customer) if customer else None,
            follows_ticket=f"ticket-{follows}" if follows else None,
        )
        return self.save(ticket, when, event)

    def writes(
        self,
        ticket: str,
        when: str,
        intent: Intent = Intent.STATUS_CHASE,
        *,
        channel: Channel = Channel.EMAIL,
        live: bool | None = None,
        reopens: bool = False,
    ) -> History:
        """The customer writes; `reopens` says that it brings the ticket back, in the same save."""
        self._messages += 1
        message = MessageReceived(
            message_id=f"m{self._messages}",
            channel=channel,
            live=channel.is_live if live is None else live,
            intent=intent,
            status=Status.RESOLVED if reopens else Status.OPEN,
        )
        back = TicketReopened(
            from_=Status.RESOLVED, cycle=2, reason="message", message_id=message.message_id
        )
        return self.save(ticket, when, message, *([back] if reopens else []))

    def replies(
        self,
        ticket: str,
        when: str,
        *,
        channel: Channel = Channel.EMAIL,
        promises: str | None = None,
        author: Author = Author.HUMAN,
    ) -> History:
        """We write, and may say by when the next update comes."""
        self._messages += 1
        sent = MessageSent(
            message_id=f"m{self._messages}",
            channel=channel,
            author=author,
            asks=False,
            agent_id="Ayu",
        )
        if promises is None:
            return self.save(ticket, when, sent)
        promised = NextUpdatePromised(
            promise_id=f"p{self._messages}",
            instance=1,
            due_at=at(promises),
            message_id=sent.message_id,
        )
        return self.save(ticket, when, sent, promised)

    def assigns(self, ticket: str, when: str, agent: str) -> History:
        """An agent has the ticket from now on."""
        return self.save(ticket, when, TicketAssigned(to=agent, method=Method.MANUAL))

    def queues(self, ticket: str, when: str, queue: str | None) -> History:
        """The ticket enters a queue, or leaves all."""
        return self.save(ticket, when, TicketQueued(to=queue))

    def categorizes(self, ticket: str, when: str, category: str | None) -> History:
        """The ticket's category turns out to be another one."""
        to = (category,) if category else None
        return self.save(ticket, when, TicketCategorized(to=to, method=Method.AGENT))

    def resolves(self, ticket: str, when: str, resolver: str | None) -> History:
        """The ticket is resolved."""
        event = TicketResolved(
            code=ResolutionCode.SOLVED, with_message=False, cycle=1, resolver=resolver
        )
        return self.save(ticket, when, event)

    def comes_back(self, ticket: str, when: str) -> History:
        """A reopening without a message, as imports have it."""
        event = TicketReopened(from_=Status.RESOLVED, cycle=2, reason="import")
        return self.save(ticket, when, event)

    def becomes_of(self, ticket: str, when: str, customer: str | None) -> History:
        """The requester turns out to be somebody else."""
        return self.save(ticket, when, TicketRequesterChanged(to=customer))

    def save(self, ticket: str, when: str, *events: AnyEvent, actor: str = "agent:ayu") -> History:
        """Any events, in one save."""
        self.stream.save(f"ticket-{ticket}", *events, at=at(when), actor=actor)
        return self

    def passes(self, when: str) -> History:
        """Something else happens, on a ticket of the company's: the watermark stands there now."""
        name = f"clock-{when}"
        return self.opens(name, when, customer=None, origin=Origin.COMPANY)

    def folded(self, *, time_zone: str = "UTC") -> AbstractContextManager[Folded]:
        """The recontact projection of it, with its views."""
        return refolded(self.stream, time_zone=time_zone)


_FREE: list[Folded] = []
"""Files that no test uses: making one, with its views, takes longer than most histories."""


@contextmanager
def refolded(stream: Stream, *, time_zone: str = "UTC") -> Iterator[Folded]:
    """The recontact projection of a stream, with its views, in a file that is used again."""
    folded = _FREE.pop() if _FREE else Folded(PROJECTION).with_views()
    _empty(folded)
    folded.feed(stream.delivered())
    folded.query(f"SET TimeZone = '{time_zone}'")
    folded.query("USE memory")
    yield folded
    _FREE.append(folded)


def _empty(folded: Folded) -> None:
    """Make a file as it was before its first event."""
    folded.query("USE recontact")
    for (name,) in folded.query(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'recontact'"
    ):
        if name not in {"about", "fence"}:
            folded.query(f"DELETE FROM {name}")
    folded.query("INSERT INTO watermark VALUES (NULL)")


def worked_example() -> History:
    """The example of metrics.md, in the order of time; its watermark is 10 June."""
    return (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund", orders=("O1",))  # c1
        .assigns("T1", "1 Mar 09:10", "Ayu")
        .writes("T1", "2 Mar 09:00")  # c2
        .writes("T1", "2 Mar 20:00", Intent.ANSWER)  # c3
        .assigns("T1", "3 Mar 00:00", "Budi")
        .opens("T2", "4 Mar 10:00", category="Hotel", orders=("O2",))  # c4
        .assigns("T2", "4 Mar 10:05", "Citra")
        .writes("T1", "5 Mar 10:00")  # c5
        .resolves("T1", "5 Mar 15:00", "Budi")
        .writes("T1", "5 Mar 15:30", Intent.THANKS)  # c6
        .resolves("T2", "5 Mar 16:00", "Citra")
        .writes("T1", "9 Mar 10:00", Intent.COMPLAINT, reopens=True)  # c7
        .resolves("T1", "9 Mar 18:00", "Budi")
        .opens("T4", "10 Mar 12:00", customer="Y", category="Refund", orders=("O3",))  # c9
        .opens("T3", "25 Mar 10:00", category="Refund", orders=("O1",), follows="T1")  # c8
        .assigns("T3", "25 Mar 10:10", "Dewi")
        .resolves("T3", "26 Mar 10:00", "Dewi")
        .opens("T5", "30 Apr 10:00", category="Hotel", orders=("O2",))  # c10
        .passes("10 Jun 00:00")
    )


NAMES = {
    at("1 Mar 09:00"): "c1",
    at("2 Mar 09:00"): "c2",
    at("2 Mar 20:00"): "c3",
    at("4 Mar 10:00"): "c4",
    at("5 Mar 10:00"): "c5",
    at("5 Mar 15:30"): "c6",
    at("9 Mar 10:00"): "c7",
    at("25 Mar 10:00"): "c8",
    at("10 Mar 12:00"): "c9",
    at("30 Apr 10:00"): "c10",
}
"""The worked example's contacts, by when they began."""

WINDOWS: dict[str, timedelta | None] = {
    "24 h": timedelta(hours=24),
    "72 h": timedelta(hours=72),
    "7 d": timedelta(days=7),
    "30 d": timedelta(days=30),
    "any": None,
}
"""The windows in which every rate is given."""
