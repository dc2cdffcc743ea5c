"""Whether an automation is at work: a lock that all of them share, and that ends with them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from consumers.automation.schedule_file import FOLDER

LOCK_NAME = "running.lock"


@contextmanager
def at_work(ledger_folder: Path) -> Generator[None]:
    """Be at work. It keeps nobody out: two of them do no harm."""
    path = ledger_folder / FOLDER / LOCK_NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def is_at_work(ledger_folder: Path) -> bool:
    """Whether one works with this folder now."""
    path = ledger_folder / FOLDER / LOCK_NAME
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
