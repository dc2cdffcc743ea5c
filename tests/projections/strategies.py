"""Generated streams: any history of a few tickets, with late, unknown and unreadable events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import settings
from hypothesis import strategies as st
from pydantic import BaseModel

from domain import values
from domain.events import (
    AnyAgentEvent,
    AnyCustomerEvent,
    AnyTicketEvent,
    ImportFinished,
    Requester,
    SetTarget,
    TicketImported,
    TicketOpened,
    TicketQueued,
    TicketRequesterChanged,
    TrackerViewed,
)
from domain.subjects import agent_subject, tracker_subject
from tests.projections.harness import Stream

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
TICKETS = [f"01930c1e-0000-7000-8000-00000000000{number}" for number in range(4)]
BATCHES = ["batch-1", "batch-2"]

CUTS_TRIED = (settings.default or settings()).max_examples // 4
"""Examples of a cutting property: each folds a stream twice, in many statements."""

_AGENTS = st.sampled_from(["ayu", "budi", "citra"])
_CUSTOMERS = st.sampled_from(["x", "y"])
_QUEUES = st.sampled_from(["Q1", "Q2", "Q3"])
_IDS = st.sampled_from(["m1", "m2", "m3"])
_TEXTS = st.sampled_from(["thank you", "höher 😀", 'a "quoted" one', "due_at", "x" * 50])
_CATEGORIES = st.sampled_from([("Refund",), ("Hotel",), ("Refund", "Late"), ("?",)])
_MOMENTS = st.integers(-300, 6000).map(lambda minutes: START + timedelta(minutes=minutes))
_SEALED = st.just(values.Sealed(sealed=values.SealedText(key="k1", nonce="n1", text="c2VjcmV0")))
_TARGET = SetTarget(metric=values.Metric.RESOLUTION, seconds=60, calendar="c")

_BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "number": st.just("filled in"),
    "message_id": _IDS,
    "promise_id": st.sampled_from(["p1", "p2"]),
    "category": _CATEGORIES,
    "product": st.sampled_from(["Flight", "Room"]),
    "order_refs": st.sampled_from([("O1",), ("O2",), ("O1", "O2")]),
    "requester": st.builds(Requester, id=_CUSTOMERS, name=st.none() | _TEXTS | _SEALED),
    "follows_ticket": st.sampled_from(TICKETS),
    "other": st.sampled_from(TICKETS),
    "tag": st.sampled_from(["vip", "airline"]),
    "field": st.sampled_from(["impact", "urgency"]),
    "cycle": st.integers(1, 3),
    "instance": st.integers(1, 2),
    "batch_id": st.sampled_from(BATCHES),
    "seconds_since_resolved": st.integers(0, 10_000),
    "performed_by": st.sampled_from(["user 1", "user 2"]),
    "confidence": st.sampled_from([0.0, 0.25, 1.0]),
    "capacity": st.integers(0, 20),
    "scale": st.just(5),
    "score": st.integers(1, 5),
    "attempts": st.integers(1, 3),
    "version": st.integers(1, 3),
    "bytes": st.integers(0, 10_000),
    "sha256": st.just("0" * 64),
    "elapsed_seconds": st.sampled_from([0.0, 7200.5]),
    "calendar_seconds": st.sampled_from([0.0, 7200.5]),
    "targets": st.sampled_from([(), (_TARGET,)]),
    "target": st.sampled_from(TICKETS),
    "ticket": st.sampled_from(TICKETS),
    "custom_fields": st.just({"urgency": "2 - Medium"}),
}
_BY_KIND: dict[type[BaseModel], dict[str, st.SearchStrategy[Any]]] = {
    TicketQueued: {"from_": st.none() | _QUEUES, "to": st.none() | _QUEUES},
    TicketRequesterChanged: {"from_": st.none() | _CUSTOMERS, "to": st.none() | _CUSTOMERS},
}
_BY_ALIAS: dict[object, st.SearchStrategy[Any]] = {
    values.AgentId: _AGENTS,  # identifiers of every kind are one type
    values.Label: st.sampled_from(["because", "rule-7"]),
    values.CategoryPath: _CATEGORIES,
    values.Personal: _TEXTS | _SEALED,
    values.Instant: _MOMENTS,
}


def _values(name: str, annotation: Any) -> st.SearchStrategy[Any]:
    """What a field may hold; small pools, so that things meet each other."""
    if get_origin(annotation) in (Union, UnionType) and annotation not in _BY_ALIAS:
        inner = [part for part in get_args(annotation) if part is not type(None)]
        found = st.one_of(*(_values(name, part) for part in inner))
        return st.none() | found if type(None) in get_args(annotation) else found
    if name in _BY_NAME:
        return _BY_NAME[name]
    if annotation in _BY_ALIAS:
        return _BY_ALIAS[annotation]
    return st.from_type(annotation)


def events(kind: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Any event of this kind."""
    hints = get_type_hints(kind, include_extras=True)
    fields = {name: _values(name, hints[name]) for name in kind.model_fields}
    return st.builds(kind, **fields | _BY_KIND.get(kind, {}))


_KINDS = [kind for kind in get_args(AnyTicketEvent) if kind is not TicketOpened]
_ANY_LATER_EVENT = st.sampled_from(_KINDS).flatmap(events)
_SOURCES = st.sampled_from(
    [("agent:ayu", None)] * 3
    + [("customer:x", None), ("rule:r@1", None)]
    + [("import:servicenow", batch) for batch in BATCHES]
)


def _bytes(**changes: object) -> bytes:
    """An event of the first ticket as no program of ours writes it; None leaves a field out."""
    event: dict[str, object] = {
        "specversion": "1.0",
        "type": "ticketledger.ticket.assigned.v1",
        "subject": TICKETS[0],
        "sequence": "0000000001",
        "time": "2026-03-01T09:00:00.000000Z",
        "recordedtime": "2026-03-01T09:00:00.000000Z",
        "data": {"to": "ayu", "method": "manual"},
    }
    return json.dumps({k: v for k, v in (event | changes).items() if v is not None}).encode()


_BROKEN = st.sampled_from(
    [
        b"",
        b"not json",
        b"two\nlines",
        b"\xff\xfe",
        b"null",
        b"[1]",
        _bytes(type=None),
        _bytes(subject=None),
        _bytes(sequence="first"),
        _bytes(time="soon"),
        _bytes(recordedtime=None),
        _bytes(data=None),
        _bytes(data="not an object"),
        _bytes(data={"method": "manual"}),
        _bytes(type="ticketledger.next_update.promised.v1", data={"promise_id": "p1"}),
        _bytes(type="ticketledger.ticket.opened.v1", data={"number": "N0", "requester": "me"}),
    ]
)


@st.composite
def streams(
    draw: st.DrawFn, *, events_max: int = 25, unreadable: bool = True, partitions: int = 2
) -> Stream:
    """A whole stream: saves of a few tickets in any order, at any time, by any source."""
    stream = Stream(partitions=draw(st.integers(1, partitions)))
    for _ in range(draw(st.integers(1, events_max))):
        choice = draw(st.integers(0, 19))
        minutes = draw(st.integers(0, 6000))
        moment = START + timedelta(minutes=minutes)
        actor, batch = draw(_SOURCES)
        if choice == 0 and unreadable:
            stream.raw(draw(_BROKEN))
        elif choice == 1:
            stream.unknown(draw(st.sampled_from(TICKETS)), at=moment, actor=actor)
        elif choice == 2 and batch:
            finished = draw(events(ImportFinished)).model_copy(update={"batch_id": batch})
            stream.save(f"import-{batch}", finished, at=moment, actor=actor, correlation_id=batch)
        elif choice in (3, 4):
            kind = draw(st.sampled_from(get_args(AnyAgentEvent)))
            told = draw(events(kind))
            stream.save(agent_subject(told.agent_id), told, at=moment, actor=actor)
        elif choice == 5:
            kind = draw(st.sampled_from(get_args(AnyCustomerEvent)))
            stream.save("customer-x", draw(events(kind)), at=moment, actor=actor)
        elif choice == 6:
            viewed = draw(events(TrackerViewed))
            stream.save(tracker_subject(viewed.ticket), viewed, at=moment, actor=actor)
        else:
            ticket = draw(st.sampled_from(TICKETS))
            if not stream.has(ticket):
                opened = draw(events(TicketOpened)).model_copy(update={"number": f"N{ticket[-1]}"})
                stream.save(ticket, opened, at=moment, actor=actor, correlation_id=batch)
                if batch:
                    stream.save(
                        ticket,
                        draw(events(TicketImported)),
                        at=moment,
                        actor=actor,
                        correlation_id=batch,
                    )
                continue
            saved = draw(st.lists(_ANY_LATER_EVENT, min_size=1, max_size=3))
            stream.save(ticket, *saved, at=moment, actor=actor, correlation_id=batch)
    return stream


@st.composite
def deliveries(draw: st.DrawFn, stream: Stream) -> list[list[tuple[int, int, bytes]]]:
    """One stream delivered somehow: partitions interleaved, cut anywhere, some of it again."""
    waiting = {part: list(stream.partition(part)) for part in range(stream.partitions)}
    order: list[tuple[int, int, bytes]] = []
    while any(waiting.values()):
        part = draw(st.sampled_from([part for part, left in waiting.items() if left]))
        order.append(waiting[part].pop(0))
    # A few cuts at any place: each batch costs a fold, and what breaks does so at one of them.
    cuts = draw(st.lists(st.integers(0, len(order)), max_size=4))
    ends = sorted({*cuts, len(order)} - {0})
    starts = [0, *ends[:-1]]
    again = [draw(st.sampled_from([0, 0, 1, 5, 100])) for _ in starts]
    return [
        order[max(0, start - repeated) : end]
        for start, end, repeated in zip(starts, ends, again, strict=True)
    ]
