"""Events beside the conversation: notifications, surveys, and looks at the tracker."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from domain.events.base import Event, TicketEvent
from domain.reach import Direction, Look, Surface, SurveyKind
from domain.values import AgentId, CustomerId, Identifier, Label, TicketId

Scale = Annotated[int, Field(ge=2, le=11)]


class NotificationSent(TicketEvent):
    """The customer was told outside the conversation. `about` is the event it tells of.

    `sha256` is the digest of exactly what was sent, so that it can be proven without keeping it.
    """

    TYPE: ClassVar[str] = "ticketledger.notification.sent.v1"

    notification_id: Identifier
    surface: Surface
    about: Identifier
    template: Label
    language: Label | None = None
    sha256: Label | None = None
    attempts: int = 1


class NotificationFailed(TicketEvent):
    """A notification could not be delivered, however often it was tried."""

    TYPE: ClassVar[str] = "ticketledger.notification.failed.v1"

    notification_id: Identifier
    surface: Surface
    about: Identifier
    template: Label
    attempts: int
    reason: Label


class NotificationOpened(TicketEvent):
    """The customer opened a notification."""

    TYPE: ClassVar[str] = "ticketledger.notification.opened.v1"

    notification_id: Identifier
    surface: Surface


class SurveySent(TicketEvent):
    """The customer was asked how it went. A survey keeps no promise."""

    TYPE: ClassVar[str] = "ticketledger.survey.sent.v1"

    survey_id: Identifier
    kind: SurveyKind
    scale: Scale
    direction: Direction
    rated_agent: AgentId | None = None


class SurveyAnswered(TicketEvent):
    """The customer said how it went: a score from 1 to the scale of the survey."""

    TYPE: ClassVar[str] = "ticketledger.survey.answered.v1"

    survey_id: Identifier
    kind: SurveyKind
    scale: Scale
    direction: Direction
    score: Annotated[int, Field(ge=1)]
    rated_agent: AgentId | None = None


class TrackerViewed(Event):
    """Somebody looked at a ticket's tracker. Its subject is the tracker's own, not the ticket's."""

    TYPE: ClassVar[str] = "ticketledger.tracker.viewed.v1"

    ticket: TicketId
    surface: Surface
    look: Look
    customer_id: CustomerId | None = None
