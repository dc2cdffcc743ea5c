"""Drawn streams in which contacts, answers, promises and resolutions come thick and fast.

They are long, because folding costs by the batch and not by the event, and draw from few values, so
that every limit is met from both sides.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from domain.events import (
    AnyTicketEvent,
    CustomersMerged,
    MessageClassified,
    MessageDeliveryReported,
    MessageReceived,
    MessageSent,
    NextUpdateCancelled,
    NextUpdateKept,
    NextUpdateMissed,
    NextUpdatePromised,
    NextUpdateSuperseded,
    NotificationOpened,
    Requester,
    TicketAssigned,
    TicketCategorized,
    TicketLinked,
    TicketMerged,
    TicketOpened,
    TicketQueued,
    TicketReopened,
    TicketRequesterChanged,
    TicketResolved,
    TicketStatusChanged,
    TicketUnassigned,
    TrackerViewed,
)
from domain.reach import Delivery, Look, Surface
from domain.values import Author, Channel, Intent, LinkRole, Method, Origin, ResolutionCode, Status
from tests.projections.harness import Stream
from tests.projections.strategies import START

AGENTS = ["ayu", "budi", "citra"]
CATEGORIES: list[tuple[str, ...] | None] = [("Refund",), ("Refund",), ("Hotel",), ("Flight",), None]
CHANNELS = [Channel.EMAIL, Channel.EMAIL, Channel.EMAIL, Channel.CHAT]
ORDERS = [None, None, None, ("O1",), ("O2",), ("O1", "O2")]
LIVE = [False, False, False, True]
THEIRS = ["m1", "m3", "m4"]
OURS = ["m2", "m5"]
STEPS = [0, 0, 1, 4, 5, 5, 8, 15, 16, 30, 60, 61, 600]
"""Minutes from one save of a group of tickets to the next."""


def dense(seed: int, *, groups: int = 12, saves: int = 90, partitions: int = 1) -> Stream:
    """Some groups of customers, each with a few tickets and a clock of its own."""
    draw = Random(seed)
    stream = Stream(partitions=partitions)
    clocks = dict.fromkeys(range(groups), START)
    for _ in range(groups * saves):
        group = draw.randrange(groups)
        clocks[group] += timedelta(minutes=draw.choice(STEPS))
        late = timedelta(minutes=draw.choice([0] * 9 + [40]))
        if draw.random() < 0.2:
            _beside(stream, draw, group, clocks[group] - late)
            continue
        ticket = f"g{group:02}-{draw.choice('bbbbaaac')}{draw.randrange(3)}"
        if stream.has(ticket):
            event = _later(draw, group, clocks[group])
        else:
            event = _opening(draw, group, ticket)
        stream.save(ticket, event, at=clocks[group] - late)
    return stream


def _customer(draw: Random, group: int) -> str:
    return f"x{group}" if draw.random() < 0.8 else f"y{group}"


def _other(draw: Random, group: int) -> str:
    return f"g{group:02}-{draw.choice('abc')}{draw.randrange(3)}"


def _opening(draw: Random, group: int, ticket: str) -> TicketOpened:
    known = draw.random() < 0.9
    return TicketOpened(
        number=f"N{ticket[::-1]}",
        channel=draw.choice(CHANNELS),
        live=draw.choice(LIVE),
        origin=draw.choice([Origin.CUSTOMER] * 5 + [Origin.COMPANY, Origin.SPLIT]),
        category=draw.choice(CATEGORIES),
        order_refs=draw.choice(ORDERS),
        requester=Requester(id=_customer(draw, group)) if known else None,
        follows_ticket=_other(draw, group) if draw.random() < 0.2 else None,
    )


def _later(draw: Random, group: int, now: datetime) -> AnyTicketEvent:
    chance = draw.random()
    if chance < 0.45:
        return MessageReceived(
            message_id=draw.choice(THEIRS),
            channel=draw.choice(CHANNELS),
            live=draw.choice(LIVE),
            intent=draw.choice(list(Intent)),
            status=Status.OPEN,
        )
    if chance < 0.6:
        return MessageSent(
            message_id=draw.choice(OURS),
            channel=draw.choice(CHANNELS),
            author=draw.choice(list(Author)),
            asks=False,
        )
    return draw.choice(_RARER)(draw, group, now)


def _promised(draw: Random, group: int, now: datetime) -> AnyTicketEvent:
    del group
    return NextUpdatePromised(
        promise_id=draw.choice(["p1", "p2"]),
        instance=draw.choice([1, 1, 1, 2]),
        due_at=now + timedelta(minutes=draw.choice([*STEPS, 600, 3000, 3000])),
        message_id=draw.choice([None, *OURS]),
    )


def _beside(stream: Stream, draw: Random, group: int, at: datetime) -> None:
    """A look at a ticket's tracker, or two customers turn out to be one."""
    if draw.random() < 0.02:
        merged = CustomersMerged(from_=f"y{group}", to=f"x{group}")
        stream.save(f"customer-y{group}", merged, at=at)
        return
    ticket = _other(draw, group)
    viewed = TrackerViewed(ticket=ticket, surface=Surface.TRACKER, look=draw.choice(list(Look)))
    stream.save(f"tracker-{ticket}", viewed, at=at)


_RARER: list[Callable[[Random, int, datetime], AnyTicketEvent]] = [
    *[_promised] * 6,
    lambda draw, _, now: NextUpdateKept(
        promise_id=draw.choice(["p1", "p2"]),
        instance=1,
        due_at=now + timedelta(minutes=draw.choice([-1, 0, 1])),
    ),
    lambda draw, *_: NextUpdateSuperseded(promise_id=draw.choice(["p1", "p2"]), instance=1),
    lambda draw, *_: NextUpdateCancelled(
        promise_id=draw.choice(["p1", "p2"]), instance=1, reason="pending"
    ),
    lambda draw, _, now: NextUpdateMissed(
        promise_id=draw.choice(["p1", "p2"]),
        instance=1,
        due_at=now,
        next_due_at=now + timedelta(minutes=draw.choice(STEPS)),
    ),
    *[
        lambda draw, *_: MessageClassified(
            message_id=draw.choice(THEIRS),
            from_=Intent.UNKNOWN,
            to=draw.choice(list(Intent)),
            method=Method.MODEL,
        )
    ]
    * 3,
    *[
        lambda draw, *_: MessageDeliveryReported(
            message_id=draw.choice(OURS), delivery=draw.choice(list(Delivery))
        )
    ]
    * 2,
    lambda *_: NotificationOpened(notification_id="n1", surface=Surface.PUSH),
    lambda draw, group, _: TicketMerged(target=_other(draw, group), target_number="N"),
    lambda draw, *_: TicketAssigned(to=draw.choice(AGENTS), method=Method.MANUAL),
    lambda *_: TicketUnassigned(from_="ayu", method=Method.MANUAL),
    lambda draw, *_: TicketQueued(to=draw.choice(["Q1", "Q2", None])),
    lambda draw, *_: TicketCategorized(to=draw.choice(CATEGORIES), method=Method.AGENT),
    lambda draw, group, _: TicketRequesterChanged(to=_customer(draw, group)),
    lambda draw, group, _: TicketLinked(
        other=_other(draw, group), role=draw.choice([LinkRole.FOLLOWS, LinkRole.RELATED])
    ),
    lambda draw, *_: TicketStatusChanged(
        from_=Status.NEW, to=draw.choice([Status.OPEN, Status.PENDING, Status.ON_HOLD])
    ),
    *[
        lambda draw, *_: TicketResolved(
            code=ResolutionCode.SOLVED,
            with_message=False,
            cycle=1,
            resolver=draw.choice([*AGENTS, None]),
        )
    ]
    * 4,
    *[
        lambda draw, *_: TicketReopened(
            from_=Status.RESOLVED, cycle=2, reason="r", message_id=draw.choice([None, "m1"])
        )
    ]
    * 2,
]
