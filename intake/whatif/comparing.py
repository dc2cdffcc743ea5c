"""Comparing what happened with what another policy would have made of the same behaviour.

    comparison = compare(store, "travel", policy, since=…, until=…)

Cases that were opened in the period are replayed up to its end, on a desk of their own: nothing is
written into the ledger that is asked. With `scratch`, an empty store, the other history is recorded
there, to be looked into like any ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.in_force import InForce
from domain.policies.policy import Policy
from eventstore.store import Store
from intake.whatif.errors import NothingToReplay
from intake.whatif.history import first_reading, saves_of
from intake.whatif.replay import Replay

HELD_FIXED = (
    "held fixed: what customers and agents did and said, and when; whom agents chose by hand; who "
    "was there"
)
DECIDED_ANEW = (
    "decided anew: clocks, routing, escalation by time, promises made by default, closing, "
    "reopening, surveys"
)
UNSEEN = (
    "not seen: a reply that would have come sooner or later because another agent had the case, or "
    "a customer who would have asked less"
)

OnProgress = Callable[[int, int], None]
"""How many saves of people were replayed, of how many."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both histories of the same cases up to `until`: `recorded` and `replayed` are `Tally`'s
    figures. `given` commands were given again; `unfit` ones were refused, by the refusal's name;
    `left_out` is what was not given, by what it was."""

    policy_id: str
    until: datetime
    given: int
    unfit: dict[str, int]
    left_out: dict[str, int]
    recorded: dict[str, Any]
    replayed: dict[str, Any]


def compare(
    store: Store,
    policy_id: str,
    policy: Policy,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    scratch: Store | None = None,
    progress: OnProgress | None = None,
) -> Comparison:
    """Replay a period under a policy. Raises NothingToReplay, PolicyImpossible, StoreError."""
    found = first_reading(store, since=since, until=until)
    if found.first_at is None or found.last_at is None:
        raise NothingToReplay(since, until)
    replay = Replay(InForce(policy_id, 1, policy), found, scratch=scratch)
    replay.publish(found.first_at)
    whole = sum(found.left.values())
    for save in saves_of(store):
        if until is None or save.head.time < until:
            replay.take(save)
            if progress is not None:
                progress(replay.seen, whole)
    ends = until or found.last_at
    replay.finish(ends, including=until is None)
    if found.imported:
        replay.left_out["imported cases"] = found.imported
    return Comparison(
        policy_id=policy_id,
        until=ends,
        given=replay.replayed,
        unfit=dict(sorted(replay.unfit.items())),
        left_out=dict(sorted(replay.left_out.items())),
        recorded=found.tally.figures(ends),
        replayed=replay.tally.figures(ends),
    )
