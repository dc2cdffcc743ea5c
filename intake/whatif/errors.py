"""What can keep a comparison of policies from being made.

NothingToReplay   125  no case was opened in that period
"""

from __future__ import annotations

from datetime import datetime

from intake.errors import IntakeError


class NothingToReplay(IntakeError):
    """Without cases there is nothing to compare."""

    exit_code = 125

    def __init__(self, since: datetime | None, until: datetime | None) -> None:
        begins = f" from {since:%Y-%m-%d %H:%M}" if since else ""
        ends = f" to {until:%Y-%m-%d %H:%M}" if until else ""
        super().__init__(
            f"no case was opened{begins}{ends} by a customer or an agent of this ledger (imported "
            f"ones are left out: they have no clocks); name another period"
        )
