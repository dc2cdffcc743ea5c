"""Generated streams in which contacts, answers, promises and resolutions come thick and fast."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from domain.events import (
    AnyTicketEvent,
    MessageReceived,
    MessageSent,
    NextUpdateCancelled,
    NextUpdateKept,
    NextUpdatePromised,
    NextUpdateSuperseded,
    Requester,
    TicketAssigned,
    TicketCategorized,
    TicketLinked,
    TicketOpened,
    TicketReopened,
    TicketRequesterChanged,
    TicketResolved,
)
from domain.values import (
    Author,
    Channel,
    Intent,
    LinkRole,
    Method,
    Origin,
    ResolutionCode,
    Status,
)
from tests.projections.harness import Stream
from tests.projections.strategies import START

TICKETS = ["t2", "t1", "t3", "t4"]
OFTEN = ["t2", "t2", "t1", "t1", "t1", "t3", "t4"]
AGENTS = st.sampled_from(["ayu", "budi"])
CUSTOMERS = st.sampled_from(["x", "x", "x", "y"])
CHANNELS = st.sampled_from([Channel.EMAIL, Channel.EMAIL, Channel.CHAT])
CATEGORIES = st.sampled_from([("Refund",), ("Refund",), ("Hotel",), None])
PROMISES = st.sampled_from(["p1", "p2"])
STEPS = st.sampled_from([0, 1, 5, 8, 15, 16, 16, 30, 60, 61, 600, 3000])
"""Minutes from one save to the next: on both sides of every limit there is."""


def openings(number: str) -> st.SearchStrategy[TicketOpened]:
    return st.builds(
        TicketOpened,
        number=st.just(number),
        channel=CHANNELS,
        live=st.booleans(),
        origin=st.sampled_from([Origin.CUSTOMER] * 4 + [Origin.COMPANY]),
        category=CATEGORIES,
        order_refs=st.sampled_from([None, None, ("O1",), ("O2",), ("O1", "O2")]),
        requester=st.builds(Requester, id=CUSTOMERS),
        follows_ticket=st.none() | st.sampled_from(TICKETS),
    )


DUE = st.integers(0, 400).map(lambda quarters: START + timedelta(minutes=15 * quarters))
LATER: list[st.SearchStrategy[AnyTicketEvent]] = [
    *[
        st.builds(
            MessageReceived,
            message_id=st.just("m1"),
            channel=CHANNELS,
            live=st.booleans(),
            intent=st.sampled_from(Intent),
            status=st.just(Status.OPEN),
        )
    ]
    * 14,
    *[
        st.builds(
            MessageSent,
            message_id=st.just("m2"),
            channel=CHANNELS,
            author=st.sampled_from(Author),
            asks=st.just(False),
        )
    ]
    * 2,
    st.builds(TicketAssigned, to=AGENTS, method=st.just(Method.MANUAL)),
    *[
        st.builds(
            TicketResolved,
            code=st.just(ResolutionCode.SOLVED),
            with_message=st.just(False),
            cycle=st.just(1),
            resolver=st.none() | AGENTS,
        )
    ]
    * 2,
    st.builds(
        TicketReopened,
        from_=st.just(Status.RESOLVED),
        cycle=st.just(2),
        reason=st.just("r"),
        message_id=st.sampled_from([None, "m1"]),
    ),
    st.builds(TicketCategorized, to=CATEGORIES, method=st.just(Method.AGENT)),
    st.builds(TicketRequesterChanged, to=CUSTOMERS),
    st.builds(TicketLinked, other=st.sampled_from(TICKETS), role=st.sampled_from(LinkRole)),
    *[
        st.builds(
            NextUpdatePromised, promise_id=PROMISES, instance=st.sampled_from([1, 1, 2]), due_at=DUE
        )
    ]
    * 2,
    st.builds(NextUpdateKept, promise_id=PROMISES, instance=st.just(1), due_at=DUE),
    st.builds(NextUpdateSuperseded, promise_id=PROMISES, instance=st.just(1)),
    st.builds(NextUpdateCancelled, promise_id=PROMISES, instance=st.just(1), reason=st.just("r")),
]


@st.composite
def dense(draw: st.DrawFn) -> Stream:
    """A stream in which contacts, answers, promises and resolutions come close upon each other."""
    stream = Stream()
    moment = START
    for number in draw(st.lists(st.sampled_from(OFTEN), min_size=15, max_size=40)):
        moment += timedelta(minutes=draw(STEPS))
        event: Any = draw(st.one_of(LATER) if stream.has(number) else openings(number))
        stream.save(number, event, at=moment)
    return stream
