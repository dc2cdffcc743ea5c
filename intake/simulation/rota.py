"""The agents of a simulated operation: what they can do, and when they are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.people import Availability
from domain.policies.policy import Policy
from domain.values import AgentId, Level
from intake.simulation.parameters import ZONE_HOURS

_NAMES = (
    *("ayu", "budi", "citra", "dewi", "eko", "fitri", "gita", "hadi", "indah", "joko"),
    *("kartika", "lestari", "made", "nina", "oka", "putri", "rizky", "sari", "tono", "wulan"),
)
_TURNS = (8, 16, 8, 16, 0, 8, 16, 8, 16, 8)
"""At which local hour the shifts of ten colleagues begin: one works at night."""

_SHIFT_HOURS = 9
_BREAK_AFTER = timedelta(hours=4)
_BREAK = timedelta(minutes=30)
_DAYS_OFF = 2


@dataclass(frozen=True, slots=True)
class Colleague:
    """One agent: abilities, the local hour at which shifts begin, and the first day off."""

    id: AgentId
    level: Level
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    begins_hour: int
    day_off: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A colleague becomes available, steps away or leaves."""

    at: datetime
    agent: AgentId
    to: Availability


def colleagues(policy: Policy, count: int) -> list[Colleague]:
    """So many agents. About 6 of 10 work on the first level, 3 on the second, 1 on the third; on
    each level the shifts are shared out, and every skill that the policy knows is there."""
    levels = _levels(count)
    places = dict.fromkeys(Level, 0)
    found: list[Colleague] = []
    for number, level in enumerate(levels):
        place = places[level]
        places[level] += 1
        found.append(
            Colleague(
                id=_name(number),
                level=level,
                skills=_skills(policy, level, place),
                languages=("en", "id", "th") if place % 2 == 0 else ("en", "id"),
                begins_hour=_TURNS[place % len(_TURNS)],
                day_off=(place * 3 + number) % 7,
            )
        )
    return found


def turns(colleague: Colleague, begins: datetime, ends: datetime) -> Iterator[Turn]:
    """Everything a colleague's working days bring in a period, in order."""
    midnight = begins - timedelta(hours=ZONE_HOURS, days=1)
    day = 0
    while midnight + timedelta(days=day) < ends:
        starts = midnight + timedelta(days=day, hours=colleague.begins_hour)
        works = (day + 7 - colleague.day_off) % 7 >= _DAYS_OFF
        day += 1
        if works and starts >= begins:
            for turn in _shift(colleague.id, starts):
                if turn.at < ends:
                    yield turn


def seconds_of_work(team: list[Colleague], days: int) -> float:
    """How long all of them together are there in so many days."""
    hours = _SHIFT_HOURS - _BREAK.total_seconds() / 3600
    return len(team) * hours * 3600 * days * (7 - _DAYS_OFF) / 7


def _shift(agent: AgentId, starts: datetime) -> Iterator[Turn]:
    yield Turn(starts, agent, Availability.ONLINE)
    yield Turn(starts + _BREAK_AFTER, agent, Availability.AWAY)
    yield Turn(starts + _BREAK_AFTER + _BREAK, agent, Availability.ONLINE)
    yield Turn(starts + timedelta(hours=_SHIFT_HOURS), agent, Availability.OFFLINE)


def _levels(count: int) -> list[Level]:
    top = max(1, round(count * 0.1))
    second = max(1, round(count * 0.3))
    first = max(1, count - top - second)
    return [*[Level.L1] * first, *[Level.L2] * second, *[Level.MANAGER] * top]


def _skills(policy: Policy, level: Level, place: int) -> tuple[str, ...]:
    """Who works on a higher level can do everything; on the first, two of three skills each."""
    if level is not Level.L1:
        return tuple(policy.skills)
    return tuple(skill for number, skill in enumerate(policy.skills) if (place + number) % 3)


def _name(number: int) -> AgentId:
    again, which = divmod(number, len(_NAMES))
    return _NAMES[which] if again == 0 else f"{_NAMES[which]}-{again + 1}"
