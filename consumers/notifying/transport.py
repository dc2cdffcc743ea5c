"""The one interface of everything that carries a notification, and what can come of carrying it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from domain.reach import Surface

DELIVERY_HEADER = "X-Ticketledger-Delivery"
"""Carries the notification's id on every transport; the same at every attempt."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What one customer is told on one surface, once.

    `id` is the same at every attempt. `address` is where an e-mail goes. Personal text stands in
    none of its printed forms.
    """

    id: str
    surface: Surface
    fact: str
    made_at: datetime
    thread: str
    """What all notices of one case have in common."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    data: dict[str, Any] = field(repr=False)
    address: str | None = field(default=None, repr=False)
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Carried:
    """It was taken over by the other side. `sha256` is of exactly what was sent."""

    sha256: str


@dataclass(frozen=True, slots=True)
class Later:
    """It was not taken over, and may be at another attempt.

    `after_seconds`: the other side said how long to wait. `by_all`: whatever else goes the same
    way would not have been taken over either.
    """

    reason: str
    after_seconds: float | None = None
    by_all: bool = False


@dataclass(frozen=True, slots=True)
class Never:
    """It will not be taken over, however often it is tried."""

    reason: str


Outcome = Carried | Later | Never


class Transport(Protocol):
    """Carries notices. What it says of an outcome names no address, secret or answer in words."""

    @property
    def name(self) -> str:
        """What people call it, such as `email` or `webhook app`."""
        ...

    def send(self, notice: Notice, *, now: datetime) -> Outcome:
        """Try once. Raises nothing that is the other side's or the network's doing."""
        ...
