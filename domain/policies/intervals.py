"""Stretches of time: the moments of local ones, joined and taken from each other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

Interval = tuple[datetime, datetime]
"""From its first moment to the one after its last; both local or both in UTC."""


def instant_of(local: datetime, zone: ZoneInfo) -> datetime:
    """The first moment (UTC) at which a clock on the wall shows this time, or has skipped it."""
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if _shown(moment, zone) == local:
        return moment
    # The clocks skipped it. Reading it with either offset gives a moment on each side of the jump.
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    seconds_low, seconds_high = 0, int((moment - before).total_seconds())
    while seconds_high - seconds_low > 1:
        middle = (seconds_low + seconds_high) // 2
        if _shown(before + timedelta(seconds=middle), zone) >= local:
            seconds_high = middle
        else:
            seconds_low = middle
    return before + timedelta(seconds=seconds_high)


def _shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def joined(intervals: Iterable[Interval]) -> list[Interval]:
    """Sorted intervals without overlaps."""
    joined: list[Interval] = []
    for begins, ends in intervals:
        if joined and begins <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], ends)
        else:
            joined.append((begins, ends))
    return joined


def without(intervals: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """What is left of the intervals."""
    left = list(intervals)
    for begins, ends in taken:
        left = [
            piece
            for one in left
            for piece in ((one[0], min(one[1], begins)), (max(one[0], ends), one[1]))
            if piece[0] < piece[1]
        ]
    return left
