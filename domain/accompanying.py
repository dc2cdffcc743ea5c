"""Commands beside the life of a case: reminders, files, knowledge, surveys, notifications."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.around_errors import (
    MessageUnknown,
    ReminderImpossible,
    ReminderUnknown,
    SurveyImpossible,
)
from domain.errors import NothingChanges
from domain.events import (
    ArticleLinked,
    AttachmentAdded,
    EventCorrected,
    MessageDeliveryReported,
    NotificationFailed,
    NotificationOpened,
    NotificationSent,
    ReminderCancelled,
    ReminderSet,
    SurveyAnswered,
    TicketEvent,
)
from domain.reach import ArticleUse, Delivery, Surface
from domain.state import TicketState
from domain.values import AgentId, Identifier, MessageId, Personal


class Accompanying(TicketState):
    """None of this moves the case: it says what was used, told, asked and remembered beside it."""

    def add_attachment(
        self,
        reference: Identifier,
        *,
        media_type: str,
        size_bytes: int,
        sha256: str,
        public: bool,
        message_id: MessageId | None = None,
    ) -> list[TicketEvent]:
        """Add a file by reference. `sha256` proves later that its bytes are still the same."""
        if message_id is not None and message_id not in self.messages:
            raise MessageUnknown(self.number, message_id)

        return [
            AttachmentAdded(
                reference=reference,
                media_type=media_type,
                bytes=size_bytes,
                sha256=sha256,
                public=public,
                message_id=message_id,
            )
        ]

    def link_article(
        self, article_id: Identifier, *, use: ArticleUse, version: str | None = None
    ) -> list[TicketEvent]:
        """Say which piece of knowledge was used, and what for."""
        return [ArticleLinked(article_id=article_id, article_version=version, use=use)]

    def report_delivery(
        self, message_id: MessageId, delivery: Delivery, *, reason: str | None = None
    ) -> list[TicketEvent]:
        """Take in what the channel says about a message of ours."""
        if message_id not in self.messages or self.messages[message_id] is not None:
            raise MessageUnknown(self.number, message_id, of_ours=True)

        return [MessageDeliveryReported(message_id=message_id, delivery=delivery, reason=reason)]

    def set_reminder(
        self,
        reminder_id: Identifier,
        *,
        due_at: datetime,
        at: datetime,
        agent_id: AgentId | None = None,
        text: Personal | None = None,
    ) -> list[TicketEvent]:
        """Ask to be reminded of the ticket, for a moment to come."""
        if reminder_id in self.reminders:
            raise NothingChanges(self.number, f"has the reminder {reminder_id}")
        if due_at <= self.effective(at):
            raise ReminderImpossible(self.number)

        return [ReminderSet(reminder_id=reminder_id, due_at=due_at, agent_id=agent_id, text=text)]

    def cancel_reminder(
        self, reminder_id: Identifier, *, reason: str | None = None
    ) -> list[TicketEvent]:
        """Say that a reminder is not needed any more."""
        if reminder_id not in self.reminders:
            raise ReminderUnknown(self.number, reminder_id)

        return [ReminderCancelled(reminder_id=reminder_id, reason=reason)]

    def answer_survey(self, survey_id: Identifier, score: int) -> list[TicketEvent]:
        """Take in what the customer answered: once, on the scale that was asked."""
        asked = self.surveys.get(survey_id)
        if asked is None:
            raise SurveyImpossible(self.number, f"no survey {survey_id} was sent")
        if survey_id in self.answered:
            raise SurveyImpossible(self.number, f"the survey {survey_id} is answered")
        if not 1 <= score <= asked.scale:
            raise SurveyImpossible(self.number, f"its score is from 1 to {asked.scale}")

        return [
            SurveyAnswered(
                survey_id=survey_id,
                kind=asked.kind,
                scale=asked.scale,
                direction=asked.direction,
                score=score,
                rated_agent=asked.rated_agent,
            )
        ]

    def notified_of(
        self,
        notification_id: Identifier,
        *,
        surface: Surface,
        about: Identifier,
        template: str,
        attempts: int = 1,
        language: str | None = None,
        sha256: str | None = None,
        failed: str | None = None,
    ) -> list[TicketEvent]:
        """Take in that a notification went out, or with `failed` (why) that it was given up.

        It goes out once. One that was given up may go out later, or be given up again.
        """
        if notification_id in self.notified:
            raise NothingChanges(self.number, f"has the notification {notification_id}")
        said: dict[str, Any] = {
            "notification_id": notification_id,
            "surface": surface,
            "about": about,
            "template": template,
            "attempts": attempts,
        }
        if failed is not None:
            return [NotificationFailed(**said, reason=failed)]
        return [NotificationSent(**said, language=language, sha256=sha256)]

    def opened_notification(
        self, notification_id: Identifier, *, surface: Surface
    ) -> list[TicketEvent]:
        """Take in that the customer opened a notification."""
        return [NotificationOpened(notification_id=notification_id, surface=surface)]

    def correct(self, event_id: Identifier, *, reason: str) -> list[TicketEvent]:
        """Say that an event of this ticket was recorded wrongly. The event stays as it is."""
        return [EventCorrected(corrects=event_id, reason=reason)]
