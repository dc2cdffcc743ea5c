"""The published views, brought up to date before they are read, and how current the answer is."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cli.context import ledger_folder, reading, zone_of
from cli.narration import progress, tell
from cli.queries import query
from cli.times import short

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Views:
    """An open connection to the views, and what they are true as of.

    `now` is what relative times are told against: the clock, or where everything was imported the
    last moment that is known.
    """

    connection: duckdb.DuckDBPyConnection
    zone: ZoneInfo
    now: datetime
    live: bool = True

    def tell_now(self) -> None:
        """Say from which moment times are counted, where that is not the clock's."""
        if not self.live:
            tell(f"times are counted from {short(self.now, self.zone)}, the last that is known")

    def rows(self, name: str, **values: Any) -> list[Row]:
        """The rows of one of our queries, by column."""
        return self.ask(query(name), **values)

    def ask(self, sql: str, **values: Any) -> list[Row]:
        """The rows of a query, by column."""
        found = self.connection.execute(sql, values or None)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@contextmanager
def views(*names: str, stale: bool = False) -> Generator[Views]:
    """The views of these projections (all there are, unless named), current unless `stale`.

    Takes in what is newer first, unless a projector works on it already. Says on stderr where an
    answer is not current. Raises ProjectionError, StoreError.
    """
    import duckdb

    from projections.connection import connect, damage_behind

    folder = ledger_folder()
    with reading() as store:
        zone = zone_of(store)
        partitions = range(store.settings.partitions)
        last_position = sum(store.last_position(partition=number) for number in partitions)
    if not stale:
        catch_up(folder, names, last_position)
    connection = connect(folder, names=names or None)
    try:
        if _tell_age(connection, zone, last_position):
            _tell_relay(folder)
        now = _last_known(connection, names)
        yield Views(connection, zone, now or datetime.now(UTC), live=now is None)
    except duckdb.Error as error:
        if damaged := damage_behind(folder, error):
            raise damaged from error
        raise
    finally:
        connection.close()


def catch_up(folder: Path, names: Sequence[str], last_position: int) -> None:
    """Let each projection that lags behind take in what is newer, unless a projector is at it."""
    from projections.definition import projection_names
    from projections.places import Places
    from projections.publishing import Manifest

    behind = [
        name
        for name in names or projection_names()
        if (manifest := Manifest.read(Places.of(folder, name))) is None
        or sum(manifest.positions.values()) < last_position
    ]
    for name in behind:
        _catch_up_one(folder, name)


def _catch_up_one(folder: Path, name: str) -> None:
    from consumers.holding import holder_of
    from consumers.projector import Options, run
    from projections.errors import FileDamaged, HeldByAnother, NewerEvent, UnreadableEvent
    from projections.places import Places

    if holder_of(Places.of(folder, name).lock) is not None:
        return
    with progress(f"taking new events into {name}", unit="events") as bar:
        options = Options(on_progress=lambda done: bar.show(done.position, done.last_position))
        try:
            run(folder, name, options=options)
        except HeldByAnother:
            return
        except (FileDamaged, NewerEvent, UnreadableEvent) as error:
            bar.clear()
            tell(f"warning: {error}")


def _tell_relay(folder: Path) -> None:
    """On Kafka the views cannot be newer than the stream."""
    from cli.relay_lag import advice, stream_lag

    with reading() as store:
        lag = stream_lag(folder, store)
    if lag:
        tell(advice(lag, folder))


def _tell_age(connection: duckdb.DuckDBPyConnection, zone: ZoneInfo, last_position: int) -> bool:
    """Say which views are older than the log; whether there are any."""
    found = connection.execute(query("positions")).fetchall()
    is_old = False
    for name, position, as_of in found:
        if position < last_position:
            is_old = True
            moment = f", {short(as_of, zone)}" if as_of else ""
            tell(
                f"{name} answers as of position {position:,}{moment}; "
                f"the log is at {last_position:,}"
            )
    return is_old


def _last_known(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> datetime | None:
    """The moment up to which a ledger knows that only has imports; None: the clock is right."""
    attached = [
        name
        for (name,) in connection.execute(query("attached")).fetchall()
        if not names or name in names
    ]
    live = any(
        connection.execute(
            f"SELECT 1 FROM {name}.main.source_time WHERE source = 'live'"  # noqa: S608 - our names
        ).fetchall()
        for name in attached
    )
    if live or not attached:
        return None
    [(as_of,)] = connection.execute(query("last_known")).fetchall()
    return as_of.astimezone(UTC) if as_of else None
