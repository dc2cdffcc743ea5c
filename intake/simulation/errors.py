"""What can keep a simulation from its work.

LedgerOccupied     124  the ledger holds something else, and nobody said to write into it
SimulationStopped  77   the process that decides ended before its time
"""

from __future__ import annotations

from intake.errors import IntakeError


class LedgerOccupied(IntakeError):
    """Made-up cases among real ones would spoil every figure."""

    exit_code = 124

    def __init__(self, name: str) -> None:
        super().__init__(
            f"ledger {name} holds something else, or a simulation with other parameters; name a "
            f"new folder with --ledger, or say that you mean this one: --into-this"
        )


class SimulationStopped(IntakeError):
    """The second process of a simulation ended before its time. What was recorded stays."""

    exit_code = 77

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the process that decides stopped: {reason}; repeat the command, it goes on where it "
            f"stopped"
        )
