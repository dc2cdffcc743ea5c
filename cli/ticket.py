"""The noun `ticket`: every command that a ticket can be given, and looking at tickets."""

from __future__ import annotations

from cli import (
    ticket_classifying,
    ticket_listing,
    ticket_living,
    ticket_looking,
    ticket_opening,
    ticket_owning,
    ticket_talking,
)
from cli.nouns import in_order
from cli.ticket_app import app

__all__ = ["app"]

_ = (
    ticket_classifying,
    ticket_listing,
    ticket_living,
    ticket_looking,
    ticket_opening,
    ticket_owning,
    ticket_talking,
)

in_order(
    app,
    "open show list history acknowledge reply receive note queue assign unassign hand-over "
    "escalate deescalate status progress resolve close reopen confirm reject "
    "categorize prioritize tag untag set requester link",
)
