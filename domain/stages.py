"""What the customer is told about where their case stands: the stages of the stepper and its badges."""

from __future__ import annotations

from enum import StrEnum

from domain.state import TicketState
from domain.values import Level, Status


class Stage(StrEnum):
    """The steps of a case as the customer sees them, in order."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    BEING_WORKED_ON = "being_worked_on"
    RESOLVED = "resolved"


class Badge(StrEnum):
    """What is worth saying beside the stage."""

    WITH_A_SPECIALIST = "with_a_specialist"
    WAITING_FOR_YOU = "waiting_for_you"
    REOPENED = "reopened"


def stage_of(ticket: TicketState) -> Stage:
    """The stage of a case, derived.

    Rule: resolved and closed → resolved; answered, pending and on hold → being worked on; owned but
    unanswered → in review; everything else → received.
    """
    if not ticket.is_unresolved:
        return Stage.RESOLVED
    if ticket.first_reply_at is not None or ticket.status in (Status.PENDING, Status.ON_HOLD):
        return Stage.BEING_WORKED_ON
    if ticket.owner is not None or ticket.status is Status.OPEN:
        return Stage.IN_REVIEW
    return Stage.RECEIVED


def badges_of(ticket: TicketState) -> tuple[Badge, ...]:
    """The badges of an unresolved case; a solved one needs none."""
    if not ticket.is_unresolved:
        return ()
    shown = {
        Badge.WITH_A_SPECIALIST: ticket.level is not Level.L1,
        Badge.WAITING_FOR_YOU: ticket.status is Status.PENDING,
        Badge.REOPENED: ticket.cycle > 1,
    }
    return tuple(badge for badge, holds in shown.items() if holds)
