"""A projector that kills itself at its n-th step: a program of its own, for the crash tests."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from consumers import following, projector
from consumers.following import Pace
from consumers.projector import Options
from consumers.working_file import WorkingFile
from projections import publishing


class Countdown:
    """Counts steps, and leaves no time to clean up after the last one."""

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, each call of which is a step before and a step after."""

        def counted(*args: Any, **values: Any) -> Any:
            self.step()
            result = function(*args, **values)
            self.step()
            return result

        return counted

    def step(self) -> None:
        """One more."""
        self._steps -= 1
        if self._steps == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder: str, name: str, steps: str, action: str) -> None:
    """Run or rebuild in small batches, publishing after each, until the countdown ends."""
    countdown = Countdown(int(steps))
    for owner, function in (
        (WorkingFile, "_run"),
        (publishing, "_run"),
        (publishing, "_copy"),
        (publishing, "write_whole"),
        (following, "write_whole"),
        (projector, "_swap"),
    ):
        setattr(owner, function, countdown.around(getattr(owner, function)))
    pace = Pace(
        live_events_max=60,
        catch_up_events_max=60,
        publish_interval_seconds=0,
        catch_up_publish_interval_seconds=0,
    )
    act = projector.run if action == "run" else projector.rebuild
    act(Path(folder), name, options=Options(pace=pace, threads=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
