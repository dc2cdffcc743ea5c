"""Ticket Ledger: the installed name, with the launcher and what other people's programs may call.

A checkout keeps its rooms (`domain`, `eventstore`, …) side by side at the top. A wheel holds them
inside this package, because flat names such as `cli` would collide with other people's wheels.
So there are two ways in:

- the program puts this folder on the import path and then says `from cli.main import main`;
- another program says `ticketledger.connect(...)` or `ticketledger.subscribe(...)`, or names
  `ticketledger.eventstore...`, and its import path stays as it was. In a checkout the root joins
  `__path__`: the same names work there.
"""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    import threading
    from collections.abc import Callable, Collection, Mapping, Sequence
    from types import ModuleType

    import duckdb

    from .checkpoint import Checkpoint
    from .errors import (
        AlreadyTaken,
        PositionAhead,
        PositionGap,
        SubscriptionError,
        SubscriptionInvalid,
        UnreadableEvent,
    )
    from .subscription import Delivery, Event, Skipped, Subscription, Unreadable

__all__ = [
    "AlreadyTaken",
    "Checkpoint",
    "Delivery",
    "Event",
    "PositionAhead",
    "PositionGap",
    "Skipped",
    "Subscription",
    "SubscriptionError",
    "SubscriptionInvalid",
    "Unreadable",
    "UnreadableEvent",
    "__version__",
    "connect",
    "main",
    "refresh",
    "subscribe",
]

_HERE = Path(__file__).resolve().parent

if not (_HERE / "eventstore").is_dir():  # a checkout: the rooms stand beside this folder
    __path__.append(str(_HERE.parent))

try:
    __version__ = version("ticketledger")
except PackageNotFoundError:  # run from a bare copy of the sources
    __version__ = "0+unknown"


def __getattr__(name: str) -> object:
    """What stands in `__all__` and in another module is loaded when it is asked for."""
    if name in __all__:
        for module in ("subscription", "checkpoint", "errors"):
            found: object = getattr(import_module(f".{module}", __name__), name, None)
            if found is not None:
                return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def connect(
    ledger: str | os.PathLike[str],
    *,
    names: Sequence[str] | None = None,
    external_access: bool = False,
) -> duckdb.DuckDBPyConnection:
    """Open the published projections of a ledger, read-only, as one DuckDB connection.

    `ledger` is the ledger's folder; `names` picks projections, all of them unless said. The
    connection is a snapshot of what was published when it was opened (`refresh` takes newer
    versions), and its time zone is the ledger's reporting zone. It reads and writes no other file
    unless `external_access` allows it.
    """
    opened: duckdb.DuckDBPyConnection = _connection().connect(
        Path(ledger), names=names, external_access=external_access
    )
    return opened


def refresh(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Take newer published versions into a connection of ours; says which projections moved."""
    moved: list[str] = _connection().refresh(connection)
    return moved


def subscribe(
    ledger: str | os.PathLike[str],
    *,
    after: Mapping[int, int] | int | None = None,
    types: str | Collection[str] = (),
    subject: str | None = None,
    follow: bool = True,
    stop: threading.Event | None = None,
    poll_interval_seconds: float = 0.2,
    on_skipped: Callable[[Skipped], object] | None = None,
    on_unreadable: Callable[[Unreadable], object] | None = None,
) -> Subscription:
    """Follow a ledger: iterate over its events, in order, each with the position to keep.

    `ledger` is the ledger's folder, embedded or on Kafka. Begins behind `after`, which is what was
    kept: a position for each partition, or one number where there is one partition; without it,
    from the first event. Delivered at least once: keep the position together with your results,
    as `Checkpoint` does, and each event takes effect exactly once. Order holds within a partition,
    and so within a subject.

    `types` (patterns such as `ticketledger.ticket.*`) and `subject` pick events. `on_skipped` is
    called with a position after each batch that ended in events not picked: keep it too, and a
    later run need not pass over them again. With `follow` it waits for more until `stop` is set;
    otherwise it ends where the stream ended when it began.

    What cannot be read as an event, and is not plainly one that was not picked, raises
    UnreadableEvent, unless `on_unreadable` takes note of it. Raises SubscriptionInvalid,
    PositionAhead, PositionGap and `ticketledger.eventstore.errors.StoreError`.
    """
    from .subscription import Subscription, Wanted, open_reader

    wanted = Wanted.of(types, subject)
    reader = open_reader(Path(ledger))
    try:
        return Subscription(
            reader,
            after=after,
            wanted=wanted,
            follow=follow,
            stop=stop,
            poll_interval_seconds=poll_interval_seconds,
            on_skipped=on_skipped,
            on_unreadable=on_unreadable,
        )
    except BaseException:
        reader.close()
        raise


def _connection() -> ModuleType:
    """The room that connects, by name: type checkers do not see what `__path__` adds."""
    return import_module("ticketledger.projections.connection")


def main() -> None:
    """Run the `ticketledger` command.

    A signal that comes while it is being loaded waits until the command can answer it.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    room_names_from = str(_HERE if (_HERE / "cli").is_dir() else _HERE.parent)
    if room_names_from not in sys.path:
        sys.path.insert(0, room_names_from)
    from cli.main import main as cli_main

    cli_main()
