"""Publishing: a projection's file is copied under a new name, then the manifest points to it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from .damage import is_damage
from .definition import Projection, sql
from .errors import FileDamaged, Unpublishable
from .places import Places, read_whole, sync_folder, write_whole

FORMAT = 1
KEPT = 3
"""How many copies stay: a reader that has just read the manifest still finds its file."""

_NO_AUTOMATIC_CHECKPOINT = "1TB"
_USUAL_CHECKPOINT = "16MB"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is published: one file, and as of which position and moment it is true.

    `as_of` is the watermark, `recorded` the latest recording taken in, `published_at` the moment
    of publishing; all are ISO texts in UTC, None where there is nothing yet. `deltas` is empty: it
    keeps the place of small files with newer rows, for files too large to be copied each time.
    `bytes` is how large the file is, None where an earlier release wrote the manifest.
    """

    projection: str
    version: int
    number: int
    file: str
    positions: dict[str, int]
    as_of: str | None
    effective: str | None
    recorded: str | None
    published_at: str
    ledger: str
    time_zone: str
    deltas: list[str] = field(default_factory=list[str])
    format: int = FORMAT
    bytes: int | None = None

    @classmethod
    def read(cls, places: Places) -> Manifest | None:
        """The manifest of the version to be read; None if nothing is published."""
        content = read_whole(places.manifest)
        if content is None:
            return None
        return cls(**{name: content[name] for name in cls.__dataclass_fields__ if name in content})

    def fits(self, file: Path) -> bool:
        """Whether a file is there and as large as the one that was published."""
        try:
            found = file.stat().st_size
        except FileNotFoundError:
            return False
        return self.bytes is None or self.bytes == found


def publish(
    connection: duckdb.DuckDBPyConnection,
    projection: Projection,
    *,
    path: Path,
    places: Places,
    ledger: Mapping[str, str],
    now: datetime,
    anew: bool = False,
) -> Manifest:
    """Publish what is committed. The connection is at the file `path`, outside a transaction.

    `ledger` gives `name` and `time_zone`. If this very position is published already, nothing is
    done, unless `anew`: the file was rebuilt. Raises `Unpublishable` and `FileDamaged`; then
    readers keep the version before.

    The file is copied by a child process, because a copy inside this process would drop DuckDB's
    lock on it (POSIX drops all locks of a process when it closes any descriptor of the file). No
    automatic checkpoint may fall into the copying, which would tear the copy.
    """
    before = Manifest.read(places)
    manifest = _manifest(
        connection, projection, number=before.number + 1 if before else 1, ledger=ledger, now=now
    )
    if before and not anew and _is_published(before, as_new=manifest, places=places):
        return before
    places.published.mkdir(exist_ok=True)
    target = places.published / manifest.file
    try:
        _run(connection, f"SET wal_autocheckpoint = '{_NO_AUTOMATIC_CHECKPOINT}'")
        _run(connection, f"CHECKPOINT {projection.name}")
        _copy(path, target)
    except (duckdb.Error, OSError, subprocess.CalledProcessError) as error:
        if isinstance(error, duckdb.Error) and is_damage(error):
            raise FileDamaged(projection.name, reason=type(error).__name__) from error
        raise Unpublishable(projection.name, reason=_reason(error)) from error
    finally:
        _run(connection, f"SET wal_autocheckpoint = '{_USUAL_CHECKPOINT}'")
    manifest = replace(manifest, bytes=target.stat().st_size)
    write_whole(places.manifest, asdict(manifest))
    _forget_old(places)
    return manifest


def _manifest(
    connection: duckdb.DuckDBPyConnection,
    projection: Projection,
    *,
    number: int,
    ledger: Mapping[str, str],
    now: datetime,
) -> Manifest:
    name = projection.name
    positions = connection.execute(sql("positions")).fetchall()
    [(as_of, effective, recorded)] = connection.execute(sql("true_as_of")).fetchall()
    return Manifest(
        projection=name,
        version=projection.version,
        number=number,
        file=f"{name}-{number:08d}.duckdb",
        positions=dict(positions),
        as_of=as_of,
        effective=effective,
        recorded=recorded,
        published_at=now.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        ledger=ledger["name"],
        time_zone=ledger["time_zone"],
    )


def _is_published(before: Manifest, *, as_new: Manifest, places: Places) -> bool:
    same = (before.positions, before.version, before.ledger, before.format) == (
        as_new.positions,
        as_new.version,
        as_new.ledger,
        as_new.format,
    )
    return same and before.fits(places.published / before.file)


def _copy(source: Path, target: Path) -> None:
    beside = target.with_suffix(".tmp")
    subprocess.run(["/bin/cp", "--", source, beside], check=True, capture_output=True)  # noqa: S603
    # Read-only, so that nobody's program takes it for a database of its own.
    beside.chmod(0o444)
    descriptor = os.open(beside, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    beside.replace(target)
    sync_folder(target.parent)


def _forget_old(places: Places) -> None:
    """Keep the last few. Whoever has an older one open keeps it: only its name goes."""
    copies = sorted(places.published.glob("*.duckdb"))
    for old in [*copies[:-KEPT], *places.published.glob("*.tmp")]:
        old.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        said: Any = error.stderr
        return said.decode(errors="replace").strip() if said else str(error)
    return str(error)


def _run(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    connection.execute(statement).fetchall()
