"""How far each projection is: position, lag, rate, quarantine, size, publishing, holder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from consumers.holding import holder_of
from consumers.source import Source, opened, recorded_at
from projections.damage import is_database
from projections.definition import projection_named, projection_names
from projections.errors import FileDamaged
from projections.places import Places, read_whole
from projections.publishing import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one projection stands. Of several partitions, positions and lag are the sums.

    `lag_seconds` is the age of the oldest event not taken in yet; `events_per_second` the rate of
    its last run; `state` one of running, caught up, behind, stopped, never run, needs rebuild.
    """

    name: str
    state: str
    version: int
    file_version: int | None
    position: int
    last_position: int
    lag_events: int
    lag_seconds: float
    events_per_second: float | None
    quarantined: int
    stopped_by: str | None
    file_bytes: int
    published_position: int | None
    published_at: datetime | None
    as_of: datetime | None
    holder: str | None


def status(
    ledger_folder: Path,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    open_source: Callable[[Path], AbstractContextManager[Source]] = opened,
) -> list[Standing]:
    """Where every projection stands.

    Opens no file with DuckDB. Of a working file that nobody works on it looks at the beginning, and
    so notices one that was overwritten; other damage is told by the projector that meets it.
    """
    with open_source(ledger_folder) as source:
        ends = {number: source.last_position(number) for number in range(source.partitions)}
        return [
            _standing(
                name,
                places=Places.of(ledger_folder, name),
                source=source,
                ends=ends,
                now=clock(),
            )
            for name in projection_names()
        ]


def _standing(
    name: str, *, places: Places, source: Source, ends: Mapping[int, int], now: datetime
) -> Standing:
    told = read_whole(places.progress) or {}
    manifest = Manifest.read(places)
    published = manifest.positions if manifest else {}
    reached: dict[str, int] = told.get("positions", {})
    # The published position is a lower bound that survives a crash before the telling.
    positions = {
        number: max(int(reached.get(str(number), 0)), published.get(str(number), 0))
        for number in ends
    }
    lags = {n: end - positions[n] for n, end in ends.items() if end > positions[n]}
    file_version = told.get("version", manifest.version if manifest else None)
    version = projection_named(name).version
    holder = holder_of(places.lock)
    stopped_by = told.get("stopped_by")
    if stopped_by is None and holder is None:
        stopped_by = _damage(name, places)
    lag_events = sum(lags.values())
    return Standing(
        name=name,
        state=_state(
            never_run=not places.working.exists(),
            outdated=file_version not in (None, version),
            running=holder is not None,
            stopped=stopped_by is not None,
            behind=lag_events > 0,
        ),
        version=version,
        file_version=file_version,
        position=sum(positions.values()),
        last_position=sum(ends.values()),
        lag_events=lag_events,
        lag_seconds=max((_age(source, n, positions[n] + 1, now) for n in lags), default=0.0),
        events_per_second=told.get("events_per_second"),
        quarantined=int(told.get("quarantined", 0)),
        stopped_by=stopped_by,
        file_bytes=places.working.stat().st_size if places.working.exists() else 0,
        published_position=sum(published.values()) if manifest else None,
        published_at=_moment(manifest.published_at) if manifest else None,
        as_of=_moment(manifest.as_of) if manifest else None,
        holder=holder,
    )


def _state(*, never_run: bool, outdated: bool, running: bool, stopped: bool, behind: bool) -> str:
    if never_run and not running:
        return "never run"
    if outdated:
        return "needs rebuild"
    if running:
        return "running"
    if stopped:
        return "stopped"
    return "behind" if behind else "caught up"


def _damage(name: str, places: Places) -> str | None:
    """What is to be said of a working file that is none."""
    if not places.working.exists() or is_database(places.working):
        return None
    return str(FileDamaged(name, reason="it does not begin like a database"))


def _age(source: Source, partition: int, position: int, now: datetime) -> float:
    recorded = recorded_at(source, partition, position)
    return max(0.0, (now - recorded).total_seconds()) if recorded else 0.0


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
