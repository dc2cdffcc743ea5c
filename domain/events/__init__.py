"""Every event of the ledger. A new one joins the union here, and then no fold may miss it."""

from __future__ import annotations

from domain.events.base import Event, Requester, TicketEvent
from domain.events.classification import (
    TicketCategorized,
    TicketFieldChanged,
    TicketPrioritized,
    TicketTagged,
    TicketUntagged,
)
from domain.events.conversation import (
    MessageReceived,
    MessageSent,
    NoteAdded,
    ResolutionConfirmed,
    ResolutionRejected,
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
    TicketStatusChanged,
)
from domain.events.ownership import (
    TicketAssigned,
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
    NextUpdatePromised,
    NextUpdateSuperseded,
)

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
    | NextUpdateSuperseded
    | NextUpdateCancelled
)
"""The events of a ticket. Folds use `assert_never`, so that a new one fails the type check."""

AnyEvent = AnyTicketEvent | ImportFinished | PolicyPublished
"""Every event of every subject."""

__all__ = [
    "AnyEvent",
    "AnyTicketEvent",
    "Event",
    "ImportFinished",
    "MessageReceived",
    "MessageSent",
    "NextUpdateCancelled",
    "NextUpdateKept",
    "NextUpdatePromised",
    "NextUpdateSuperseded",
    "NoteAdded",
    "PolicyPublished",
    "Requester",
    "ResolutionConfirmed",
    "ResolutionRejected",
    "TicketAcknowledged",
    "TicketAssigned",
    "TicketCategorized",
    "TicketClosed",
    "TicketDeescalated",
    "TicketEscalated",
    "TicketEvent",
    "TicketFieldChanged",
    "TicketHandedOver",
    "TicketImported",
    "TicketLinked",
    "TicketOpened",
    "TicketPrioritized",
    "TicketProgressed",
    "TicketQueued",
    "TicketReopened",
    "TicketRequesterChanged",
    "TicketResolved",
    "TicketStatusChanged",
    "TicketTagged",
    "TicketUnassigned",
    "TicketUntagged",
]
