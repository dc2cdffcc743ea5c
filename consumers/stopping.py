"""Stopping cleanly: a signal, or the end of the parent, asks to finish the batch and publish."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""What asks a consumer to stop."""


@contextmanager
def stopping() -> Generator[threading.Event]:
    """An event that the first SIGINT or SIGTERM sets; a second one acts as it did before.

    In a process that another one started with `held_back`, the end of that one sets it too: who
    was killed cannot pass anything on. Only the main thread can take signals; elsewhere the event
    is there and nothing sets it.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def ask(number: int, frame: FrameType | None) -> None:
        del frame
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, ask)
    _stop_with_the_parent(stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def held_back() -> Generator[None]:
    """Processes started meanwhile get no signal before they are in `stopping`; then it comes.

    Otherwise a signal within the second that a new Python takes to start would just end it.
    """
    # It is started with the first process, and would take the signals up again on the way.
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _stop_with_the_parent(stop: threading.Event) -> None:
    """Wait on a thread for the process that started this one; nothing polls."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        stop.set()

    threading.Thread(target=wait, name="parent-gone", daemon=True).start()
