"""Ids of events: UUIDs of version 7, whose order is the order of their making."""

from __future__ import annotations

import os
import random
import time

_RAND_B_BITS = 61
"""One bit less than there is room for, so that counting upwards never runs over."""

_VARIANT = 0b10 << 62

# Unique is enough, an id keeps no secret; and a forked child must not draw its parent's numbers.
_random = random.Random()  # noqa: S311
os.register_at_fork(after_in_child=_random.seed)


def draw_event_ids(count: int) -> list[str]:
    """Ids for the events of one decision, drawn once: they share their time and count upwards."""
    milliseconds = f"{time.time_ns() // 1_000_000:012x}"
    drawn = _random.getrandbits(12 + _RAND_B_BITS)
    start = f"{milliseconds[:8]}-{milliseconds[8:]}-7{drawn >> _RAND_B_BITS:03x}"
    first = _VARIANT | (drawn & ((1 << _RAND_B_BITS) - 1))
    ids: list[str] = []
    for number in range(first, first + count):
        rand_b = f"{number:016x}"
        ids.append(f"{start}-{rand_b[:4]}-{rand_b[4:]}")
    return ids
