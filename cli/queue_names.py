"""The queues that there are: a name that none of them has is told, not answered with nothing."""

from __future__ import annotations

from difflib import get_close_matches

from cli.errors import NoSuchQueue
from cli.views import Views

_NEAR = 5


def check_queue(seen: Views, queue: str | None) -> None:
    """Raise NoSuchQueue if no ticket was ever in a queue of that name; None means all queues."""
    if queue is None:
        return
    names = [row["queue"] for row in seen.rows("queues")]
    if queue in names:
        return
    by_folded = {name.casefold(): name for name in names}
    folded = get_close_matches(queue.casefold(), by_folded, n=_NEAR)
    raise NoSuchQueue(queue, near=[by_folded[name] for name in folded], queues=len(names))
