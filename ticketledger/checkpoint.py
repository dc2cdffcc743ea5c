"""Where a subscriber keeps its positions: in the database of its results, in one transaction."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from .errors import AlreadyTaken, SubscriptionInvalid
from .subscription import Place

_OPEN = (
    "a transaction is open on this connection; commit it first, or call checkpoint.keep() inside it"
)


class Connection(Protocol):
    """A connection of `sqlite3` or of `duckdb`."""

    def execute(self, query: str, parameters: Any = ..., /) -> Any: ...
    def commit(self) -> Any: ...
    def rollback(self) -> Any: ...


class Checkpoint:
    """The positions of one subscriber, in the table `ticketledger_checkpoint` of its database.

    `subscriber` names who follows which ledger; give each its own name. The table is created where
    it is missing. For one thread, as its connection is.
    """

    def __init__(self, connection: Connection, subscriber: str) -> None:
        if not subscriber:
            raise SubscriptionInvalid("a subscriber needs a name, and keeps it")
        self._connection = connection
        self._subscriber = subscriber
        connection.execute(_sql("create_checkpoint"))
        if _never_outside(connection):
            connection.commit()

    def positions(self) -> dict[int, int]:
        """The position of each partition that results are stored for: what `after` wants."""
        rows: list[tuple[int, int]] = self._connection.execute(
            _sql("select_positions"), {"subscriber": self._subscriber}
        ).fetchall()
        return dict(rows)

    @contextmanager
    def advance(self, place: Place) -> Generator[None]:
        """One transaction: what the block writes through the connection, and the position.

        Both are committed when the block ends, and neither if it raises. Raises AlreadyTaken
        before the block if the stored position is not below this one, and SubscriptionInvalid if a
        transaction is open already (inside one of your own, call `keep`).
        """
        self._begin()
        try:
            # At the beginning: not even a commit inside the block separates the two.
            self.keep(place)
            yield
            self._connection.commit()
        except BaseException:
            self._connection.rollback()
            raise

    def keep(self, place: Place) -> None:
        """Store a position inside a transaction that is yours, with everything else in it.

        Many deliveries may share one: keep each, or the last of each partition. Raises
        AlreadyTaken; then roll back.
        """
        values = {"subscriber": self._subscriber, "partition": place.partition}
        row = self._connection.execute(_sql("select_position"), values).fetchone()
        stored: int = row[0] if row else 0
        if place.position <= stored:
            raise AlreadyTaken(
                self._subscriber,
                partition=place.partition,
                position=place.position,
                stored=stored,
            )
        self._connection.execute(_sql("keep_position"), {**values, "position": place.position})

    def skip(self, place: Place) -> None:
        """Store a position of which nothing else is to be stored; fits `on_skipped`."""
        with self.advance(place):
            pass

    def _begin(self) -> None:
        if _never_outside(self._connection):
            return
        in_transaction = getattr(self._connection, "in_transaction", None)
        if in_transaction:
            raise SubscriptionInvalid(_OPEN)
        if in_transaction is not None:
            # SQLite: take the write lock now, or a rival could advance between reading and writing.
            self._connection.execute("BEGIN IMMEDIATE")
            return
        try:
            self._connection.execute("BEGIN TRANSACTION")
        except Exception as error:
            # DuckDB cannot be asked whether a transaction is open; it says so here, and ends it.
            if type(error).__name__ != "TransactionException":
                raise
            raise SubscriptionInvalid(_OPEN) from error


def _never_outside(connection: Connection) -> bool:
    """Whether the connection always has a transaction open (sqlite3 with autocommit=False)."""
    return getattr(connection, "autocommit", None) is False


@cache
def _sql(name: str) -> str:
    return (Path(__file__).with_name("sql") / f"{name}.sql").read_text("utf-8")
