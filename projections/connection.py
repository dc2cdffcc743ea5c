"""A reader's session: every published projection attached read-only, with its views and macros."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from .damage import damaged_among, is_damage
from .definition import Projection, projection_named, projection_names, sql
from .errors import FileDamaged, NeedsRebuild, NotPublished, ReadersLeftBehind
from .places import Places
from .publishing import Manifest

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Described:
    """One thing that can be queried: `kind` is table, view, macro or column."""

    kind: str
    name: str
    column: str | None
    type: str | None
    comment: str | None


def connect(
    ledger_folder: Path | str,
    *,
    names: Sequence[str] | None = None,
    external_access: bool = False,
) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with the published projections as they are now.

    It is a snapshot: `refresh` takes newer versions. Times are shown in the reporting zone.
    `names` are the projections that must be there; without them, whatever is published is attached
    and `projection_position` tells what is missing. Nothing can be written, and no file outside
    can be read or written unless `external_access` is given.
    Raises `NotPublished`, `NeedsRebuild` (published by another version), `FileDamaged`,
    `NoSuchProjection`, and FileNotFoundError where there is no such folder.
    """
    folder = Path(ledger_folder)
    if not folder.is_dir():
        raise FileNotFoundError(
            f"there is no ledger at {folder}: no such folder; name the folder in which "
            f"ticketledger init made it"
        )
    wanted = [projection_named(name) for name in names or projection_names()]
    places = {projection.name: Places.of(folder, projection.name) for projection in wanted}
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
    try:
        _run(connection, sql("session"))
        _run(
            connection,
            "INSERT INTO session.setting VALUES ('ledger_folder', $folder)",
            folder=str(folder),
        )
        for projection in wanted:
            _take(connection, projection, places[projection.name], must_be_there=names is not None)
        _check_something_is_there(connection, wanted)
        _join_the_files(connection)
        if not external_access:
            _close_in(connection, places.values())
    except BaseException:
        connection.close()
        raise
    return connection


def refresh(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Take newer published versions into a connection made by `connect`; says which were taken.

    Projections that have published for the first time join, where `connect` named none.
    """
    [(folder,)] = _rows(
        connection, "SELECT value FROM session.setting WHERE name = 'ledger_folder'"
    )
    known = _rows(connection, "SELECT projection, number FROM session.published")
    taken: list[str] = []
    for name, number in known:
        places = Places.of(Path(folder), name)
        manifest = Manifest.read(places)
        if manifest and manifest.number != number:
            _take(connection, projection_named(name), places, must_be_there=False)
            taken.append(name)
    _join_the_files(connection)
    return taken


def describe(connection: duckdb.DuckDBPyConnection) -> list[Described]:
    """Every view, macro, table and column that can be queried, with its comment, in that order."""
    return [Described(*row) for row in _rows(connection, "FROM session.description")]


def damage_behind(ledger_folder: Path, error: duckdb.Error) -> FileDamaged | None:
    """The damaged published file that explains an error met while reading; None if none does.

    DuckDB does not always say which file it was, so that all of them are read to find it.
    """
    if not is_damage(error):
        return None
    files = [
        (name, places.published / manifest.file)
        for name in projection_names()
        if (manifest := Manifest.read(places := Places.of(ledger_folder, name)))
    ]
    for name in damaged_among(files):
        return FileDamaged(name, reason=type(error).__name__, published=True)
    return None


def _take(
    connection: duckdb.DuckDBPyConnection,
    projection: Projection,
    places: Places,
    *,
    must_be_there: bool,
) -> None:
    """Attach the published file of a projection, in place of an older one, and create its views."""
    name = projection.name
    for attempt in range(_ATTEMPTS):
        manifest = Manifest.read(places)
        if manifest is None:
            if must_be_there:
                raise NotPublished(name)
            _remember(connection, name, None)
            return
        if manifest.version != projection.version:
            raise NeedsRebuild(name, found=manifest.version, expected=projection.version)
        file = places.published / manifest.file
        try:
            attached = _attach(connection, name, file)
        except duckdb.Error as error:
            if is_damage(error) or file.exists():
                raise FileDamaged(name, reason=type(error).__name__, published=True) from error
            # Between reading the manifest and opening its file, the file was replaced.
            if attempt == _ATTEMPTS - 1:
                raise ReadersLeftBehind(name) from error
            continue
        if not manifest.fits(file) and file.exists():
            raise FileDamaged(name, reason="its size is another one", published=True)
        if not attached:
            _run(connection, projection.views_sql)
        _remember(connection, name, manifest)
        _run(connection, f"SET TimeZone = {_literal(manifest.time_zone)}")
        return


def _attach(connection: duckdb.DuckDBPyConnection, name: str, file: Path) -> bool:
    """Attach a file under the projection's name; says whether an older one was there before."""
    if not file.exists():
        raise duckdb.IOException(f"{file.name} is gone")
    there = _rows(
        connection, "SELECT 1 FROM duckdb_databases() WHERE database_name = $name", name=name
    )
    if there:
        _run(connection, f"DETACH {name}")
    _run(connection, f"ATTACH {_literal(str(file))} AS {name} (READ_ONLY)")
    return bool(there)


def _remember(connection: duckdb.DuckDBPyConnection, name: str, manifest: Manifest | None) -> None:
    _run(connection, "DELETE FROM session.published WHERE projection = $name", name=name)
    _run(
        connection,
        "INSERT INTO session.published VALUES ($name, $number, $version, $published_at)",
        name=name,
        number=manifest.number if manifest else None,
        version=manifest.version if manifest else None,
        published_at=manifest.published_at if manifest else None,
    )


def _check_something_is_there(
    connection: duckdb.DuckDBPyConnection, wanted: Sequence[Projection]
) -> None:
    if not _rows(connection, "SELECT 1 FROM session.published WHERE number IS NOT NULL"):
        raise NotPublished(wanted[0].name if len(wanted) == 1 else None)


def _join_the_files(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what spans the files. Which are attached differs, so it is written for these."""
    attached = [
        name
        for (name,) in _rows(
            connection, "SELECT projection FROM session.published WHERE number IS NOT NULL"
        )
    ]
    for view, part in (("position", "position_of"), ("quarantined", "quarantined_of")):
        union = " UNION ALL ".join(sql(part).format(name=name) for name in attached)
        if union:
            _run(connection, f"CREATE OR REPLACE VIEW session.{view} AS {union}")


def _close_in(connection: duckdb.DuckDBPyConnection, places: Iterable[Places]) -> None:
    """No file but the published ones can be reached from now on, also not by a later statement."""
    folders = ", ".join(_literal(f"{place.published}/") for place in places)
    _run(connection, f"SET allowed_directories = [{folders}]")
    _run(connection, "SET enable_external_access = false")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _run(connection: duckdb.DuckDBPyConnection, statement: str, **values: object) -> None:
    connection.execute(statement, values or None).fetchall()


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str, **values: object
) -> list[tuple[Any, ...]]:
    return connection.execute(query, values or None).fetchall()
