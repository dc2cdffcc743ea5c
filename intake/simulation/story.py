"""What a simulated case will be: the way that its solution takes, and the customer behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from domain.values import Channel
from intake.simulation.customers import Person


@dataclass(slots=True)
class Story:
    """One case's plan and what has become of it so far."""

    person: Person
    order: str
    channel: Channel
    steps: list[str]
    """What agents will still do, the next first."""

    will_return: bool = False
    """Whether another contact of the customer is to come."""

    outside: bool = False
    """Whether a third party still owes an answer."""

    asked: int = 0
    views: int = 0
    last_view: str | None = None
    waiting_for: str | None = None
    """With whom it lies to be worked on, so that it lies there once."""


@dataclass(slots=True)
class Truth:
    """What was put into the log, counted while it was made: figures have to find it again.

    `contacts` are those that are not neutral; `followed` of them had another one after them within
    seven days and before the end; the `kinds` are those of the re-contacts.
    """

    contacts: int = 0
    followed: int = 0
    kinds: dict[str, int] = field(default_factory=dict[str, int])
    last_at: datetime | None = None

    def contact(self) -> None:
        """A customer got in touch."""
        self.contacts += 1

    def again(self, kind: str) -> None:
        """A customer got in touch again, because of the urge that was put in."""
        self.contacts += 1
        self.followed += 1
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
