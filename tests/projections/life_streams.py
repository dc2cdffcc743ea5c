"""Dense histories of what goes on beside a ticket's status: clocks, promises, reminders, merges."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from domain.events import (
    AnyTicketEvent,
    AttachmentAdded,
    CustomerErased,
    CustomerProfiled,
    CustomersMerged,
    MessageClassified,
    MessageDeliveryReported,
    MessageReceived,
    MessageSent,
    NextUpdateCancelled,
    NextUpdateKept,
    NextUpdateMissed,
    NextUpdatePromised,
    NextUpdateSuperseded,
    NoteAdded,
    NotificationOpened,
    ReminderCancelled,
    ReminderDue,
    ReminderSet,
    Requester,
    SlaApplied,
    SlaBreached,
    SlaCancelled,
    SlaFulfilled,
    SlaPaused,
    SlaRemoved,
    SlaResumed,
    SlaStarted,
    SlaWarned,
    SurveyAnswered,
    SurveySent,
    TicketAbsorbed,
    TicketAssigned,
    TicketAssignmentDeferred,
    TicketCategorized,
    TicketClosed,
    TicketEscalated,
    TicketMerged,
    TicketOpened,
    TicketPrioritized,
    TicketProgressed,
    TicketReopened,
    TicketResolved,
    TicketStageChanged,
    TicketStatusChanged,
    TrackerViewed,
)
from domain.people import ErasureScope
from domain.reach import Delivery, Direction, Look, Surface, SurveyKind
from domain.subjects import customer_subject, tracker_subject
from domain.values import (
    Author,
    Channel,
    CloseReason,
    DeferralReason,
    EscalationTrigger,
    Intent,
    Level,
    Method,
    Metric,
    Origin,
    Priority,
    ResolutionCode,
    Stage,
    Status,
    WorkKind,
)
from tests.projections.harness import Stream

START = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
CUSTOMERS = ["x", "y", "z"]
AGENTS = ["ayu", "budi", None]
IDS = ["1", "2"]


def eventful(chance: Random, *, tickets: int = 6, events: int = 300, partitions: int = 1) -> Stream:
    """A few tickets of which much is told, in any order, some of it late, and their customers."""
    stream = Stream(partitions=partitions)
    moment = START
    for _ in range(events):
        moment += timedelta(minutes=chance.choice([0, 0, 1, 10, 20, 90]))
        late = timedelta(minutes=chance.choice([0, 0, 0, 45]))
        ticket = ticket_named(chance.randrange(tickets))
        if chance.random() < 0.06:
            _beside(stream, chance, ticket, moment - late)
            continue
        event = (
            chance.choice(_ANYTHING)(chance, moment)
            if stream.has(ticket)
            else _opened(chance, ticket)
        )
        actor = chance.choice(["agent:ayu", "customer:x", "system:automation"])
        stream.save(ticket, event, at=moment - late, actor=actor)
    return stream


def ticket_named(number: int) -> str:
    return f"01930c1e-0000-7000-8000-{number:012d}"


def _opened(chance: Random, ticket: str) -> TicketOpened:
    return TicketOpened(
        number=f"N{int(ticket[-12:])}",
        channel=Channel.EMAIL,
        live=False,
        origin=chance.choice([Origin.CUSTOMER, Origin.CUSTOMER, Origin.SPLIT]),
        category=chance.choice([("Refund",), ("Hotel",), None]),
        requester=Requester(id=chance.choice(CUSTOMERS)),
    )


def _beside(stream: Stream, chance: Random, ticket: str, at: datetime) -> None:
    """Something about the customer, or a look at the tracker."""
    who = chance.choice(CUSTOMERS)
    match chance.randrange(4):
        case 0:
            profile = CustomerProfiled(customer_id=who, customer_tier=chance.choice(["vip", None]))
            stream.save(customer_subject(who), profile, at=at)
        case 1:
            scope = chance.choice(list(ErasureScope))
            stream.save(customer_subject(who), CustomerErased(customer_id=who, scope=scope), at=at)
        case 2:
            merged = CustomersMerged(from_=who, to=chance.choice(CUSTOMERS))
            stream.save(customer_subject(who), merged, at=at)
        case _:
            viewed = TrackerViewed(
                ticket=ticket, surface=Surface.TRACKER, look=chance.choice(list(Look))
            )
            stream.save(tracker_subject(ticket), viewed, at=at)


def _sometime(chance: Random, now: datetime) -> datetime:
    return now + timedelta(minutes=chance.choice([-30, 0, 1, 60, 240]))


def _rung(chance: Random, now: datetime) -> AnyTicketEvent:
    kinds: list[type[SlaWarned | SlaBreached | SlaFulfilled]] = [
        SlaWarned,
        SlaBreached,
        SlaFulfilled,
    ]
    return chance.choice(kinds)(
        metric=chance.choice(list(Metric)),
        instance=1,
        due_at=_sometime(chance, now),
        elapsed_seconds=1.0,
        calendar_seconds=1.0,
    )


def _message(chance: Random, _: datetime) -> AnyTicketEvent:
    return MessageReceived(
        message_id=chance.choice(IDS),
        channel=chance.choice([Channel.EMAIL, Channel.CHAT]),
        live=chance.choice([True, False]),
        intent=chance.choice(list(Intent)),
        status=Status.OPEN,
    )


def _reply(chance: Random, now: datetime) -> AnyTicketEvent:
    return MessageSent(
        message_id=chance.choice(["a", "b"]),
        channel=Channel.EMAIL,
        author=chance.choice(list(Author)),
        asks=False,
        agent_id=chance.choice(AGENTS),
        next_update_by=chance.choice([None, _sometime(chance, now)]),
    )


_ANYTHING: list[Callable[[Random, datetime], AnyTicketEvent]] = [
    _message,
    _message,
    _reply,
    _reply,
    _rung,
    _rung,
    _rung,
    *[
        lambda c, now: SlaStarted(
            metric=c.choice(list(Metric)[:3]), instance=1, due_at=_sometime(c, now)
        )
    ]
    * 3,
    lambda c, _: SlaPaused(
        metric=c.choice(list(Metric)[:3]), instance=1, elapsed_seconds=1.0, calendar_seconds=1.0
    ),
    lambda c, now: SlaResumed(
        metric=c.choice(list(Metric)[:3]), instance=1, due_at=_sometime(c, now)
    ),
    lambda c, _: SlaCancelled(
        metric=c.choice(list(Metric)[:3]),
        instance=1,
        elapsed_seconds=1.0,
        calendar_seconds=1.0,
        reason="merged",
    ),
    lambda c, _: SlaApplied(
        policy=c.choice(["desk", "air"]), version=c.randrange(1, 4), targets=()
    ),
    lambda *_: SlaRemoved(policy="desk", version=1, reason="published"),
    *[
        lambda c, now: NextUpdatePromised(
            promise_id=c.choice(IDS),
            instance=1,
            due_at=_sometime(c, now),
            message_id=c.choice([None, "a", "b"]),
        )
    ]
    * 3,
    *[
        lambda c, now: NextUpdateMissed(
            promise_id=c.choice(IDS),
            instance=c.randrange(1, 4),
            due_at=now,
            next_due_at=_sometime(c, now),
        )
    ]
    * 2,
    lambda c, now: NextUpdateKept(promise_id=c.choice(IDS), instance=1, due_at=now),
    lambda c, _: NextUpdateSuperseded(promise_id=c.choice(IDS), instance=1),
    lambda c, _: NextUpdateCancelled(promise_id=c.choice(IDS), instance=1, reason="pending"),
    *[
        lambda c, now: ReminderSet(
            reminder_id=c.choice(IDS),
            due_at=_sometime(c, now),
            agent_id=c.choice(AGENTS),
            text="ask the airline",
        )
    ]
    * 2,
    lambda c, now: ReminderDue(reminder_id=c.choice(IDS), due_at=now),
    lambda c, _: ReminderCancelled(reminder_id=c.choice(IDS)),
    lambda *_: NoteAdded(note_id="n1", body="he is rude"),
    lambda *_: TicketProgressed(kind=WorkKind.CALL),
    lambda c, _: TicketCategorized(
        to=c.choice([("Refund",), None]), method=c.choice([Method.AGENT, Method.RULE])
    ),
    lambda c, _: TicketPrioritized(
        to=c.choice(list(Priority)), method=c.choice([Method.AGENT, Method.MODEL])
    ),
    *[lambda c, _: TicketStatusChanged(from_=Status.NEW, to=c.choice(list(Status)[:4]))] * 3,
    lambda c, _: TicketResolved(
        code=ResolutionCode.SOLVED, with_message=False, cycle=1, resolver=c.choice(AGENTS)
    ),
    lambda c, _: TicketClosed(reason=c.choice(list(CloseReason))),
    lambda c, _: TicketReopened(
        from_=Status.RESOLVED, cycle=2, reason="r", message_id=c.choice([None, "1"])
    ),
    lambda c, _: TicketAssigned(to=c.choice(["ayu", "budi"]), method=Method.CLAIM),
    lambda c, _: TicketAssignmentDeferred(reason=c.choice(list(DeferralReason))),
    lambda *_: TicketEscalated(
        from_level=Level.L1, to_level=Level.L2, trigger=EscalationTrigger.NO_PROGRESS
    ),
    lambda c, _: TicketStageChanged(
        from_=Stage.RECEIVED, to=c.choice(list(Stage)), label=c.choice([None, "at the airline"])
    ),
    lambda c, _: _merged(c),
    lambda *_: TicketAbsorbed(source="s", source_number="N9"),
    lambda c, _: MessageClassified(
        message_id=c.choice(IDS),
        from_=Intent.UNKNOWN,
        to=c.choice(list(Intent)),
        method=Method.MODEL,
    ),
    lambda c, _: MessageDeliveryReported(
        message_id=c.choice(["a", "b"]), delivery=c.choice(list(Delivery))
    ),
    lambda *_: NotificationOpened(notification_id="n1", surface=Surface.PUSH),
    lambda c, _: AttachmentAdded(
        reference="files/1",
        media_type="image/png",
        bytes=10,
        sha256="0" * 64,
        public=c.choice([True, False]),
    ),
    lambda c, _: _survey(c),
]


def _merged(chance: Random) -> TicketMerged:
    number = chance.randrange(6)
    return TicketMerged(target=ticket_named(number), target_number=f"N{number}")


def _survey(chance: Random) -> AnyTicketEvent:
    asked = SurveySent(
        survey_id=chance.choice(IDS),
        kind=SurveyKind.CSAT,
        scale=5,
        direction=Direction.HIGHER_IS_BETTER,
    )
    if chance.random() < 0.5:
        return asked
    return SurveyAnswered(
        survey_id=chance.choice(IDS),
        kind=SurveyKind.CSAT,
        scale=5,
        direction=Direction.HIGHER_IS_BETTER,
        score=4,
    )
