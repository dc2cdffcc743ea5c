"""What the program tells about its work: on stderr, so that results stay clean."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

_EVERY_SECONDS = 0.1
_BAR_CELLS = 20
_A_MOMENT_SECONDS = 0.7
"""Work that takes no longer than this needs no bar."""


def tell(line: str) -> None:
    """Say something beside the result."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


class Progress:
    """A bar with rate and time left on a terminal; elsewhere silent until the work is done."""

    def __init__(self, title: str, *, unit: str, delay_seconds: float = _A_MOMENT_SECONDS) -> None:
        self._title = title
        self._unit = unit
        self._began = time.monotonic()
        self._shown = self._began + delay_seconds - _EVERY_SECONDS
        self._drawn = False
        self._terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._first: tuple[int, int] | None = None

    def show(self, done: int, total: int | None, count: int | None = None) -> None:
        """Draw where the work stands, ten times a second at most.

        `count` is what the rate is told of, where that is something else than what is `done`.
        """
        if self._first is None:
            self._first = done, count or 0
        now = time.monotonic()
        if not self._terminal or now - self._shown < _EVERY_SECONDS:
            return
        self._shown = now
        self._drawn = True
        width = shutil.get_terminal_size().columns
        sys.stderr.write("\r" + self._line(done, total, count, now)[: width - 1] + "\x1b[K")
        sys.stderr.flush()

    def clear(self) -> None:
        """Remove the bar."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = False

    def _line(self, done: int, total: int | None, count: int | None, now: float) -> str:
        seconds = max(now - self._began, 1e-6)
        first_done, first_count = self._first or (0, 0)
        counted = done - first_done if count is None else count - first_count
        figures = f"{done if count is None else count:,} {self._unit}  {counted / seconds:,.0f}/s"
        if not total:
            return f"{self._title}  {figures}"
        filled = round(min(done / total, 1.0) * _BAR_CELLS)
        bar = "█" * filled + "░" * (_BAR_CELLS - filled)
        rate = (done - first_done) / seconds
        left = f"  {(total - done) / rate:,.0f} s left" if rate > 0 else ""
        return f"{self._title}  {bar}  {min(done / total, 1.0):4.0%}  {figures}{left}"


@contextmanager
def progress(
    title: str, *, unit: str, delay_seconds: float = _A_MOMENT_SECONDS
) -> Generator[Progress]:
    """A progress bar that is gone afterwards, however the work ended."""
    shown = Progress(title, unit=unit, delay_seconds=delay_seconds)
    try:
        yield shown
    finally:
        shown.clear()
