"""Every event of the ledger. A new one joins the union here, and then no fold may miss it."""

from __future__ import annotations

from domain.events.agents import AgentAvailabilityChanged, AgentEvent, AgentSkillsChanged
from domain.events.base import Event, Requester, TicketEvent
from domain.events.classification import (
    TicketCategorized,
    TicketFieldChanged,
    TicketPrioritized,
    TicketTagged,
    TicketUntagged,
)
from domain.events.clocks import (
    SetTarget,
    SlaApplied,
    SlaBreached,
    SlaCancelled,
    SlaFulfilled,
    SlaPaused,
    SlaRemoved,
    SlaResumed,
    SlaStarted,
    SlaWarned,
)
from domain.events.conversation import (
    ArticleLinked,
    AttachmentAdded,
    MessageClassified,
    MessageDeliveryReported,
    MessageReceived,
    MessageSent,
    NoteAdded,
    ResolutionConfirmed,
    ResolutionRejected,
)
from domain.events.corrections import EventCorrected
from domain.events.customers import (
    CustomerErased,
    CustomerEvent,
    CustomerProfiled,
    CustomersMerged,
)
from domain.events.intake import (
    ImportFinished,
    TicketAcknowledged,
    TicketImported,
    TicketOpened,
    TicketRequesterChanged,
)
from domain.events.life import (
    TicketClosed,
    TicketLinked,
    TicketProgressed,
    TicketReopened,
    TicketResolved,
    TicketStageChanged,
    TicketStatusChanged,
)
from domain.events.outreach import (
    NotificationFailed,
    NotificationOpened,
    NotificationSent,
    SurveyAnswered,
    SurveySent,
    TrackerViewed,
)
from domain.events.ownership import (
    EscalationRequested,
    PassedOver,
    TicketAssigned,
    TicketAssignmentDeferred,
    TicketDeescalated,
    TicketEscalated,
    TicketHandedOver,
    TicketQueued,
    TicketUnassigned,
)
from domain.events.policies import PolicyPublished
from domain.events.promises import (
    NextUpdateCancelled,
    NextUpdateKept,
    NextUpdateMissed,
    NextUpdatePromised,
    NextUpdateSuperseded,
)
from domain.events.relations import TicketAbsorbed, TicketMerged, TicketSplit
from domain.events.reminders import ReminderCancelled, ReminderDue, ReminderSet

AnyTicketEvent = (
    TicketOpened
    | TicketImported
    | TicketAcknowledged
    | TicketRequesterChanged
    | TicketCategorized
    | TicketPrioritized
    | TicketTagged
    | TicketUntagged
    | TicketFieldChanged
    | TicketQueued
    | TicketAssigned
    | TicketUnassigned
    | TicketHandedOver
    | TicketEscalated
    | TicketDeescalated
    | MessageReceived
    | MessageSent
    | NoteAdded
    | ResolutionConfirmed
    | ResolutionRejected
    | TicketStatusChanged
    | TicketProgressed
    | TicketResolved
    | TicketClosed
    | TicketReopened
    | TicketLinked
    | NextUpdatePromised
    | NextUpdateKept
    | NextUpdateMissed
    | NextUpdateSuperseded
    | NextUpdateCancelled
    | SlaApplied
    | SlaRemoved
    | SlaStarted
    | SlaPaused
    | SlaResumed
    | SlaWarned
    | SlaBreached
    | SlaFulfilled
    | SlaCancelled
    | MessageClassified
    | MessageDeliveryReported
    | AttachmentAdded
    | ArticleLinked
    | TicketStageChanged
    | TicketAssignmentDeferred
    | EscalationRequested
    | TicketMerged
    | TicketAbsorbed
    | TicketSplit
    | ReminderSet
    | ReminderDue
    | ReminderCancelled
    | NotificationSent
    | NotificationFailed
    | NotificationOpened
    | SurveySent
    | SurveyAnswered
    | EventCorrected
)
"""The events of a ticket. Folds use `assert_never`, so that a new one fails the type check."""

AnyAgentEvent = AgentAvailabilityChanged | AgentSkillsChanged
"""The events of an agent."""

AnyCustomerEvent = CustomerProfiled | CustomerErased | CustomersMerged
"""The events of a customer."""

FoldedByTickets = AnyTicketEvent | ImportFinished
"""What the tickets' fold takes: it is not made for the events of agents and customers."""

AnyEvent = (
    AnyTicketEvent
    | ImportFinished
    | AnyAgentEvent
    | AnyCustomerEvent
    | PolicyPublished
    | TrackerViewed
)
"""Every event of every subject."""

__all__ = [
    "AgentAvailabilityChanged",
    "AgentEvent",
    "AgentSkillsChanged",
    "AnyAgentEvent",
    "AnyCustomerEvent",
    "AnyEvent",
    "AnyTicketEvent",
    "ArticleLinked",
    "AttachmentAdded",
    "CustomerErased",
    "CustomerEvent",
    "CustomerProfiled",
    "CustomersMerged",
    "EscalationRequested",
    "Event",
    "EventCorrected",
    "FoldedByTickets",
    "ImportFinished",
    "MessageClassified",
    "MessageDeliveryReported",
    "MessageReceived",
    "MessageSent",
    "NextUpdateCancelled",
    "NextUpdateKept",
    "NextUpdateMissed",
    "NextUpdatePromised",
    "NextUpdateSuperseded",
    "NoteAdded",
    "NotificationFailed",
    "NotificationOpened",
    "NotificationSent",
    "PassedOver",
    "PolicyPublished",
    "ReminderCancelled",
    "ReminderDue",
    "ReminderSet",
    "Requester",
    "ResolutionConfirmed",
    "ResolutionRejected",
    "SetTarget",
    "SlaApplied",
    "SlaBreached",
    "SlaCancelled",
    "SlaFulfilled",
    "SlaPaused",
    "SlaRemoved",
    "SlaResumed",
    "SlaStarted",
    "SlaWarned",
    "SurveyAnswered",
    "SurveySent",
    "TicketAbsorbed",
    "TicketAcknowledged",
    "TicketAssigned",
    "TicketAssignmentDeferred",
    "TicketCategorized",
    "TicketClosed",
    "TicketDeescalated",
    "TicketEscalated",
    "TicketEvent",
    "TicketFieldChanged",
    "TicketHandedOver",
    "TicketImported",
    "TicketLinked",
    "TicketMerged",
    "TicketOpened",
    "TicketPrioritized",
    "TicketProgressed",
    "TicketQueued",
    "TicketReopened",
    "TicketRequesterChanged",
    "TicketResolved",
    "TicketSplit",
    "TicketStageChanged",
    "TicketStatusChanged",
    "TicketTagged",
    "TicketUnassigned",
    "TicketUntagged",
    "TrackerViewed",
]
