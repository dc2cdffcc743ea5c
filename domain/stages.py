"""What the customer is told about where their case stands: the stepper's stage and its badges."""

from __future__ import annotations

from enum import StrEnum

from domain.state import TicketState
from domain.values import Level, Stage, Status

__all__ = ["Badge", "Stage", "badges_of", "stage_of"]


class Badge(StrEnum):
    """What is worth saying beside the stage."""

    WITH_A_SPECIALIST = "with_a_specialist"
    WAITING_FOR_YOU = "waiting_for_you"
    REOPENED = "reopened"


def stage_of(ticket: TicketState) -> Stage:
    """The stage of a case, derived from its events.

    Rule: resolved and closed → resolved; answered, pending and on hold → being worked on; owned or
    begun → in review; everything else → received. It never runs back, except by a reopening.
    """
    return ticket.stage


def badges_of(ticket: TicketState) -> tuple[Badge, ...]:
    """The badges of an unresolved case; a solved one needs none."""
    if not ticket.is_unresolved:
        return ()
    shown = {
        Badge.WITH_A_SPECIALIST: ticket.level is not Level.L1,
        Badge.WAITING_FOR_YOU: ticket.status is Status.PENDING,
        Badge.REOPENED: ticket.times_reopened > 0,
    }
    return tuple(badge for badge, holds in shown.items() if holds)
