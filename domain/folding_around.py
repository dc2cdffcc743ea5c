"""What the events around the life of a case change: clocks, relations, reminders, surveys."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from domain.events import (
    ArticleLinked,
    AttachmentAdded,
    EscalationRequested,
    EventCorrected,
    MessageClassified,
    MessageDeliveryReported,
    NotificationFailed,
    NotificationOpened,
    NotificationSent,
    ReminderCancelled,
    ReminderDue,
    ReminderSet,
    SlaApplied,
    SlaBreached,
    SlaCancelled,
    SlaFulfilled,
    SlaPaused,
    SlaRemoved,
    SlaResumed,
    SlaStarted,
    SlaWarned,
    SurveyAnswered,
    SurveySent,
    TicketAbsorbed,
    TicketAssignmentDeferred,
    TicketMerged,
    TicketSplit,
    TicketStageChanged,
)
from domain.state import Changes, Reminder, TicketState
from domain.timekeeping import SlaEvent, clock_changes

BesideEvent = (
    ReminderSet
    | ReminderDue
    | ReminderCancelled
    | NotificationSent
    | NotificationFailed
    | SurveySent
    | SurveyAnswered
)
SilentEvent = (
    MessageDeliveryReported
    | AttachmentAdded
    | ArticleLinked
    | EscalationRequested
    | NotificationOpened
    | EventCorrected
)
"""What no decision looks at: it is in the log for those who read it."""

AroundEvent = (
    SlaEvent
    | MessageClassified
    | TicketStageChanged
    | TicketAssignmentDeferred
    | TicketMerged
    | TicketAbsorbed
    | TicketSplit
    | BesideEvent
    | SilentEvent
)


def changes_around(  # noqa: PLR0911 (one branch an event is what makes it readable)
    ticket: TicketState, event: AroundEvent, at: datetime
) -> Changes:
    """The fields of the state that this event sets. `at` is its effective time."""
    match event:
        case (
            SlaApplied()
            | SlaRemoved()
            | SlaStarted()
            | SlaPaused()
            | SlaResumed()
            | SlaWarned()
            | SlaBreached()
            | SlaFulfilled()
            | SlaCancelled()
        ):
            return clock_changes(ticket, event, at)
        case MessageClassified():
            return {"messages": ticket.messages | {event.message_id: event.to}}
        case TicketStageChanged():
            return {"stage": event.to}
        case TicketAssignmentDeferred():
            return {"deferred": event.reason}
        case TicketMerged() | TicketAbsorbed() | TicketSplit():
            return _related(ticket, event)
        case (
            MessageDeliveryReported()
            | AttachmentAdded()
            | ArticleLinked()
            | EscalationRequested()
            | NotificationOpened()
            | EventCorrected()
        ):
            return {}
        case _:
            return _beside(ticket, event)


def _related(ticket: TicketState, event: TicketMerged | TicketAbsorbed | TicketSplit) -> Changes:
    match event:
        case TicketMerged():
            return {"merged_into": event.target}
        case TicketAbsorbed():
            return {"absorbed": ticket.absorbed | {event.source}}
        case TicketSplit():
            return {"split_into": ticket.split_into | {event.other}}
        case _:
            assert_never(event)


def _beside(ticket: TicketState, event: BesideEvent) -> Changes:
    match event:
        case ReminderSet():
            reminder = Reminder(event.due_at, event.agent_id)
            return {"reminders": ticket.reminders | {event.reminder_id: reminder}}
        case ReminderDue() | ReminderCancelled():
            others = {id_: one for id_, one in ticket.reminders.items() if id_ != event.reminder_id}
            return {"reminders": others}
        case NotificationSent():
            return {
                "notified": ticket.notified | {event.notification_id},
                "undelivered": ticket.undelivered - {event.notification_id},
            }
        case NotificationFailed():
            return {"undelivered": ticket.undelivered | {event.notification_id}}
        case SurveySent():
            return {"surveys": ticket.surveys | {event.survey_id: event}}
        case SurveyAnswered():
            return {"answered": ticket.answered | {event.survey_id}}
        case _:
            assert_never(event)
