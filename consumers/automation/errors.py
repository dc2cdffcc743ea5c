"""What can keep the automation from its work.

AutomationError              72
├── AutomationStalled        74   the stream lags behind the log, so nothing may be recorded
└── AutomationNeedsSomebody  75   it has set tickets aside, or nobody runs it

Beside them ScheduleUnusable (73), a StoreError: the schedule's file cannot be read or written.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from eventstore.errors import StoreError


class AutomationError(Exception):
    """Anything that keeps from being recorded what is due."""

    exit_code: ClassVar[int] = 72


class AutomationStalled(AutomationError):
    """What the stream does not have yet could make void what seems due."""

    exit_code = 74

    def __init__(self, missing: int) -> None:
        super().__init__(
            f"the stream lags {missing:,} events behind the log, and what seems due could be void "
            "by now; nothing was recorded. See whether a relay runs: ticketledger relay --check"
        )


class AutomationNeedsSomebody(AutomationError):
    """Tickets were set aside, or nothing is recorded at all."""

    exit_code = 75

    def __init__(self, *, aside: int) -> None:
        if aside:
            told = f"{aside:,} tickets were set aside, as told above; look at one, and do "
            way_out = "something about it: ticketledger ticket show NUMBER"
        else:
            told = "no automation works with this ledger folder; "
            way_out = "start one: ticketledger automate run --follow"
        super().__init__(told + way_out)


class ScheduleUnusable(StoreError):
    """The schedule is a cache: the log makes it anew."""

    exit_code = 73

    def __init__(self, path: Path, *, what: str) -> None:
        super().__init__(
            f"the automation's schedule {path} {what}; nothing is lost: start it again, and if "
            "that does not help, delete the file first: ticketledger automate run --follow"
        )
