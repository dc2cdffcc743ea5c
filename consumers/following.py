"""Following the stream: batch after batch into the file, and a published copy soon after."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from consumers.holding import Hold
from consumers.reading_ahead import ReadingAhead
from consumers.source import Source
from consumers.staged import Staged
from consumers.working_file import OnUnreadable, WorkingFile
from projections.places import Places, write_whole
from projections.publishing import Manifest, publish

LIVE_EVENTS_MAX = 5_000
CATCH_UP_EVENTS_MAX = 50_000


class Publishing(Enum):
    """Whether a run publishes: what is new, everything once more, or nothing yet."""

    NEW = "new"
    ANEW = "anew"
    NOT = "not"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a projector goes about its work; the defaults are right unless a test says otherwise.

    `wait` is called with the seconds to the next look at the stream and answers whether to stop.
    """

    live_events_max: int = LIVE_EVENTS_MAX
    catch_up_events_max: int = CATCH_UP_EVENTS_MAX
    poll_interval_seconds: float = 0.05
    publish_interval_seconds: float = 0.25
    catch_up_publish_interval_seconds: float = 10.0
    wait: Callable[[threading.Event, float], bool] = threading.Event.wait
    monotonic: Callable[[], float] = time.monotonic
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a projector is. `events` and `quarantined` count what this run has taken in.

    Of several partitions, `position` and `last_position` are the sums.
    """

    name: str
    position: int
    last_position: int
    events: int
    quarantined: int
    seconds: float
    caught_up: bool

    @property
    def events_per_second(self) -> float:
        """The rate of this run."""
        return self.events / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at this rate; None while that cannot be said."""
        rate = self.events_per_second
        return (self.last_position - self.position) / rate if rate else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one run of a projector is to do. `until` are positions by partition, or no limit."""

    source: Source
    places: Places
    path: Path
    hold: Hold
    until: Mapping[int, int] | None = None
    on_unreadable: OnUnreadable = OnUnreadable.STOP
    pace: Pace = field(default_factory=Pace)
    on_progress: Callable[[Progress], None] = lambda _: None


class Follower:
    """One run: catch up, publish, and on request go on."""

    def __init__(self, file: WorkingFile, task: Task, *, publishing: Publishing) -> None:
        self._file = file
        self._task = task
        self._publishing = publishing
        self._partitions = range(task.source.partitions)
        self._positions = self._stored_positions()
        self._begun = task.pace.monotonic()
        self._events = 0
        self._quarantined = 0
        self._goals = dict(self._positions)
        # Of several partitions only a cut is true that was the stream's end at one moment: in
        # between, the one that is ahead would tell of a time up to which the others say nothing.
        self._whole = len(self._partitions) == 1
        self._written = self._published = float("-inf")
        self._unpublished = True
        # Until then a first build would show readers a half of everything.
        self._readable = Manifest.read(task.places) is not None

    def run(self, *, stop: threading.Event, follow: bool) -> Progress:
        """Fold what there is; with `follow`, wait for more until stopped. Publishes at the end."""
        ahead = ReadingAhead(self._task.source, self._file, limit=self._limit)
        try:
            self._catch_up(ahead, stop)
            while follow and not stop.is_set():
                self._publish()
                if self._task.pace.wait(stop, self._task.pace.poll_interval_seconds):
                    break
                self._catch_up(ahead, stop)
        finally:
            ahead.close()
        self._publish(at_once=True)
        self._write_progress()
        return self._progress()

    def _catch_up(self, ahead: ReadingAhead, stop: threading.Event) -> None:
        self._goals = self._ends()
        while not stop.is_set() and (partition := self._behind()) is not None:
            position = self._positions[partition]
            staged = ahead.fetch(partition, position, goal=self._goals[partition])
            if staged is None:
                break
            self._take(staged)
            if self._behind() is None:
                self._goals = self._ends()
            self._publish()
        if self._behind() is None:
            self._readable = self._whole = True

    def _behind(self) -> int | None:
        """A partition in which the goal is not reached yet."""
        for number in self._partitions:
            if self._positions[number] < self._goals[number]:
                return number
        return None

    def _ends(self) -> dict[int, int]:
        """Where the stream ends now, or where this run is to end."""
        ends = {number: self._task.source.last_position(number) for number in self._partitions}
        if self._task.until is None:
            return ends
        return {number: min(end, self._task.until.get(number, 0)) for number, end in ends.items()}

    def _stored_positions(self) -> dict[int, int]:
        stored = self._file.positions()
        return {number: stored.get(number, 0) for number in self._partitions}

    def _limit(self, left: int) -> int:
        pace = self._task.pace
        most = pace.catch_up_events_max if left > pace.live_events_max else pace.live_events_max
        return max(0, min(most, left))

    def _take(self, staged: Staged) -> None:
        applied = self._file.apply(
            staged,
            on_unreadable=self._task.on_unreadable,
            before_commit=self._task.hold.check,
        )
        self._positions = self._stored_positions()
        self._whole = len(self._partitions) == 1 or self._behind() is None
        self._events += applied.events
        self._quarantined += applied.quarantined
        self._unpublished = self._unpublished or applied.events > 0
        now = self._task.pace.monotonic()
        if applied.stopped_by is not None:
            self._write_progress(stopped_by=applied.stopped_by)
            # There will be no more until somebody acts: readers get what came before.
            self._readable = True
            self._publish(at_once=True)
            raise applied.stopped_by
        if now - self._written >= self._task.pace.publish_interval_seconds:
            self._write_progress()
        self._task.on_progress(self._progress())

    def _publish(self, *, at_once: bool = False) -> None:
        """Publish what is committed, not more often than the pace says: a copy takes its time."""
        task, pace = self._task, self._task.pace
        progress = self._progress()
        live = progress.last_position - progress.position <= pace.live_events_max
        interval = pace.publish_interval_seconds if live else pace.catch_up_publish_interval_seconds
        due = at_once or pace.monotonic() - self._published >= interval
        if self._publishing is Publishing.NOT or not (self._readable and self._whole):
            return
        if not (self._unpublished and due):
            return
        task.hold.check()
        settings = task.source.settings
        publish(
            self._file.connection,
            self._file.projection,
            path=task.path,
            places=task.places,
            ledger={"name": settings.name, "time_zone": settings.time_zone},
            now=pace.clock(),
            anew=self._publishing is Publishing.ANEW,
        )
        self._published, self._unpublished = pace.monotonic(), False

    def _progress(self) -> Progress:
        return Progress(
            name=self._file.projection.name,
            position=sum(self._positions.values()),
            last_position=sum(max(self._goals[n], at) for n, at in self._positions.items()),
            events=self._events,
            quarantined=self._quarantined,
            seconds=self._task.pace.monotonic() - self._begun,
            caught_up=self._behind() is None,
        )

    def _write_progress(self, *, stopped_by: Exception | None = None) -> None:
        """Tell who asks while this process has the file."""
        pace = self._task.pace
        self._written = pace.monotonic()
        if self._publishing is Publishing.NOT:
            return
        [(quarantined,)] = self._file.rows("SELECT count(*) FROM quarantine")
        write_whole(
            self._task.places.progress,
            {
                "version": self._file.projection.version,
                "positions": {str(number): at for number, at in self._positions.items()},
                "events_per_second": round(self._progress().events_per_second, 1),
                "quarantined": quarantined,
                "stopped_by": str(stopped_by) if stopped_by else None,
                "written_at": pace.clock().isoformat(timespec="milliseconds"),
            },
            durable=False,
        )
