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
    """The events of each save; those of others where they stand."""
    waiting: list[tuple[str, tuple[bytes, ...]]] = []
    for record in store.records():
        first = json.loads(record.bodies[0])
        if first.get("correlationid") != run_id:
            yield record.bodies
        elif len(waiting) < _WINDOW:
            heappush(waiting, (first["id"], record.bodies))
        else:
            yield heappushpop(waiting, (first["id"], record.bodies))[1]
    yield from (bodies for _, bodies in sorted(waiting))
