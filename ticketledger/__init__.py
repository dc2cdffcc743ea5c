"""Ticket Ledger: the installed name, with the launcher and what other people's programs may call.

A checkout keeps its rooms (`domain`, `eventstore`, …) side by side at the top. A wheel holds them
inside this package, because flat names such as `cli` would collide with other people's wheels.
So there are two ways in:

- the program puts this folder on the import path and then says `from cli.main import main`;
- another program says `ticketledger.connect(...)` or names `ticketledger.eventstore...`, and its
  import path stays as it was. In a checkout the root joins `__path__`: the same names work there.
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
    from collections.abc import Sequence
    from types import ModuleType

    import duckdb

__all__ = ["__version__", "connect", "main", "refresh"]

_HERE = Path(__file__).resolve().parent

if not (_HERE / "eventstore").is_dir():  # a checkout: the rooms stand beside this folder
    __path__.append(str(_HERE.parent))

try:
    __version__ = version("ticketledger")
except PackageNotFoundError:  # run from a bare copy of the sources
    __version__ = "0+unknown"


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
