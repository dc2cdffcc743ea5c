"""What the customer is told: the words of the stepper, what they are notified of, what is asked."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from domain.model import Model
from domain.policies.conditions import Language
from domain.policies.durations import TEN_YEARS_SECONDS
from domain.reach import Direction, Surface, SurveyKind
from domain.values import Label


class StageLabels(Model):
    """The words for the four stages and the three badges, in one language."""

    language: Language
    received: Label
    in_review: Label
    being_worked_on: Label
    resolved: Label
    with_a_specialist: Label
    waiting_for_you: Label
    reopened: Label


ENGLISH = StageLabels(
    language="en",
    received="Received",
    in_review="In review",
    being_worked_on="Being worked on",
    resolved="Resolved",
    with_a_specialist="With a specialist",
    waiting_for_you="Waiting for you",
    reopened="Reopened",
)


class NotifiedFact(StrEnum):
    """What can be told to the customer, by the event's short name."""

    TICKET_OPENED = "ticket.opened"
    TICKET_ASSIGNED = "ticket.assigned"
    STAGE_CHANGED = "ticket.stage_changed"
    MESSAGE_SENT = "message.sent"
    NEXT_UPDATE_PROMISED = "next_update.promised"
    NEXT_UPDATE_MISSED = "next_update.missed"
    TICKET_ESCALATED = "ticket.escalated"
    TICKET_RESOLVED = "ticket.resolved"
    TICKET_CLOSED = "ticket.closed"
    TICKET_REOPENED = "ticket.reopened"
    TICKET_MERGED = "ticket.merged"


class Notification(Model):
    """A fact that the customer is told of, and where."""

    fact: NotifiedFact
    surfaces: tuple[Surface, ...] = Field(min_length=1)


class SurveyMoment(StrEnum):
    """What a survey follows."""

    RESOLVED = "resolved"
    CLOSED = "closed"


class Survey(Model):
    """A question to the customer when their case has ended. Answers are 1 to `scale`."""

    kind: SurveyKind
    after: SurveyMoment
    delay_seconds: int = Field(default=0, ge=0, le=TEN_YEARS_SECONDS)
    scale: int = Field(ge=2, le=11)
    direction: Direction = Direction.HIGHER_IS_BETTER
