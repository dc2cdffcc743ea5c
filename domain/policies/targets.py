"""Targets: by when a case is to be answered and solved, counted in the hours of a calendar."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import Field

from domain.model import Model
from domain.policies.calendars import ALWAYS, Calendar
from domain.policies.conditions import Condition
from domain.policies.durations import Seconds
from domain.values import Label


class Target(Model):
    """How many seconds of business something may take, and after how many somebody is warned."""

    seconds: Seconds
    warn_after_seconds: Seconds | None = None


class Clocks(Model):
    """The targets of a case. A clock without one does not run."""

    first_reply: Target | None = Field(
        default=None, description="From the opening to our first public human reply."
    )
    next_reply: Target | None = Field(
        default=None, description="From the first unanswered customer message to our reply."
    )
    resolution: Target | None = Field(
        default=None, description="From the opening, or the reopening, to the solution."
    )


class TargetRule(Model):
    """For the cases that meet a condition: which clocks run, and in the hours of which calendar."""

    name: Label | None = None
    when: Condition = Condition()
    calendar: Label = ALWAYS.name
    clocks: Clocks


class NoProgress(NamedTuple):
    """What the no-progress clock of a queue runs by."""

    calendar: Calendar
    target: Target
