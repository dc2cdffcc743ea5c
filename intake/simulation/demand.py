"""What brings customers to a simulated travel agency: kinds of wishes, and when they come."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from domain.values import CaseType, Channel, Priority
from intake.simulation.parameters import ZONE_HOURS

_HOURS = (
    *(0.35, 0.25, 0.2, 0.2, 0.2, 0.3, 0.5, 0.8),
    *(1.2, 1.45, 1.5, 1.4, 1.2, 1.25, 1.3, 1.25),
    *(1.2, 1.15, 1.2, 1.35, 1.45, 1.3, 0.95, 0.6),
)
"""How busy each hour of a local day is."""

_WEEKDAYS = (1.15, 1.05, 1.0, 1.0, 1.05, 0.9, 0.85)
_SEASONS = {1: 0.9, 6: 1.15, 7: 1.25, 8: 1.1, 12: 1.3}
"""Months in which more or fewer people travel; all others are 1."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A kind of case: how often it comes, what it asks, and the ways that work on it can take."""

    share: float
    category: tuple[str, ...]
    case_type: CaseType
    subject: str
    body: str
    ways: tuple[tuple[float, tuple[str, ...]], ...]
    """Each with its weight: the steps that agents take, one at a time."""


_QUICK = ((0.7, ("resolve",)), (0.2, ("ask", "resolve")), (0.1, ("work", "resolve")))
_OUTSIDE = (
    (0.35, ("resolve",)),
    (0.3, ("hold", "resolve")),
    (0.15, ("ask", "hold", "resolve")),
    (0.1, ("work", "resolve")),
    (0.1, ("ask", "resolve")),
)
_MONEY = ((0.45, ("resolve",)), (0.4, ("hold", "resolve")), (0.15, ("ask", "hold", "resolve")))

WISHES = (
    Wish(
        *(0.24, ("Flights", "Change of booking"), CaseType.REQUEST),
        *("Change my flight", "I have to move my flight by two days.", _OUTSIDE),
    ),
    Wish(
        *(0.16, ("Flights", "Check-in and documents"), CaseType.INQUIRY),
        *("Which documents do I need", "Which papers do I need for check-in?", _QUICK),
    ),
    Wish(
        *(0.12, ("Refunds", "Cancelled by the airline"), CaseType.COMPLAINT),
        *("Refund for a cancelled flight", "The airline cancelled. I want a refund.", _MONEY),
    ),
    Wish(
        *(0.06, ("Refunds", "Cancelled by the customer"), CaseType.REQUEST),
        *("Money back for my booking", "I cancelled. When is the money back?", _MONEY),
    ),
    Wish(
        *(0.17, ("Hotels", "Change of booking"), CaseType.REQUEST),
        *("Change my room", "Please change my room to two beds.", _OUTSIDE),
    ),
    Wish(
        *(0.11, ("Payments", "Paid but not booked"), CaseType.COMPLAINT),
        *("Paid, no ticket", "I paid and the booking still waits.", _QUICK),
    ),
    Wish(
        *(0.09, ("Account", "Sign-in"), CaseType.INQUIRY),
        *("Cannot sign in", "The code for signing in never comes.", _QUICK),
    ),
    Wish(
        *(0.05, ("Travel", "Visa"), CaseType.INQUIRY),
        *("Visa for a stopover", "Do I need a visa for a stopover?", _QUICK),
    ),
)

_CHANNELS = {
    Channel.CHAT: 0.34,
    Channel.EMAIL: 0.24,
    Channel.IN_PRODUCT: 0.18,
    Channel.PHONE: 0.12,
    Channel.WHATSAPP: 0.08,
    Channel.SOCIAL: 0.04,
}
_PRIORITIES = {
    Priority.CRITICAL: 0.02,
    Priority.HIGH: 0.13,
    Priority.MEDIUM: 0.6,
    Priority.LOW: 0.25,
}
_URGENT = 0.012


def draw_wish(chance: random.Random) -> Wish:
    """What the next customer wants."""
    return chance.choices(WISHES, _WISHES_SHARES)[0]


def draw_way(chance: random.Random, wish: Wish) -> list[str]:
    """The steps that this case will take."""
    [steps] = chance.choices([way for _, way in wish.ways], [weight for weight, _ in wish.ways])
    return list(steps)


def draw_channel(chance: random.Random) -> Channel:
    """How the next customer comes."""
    return chance.choices(tuple(_CHANNELS), tuple(_CHANNELS.values()))[0]


def draw_priority(chance: random.Random) -> Priority:
    """How urgently a case is treated."""
    return chance.choices(tuple(_PRIORITIES), tuple(_PRIORITIES.values()))[0]


def draw_urgency(chance: random.Random) -> str | None:
    """What the customer says of the urgency."""
    return "urgent" if chance.random() < _URGENT else None


def cases_in(month: datetime, *, first: datetime, count: int) -> int:
    """How many cases a month brings, given how many its operation had in its first one."""
    return round(count * _SEASONS.get(month.month, 1.0) / _SEASONS.get(first.month, 1.0))


def openings(
    chance: random.Random, *, month: datetime, ends: datetime, count: int
) -> list[datetime]:
    """When the cases of a month are opened, in order: more by day, on Mondays, in high season."""
    hours = int((ends - month).total_seconds()) // 3600
    local = timedelta(hours=ZONE_HOURS)
    starts = [month + timedelta(hours=hour) for hour in range(hours)]
    weights = [
        _HOURS[(start + local).hour] * _WEEKDAYS[(start + local).weekday()] for start in starts
    ]
    chosen = chance.choices(starts, cum_weights=list(accumulate(weights)), k=count)
    return sorted(start + timedelta(milliseconds=chance.randrange(3_600_000)) for start in chosen)


_WISHES_SHARES = tuple(wish.share for wish in WISHES)
