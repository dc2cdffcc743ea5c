"""The projector: follow the stream, fold it into one projection's file, publish for readers.

For other programs. Nothing here prints; callbacks tell how it goes.

- `run(ledger_folder, name, follow=…, options=Options(on_progress=…, stop=…))`: catch up, and go on
  following if asked to.
- `run_all(ledger_folder, …)`: catch up several, one after another or in child processes.
- `rebuild(ledger_folder, name, …)`: build from the start beside the file in use, then swap.
- `build_until(ledger_folder, position=…, target_folder=…)`: the projections as recorded at an
  earlier position, as scratch files that `projections.connection.connect` opens like any others.
- `consumers.standing.status(ledger_folder)`: how far each projection is, and who works on it.
- `consumers.stopping.stopping()`: a stop event that SIGINT and SIGTERM set.

Exactly once means this: rows, position and quarantine commit in one DuckDB transaction, and what is
at or below the stored position is dropped; a crash anywhere leaves the last commit, from which the
projector goes on.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from consumers.following import Follower, Pace, Progress, Publishing, Task
from consumers.holding import Hold
from consumers.source import Source, opened
from consumers.stopping import stopping
from consumers.working_file import OnUnreadable, WorkingFile
from projections.damage import is_damage
from projections.definition import Projection, projection_named, projection_names
from projections.errors import FileDamaged, NeedsRebuild
from projections.places import Places, read_whole, sync_folder, write_whole

OnProgress = Callable[[Progress], None]
"""Called after every commit with how far the projector is."""

__all__ = [
    "OnProgress",
    "OnUnreadable",
    "Options",
    "Progress",
    "build_until",
    "rebuild",
    "run",
    "run_all",
]


def _ignore(progress: Progress) -> None:
    del progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a run may be told beside ledger and projection.

    `stop` ends it cleanly after the batch in hand; `open_source` is how to get at the stream.
    `threads` are DuckDB's, beside the one that reads and parses ahead: a batch is too small for
    more of them to pay.
    """

    on_progress: OnProgress = _ignore
    on_unreadable: OnUnreadable = OnUnreadable.STOP
    stop: threading.Event | None = None
    threads: int = 1
    pace: Pace = field(default_factory=Pace)
    open_source: Callable[[Path], AbstractContextManager[Source]] = opened


def run(
    ledger_folder: Path, name: str, *, follow: bool = False, options: Options | None = None
) -> Progress:
    """Catch one projection up with the stream and publish it; with `follow`, go on until stopped.

    What is committed is published before it returns, also when stopped; only a first build is
    published not before it has caught up, or met an event that it cannot pass. Returns how far it
    came. Raises `HeldByAnother`, `NeedsRebuild`, `UnreadableEvent`, `NewerEvent`, `PositionGap`,
    `Fenced`, `Unpublishable`, `FileDamaged`.
    """
    options = options or Options()
    places = Places.of(ledger_folder, name)
    with options.open_source(ledger_folder) as source, Hold(places.lock, name=name) as hold:
        task = _task(options, source=source, places=places, path=places.working, hold=hold)
        return _follow(projection_named(name), task, options, follow=follow)


def run_all(
    ledger_folder: Path,
    names: Sequence[str] | None = None,
    *,
    processes: int = 1,
    options: Options | None = None,
) -> dict[str, Progress]:
    """Catch these projections up (all there are, unless named), in this order.

    With `processes` above 1, each runs in a child process; then `options` are the defaults, and
    progress is told once a projection has caught up. The first failure is raised after the others
    have come to their end.
    """
    names = names or projection_names()
    if processes == 1:
        return {name: run(ledger_folder, name, options=options) for name in names}
    told = options.on_progress if options else _ignore
    done: dict[str, Progress] = {}
    # A fork would inherit DuckDB's threads and locks half-way.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        runs = [pool.submit(_run_alone, ledger_folder, name) for name in names]
        for ended in as_completed(runs):
            with contextlib.suppress(Exception):
                progress = ended.result()
                done[progress.name] = progress
                told(progress)
    for ended in runs:
        ended.result()
    return done


def rebuild(ledger_folder: Path, name: str, *, options: Options | None = None) -> Progress:
    """Build a projection anew beside the file in use, catch up, then swap and publish.

    Readers keep the version before until then. A rebuild that was interrupted goes on where it
    was. No projector may work on the projection meanwhile: raises `HeldByAnother`.
    """
    options = options or Options()
    projection, places = projection_named(name), Places.of(ledger_folder, name)
    with options.open_source(ledger_folder) as source, Hold(places.lock, name=name) as hold:
        _drop_unusable(projection, places, threads=options.threads)
        task = _task(options, source=source, places=places, path=places.rebuilding, hold=hold)
        built = _follow(projection, task, options, publishing=Publishing.NOT)
        if not built.caught_up:
            return built
        _swap(places)
        task = _task(options, source=source, places=places, path=places.working, hold=hold)
        _follow(projection, task, options, publishing=Publishing.ANEW)
        return built


def build_until(
    ledger_folder: Path,
    *,
    position: int | Mapping[int, int],
    target_folder: Path,
    names: Sequence[str] | None = None,
    options: Options | None = None,
) -> dict[str, Progress]:
    """Fold the projections only up to a position, into a folder of their own.

    Of a stream with several partitions, `position` is one for each; those not named stay empty.
    `connect(target_folder)` then shows everything *as recorded at* that position. The folder is
    the caller's to delete.
    """
    options = options or Options()
    done: dict[str, Progress] = {}
    with options.open_source(ledger_folder) as source:
        for name in names or projection_names():
            places = Places.of(target_folder, name)
            with Hold(places.lock, name=name) as hold:
                task = _task(
                    options,
                    source=source,
                    places=places,
                    path=places.working,
                    hold=hold,
                    until=position if isinstance(position, Mapping) else {0: position},
                )
                done[name] = _follow(projection_named(name), task, options)
    return done


def _task(
    options: Options,
    *,
    source: Source,
    places: Places,
    path: Path,
    hold: Hold,
    until: Mapping[int, int] | None = None,
) -> Task:
    return Task(
        source=source,
        places=places,
        path=path,
        hold=hold,
        until=until,
        on_unreadable=options.on_unreadable,
        on_progress=options.on_progress,
        pace=options.pace,
    )


def _follow(
    projection: Projection,
    task: Task,
    options: Options,
    *,
    follow: bool = False,
    publishing: Publishing = Publishing.NEW,
) -> Progress:
    token, threads = task.hold.token, options.threads
    with (
        _damage_told(projection.name, task),
        WorkingFile(projection, path=task.path, token=token, threads=threads) as file,
    ):
        task.hold.watch(task.path)
        follower = Follower(file, task, publishing=publishing)
        progress = follower.run(stop=options.stop or threading.Event(), follow=follow)
        file.checkpoint()
    return progress


@contextlib.contextmanager
def _damage_told(name: str, task: Task) -> Generator[None]:
    """Make `FileDamaged` of whatever DuckDB says of a damaged file, and let the status tell it."""
    try:
        yield
    except (duckdb.Error, FileDamaged) as error:
        if isinstance(error, duckdb.Error) and not is_damage(error):
            raise
        damaged = (
            error
            if isinstance(error, FileDamaged)
            else FileDamaged(name, reason=type(error).__name__)
        )
        if task.path == task.places.working:
            told = read_whole(task.places.progress) or {}
            write_whole(task.places.progress, told | {"stopped_by": str(damaged)}, durable=False)
        raise damaged from error


def _run_alone(ledger_folder: Path, name: str) -> Progress:
    """What a child process of `run_all` does."""
    with stopping() as stop:
        return run(ledger_folder, name, options=Options(stop=stop))


def _drop_unusable(projection: Projection, places: Places, *, threads: int) -> None:
    """Forget the beginnings of a rebuild that this release cannot go on with."""
    try:
        WorkingFile(projection, path=places.rebuilding, token="", threads=threads).close()
    except (NeedsRebuild, FileDamaged):
        _remove(places.rebuilding)
    except duckdb.Error as error:
        if not is_damage(error):
            raise
        _remove(places.rebuilding)


def _swap(places: Places) -> None:
    """Put the rebuilt file in the place of the one in use, in one step.

    The old file's write-ahead log goes first: beside the new file it would be replayed into it. A
    crash between the two leaves the old file as of its last checkpoint, from where it can go on.
    """
    _wal(places.working).unlink(missing_ok=True)
    places.rebuilding.replace(places.working)
    sync_folder(places.folder)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _wal(path).unlink(missing_ok=True)


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")
