"""Ids of events: UUIDs of version 7, whose order is the order of their making."""

from __future__ import annotations

import os
import random
import time

_COUNTED_BITS = 47
"""Of the last 48 one bit less than there is room for, so that counting upwards never runs over."""

_VARIANT = 0b10 << 14

# Unique is enough, an id keeps no secret; and a forked child must not draw its parent's numbers.
_random = random.Random()  # noqa: S311
os.register_at_fork(after_in_child=_random.seed)


def draw_event_ids(count: int) -> list[str]:
    """Ids for events that are recorded together: they share their time and count upwards."""
    milliseconds = f"{time.time_ns() // 1_000_000:012x}"
    drawn = _random.getrandbits(26 + _COUNTED_BITS)
    first, fixed = drawn & ((1 << _COUNTED_BITS) - 1), drawn >> _COUNTED_BITS
    start = (
        f"{milliseconds[:8]}-{milliseconds[8:]}-7{fixed >> 14:03x}-{_VARIANT | fixed & 0x3FFF:04x}-"
    )
    return [f"{start}{number:012x}" for number in range(first, first + count)]
