"""Ids of events: UUIDs of version 7, whose order is the order of their making."""

from __future__ import annotations

import hashlib
import os
import random
import time
from datetime import datetime

_COUNTED_BITS = 47
"""Of the last 48 one bit less than there is room for, so that counting upwards never runs over."""

_VARIANT = 0b10 << 14

# Unique is enough, an id keeps no secret; and a forked child must not draw its parent's numbers.
_random = random.Random()  # noqa: S311
os.register_at_fork(after_in_child=_random.seed)


def draw_event_ids(count: int) -> list[str]:
    """Ids for events that are recorded together: they share their time and count upwards."""
    milliseconds = f"{time.time_ns() // 1_000_000:012x}"
    return _counted_ids(milliseconds, _random.getrandbits(26 + _COUNTED_BITS), count)


def _counted_ids(milliseconds: str, drawn: int, count: int) -> list[str]:
    """From so many milliseconds and as many bits as they leave room for."""
    first, fixed = drawn & ((1 << _COUNTED_BITS) - 1), drawn >> _COUNTED_BITS & (1 << 26) - 1
    start = (
        f"{milliseconds[:8]}-{milliseconds[8:]}-7{fixed >> 14:03x}-{_VARIANT | fixed & 0x3FFF:04x}-"
    )
    return [f"{start}{number:012x}" for number in range(first, first + count)]


def derive_event_ids(text: str, moment: datetime, count: int) -> list[str]:
    """Ids for the events of one save that follow from a text which no other save has: for saves
    that are made up, and are to be the same when they are made again."""
    milliseconds = f"{int(moment.timestamp() * 1_000):012x}"
    drawn = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=10).digest(), "big")
    return _counted_ids(milliseconds, drawn, count)
