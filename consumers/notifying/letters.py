"""A letter: one notification on its way, by reference. Nothing that anybody wrote is in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.policies.telling import NotifiedFact
from domain.reach import Surface


class LetterState(StrEnum):
    """Where a letter stands."""

    WAITING = "waiting"
    """For its first or next attempt."""

    SENT = "sent"
    """It was sent; that is still to be recorded in the log."""

    FAILED = "failed"
    """It was given up; that is still to be recorded in the log."""

    DEAD = "dead"
    """It was given up, and that is recorded. It can be sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """`event` is what it tells of, `sequence` that event's place on the ticket.

    `attempts` were begun so far; at `attempts_max` it is given up. `given_up` counts how often it
    was already, since it can be sent again. `next_at` is its next attempt.
    """

    id: str
    ticket: str
    sequence: int
    event: str
    surface: Surface
    fact: NotifiedFact
    planned_at: datetime
    next_at: datetime
    attempts_max: int
    state: LetterState = LetterState.WAITING
    attempts: int = 0
    given_up: int = 0
    reason: str | None = None
    template: str | None = None
    language: str | None = None
    sha256: str | None = None


def notification_id(event: str, surface: Surface) -> str:
    """The id of what is told of an event on a surface: the same whoever computes it, and when."""
    return f"n-{hashlib.sha256(f'{event}/{surface}'.encode()).hexdigest()[:32]}"
