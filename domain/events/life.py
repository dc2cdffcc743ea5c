"""Events of a ticket's life: its status, silent work, the solution, the end, the way back."""

from __future__ import annotations

from typing import ClassVar

from domain.events.base import TicketEvent
from domain.values import (
    AgentId,
    CloseReason,
    Label,
    LinkRole,
    MessageId,
    ResolutionCode,
    Stage,
    Status,
    TicketId,
    WorkKind,
)


class TicketStatusChanged(TicketEvent):
    """The ticket moved between *new*, *open*, *pending* and *on_hold*.

    Resolving, closing and reopening have events of their own.
    """

    TYPE: ClassVar[str] = "ticketledger.ticket.status_changed.v1"

    from_: Status
    to: Status
    reason: Label | None = None


class TicketStageChanged(TicketEvent):
    """The customer's stepper was moved by hand: stages follow from the life unless this says
    otherwise. Moving it back has to say why."""

    TYPE: ClassVar[str] = "ticketledger.ticket.stage_changed.v1"

    from_: Stage
    to: Stage
    label: Label | None = None
    reason: Label | None = None


class TicketProgressed(TicketEvent):
    """Somebody worked on the ticket without writing to the customer."""

    TYPE: ClassVar[str] = "ticketledger.ticket.progressed.v1"

    kind: WorkKind


class TicketResolved(TicketEvent):
    """An agent considers the problem solved, or no answer came.

    The customer may disagree and reopen.
    """

    TYPE: ClassVar[str] = "ticketledger.ticket.resolved.v1"

    code: ResolutionCode
    with_message: bool
    cycle: int
    resolver: AgentId | None = None


class TicketClosed(TicketEvent):
    """The case has ended. Only the reopening rules lead back."""

    TYPE: ClassVar[str] = "ticketledger.ticket.closed.v1"

    reason: CloseReason


class TicketReopened(TicketEvent):
    """The case is back from resolved or closed.

    A new cycle begins; the first reply stays as it was.
    """

    TYPE: ClassVar[str] = "ticketledger.ticket.reopened.v1"

    from_: Status
    cycle: int
    reason: Label
    prior_resolver: AgentId | None = None
    seconds_since_resolved: int | None = None
    message_id: MessageId | None = None


class TicketLinked(TicketEvent):
    """Another ticket has to do with this one."""

    TYPE: ClassVar[str] = "ticketledger.ticket.linked.v1"

    other: TicketId
    role: LinkRole
