"""Lines of a stream, and whether reading another one would have to wait for its writer."""

from __future__ import annotations

import select
from typing import Protocol

_AT_ONCE = 1 << 16


class _Stream(Protocol):
    """A binary stream that gives what is there, as Python's buffered ones do."""

    def read1(self, size: int = -1, /) -> bytes: ...

    def fileno(self) -> int: ...


class Lines:
    """The lines of a stream, one by one.

    What is read at once is kept here, so the stream itself never holds back a line that we would
    wait for.
    """

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream
        self._number = _file_number(stream)
        self._lines: list[bytes] = []
        self._rest: list[bytes] = []
        self._ended = False

    def next(self) -> bytes | None:
        """The next line, without its end; None after the last. Waits for it."""
        while not self._lines:
            if self._ended:
                return None
            self._read()
        return self._lines.pop()

    def must_wait(self) -> bool:
        """Whether the next line is not there yet."""
        while not self._lines and not self._ended:
            if self._number is not None and not select.select([self._number], [], [], 0)[0]:
                return True
            self._read()
        return False

    def _read(self) -> None:
        read = self._stream.read1(_AT_ONCE)
        *whole, rest = read.split(b"\n")
        if whole:
            whole[0] = b"".join((*self._rest, whole[0]))
            self._rest = []
            self._lines = whole[::-1]
        self._rest.append(rest)
        if not read:
            self._ended = True
            if last := b"".join(self._rest):
                self._lines = [last]


def _file_number(stream: _Stream) -> int | None:
    """What the system calls the stream, if it knows of it."""
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return None
