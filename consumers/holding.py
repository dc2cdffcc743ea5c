"""One projector per projection: a lock on a side file, and a token that stops a zombie's commit."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from projections.errors import Fenced, HeldByAnother
from projections.places import read_whole

_ATTEMPTS = 10
_ATTEMPT_INTERVAL_SECONDS = 0.02


class Hold:
    """The right to write a projection's files, until `release`.

    DuckDB locks its file too, but a POSIX lock vanishes when any descriptor of the file is closed
    in the process, so that lock alone does not do. Raises `HeldByAnother`, which says by whom.
    """

    def __init__(self, path: Path, *, name: str) -> None:
        self._path = path
        self._name = name
        self._watched: dict[Path, int] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = self._locked()
        self.token = secrets.token_hex(8)
        content = json.dumps(
            {
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "since": datetime.now(UTC).isoformat(timespec="seconds"),
                "token": self.token,
            }
        )
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, content.encode(), 0)

    def watch(self, path: Path) -> None:
        """Let `check` notice if another file takes the place of this one, the one in hand."""
        self._watched = {path: path.stat().st_ino}

    def check(self) -> None:
        """Raise `Fenced` if somebody else holds the projection now, however that came about.

        That is so when the lock file or the projection's file was deleted or replaced, or the
        token overwritten, while this process was held up.
        """
        holder = _told(self._path)
        still_ours = holder.get("token") == self.token and all(
            _inode(path) == inode for path, inode in self._watched.items()
        )
        if not still_ours:
            raise Fenced(self._name, holder=_spelled(holder))

    def release(self) -> None:
        """Let go; who comes next may write."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def _locked(self) -> int:
        """A descriptor of the lock file, locked."""
        for _ in range(_ATTEMPTS):
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                # Whoever asks for the holder holds the lock too, shared, for an instant.
                os.close(descriptor)
                time.sleep(_ATTEMPT_INTERVAL_SECONDS)
                continue
            if _inode(self._path) == os.fstat(descriptor).st_ino:
                return descriptor
            # The file was deleted in between: a lock on it would keep nobody out.
            os.close(descriptor)
        raise HeldByAnother(self._name, holder=_spelled(_told(self._path)))


def holder_of(path: Path) -> str | None:
    """Who holds the lock file now, in words; None if nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _spelled(_told(path))
    else:
        return None
    finally:
        os.close(descriptor)


def _spelled(holder: Mapping[str, Any]) -> str:
    if not holder:
        return "another process"
    return f"process {holder.get('pid')} on {holder.get('host')} since {holder.get('since')}"


def _told(path: Path) -> dict[str, Any]:
    return read_whole(path) or {}


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None
