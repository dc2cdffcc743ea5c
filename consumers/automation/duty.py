"""A duty: one thing that is to be recorded on a ticket, and from when on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.timing import Due, DueKind
from domain.values import iso


class DutyKind(StrEnum):
    """What there is beside that which falls due by the clock, in the order of recording.

    These go before what falls due at the same moment: they can change it.
    """

    ABSORB = "absorb"
    """A ticket was merged into another one, which is to know of it."""

    TAKE_OVER = "take_over"
    """A policy version was published for open tickets, too."""

    REQUEUE = "requeue"
    """The owner is offline for longer than the policy allows."""


PLACES: Mapping[str, int] = {str(kind): place for place, kind in enumerate((*DutyKind, *DueKind))}


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to be recorded on a ticket, as of `at`.

    Rule: duties of all tickets are recorded in the order of their ranks. `due` is what the clock
    alone brings.
    """

    ticket: str
    kind: DutyKind | DueKind
    at: datetime
    name: str
    instance: int = 1
    due: Due | None = None

    @property
    def place(self) -> int:
        """Which goes first of what is due at the same moment."""
        return PLACES[self.kind]

    @property
    def rank(self) -> tuple[datetime, int, str, str]:
        """By moment, then by kind; what is left is settled by names, so that all agree."""
        return self.at, self.place, self.name, self.ticket

    @property
    def command_id(self) -> str:
        """The id under which it is recorded: the same for everybody who notices it."""
        if self.due is not None:
            return self.due.command_id(self.ticket)
        return derived_id(self.kind, self.ticket, self.name, str(self.instance), iso(self.at))


def derived_id(kind: str, *said: str) -> str:
    """A command id that follows from what the command is about."""
    return f"{kind}:{hashlib.sha256(chr(10).join(said).encode()).hexdigest()[:32]}"
