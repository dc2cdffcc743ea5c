"""The customers of a simulated operation: who they are, and how soon they get in touch again.

The habits are the truth that figures about re-contacts have to find. After each contact that is not
neutral a customer gets in touch once more with the chance of their habit, whatever the operation
does meanwhile; where customers see the progress of their case and what was promised, the chance is
smaller by a fixed share.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from domain.in_force import Customer
from domain.values import CustomerId

SHOWING_PREVENTS = 0.17
"""The share of all urges to get in touch again that goes away where progress is shown."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How a kind of customer behaves: its share among cases, its urge to get in touch again."""

    name: str
    share: float
    urge: float


HABITS = (Habit("calm", 0.50, 0.19), Habit("usual", 0.35, 0.355), Habit("eager", 0.15, 0.545))

_GAP_HOURS_MEDIAN = 6.0
_GAP_SPREAD = 1.1
_GAP_HOURS_MIN, _GAP_HOURS_MAX = 1.5, 150.0
"""Longer than any run of messages that counts as one contact, shorter than seven days."""

_LANGUAGES = (("en", 0.62), ("id", 0.30), ("th", 0.08))
_VIP = 0.03


def urge_of(habit: Habit, *, progress_shown: bool) -> float:
    """The chance of another contact after each."""
    return habit.urge * (1 - SHOWING_PREVENTS) if progress_shown else habit.urge


def expected_rate(*, progress_shown: bool) -> float:
    """The re-contact rate that the habits make: re-contacts per contact, in the long run.

    A customer with the urge u makes 1 / (1 - u) contacts a case, and u of each is followed.
    """
    contacts = followed = 0.0
    for habit in HABITS:
        urge = urge_of(habit, progress_shown=progress_shown)
        contacts += habit.share / (1 - urge)
        followed += habit.share * urge / (1 - urge)
    return followed / contacts


def gap(chance: random.Random) -> timedelta:
    """How long after a contact the next one comes."""
    hours = _GAP_HOURS_MEDIAN * math.exp(chance.gauss(0, _GAP_SPREAD))
    return timedelta(seconds=round(min(max(hours, _GAP_HOURS_MIN), _GAP_HOURS_MAX) * 3600))


@dataclass(frozen=True, slots=True)
class Person:
    """One customer."""

    id: CustomerId
    habit: Habit
    known: Customer

    @property
    def is_profiled(self) -> bool:
        """Whether more is known of them than their cases."""
        return self.known.tier is not None or self.known.language != "en"


class Customers:
    """As many customers as an operation of its size has, each a function of seed and number."""

    def __init__(self, *, seed: int, cases_per_month: int) -> None:
        self._seed = seed
        self.count = max(20, cases_per_month * 4)
        self.person = lru_cache(maxsize=50_000)(self._person)

    def draw(self, chance: random.Random) -> Person:
        """Whoever comes next."""
        return self.person(chance.randrange(self.count))

    def known(self, id_: CustomerId | None) -> Customer:
        """What rules may know of a customer."""
        assert id_ is not None, "every simulated case has a customer"
        return self.person(int(id_.rpartition("-")[2])).known

    def _person(self, number: int) -> Person:
        chance = random.Random(f"{self._seed}/customer/{number}")  # noqa: S311 - no secret
        [habit] = chance.choices(HABITS, [one.share for one in HABITS])
        [language] = chance.choices(
            [name for name, _ in _LANGUAGES], [share for _, share in _LANGUAGES]
        )
        tier = "vip" if chance.random() < _VIP else None
        id_ = f"c{self._seed}-{number:06d}"
        return Person(id_, habit, Customer(language=language, tier=tier))
