"""Dense histories of many tickets, in which the rules of the customer's view meet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from consumers.reading import Delivered
from domain.events import (
    AnyTicketEvent,
    MessageSent,
    NextUpdateCancelled,
    NextUpdateKept,
    NextUpdatePromised,
    NextUpdateSuperseded,
    Requester,
    ResolutionConfirmed,
    ResolutionRejected,
    SlaFulfilled,
    SlaPaused,
    SlaResumed,
    SlaStarted,
    TicketAcknowledged,
    TicketCategorized,
    TicketClosed,
    TicketDeescalated,
    TicketEscalated,
    TicketHandedOver,
    TicketMerged,
    TicketProgressed,
    TicketRequesterChanged,
    TicketStageChanged,
    TicketUnassigned,
)
from domain.reach import SurveyKind
from domain.values import (
    Author,
    Channel,
    CloseReason,
    EscalationTrigger,
    Level,
    Method,
    Metric,
    Origin,
    Sealed,
    SealedText,
    Stage,
    Status,
    WorkKind,
)
from tests.projections.customer_events import (
    asked,
    assigned,
    attached,
    breached,
    missed,
    moved,
    opened,
    reopened,
    replied,
    resolved,
    scored,
    when,
    wrote,
)
from tests.projections.harness import Stream


def lively(chance: Random, *, tickets: int = 12, events: int = 300) -> Stream:
    """Many tickets of which much is told, in any order and at any time: rules meet each other.

    A batch costs the same with three hundred events as with three, so one stream tries much.
    """
    stream = Stream()
    for _ in range(events):
        ticket = f"01930c1e-0000-7000-8000-{chance.randrange(tickets):012d}"
        moment = when("00:00") + timedelta(minutes=chance.randrange(5000))
        late = moment + timedelta(minutes=chance.choice([0, 0, 90]))
        actor = chance.choice(["agent:ayu", "customer:x", "rule:r@1", "import:servicenow"])
        if not stream.has(ticket):
            requester = chance.choice([None, Requester(id="x"), Requester(id="y")])
            event: AnyTicketEvent = opened(
                requester=requester,
                origin=chance.choice(list(Origin)),
                body=_body(chance),
                subject=_body(chance),
            )
        elif chance.random() < 0.02:
            stream.unknown(ticket, at=moment)
            continue
        else:
            event = chance.choice(_ANYTHING)(chance)
        stream.save(ticket, event, at=moment, recorded=late, actor=actor)
    return stream


def _body(chance: Random) -> str | Sealed | None:
    sealed = Sealed(sealed=SealedText(key="k1", nonce="n1", text="c2VjcmV0"))
    return chance.choice(["Where is it?", "höher 😀", sealed, None])


def _said(chance: Random) -> MessageSent:
    return replied(
        body=_body(chance),
        author=chance.choice(list(Author)),
        agent_id=chance.choice([None, "ayu", "b7"]),
        agent_display=chance.choice([None, "Ayu", "Budi", _body(chance)]),
        next_update_by=chance.choice([None, when("18:00")]),
    )


def _at(chance: Random) -> datetime:
    return when("18:00") + timedelta(hours=chance.randrange(9))


def _promise(chance: Random) -> NextUpdatePromised:
    return NextUpdatePromised(
        promise_id=chance.choice(_PROMISES),
        instance=chance.choice([1, 1, 2]),
        due_at=_at(chance),
        message_id=chance.choice([None, "m1"]),
    )


_PROMISES = ["p1", "p2"]
_AGENTS = ["ayu", "b7", "c3"]
_METRICS = [Metric.RESOLUTION, Metric.RESOLUTION, Metric.NEXT_REPLY]
_ANYTHING: list[Callable[[Random], AnyTicketEvent]] = [
    lambda c: moved(c.choice(list(Status)), c.choice(list(Status))),
    lambda c: moved(Status.PENDING, Status.OPEN),
    lambda c: assigned(c.choice(_AGENTS)),
    lambda _: TicketUnassigned(from_="ayu", method=Method.MANUAL),
    lambda c: TicketHandedOver(from_="ayu", to=c.choice(_AGENTS), summary="s"),
    _said,
    lambda c: wrote("Where is it?", status=c.choice(list(Status))),
    _promise,
    _promise,
    lambda c: missed(c.choice(_PROMISES), c.choice([1, 2]), when("18:00"), again=_at(c)),
    lambda c: breached(c.choice(_METRICS)),
    lambda c: SlaStarted(metric=c.choice(_METRICS), instance=1, due_at=_at(c)),
    lambda c: SlaResumed(metric=c.choice(_METRICS), instance=1, due_at=_at(c)),
    lambda c: SlaPaused(
        metric=c.choice(_METRICS), instance=1, elapsed_seconds=1, calendar_seconds=1
    ),
    lambda c: SlaFulfilled(
        metric=c.choice(_METRICS), instance=1, elapsed_seconds=1, calendar_seconds=1
    ),
    lambda c: TicketStageChanged(
        from_=Stage.RECEIVED, to=c.choice(list(Stage)), label=c.choice([None, "at the airline"])
    ),
    lambda c: TicketMerged(target="other", target_number=c.choice(["N8", "N9"])),
    lambda c: attached(public=c.choice([True, False])),
    lambda c: asked(c.choice(list(SurveyKind))),
    lambda c: scored(c.choice(list(SurveyKind))),
    lambda c: NextUpdateKept(promise_id=c.choice(_PROMISES), instance=1, due_at=when("18:00")),
    lambda c: NextUpdateSuperseded(promise_id=c.choice(_PROMISES), instance=1),
    lambda c: NextUpdateCancelled(promise_id=c.choice(_PROMISES), instance=1, reason="pending"),
    lambda c: resolved(resolver=c.choice([None, "ayu"])),
    lambda c: TicketClosed(reason=c.choice(list(CloseReason))),
    lambda c: reopened(message_id=c.choice([None, "m1"])),
    lambda _: ResolutionConfirmed(),
    lambda _: ResolutionRejected(),
    lambda c: TicketEscalated(
        from_level=Level.L1, to_level=c.choice(list(Level)), trigger=EscalationTrigger.AGENT
    ),
    lambda _: TicketDeescalated(from_level=Level.L2, to_level=Level.L1),
    lambda c: TicketCategorized(to=c.choice([None, ("A",), ("B", "C")]), method=Method.AGENT),
    lambda c: TicketRequesterChanged(to=c.choice([None, "x", "y"])),
    lambda _: TicketAcknowledged(channel=Channel.EMAIL),
    lambda _: TicketProgressed(kind=WorkKind.CALL),
]


def pieces(chance: Random, stream: Stream) -> list[list[Delivered]]:
    """The stream cut at some places; pieces may begin with what was delivered before.

    The last pieces are small: a ticket of which a batch has one event shows what is carried.
    """
    delivered = stream.delivered()
    places = range(1, len(delivered) - 5)
    small = range(len(delivered) - 5, len(delivered), chance.choice([1, 2, 3]))
    cuts = [*sorted(chance.sample(places, chance.randrange(1, 5))), *small]
    ends = [*cuts, len(delivered)]
    starts = [max(0, cut - chance.choice([0, 0, 20])) for cut in [0, *cuts]]
    return [delivered[start:end] for start, end in zip(starts, ends, strict=True)]
