"""A reader's session: every published projection attached read-only, with its views and macros."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from projections.definition import Projection, projection_named, projection_names
from projections.errors import NeedsRebuild, NotPublished, ReadersLeftBehind
from projections.places import Places
from projections.publishing import Manifest

_SESSION_SQL = (Path(__file__).parent / "session.sql").read_text(encoding="utf-8")
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

    It is a snapshot: `refresh` takes newer versions. Times are shown in the ledger's reporting zone.
    `names` are the projections that must be there; without them, whatever is published is attached
    and `projection_position` tells what is missing. Nothing can be written, and no file outside
    can be read or written unless `external_access` is given.
    Raises `NotPublished`, `NeedsRebuild` (published by another version), `NoSuchProjection`.
    """
    folder = Path(ledger_folder)
    wanted = [projection_named(name) for name in names or projection_names()]
    places = {projection.name: Places.of(folder, projection.name) for projection in wanted}
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
    try:
        _run(connection, _SESSION_SQL)
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
    known = dict(_rows(connection, "SELECT projection, number FROM session.published"))
    taken: list[str] = []
    for name in known:
        manifest = Manifest.read(Places.of(Path(folder), name))
        if manifest and manifest.number != known[name]:
            _take(
                connection, projection_named(name), Places.of(Path(folder), name), must_be_there=False
            )
            taken.append(name)
    _join_the_files(connection)
    return taken


def describe(connection: duckdb.DuckDBPyConnection) -> list[Described]:
    """Every view, macro, table and column that can be queried, with its comment, in that order."""
    return [Described(*row) for row in _rows(connection, "FROM session.description")]


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
        try:
            attached = _attach(connection, name, places.published / manifest.file)
        except duckdb.IOException as error:
            # Between reading the manifest and opening its file, the file was replaced.
            if attempt == _ATTEMPTS - 1:
                raise ReadersLeftBehind(name) from error
            continue
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


def _remember(
    connection: duckdb.DuckDBPyConnection, name: str, manifest: Manifest | None
) -> None:
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
    """What spans the files. Which are attached differs, so that these views are written for them."""
    attached = [
        name
        for (name,) in _rows(
            connection,
            "SELECT projection FROM session.published WHERE number IS NOT NULL",
        )
    ]
    if not attached:
        return
    positions = " UNION ALL ".join(
        f"SELECT {_literal(name)} AS projection, p.partition, p.position, w.as_of, p.effective, "
        f"p.recorded FROM {name}.main.watermark AS w LEFT JOIN {name}.main.position AS p ON TRUE"
        for name in attached
    )
    aside = " UNION ALL ".join(
        f"SELECT {_literal(name)} AS projection, partition, position, subject, type, reason "
        f"FROM {name}.main.quarantine"
        for name in attached
    )
    _run(connection, f"CREATE OR REPLACE VIEW session.position AS {positions}")
    _run(connection, f"CREATE OR REPLACE VIEW session.quarantined AS {aside}")


def _close_in(connection: duckdb.DuckDBPyConnection, places: Iterable[Places]) -> None:
    """No file but the published ones can be reached from now on, also not by a later statement."""
    folders = ", ".join(_literal(f"{place.published}/") for place in places)
    _run(connection, f"SET allowed_directories = [{folders}]")
    _run(connection, "SET enable_external_access = false")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _run(connection: duckdb.DuckDBPyConnection, sql: str, **values: object) -> None:
    connection.execute(sql, values or None).fetchall()


def _rows(
    connection: duckdb.DuckDBPyConnection, sql: str, **values: object
) -> list[tuple[object, ...]]:
    return connection.execute(sql, values or None).fetchall()
