"""The account of an import: what became of every row, and what was odd about them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

EXAMPLES_MAX = 5

ODDITIES = {
    "activity_unknown": "the mapping has no translation for this activity; kept as a field",
    "ambiguous_time": "the clock showed this time twice that day; taken as the first",
    "case_type_unknown": "the mapping has no translation for this case type; left out",
    "channel_unknown": "the mapping has no translation for this channel; kept as a field",
    "column_unmentioned": "the mapping does not mention this column; left out",
    "modification_order": "its modification number is lower than that of the row before it",
    "modification_repeated": "its modification number is that of a row before it",
    "nonexistent_time": "the clock skipped this time that day; moved forward",
    "opened_at_differs": "it gives another moment of opening than the ticket's first row",
    "priority_unknown": "the mapping has no translation for this priority; kept as a field",
    "recorded_otherwise": "it was recorded before with other content; that stays",
    "reopen_count_falls": "its count of reopenings is lower than before; kept as a field",
    "reopen_count_skips": "its count of reopenings rises by more than one; one is recorded",
    "requester_unknown": "nobody is named as its customer",
    "resolved_without_owner": "it becomes resolved while nobody owns it",
    "same_row_twice": "a row of the same ticket, number and time stands before it",
    "starts_elsewhere": "the ticket's first row shows it in another state than new",
    "state_unknown": "the mapping has no translation for this state; kept as a field",
    "text_changes": "a text or detail that is recorded at the opening alone changes later",
    "time_backwards": "it is dated before the row before it",
    "time_before_opening": "it is dated before the ticket was opened",
}
"""What may be odd about a row that goes in all the same."""


@dataclass(frozen=True, slots=True)
class Example:
    """Where something odd stands: the line, and the ticket's number (or a column's name)."""

    line: int
    name: str


@dataclass(slots=True)
class Oddity:
    """One kind of oddity: its meaning (see ODDITIES), how often, and where first."""

    kind: str
    count: int = 0
    examples: list[Example] = field(default_factory=list[Example])

    @property
    def meaning(self) -> str:
        """One sentence about the row, for people."""
        return ODDITIES[self.kind]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be taken in. `raw` is its text: for the report, not for messages."""

    line: int
    reason: str
    raw: str


@dataclass(slots=True)
class Account:
    """What an import did, or a check would do.

    rows_read = rows_changed + rows_progressed + rows_unreadable, each row in one of them; the first
    row of a ticket counts as changed. The rows_already_recorded are among the first two: an earlier
    import had them. `events` and `saves` count what this import added. `latest` is the time of the
    latest row.
    """

    batch_id: str
    source: str
    finished: bool = False
    rows_read: int = 0
    rows_changed: int = 0
    rows_progressed: int = 0
    rows_unreadable: int = 0
    rows_already_recorded: int = 0
    tickets: int = 0
    tickets_opened: int = 0
    reopenings: int = 0
    saves: int = 0
    events: int = 0
    latest: datetime | None = None
    seconds: float = 0.0
    oddities: dict[str, Oddity] = field(default_factory=dict[str, Oddity])
    unreadable: list[Rejected] = field(default_factory=list[Rejected])
    report: Path | None = None

    def note(self, kind: str, *, line: int, name: str) -> None:
        """Count something odd; the first few are kept as examples."""
        oddity = self.oddities.setdefault(kind, Oddity(kind))
        oddity.count += 1
        if len(oddity.examples) < EXAMPLES_MAX:
            oddity.examples.append(Example(line, name))

    def count_row(self, *, changed: bool, already: bool = False) -> None:
        """Count a row that goes in, or is in already."""
        if changed:
            self.rows_changed += 1
        else:
            self.rows_progressed += 1
        if already:
            self.rows_already_recorded += 1

    def reject(self, rejected: Rejected) -> None:
        """Count a row that could not be taken in; the first few are kept as examples."""
        self.rows_unreadable += 1
        if len(self.unreadable) < EXAMPLES_MAX:
            self.unreadable.append(rejected)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. `done` of `total` are bytes, or rows once these have been sorted."""

    phase: str
    rows: int
    done: int
    total: int
    seconds: float

    @property
    def fraction(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 1.0

    @property
    def rows_per_second(self) -> float:
        """The rate so far."""
        return self.rows / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long it will take at this rate; None until there is one."""
        if self.fraction <= 0:
            return None
        return self.seconds * (1 - self.fraction) / self.fraction


OnProgress = Callable[[Progress], None]


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Elapsed so far."""
        return time.monotonic() - self._started
