"""The saves of a run in the order in which they were decided, as far as the log mixed them.

A store may record many saves together and keep the order within each subject only. The ids of a
run's events are in the order of deciding, and no save strays further than what is recorded at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from heapq import heappush, heappushpop

from eventstore.store import Store

_WINDOW = 40_000
"""More saves than any store takes at once."""


def in_order(store: Store, run_id: str) -> Iterator[tuple[bytes, ...]]:
    """The events of each save; those of others behind what of the run was recorded before them."""
    waiting: list[tuple[str, int, tuple[bytes, ...]]] = []
    latest = ""
    for number, record in enumerate(store.records()):
        first = json.loads(record.bodies[0])
        key = first["id"] if first.get("correlationid") == run_id else latest
        latest = max(latest, key)
        place = key, number, record.bodies
        if len(waiting) < _WINDOW:
            heappush(waiting, place)
        else:
            yield heappushpop(waiting, place)[2]
    yield from (bodies for _, _, bodies in sorted(waiting))
