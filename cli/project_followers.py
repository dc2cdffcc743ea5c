"""Following with several projectors: a process for each, as in production."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess

from cli.context import ledger_folder
from cli.narration import tell
from consumers.stopping import held_back

_LOOK_SECONDS = 0.2
_KILLED_BY = 128
"""A process that a signal ended is told as shells tell it."""


def follow_each(names: list[str], on_unreadable: str, stop: threading.Event) -> int:
    """Start a projector for each name and answer the exit code when all have ended.

    One that fails does not stop the others: its code is answered in the end. A child stops by
    itself if this process is gone.
    """
    # A fork would inherit DuckDB's threads and locks half-way.
    spawn = multiprocessing.get_context("spawn")
    projectors = [
        spawn.Process(target=_follow_alone, args=(str(ledger_folder()), name, on_unreadable))
        for name in names
    ]
    with held_back():
        for projector in projectors:
            projector.start()
    running = dict(zip(names, projectors, strict=True))
    while running and not stop.is_set():
        wait([one.sentinel for one in running.values()], timeout=_LOOK_SECONDS)
        for name in [name for name, one in running.items() if one.exitcode is not None]:
            _tell_end(name, _code_of(running.pop(name)), others=list(running))
    for projector in running.values():
        projector.terminate()
    for projector in projectors:
        projector.join()
    return next((code for one in projectors if (code := _code_of(one))), 0)


def _tell_end(name: str, code: int, *, others: list[str]) -> None:
    if code and others:
        tell(f"{name} ended with exit code {code}; {' and '.join(others)} go on")


def _code_of(projector: SpawnProcess) -> int:
    code = projector.exitcode or 0
    return code if code >= 0 else _KILLED_BY - code


def _follow_alone(folder: str, name: str, on_unreadable: str) -> None:
    """What a child process does: the command line of one projector."""
    from cli.main import run as run_line

    line = ["--ledger", folder, "project", "run", name, "--follow"]
    sys.exit(run_line([*line, "--on-unreadable", on_unreadable]))
