"""One relay for each ledger folder: a lock that ends with its process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from .errors import HeldByAnotherRelay

LOCK_NAME = "relay.lock"


def is_relay_at_work(folder: Path) -> bool:
    """Whether a relay works with this folder now."""
    if not (folder / LOCK_NAME).exists():
        return False
    try:
        with locked(folder):
            return False
    except HeldByAnotherRelay:
        return True


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Hold the folder's lock. Raises HeldByAnotherRelay."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HeldByAnotherRelay(folder) from None
        yield
    finally:
        os.close(descriptor)
