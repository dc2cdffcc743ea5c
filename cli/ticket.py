"""The noun `ticket`: every command that a ticket can be given, and looking at tickets."""

from __future__ import annotations

from cli import (
    ticket_accompanying,
    ticket_children,
    ticket_classifying,
    ticket_listing,
    ticket_living,
    ticket_looking,
    ticket_opening,
    ticket_owning,
    ticket_relating,
    ticket_talking,
    ticket_viewing,
    ticket_why,
)
from cli.nouns import in_order
from cli.ticket_app import app

__all__ = ["app"]

_ = (
    ticket_accompanying,
    ticket_children,
    ticket_classifying,
    ticket_listing,
    ticket_living,
    ticket_looking,
    ticket_opening,
    ticket_owning,
    ticket_relating,
    ticket_talking,
    ticket_viewing,
    ticket_why,
)

in_order(
    app,
    "open show list history why acknowledge reply receive classify-message delivery note "
    "queue assign unassign hand-over escalate ask-escalation deescalate "
    "status progress stage resolve close reopen confirm reject survey-answer "
    "categorize prioritize tag untag set requester "
    "link merge split update-children remind unremind attach article viewed correct",
)
