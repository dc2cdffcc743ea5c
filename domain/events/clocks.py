"""Events of the service level: which targets hold, and what became of each clock."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from domain.events.base import TicketEvent
from domain.model import Model
from domain.values import AgentId, Identifier, Instant, Label, Metric

Seconds = Annotated[float, Field(ge=0)]
Instance = Annotated[int, Field(ge=1)]


class SetTarget(Model):
    """What a clock may take, in seconds of its calendar, and after how many of them it warns."""

    metric: Metric
    seconds: Seconds
    warn_after_seconds: Seconds | None = None
    calendar: Identifier


class SlaApplied(TicketEvent):
    """A policy's targets hold for this ticket from now on, in this version until told otherwise."""

    TYPE: ClassVar[str] = "ticketledger.sla.applied.v1"

    policy: Identifier
    version: int
    rule: Label | None = None
    targets: tuple[SetTarget, ...]


class SlaRemoved(TicketEvent):
    """The targets that held for this ticket hold no more: another version of them follows."""

    TYPE: ClassVar[str] = "ticketledger.sla.removed.v1"

    policy: Identifier
    version: int
    reason: Label


class SlaStarted(TicketEvent):
    """A clock began to run. `due_at` is when its target is reached if nothing pauses it."""

    TYPE: ClassVar[str] = "ticketledger.sla.started.v1"

    metric: Metric
    instance: Instance
    due_at: Instant


class SlaPaused(TicketEvent):
    """A clock stands still: it is not our turn. `elapsed` counts what its calendar counts."""

    TYPE: ClassVar[str] = "ticketledger.sla.paused.v1"

    metric: Metric
    instance: Instance
    elapsed_seconds: Seconds
    calendar_seconds: Seconds


class SlaResumed(TicketEvent):
    """A clock goes on with what had elapsed, perhaps under another target; hence its new due."""

    TYPE: ClassVar[str] = "ticketledger.sla.resumed.v1"

    metric: Metric
    instance: Instance
    due_at: Instant


class Reading(TicketEvent):
    """What a clock showed when something became of it: time by its calendar, and by any clock."""

    metric: Metric
    instance: Instance
    due_at: Instant | None = None
    elapsed_seconds: Seconds
    calendar_seconds: Seconds
    owner: AgentId | None = None


class SlaWarned(Reading):
    """The target is near. It is recorded once for each instance of a clock."""

    TYPE: ClassVar[str] = "ticketledger.sla.warned.v1"


class SlaBreached(Reading):
    """The target has passed. The clock runs on until it is fulfilled or void."""

    TYPE: ClassVar[str] = "ticketledger.sla.breached.v1"


class SlaFulfilled(Reading):
    """What the clock waited for has happened, in time or late."""

    TYPE: ClassVar[str] = "ticketledger.sla.fulfilled.v1"


class SlaCancelled(Reading):
    """What the clock waited for is no longer expected."""

    TYPE: ClassVar[str] = "ticketledger.sla.cancelled.v1"

    reason: Label
