"""One customer's case in a few words: events and saves for the tests of what they see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.events import (
    AnyTicketEvent,
    AttachmentAdded,
    MessageReceived,
    MessageSent,
    NextUpdateMissed,
    NextUpdatePromised,
    Requester,
    SlaBreached,
    SurveyAnswered,
    SurveySent,
    TicketAssigned,
    TicketOpened,
    TicketReopened,
    TicketResolved,
    TicketStatusChanged,
)
from domain.reach import Direction, SurveyKind
from domain.values import (
    Author,
    Channel,
    Intent,
    Method,
    Metric,
    Origin,
    ResolutionCode,
    Sealed,
    Status,
)
from projections.customer_timeline import PROJECTION
from tests.projections.harness import Stream, fold

T1 = "01930c1e-0000-7000-8000-000000000001"
T2 = "01930c1e-0000-7000-8000-000000000002"
DAY = datetime(2026, 3, 2, tzinfo=UTC)


def when(clock: str, *, days: int = 0) -> datetime:
    """A moment of the day, `10:03`, or of a later one."""
    hours, minutes = clock.split(":")
    return DAY + timedelta(days=days, hours=int(hours), minutes=int(minutes))


def opened(**changes: Any) -> TicketOpened:
    usual = TicketOpened(
        number="N1",
        channel=Channel.CHAT,
        live=True,
        origin=Origin.CUSTOMER,
        subject="Visa refused",
        body="They sent me home.",
        category=("Visa", "Refusal"),
        order_refs=("O1",),
        requester=Requester(id="x", name="Xenia"),
    )
    return usual.model_copy(update=changes)


def replied(body: str | Sealed | None = "We look into it.", **changes: Any) -> MessageSent:
    usual = MessageSent(
        message_id=f"to-{body}",
        channel=Channel.CHAT,
        author=Author.HUMAN,
        asks=False,
        agent_id="ayu",
        agent_display="Ayu",
        body=body,
    )
    return usual.model_copy(update=changes)


def wrote(body: str, *, status: Status, intent: Intent = Intent.UNKNOWN) -> MessageReceived:
    return MessageReceived(
        message_id=f"from-{body}",
        channel=Channel.CHAT,
        live=True,
        intent=intent,
        status=status,
        body=body,
    )


def moved(old: Status, new: Status) -> TicketStatusChanged:
    return TicketStatusChanged(from_=old, to=new, reason="an internal reason")


def assigned(agent: str = "ayu") -> TicketAssigned:
    return TicketAssigned(to=agent, method=Method.CLAIM)


def promised(name: str, due: datetime, *, by_message: str | None = None) -> NextUpdatePromised:
    return NextUpdatePromised(promise_id=name, instance=1, due_at=due, message_id=by_message)


def resolved(**changes: Any) -> TicketResolved:
    usual = TicketResolved(code=ResolutionCode.SOLVED, with_message=True, cycle=1, resolver="ayu")
    return usual.model_copy(update=changes)


def reopened(from_: Status = Status.RESOLVED, *, message_id: str | None = None) -> TicketReopened:
    return TicketReopened(from_=from_, cycle=2, reason="customer_message", message_id=message_id)


def told(*saves: tuple[str, list[AnyTicketEvent]]) -> Stream:
    """One ticket's saves, each at a time of the day."""
    stream = Stream()
    for clock, events in saves:
        stream.save(T1, *events, at=when(clock))
    return stream


def missed(
    name: str, instance: int, due: datetime, *, again: datetime | None = None
) -> NextUpdateMissed:
    """A miss; the promise is due `again` a day later, unless said."""
    return NextUpdateMissed(
        promise_id=name,
        instance=instance,
        due_at=due,
        next_due_at=again or due + timedelta(days=1),
    )


def breached(metric: Metric) -> SlaBreached:
    return SlaBreached(metric=metric, instance=1, elapsed_seconds=1, calendar_seconds=1)


def attached(reference: str = "files/1", *, public: bool) -> AttachmentAdded:
    return AttachmentAdded(
        reference=reference, media_type="image/png", bytes=10, sha256="0" * 64, public=public
    )


def asked(kind: SurveyKind = SurveyKind.CSAT) -> SurveySent:
    return SurveySent(survey_id="s1", kind=kind, scale=5, direction=Direction.HIGHER_IS_BETTER)


def scored(kind: SurveyKind = SurveyKind.CSAT) -> SurveyAnswered:
    return SurveyAnswered(
        survey_id="s1", kind=kind, scale=5, direction=Direction.HIGHER_IS_BETTER, score=4
    )


def case(stream: Stream, ticket: str = T1) -> dict[str, Any]:
    with fold(PROJECTION, stream) as folded:
        [row] = folded.rows("SELECT * FROM customer_case WHERE ticket = $ticket", ticket=ticket)
    return row


def entries(stream: Stream, *columns: str, ticket: str = T1) -> list[tuple[Any, ...]]:
    with fold(PROJECTION, stream) as folded:
        return folded.query(
            f"SELECT {', '.join(columns)} FROM customer_timeline WHERE ticket = $ticket "
            "ORDER BY sequence",
            ticket=ticket,
        )
