"""Generated events and histories: anything that the models allow, in any order, at any time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from domain import values
from domain.events import AnyEvent, AnyTicketEvent, FoldedByTickets
from domain.events.clocks import Seconds
from domain.facts import Fact
from domain.model import Model
from domain.policies.policy import Policy, PolicyId
from tests.domain.given import MIDNIGHT, TICKET
from tests.domain.policies.given import POLICIES

EVENT_KINDS: tuple[type[AnyEvent], ...] = get_args(AnyEvent)
FOLDED_KINDS: tuple[type[FoldedByTickets], ...] = get_args(FoldedByTickets)
TICKET_EVENT_KINDS: tuple[type[AnyTicketEvent], ...] = get_args(AnyTicketEvent)

Pool = Mapping[object, st.SearchStrategy[Any]]
"""What may stand in a field, by the field's type or, before that, by its name."""

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
SOME_TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
MOMENTS = st.datetimes(timezones=st.just(UTC))
SEALED = st.builds(
    values.Sealed, sealed=st.builds(values.SealedText, key=TEXT, nonce=TEXT, text=TEXT)
)

ANYTHING: Pool = {
    values.Identifier: SOME_TEXT,
    values.Label: SOME_TEXT,
    values.CategoryPath: st.lists(SOME_TEXT, min_size=1, max_size=5).map(tuple),
    values.Personal: TEXT | SEALED,
    values.Instant: MOMENTS,
    Seconds: st.floats(0, 1e9),
    "confidence": st.floats(0, 1),
    "bytes": st.integers(0, 2**40),
    "instance": st.integers(1, 2**31),
    "scale": st.integers(2, 11),
    "score": st.integers(1, 11),
    "sha256": st.sampled_from(["0" * 64, "9f" * 32]),
    "capacity": st.integers(0, 2**63 - 1),
    PolicyId: st.sampled_from(["travel", "a.b-c_1"]),
    Policy: POLICIES,
    "version": st.integers(1, 2**31),
    str: SOME_TEXT,
    int: st.integers(-(2**63), 2**63 - 1),
    bool: st.booleans(),
}
"""Every value that can be written."""

FAMILIAR: Pool = {
    **ANYTHING,
    values.Identifier: st.sampled_from(["a", "b", "c"]),
    values.Label: st.sampled_from(["x", "y"]),
    values.CategoryPath: st.sampled_from([("Refund",), ("Refund", "Flight"), ("Hotel",)]),
    values.Personal: st.sampled_from(["hello"]),
    values.Instant: st.integers(-100, 100).map(lambda hours: MIDNIGHT + timedelta(hours=hours)),
    "promise_id": st.sampled_from(["P1", "P2"]),
    "message_id": st.sampled_from(["m1", "m2", "m3"]),
    "cycle": st.integers(1, 3),
    "instance": st.integers(1, 2),
}
"""Few values, so that events have to do with each other."""


def events(kind: type[Any], pool: Pool = ANYTHING) -> st.SearchStrategy[Any]:
    """Any event (or value) of this kind."""
    hints = get_type_hints(kind, include_extras=True)
    return st.builds(kind, **{name: _filled(name, hints[name], pool) for name in kind.model_fields})


def _filled(name: str, annotation: Any, pool: Pool) -> st.SearchStrategy[Any]:  # noqa: PLR0911
    """What this field may hold."""
    if name in pool:
        optional = type(None) in get_args(annotation)
        return st.none() | pool[name] if optional else pool[name]
    if annotation in pool:
        return pool[annotation]
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return st.one_of(*(_filled("", part, pool) for part in parts))
    if origin is tuple:
        return st.lists(_filled("", parts[0], pool), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(_filled("", parts[0], pool), _filled("", parts[1], pool), max_size=3)
    if annotation is type(None):
        return st.none()
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return st.sampled_from(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return events(annotation, pool)
    raise NotImplementedError(f"nothing is known about {name}: {annotation}")


_FAMILIAR_EVENTS = {kind: events(kind, FAMILIAR) for kind in TICKET_EVENT_KINDS}
ANY_EVENT = st.one_of(*(events(kind) for kind in EVENT_KINDS))
ANY_TICKETS_EVENT = st.one_of(*(events(kind) for kind in FOLDED_KINDS))
FAMILIAR_EVENT = st.sampled_from(TICKET_EVENT_KINDS).flatmap(_FAMILIAR_EVENTS.__getitem__)
ACTORS = st.sampled_from([None, "agent:ayu", "customer:c", "import:servicenow", "rule:r@1"])


@st.composite
def histories(draw: st.DrawFn, *, length_max: int = 12) -> list[Fact]:
    """Any recorded history of one ticket: it need not begin with an opening, nor make sense."""
    recorded = draw(
        st.lists(st.tuples(FAMILIAR_EVENT, st.integers(-60, 20_000), ACTORS), max_size=length_max)
    )
    return [
        Fact(event, TICKET, sequence, MIDNIGHT + timedelta(minutes=minutes), actor)
        for sequence, (event, minutes, actor) in enumerate(recorded, 1)
    ]


def moments(start: datetime, *, days: int) -> st.SearchStrategy[datetime]:
    """A moment to the minute, up to that many days before or after."""
    return st.integers(-days * 1440, days * 1440).map(
        lambda minutes: start + timedelta(minutes=minutes)
    )
