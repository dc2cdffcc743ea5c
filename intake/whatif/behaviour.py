"""What people did, as a recorded save tells it, done once more to a ticket of another history.

Held fixed is what customers and agents did and said, when, and what they chose by hand. What
follows from it (clocks, promises, steps of the status, reopening) is decided anew, by the commands
of the ticket, and so may be refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from domain.events import (
    ArticleLinked,
    AttachmentAdded,
    EscalationRequested,
    EventCorrected,
    MessageClassified,
    MessageDeliveryReported,
    MessageReceived,
    MessageSent,
    NoteAdded,
    ReminderCancelled,
    ReminderSet,
    ResolutionConfirmed,
    ResolutionRejected,
    SurveyAnswered,
    TicketAcknowledged,
    TicketAssigned,
    TicketCategorized,
    TicketClosed,
    TicketDeescalated,
    TicketEscalated,
    TicketEvent,
    TicketFieldChanged,
    TicketHandedOver,
    TicketLinked,
    TicketOpened,
    TicketPrioritized,
    TicketProgressed,
    TicketQueued,
    TicketReopened,
    TicketRequesterChanged,
    TicketResolved,
    TicketSplit,
    TicketStageChanged,
    TicketStatusChanged,
    TicketTagged,
    TicketUnassigned,
    TicketUntagged,
)
from domain.in_force import InForce
from domain.ticket import Ticket

Kind = TypeVar("Kind", bound=TicketEvent)

_SECOND = timedelta(seconds=1)

REPEATED = (
    ArticleLinked,
    AttachmentAdded,
    EventCorrected,
    MessageDeliveryReported,
    NoteAdded,
    ReminderCancelled,
    ReminderSet,
    TicketAcknowledged,
    TicketCategorized,
    TicketFieldChanged,
    TicketLinked,
    TicketPrioritized,
    TicketRequesterChanged,
    TicketSplit,
    TicketStageChanged,
    TicketTagged,
    TicketUntagged,
)
"""Events that say something and depend on nothing: they are recorded as they were."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One recorded save of a person, and the promise's default that held then."""

    events: Sequence[TicketEvent]
    at: datetime
    promised_by_default: timedelta

    def first(self, kind: type[Kind]) -> Kind | None:
        """The first event of a kind."""
        return next((event for event in self.events if isinstance(event, kind)), None)


def once_more(
    behaviour: Behaviour, ticket: Ticket | None, in_force: InForce
) -> list[TicketEvent] | None:
    """The events of the same behaviour on this ticket; None: nothing that can be done again.

    Raises Refusal where it does not fit any more.
    """
    opened = behaviour.first(TicketOpened)
    if opened is not None:
        return [opened]
    if ticket is None:
        return None
    for kind, command in _COMMANDS:
        event = behaviour.first(kind)
        if event is not None:
            return command(event, behaviour, ticket, in_force)
    repeated: list[TicketEvent] = [one for one in behaviour.events if isinstance(one, REPEATED)]
    return repeated or None


Command = Callable[[Any, Behaviour, Ticket, InForce], list[TicketEvent]]


def _receive(
    event: MessageReceived, behaviour: Behaviour, ticket: Ticket, in_force: InForce
) -> list[TicketEvent]:
    return ticket.receive(
        message_id=event.message_id,
        channel=event.channel,
        at=behaviour.at,
        live=event.live,
        body=event.body,
        intent=event.intent,
        attachments=event.attachments,
        default_promise=in_force.default_promise,
        reopening_window=in_force.reopening_window,
    )


def _resolve(
    event: TicketResolved, behaviour: Behaviour, ticket: Ticket, _: InForce
) -> list[TicketEvent]:
    return ticket.resolve(
        at=behaviour.at,
        agent_id=event.resolver,
        code=event.code,
        message=behaviour.first(MessageSent),
    )


def _reply(
    event: MessageSent, behaviour: Behaviour, ticket: Ticket, in_force: InForce
) -> list[TicketEvent]:
    """A promise that was made by default is made by the new default; one that somebody chose
    stays, and none stays none."""
    promised = event.next_update_by
    default = behaviour.at + behaviour.promised_by_default
    is_default = promised is not None and abs(promised - default) <= _SECOND
    return ticket.reply(
        message_id=event.message_id,
        channel=event.channel,
        at=behaviour.at,
        body=event.body,
        author=event.author,
        agent_id=event.agent_id,
        agent_display=event.agent_display,
        asks=event.asks,
        template=event.template,
        next_update_by=None if is_default else promised,
        default_promise=in_force.default_promise if is_default else None,
    )


def _reopen(
    event: TicketReopened, behaviour: Behaviour, ticket: Ticket, in_force: InForce
) -> list[TicketEvent]:
    return ticket.reopen(
        at=behaviour.at, reason=event.reason, reopening_window=in_force.reopening_window
    )


def _change_status(
    _: TicketStatusChanged, behaviour: Behaviour, ticket: Ticket, __: InForce
) -> list[TicketEvent]:
    last = [one for one in behaviour.events if isinstance(one, TicketStatusChanged)][-1]
    return ticket.change_status(last.to, reason=last.reason)


def _assign(event: TicketAssigned, _: Behaviour, ticket: Ticket, __: InForce) -> list[TicketEvent]:
    return ticket.assign(
        event.to,
        method=event.method,
        reason=event.reason,
        active_then=event.active_then,
        capacity=event.capacity,
        summary=event.summary,
    )


def _classify(
    event: MessageClassified, _: Behaviour, ticket: Ticket, __: InForce
) -> list[TicketEvent]:
    return ticket.classify_message(event.message_id, event.to, method=event.method)


_COMMANDS: tuple[tuple[type[TicketEvent], Command], ...] = (
    (MessageReceived, _receive),
    (TicketResolved, _resolve),
    (MessageSent, _reply),
    (ResolutionRejected, lambda e, b, t, _: t.reject(at=b.at, message_id=e.message_id)),
    (MessageClassified, _classify),
    (ResolutionConfirmed, lambda e, _, t, __: t.confirm(message_id=e.message_id)),
    (TicketReopened, _reopen),
    (TicketClosed, lambda e, _, t, __: t.close(e.reason)),
    (TicketProgressed, lambda e, _, t, __: t.progress(e.kind)),
    (TicketStatusChanged, _change_status),
    (SurveyAnswered, lambda e, _, t, __: t.answer_survey(e.survey_id, e.score)),
    (
        EscalationRequested,
        lambda e, _, t, __: t.request_escalation(e.to_level, trigger=e.trigger, summary=e.summary),
    ),
    (
        TicketEscalated,
        lambda e, _, t, __: t.escalate(e.to_level, trigger=e.trigger, summary=e.summary),
    ),
    (
        TicketDeescalated,
        lambda e, _, t, __: t.deescalate(e.to_level, reason=e.reason, summary=e.summary),
    ),
    (
        TicketHandedOver,
        lambda e, _, t, __: t.hand_over(e.to, summary=e.summary, reason=e.reason),
    ),
    (TicketAssigned, _assign),
    (TicketUnassigned, lambda e, _, t, __: t.unassign(method=e.method, reason=e.reason)),
    (TicketQueued, lambda e, _, t, __: t.put_in_queue(e.to, rule=e.rule, reason=e.reason)),
)
"""By which command each kind of event came about; of a save the first that is found counts."""
