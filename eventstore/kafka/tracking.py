"""How far other applications were processed, as the log tells: a save says what it processes.

A save on Kafka and a note in a local file cannot be one transaction. So a save that processes a
notification carries a command id made from the notification, and the note only follows the log:
whoever died between the two, or lost the file, finds in the log what was processed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

from eventsourcing.persistence import Tracking

from ..commands import Command
from ..envelope import read_event
from ..errors import EventUnreadable, LedgerUnwritable
from ..eventsourcing_tables import Tables, catch_up_tracking
from ..sqlite_file import SQLiteFile
from ..statements import statements_in
from ..store import Store

FILE_NAME = "eventsourcing.sqlite"

_SQL = statements_in(Path(__file__).with_name("tracking.sql"))
_PREFIX = "tracking:"
_EVENTS_AT_ONCE = 2_000


def open_tables(folder: Path) -> Tables:
    """The snapshots and tracking beside a ledger's index; made if they are not there.

    Raises LedgerUnwritable, and what SQLiteFile raises.
    """
    path = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, isolation_level=None, timeout=60.0)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
    except (OSError, sqlite3.OperationalError) as error:
        raise LedgerUnwritable(path, reason=type(error).__name__) from error
    tables = Tables(SQLiteFile(path))
    tables.create()
    with tables.file.writing() as connection:
        connection.execute(_SQL["create_looked_through"])
    return tables


def command_for(tracking: Tracking) -> Command:
    """The command that processing this notification is. Its id is a function of it.

    Raises CommandInvalid if the application's name is too long for one.
    """
    name = quote(tracking.application_name, safe="")
    return Command(
        f"{_PREFIX}{tracking.notification_id}:{name}",
        "process",
        {"application_name": tracking.application_name, "notification": tracking.notification_id},
        occurred_at=datetime.now(UTC),
        actor=f"follower-of:{name}",
        derived=True,
    )


def is_tracking(command_id: str) -> bool:
    """Whether a command id is one of those made from a notification."""
    return command_id.startswith(_PREFIX)


def tracking_in(body: bytes) -> Tracking | None:
    """What an event's save processes, if anything."""
    if _PREFIX.encode() not in body:
        return None
    try:
        command_id = read_event(body)[0].commandid
    except EventUnreadable:  # No writer of ours made it; `log verify` tells of it.
        return None
    if command_id is None or not is_tracking(command_id):
        return None
    number, _, name = command_id.removeprefix(_PREFIX).partition(":")
    return Tracking(unquote(name), int(number)) if name and number.isdecimal() else None


def follow_the_log(connection: sqlite3.Connection, store: Store) -> None:
    """Note what was processed by the log as it is now, in a write transaction of the caller's."""
    known = dict(connection.execute(_SQL["select_looked_through"]).fetchall())
    for partition in range(store.settings.partitions):
        after = known.get(partition, 0)
        for position, tracking in _trackings(store, partition, after):
            if tracking is not None:
                catch_up_tracking(connection, tracking)
            after = position
        if after != known.get(partition, 0):
            connection.execute(_SQL["note_looked_through"], (partition, after))


def _trackings(store: Store, partition: int, after: int) -> Iterator[tuple[int, Tracking | None]]:
    while rows := store.read(after, _EVENTS_AT_ONCE, partition=partition):
        for position, body in rows:
            yield position, tracking_in(body)
        after = rows[-1][0]
        if len(rows) < _EVENTS_AT_ONCE:
            return
