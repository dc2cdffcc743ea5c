"""Ids of events: UUIDs of version 7, whose order is the order of their making."""

from __future__ import annotations

import os
import time

_RANDOM_BITS_IN_B = 62
_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62


def draw_event_ids(count: int) -> list[str]:
    """Ids for the events of one decision, drawn once: they share their time and count upwards."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    rand_a = random >> 68
    # The top bit is left free, so that counting upwards never runs over.
    rand_b = random & ((1 << (_RANDOM_BITS_IN_B - 1)) - 1)
    first = (milliseconds << 80) | _VERSION | (rand_a << 64) | _VARIANT | rand_b
    return [_text(first + number) for number in range(count)]


def _text(value: int) -> str:
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
