"""One activity of another system's log: what it does to a ticket, and the event that only it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from domain.events import (
    AnyTicketEvent,
    MessageReceived,
    MessageSent,
    TicketEscalated,
    TicketFieldChanged,
    TicketProgressed,
)
from domain.snapshots import Snapshot
from domain.values import (
    Author,
    Channel,
    EscalationTrigger,
    Intent,
    Level,
    Method,
    Status,
    WorkKind,
)

EventName = Literal[
    "opened",
    "status_changed",
    "resolved",
    "closed",
    "reopened",
    "queued",
    "assigned",
    "unassigned",
    "escalated",
    "progressed",
    "message_received",
    "message_sent",
]

ACTIVITY = "activity"
"""The field under which an activity without a translation is kept."""


@dataclass(frozen=True, slots=True)
class Happening:
    """What an activity is to us. The attributes after `event` belong to some events only."""

    event: EventName
    to: Status | None = None
    reason: str | None = None
    kind: WorkKind | None = None
    intent: Intent | None = None
    channel: Channel | None = None
    author: Author | None = None
    asks: bool | None = None
    to_level: Level | None = None
    trigger: EscalationTrigger | None = None

    @property
    def is_state(self) -> bool:
        """Whether a ticket's state shows all of it."""
        return self.event not in _BESIDE_STATE


_BESIDE_STATE = frozenset({"progressed", "escalated", "message_received", "message_sent"})


def state_after(before: Snapshot, given: Mapping[str, Any], what: Happening | None) -> Snapshot:
    """The state after an activity, whose row gives some attributes and leaves others as they were.

    Rule: a queue is taken from the row of a `queued` activity, an owner from that of an `assigned`
    one; on other rows they may mean something else.
    """
    event = what.event if what else None
    wanted = {"queue": event == "queued", "owner": event == "assigned"}
    taken = {name: value for name, value in given.items() if wanted.get(name, True)}
    taken["fields"] = {**before.fields, **taken.get("fields", {})}
    return before._replace(**(taken | _moved(before, what)))


def _moved(before: Snapshot, what: Happening | None) -> dict[str, Any]:
    """The attributes that the activity itself sets, whatever its row says."""
    match what.event if what else None:
        case "status_changed" if what is not None:
            return {"status": what.to, "reason": what.reason}
        case "resolved" if what is not None:
            return {"status": Status.RESOLVED, "reason": what.reason}
        case "closed" if what is not None:
            return {"status": Status.CLOSED, "reason": what.reason}
        case "reopened":
            count = before.reopen_count + 1
            return {"status": Status.OPEN, "reason": None, "reopen_count": count}
        case "unassigned":
            return {"owner": None}
        case _:
            return {}


def events_beside(
    name: str,
    what: Happening | None,
    *,
    before: Snapshot,
    level: Level,
    message_id: str,
    performed_by: str | None,
) -> list[AnyTicketEvent]:
    """The events of an activity that no state shows: a message, work done, a higher level.

    An activity without a translation is kept as a field, never guessed.
    """
    by = {"performed_by": performed_by}
    if what is None:
        return [TicketFieldChanged(field=ACTIVITY, to=name, method=Method.IMPORT, **by)]
    if what.event == "progressed":
        return [TicketProgressed(kind=what.kind or WorkKind.UPDATE, **by)]
    if what.event == "escalated":
        trigger = what.trigger or EscalationTrigger.AGENT
        to_level = what.to_level or Level.L2
        return [TicketEscalated(from_level=level, to_level=to_level, trigger=trigger, **by)]
    if what.event in ("message_received", "message_sent"):
        return [_message(what, before=before, message_id=message_id, performed_by=performed_by)]
    return []


def _message(
    what: Happening, *, before: Snapshot, message_id: str, performed_by: str | None
) -> AnyTicketEvent:
    channel = what.channel or before.channel
    if what.event == "message_received":
        return MessageReceived(
            message_id=message_id,
            channel=channel,
            live=channel.is_live,
            intent=what.intent or Intent.UNKNOWN,
            status=before.status or Status.NEW,
            performed_by=performed_by,
        )
    return MessageSent(
        message_id=message_id,
        channel=channel,
        author=what.author or Author.HUMAN,
        asks=bool(what.asks),
        agent_id=performed_by,
        performed_by=performed_by,
    )
