"""An automation that kills itself at its n-th step, or runs to its end: a program of its own."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from consumers.automation import catching_up, firing, looking, placing
from consumers.automation.automation import opened
from consumers.automation.schedule import Schedule
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from tests.consumers.crashing import Countdown

STEPS: tuple[tuple[Any, str], ...] = (
    (Schedule, "take"),
    (Schedule, "keep"),
    (Schedule, "touch"),
    (Schedule, "routed"),
    (Ledger, "execute_many"),
    (SQLiteStore, "append_many"),
)
"""What the world sees of an automation: each call is a step before and a step after."""


def main(folder: str, now: str, steps: str) -> None:
    """One round as of a moment, in small batches, until the countdown ends (0: never)."""
    moment = datetime.fromisoformat(now)
    for module in (catching_up, firing, looking, placing):
        vars(module)["AT_ONCE"] = 7
    countdown = Countdown(int(steps))
    for owner, function in STEPS:
        setattr(owner, function, countdown.around(getattr(owner, function)))
    with opened(Path(folder), clock=lambda: moment) as automation:
        automation.run_until(moment)


if __name__ == "__main__":
    main(*sys.argv[1:])
