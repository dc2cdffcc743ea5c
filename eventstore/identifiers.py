"""Ids of events: UUIDs of version 7, whose order is the order of their making."""

from __future__ import annotations

import hashlib
import os
import random
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_COUNTED_BITS = 47
"""Of the last 48 one bit less than there is room for, so that counting upwards never runs over."""

_VARIANT = 0b10 << 14
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SALT_BITS = 34
"""Of the 74 bits beside the time; the other 40 are the number of an event in its run."""

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


def number_event_ids(run: str, first: int, moment: datetime, count: int) -> list[str]:
    """Ids for events that are made up, the `first` and those after it of a run: the same when they
    are made again. If their moments never run back, ids are in the order of their numbers."""
    milliseconds = f"{(moment - _EPOCH) // _MILLISECOND:012x}"
    fixed = _salt(run)
    ids: list[str] = []
    for number in range(first, first + count):
        bits = number << _SALT_BITS | fixed
        high, low = bits >> 62 & 0xFFF, bits & (1 << 62) - 1
        ids.append(
            f"{milliseconds[:8]}-{milliseconds[8:]}-7{high:03x}-"
            f"{_VARIANT | low >> 48:04x}-{low & (1 << 48) - 1:012x}"
        )
    return ids


@lru_cache(maxsize=16)
def _salt(run: str) -> int:
    digest = hashlib.blake2b(run.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 64 - _SALT_BITS
