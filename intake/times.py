"""Times as other systems write them, as moments in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

AMBIGUOUS_TIME = "ambiguous_time"
NONEXISTENT_TIME = "nonexistent_time"

_DIGITS = {
    "%Y": r"\d{4}",
    "%m": r"\d{1,2}",
    "%d": r"\d{1,2}",
    "%H": r"\d{1,2}",
    "%M": r"\d{1,2}",
    "%S": r"\d{1,2}",
}
"""The directives of strptime that are plain numbers, in the order in which datetime takes them."""

_DATE = ("%Y", "%m", "%d")


class Times:
    """Reads times by a mapping's formats, in its zone. Who reads many keeps what they mean.

    A wall-clock time that happens twice when clocks go back is taken as the first of the two; one
    that is skipped when they go forward is taken as the clock would have shown it. Both are odd.
    """

    def __init__(self, formats: Sequence[str], zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._is_utc = zone == "UTC"
        # Where the mapping's zone is UTC, a plain number needs no conversion.
        plain = UTC if self._is_utc else None
        self._readers = [_reader(name, zone=plain) for name in formats]

    def read(self, text: str) -> tuple[datetime, str | None]:
        """The moment in UTC, and what is odd about it. Raises ValueError if no format fits."""
        for reader in self._readers:
            try:
                return self._in_utc(reader(text))
            except (ValueError, OverflowError, OSError):
                continue
        raise ValueError("no format fits")

    def _in_utc(self, moment: datetime) -> tuple[datetime, str | None]:
        if moment.tzinfo is UTC:
            return moment, None
        if moment.tzinfo is not None:
            return moment.astimezone(UTC), None
        if self._is_utc:
            return moment.replace(tzinfo=UTC), None
        first, second = (moment.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1))
        utc = first.astimezone(UTC)
        if first.utcoffset() == second.utcoffset():
            return utc, None
        there_and_back = utc.astimezone(self._zone).replace(tzinfo=None)
        return utc, AMBIGUOUS_TIME if there_and_back == moment else NONEXISTENT_TIME


def _reader(name: str, *, zone: tzinfo | None) -> Callable[[str], datetime]:
    match name:
        case "iso":
            return datetime.fromisoformat
        case "unix":
            return lambda text: _since_1970(timedelta(seconds=float(text)))
        case "unix_ms":
            return lambda text: _since_1970(timedelta(milliseconds=int(text)))
        case _:
            return _numeric_reader(name, zone=zone) or _strptime_reader(name)


def _strptime_reader(pattern: str) -> Callable[[str], datetime]:
    # A pattern without a zone gives a naive time; the mapping's zone is put to it above.
    return lambda text: datetime.strptime(text, pattern)  # noqa: DTZ007


def _numeric_reader(pattern: str, *, zone: tzinfo | None) -> Callable[[str], datetime] | None:
    """What strptime does, several times as fast, for separated numbers, in a zone; None for other
    patterns."""
    parts = [part for part in re.split(r"(%.|\s+)", pattern) if part]
    directives = [part for part in parts if part.startswith("%")]
    wanted = [part for part in _DIGITS if part in directives]
    is_separated = "%" not in {one[0] for one, other in pairwise(parts) if other[0] == "%"}
    if sorted(directives) != sorted(wanted) or not is_separated:
        return None
    if wanted != list(_DIGITS)[: max(len(wanted), len(_DATE))]:
        return None
    expression = re.compile("".join(map(_expression, parts)), re.ASCII)
    order = [directives.index(part) + 1 for part in wanted]

    def read(text: str) -> datetime:
        found = expression.fullmatch(text)
        if found is None:
            raise ValueError(pattern)
        numbers = [*map(int, found.group(*order)), 0, 0, 0]
        year, month, day, hour, minute, second = numbers[:6]
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)

    return read


def _expression(part: str) -> str:
    if part in _DIGITS:
        return f"({_DIGITS[part]})"
    return r"\s+" if part.isspace() else re.escape(part)


def _since_1970(duration: timedelta) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + duration
