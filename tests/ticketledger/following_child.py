"""A follower that kills itself at its n-th step: a program of its own, for the checkpoint tests."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from typing import Any

import duckdb

from tests.ticketledger.streams import CLOSED, StreamInMemory
from ticketledger.checkpoint import Checkpoint
from ticketledger.subscription import Subscription, Wanted

TICKETS = 6


class Counted:
    """A connection each call of which is a step before and a step after."""

    def __init__(self, connection: Any, steps: int) -> None:
        self._connection = connection
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        if not callable(found):
            return found

        def counted(*args: Any) -> Any:
            self._step()
            result = found(*args)
            self._step()
            return result

        return counted

    def _step(self) -> None:
        self._steps -= 1
        if self._steps == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def connect(database: str, path: str) -> Any:
    """The database of the results."""
    return sqlite3.connect(path) if database == "sqlite" else duckdb.connect(path)


def main(database: str, path: str, partitions: str, steps: str) -> None:
    """Take what is left, one transaction an event; every event but the closings is an effect."""
    connection: Any = connect(database, path)
    connection.execute("CREATE TABLE IF NOT EXISTS effect (subject TEXT, sequence INTEGER)")
    connection = Counted(connection, int(steps))
    checkpoint = Checkpoint(connection, "child")
    stream = StreamInMemory(int(partitions)).tickets(TICKETS)
    stream.repeats = 2
    for delivery in Subscription(
        stream,
        after=checkpoint.positions(),
        wanted=Wanted.of(["*.opened.v1", "*.added.v1"], None),
        follow=False,
        on_skipped=checkpoint.skip,
    ):
        assert delivery.event.type != CLOSED
        with checkpoint.advance(delivery):
            connection.execute(
                "INSERT INTO effect VALUES (?, ?)",
                (delivery.event.subject, delivery.event.sequence),
            )
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
