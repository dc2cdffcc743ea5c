"""The event that says that another one was wrong."""

from __future__ import annotations

from typing import ClassVar

from domain.events.base import TicketEvent
from domain.values import Identifier, Label


class EventCorrected(TicketEvent):
    """Something wrong was recorded. The log keeps it; this says which event it is, and why."""

    TYPE: ClassVar[str] = "ticketledger.event.corrected.v1"

    corrects: Identifier
    reason: Label
