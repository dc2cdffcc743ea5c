"""What the customer sees of their case, from public facts alone.

Public is a whitelist. It stands here, once; `fold.sql` reads nothing else, because the loop parses
no other field. An event that is in neither list fails a test until somebody has decided about it.

The words of an opening are shown if they are the customer's own. Where the company or a split
opened the ticket, subject and body are an agent's, and nobody said they are for the customer.

What personal text is shown to whom: a text belongs to the customer whose ticket it was when it was
said, our replies included. When a ticket passes from one known customer to another, every earlier
text, its subject and its orders are taken out of the tables, for good: also if the ticket comes
back, and also if the two turn out to be one person, since merges of customers are not looked at
yet. The entries stay, without their texts. A ticket of an unknown customer that
gets its customer keeps its texts. The former customer no longer has the case.
The bytes of such a text may stay in unused blocks of the file until DuckDB writes over them; no
query returns them, and a rebuild leaves none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..definition import Projection  # noqa: TID252 (found under two names, see ticketledger/)


@dataclass(frozen=True, slots=True)
class Public:
    """The fields of one event type that this projection may read."""

    shown: frozenset[str] = frozenset()
    """Their values stand in the tables."""

    deciding: frozenset[str] = frozenset()
    """Only what follows from them stands there (which stage, whose doing), never the value."""

    @property
    def fields(self) -> frozenset[str]:
        """All of them."""
        return self.shown | self.deciding


def _public(*, shown: str = "", deciding: str = "") -> Public:
    return Public(frozenset(shown.split()), frozenset(deciding.split()))


PUBLIC: Mapping[str, Public] = {
    "ticket.opened": _public(
        shown="number channel subject body category order_refs requester.id", deciding="origin"
    ),
    "ticket.acknowledged": _public(shown="channel"),
    "ticket.requester_changed": _public(shown="to"),
    "ticket.categorized": _public(shown="to"),
    "ticket.assigned": _public(shown="to"),
    "ticket.handed_over": _public(shown="to"),
    "ticket.unassigned": _public(),
    "ticket.escalated": _public(deciding="to_level"),
    "ticket.deescalated": _public(deciding="to_level"),
    "ticket.status_changed": _public(shown="to"),
    "ticket.resolved": _public(shown="resolver"),
    "ticket.closed": _public(deciding="reason"),
    "ticket.reopened": _public(deciding="message_id"),
    "message.received": _public(shown="channel body"),
    "message.sent": _public(
        shown="channel body agent_id agent_display next_update_by", deciding="author"
    ),
    "resolution.confirmed": _public(),
    "resolution.rejected": _public(),
    "next_update.promised": _public(shown="promise_id due_at", deciding="instance message_id"),
    "next_update.kept": _public(deciding="promise_id"),
    "next_update.superseded": _public(deciding="promise_id"),
    "next_update.cancelled": _public(deciding="promise_id"),
    "next_update.missed": _public(shown="instance next_due_at", deciding="promise_id"),
    # Of the clocks only the one of the resolution is public, as the moment it is expected by.
    "sla.started": _public(shown="due_at", deciding="metric"),
    "sla.resumed": _public(shown="due_at", deciding="metric"),
    "sla.paused": _public(deciding="metric"),
    "sla.breached": _public(deciding="metric"),
    "sla.fulfilled": _public(deciding="metric"),
    "sla.cancelled": _public(deciding="metric"),
    "ticket.stage_changed": _public(shown="to label"),
    "ticket.merged": _public(shown="target_number"),
    "attachment.added": _public(shown="reference media_type", deciding="public"),
    "survey.sent": _public(shown="kind"),
    "survey.answered": _public(deciding="kind"),
}
"""The whitelist: by short name of the event's type, the fields that may be read."""

INTERNAL: frozenset[str] = frozenset(
    {
        "agent.availability_changed",
        "agent.skills_changed",
        "article.linked",
        "customer.erased",
        "customer.profiled",
        "customers.merged",  # each customer still sees what was theirs: see above
        "escalation.requested",  # what comes of it is told
        "event.corrected",
        "import.finished",
        "message.classified",  # if it closes the case, that is told
        "message.delivery_reported",
        "note.added",
        "notification.failed",
        "notification.opened",
        "notification.sent",
        "policy.published",
        "reminder.cancelled",
        "reminder.due",
        "reminder.set",
        "sla.applied",
        "sla.removed",
        "sla.warned",
        "ticket.absorbed",  # the other ticket may be another customer's
        "ticket.assignment_deferred",
        "ticket.field_changed",
        "ticket.imported",
        "ticket.linked",  # the other ticket may be another customer's
        "ticket.prioritized",
        "ticket.progressed",
        "ticket.queued",
        "ticket.split",
        "ticket.tagged",
        "ticket.untagged",
        "tracker.viewed",
    }
)
"""Events of which the customer sees nothing; only their time moves the ticket's effective time."""

PROJECTION = Projection(
    name="customer_timeline",
    version=2,
    data="""STRUCT(
        number VARCHAR,
        origin VARCHAR,
        channel VARCHAR,
        subject JSON,
        body JSON,
        category VARCHAR[],
        order_refs VARCHAR[],
        requester STRUCT(id VARCHAR),
        "to" VARCHAR,
        to_level VARCHAR,
        reason VARCHAR,
        resolver VARCHAR,
        message_id VARCHAR,
        author VARCHAR,
        agent_id VARCHAR,
        agent_display JSON,
        next_update_by TIMESTAMPTZ,
        promise_id VARCHAR,
        instance INTEGER,
        due_at TIMESTAMPTZ,
        next_due_at TIMESTAMPTZ,
        metric VARCHAR,
        label VARCHAR,
        target_number VARCHAR,
        reference VARCHAR,
        media_type VARCHAR,
        "public" BOOLEAN,
        kind VARCHAR
    )""",
    keeps_unreadable_bytes=False,  # the bytes of an unreadable event may be anybody's
)
"""Personal fields are JSON here: a text is shown, a sealed object is not."""
