"""What `ticket show` reads from the bytes is what deciding folds from the events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import sheet, wording
from cli.entries import PERSONAL, Entry, entry_of
from cli.sheet import read_sheet
from cli.sheet_clocks import SERVICE, ClockShown, ReminderShown, Service
from domain import values
from domain.codec import encode
from domain.events import AnyEvent, FoldedByTickets, SlaStarted, TicketOpened
from domain.facts import Fact
from domain.stages import badges_of, stage_of
from domain.ticket import Ticket, fold
from domain.values import Personal
from eventstore.envelope import Envelope, write_event
from tests.domain.given import MIDNIGHT
from tests.domain.strategies import (
    ANY_EVENT,
    FAMILIAR,
    TICKET_EVENT_KINDS,
    Pool,
    events,
    histories,
)

pytestmark = pytest.mark.unit


def short_name(kind: type[AnyEvent]) -> str:
    """An event's type without what all have."""
    return kind.TYPE.removeprefix("ticketledger.").removesuffix(".v1")


def kinds(events: object) -> set[str]:
    """The short names of a union's events."""
    return {short_name(event) for event in get_args(events)}


def stored(history: list[Fact]) -> list[Entry]:
    """The history as the store would hand it out."""
    entries: list[Entry] = []
    for fact in history:
        type_, data = encode(fact.event)
        envelope = Envelope(
            id="e",
            source="/ledgers/test",
            type=type_,
            subject=fact.subject,
            sequence=fact.sequence,
            time=fact.time,
            recordedtime=datetime(2026, 3, 1, tzinfo=UTC),
            actor=fact.actor,
        )
        entries.append(entry_of(fact.sequence, write_event(envelope, data)))
    return entries


def shown(ticket: Ticket) -> dict[str, object]:
    """What of the folded ticket is on a sheet."""
    return {
        "number": ticket.number,
        "opened_at": ticket.opened_at,
        "effective_at": ticket.effective_at,
        "sequence": ticket.sequence,
        "status": str(ticket.status),
        "status_since": ticket.status_since,
        "stage": str(stage_of(ticket)),
        "badges": [str(badge) for badge in badges_of(ticket)],
        "times_reopened": ticket.times_reopened,
        "level": str(ticket.level),
        "cycle": ticket.cycle,
        "origin": str(ticket.origin),
        "channel": str(ticket.channel),
        "requester_id": ticket.requester_id,
        "category": list(ticket.category) if ticket.category else None,
        "priority": str(ticket.priority) if ticket.priority else None,
        "tags": set(ticket.tags),
        "fields": ticket.fields,
        "order_refs": set(ticket.order_refs),
        "queue": ticket.queue,
        "owner": ticket.owner,
        "acknowledged": ticket.acknowledged,
        "first_reply_at": ticket.first_reply_at,
        "last_public_at": ticket.last_public_at,
        "promise_due_at": ticket.promise.due_at if ticket.promise else None,
        "resolved_at": ticket.resolved_at,
        "last_resolver": ticket.last_resolver,
        "closed_at": ticket.closed_at,
        "close_reason": str(ticket.close_reason) if ticket.close_reason else None,
        "links": {(str(role), other) for role, other in ticket.links},
        "follows": ticket.follows,
        "merged_into": ticket.merged_into,
        "absorbed": set(ticket.absorbed),
        "split_into": set(ticket.split_into),
        "service": served(ticket),
        "is_imported": ticket.is_imported,
    }


def served(ticket: Ticket) -> Service:
    """What of the folded ticket is about time."""
    agreement = ticket.agreement
    return Service(
        policy=agreement.policy if agreement else None,
        version=agreement.version if agreement else None,
        rule=agreement.rule if agreement else None,
        clocks={
            str(metric): ClockShown(
                str(clock.metric),
                clock.instance,
                clock.due_at,
                clock.since,
                clock.elapsed_seconds,
                clock.warned,
                clock.breached,
            )
            for metric, clock in ticket.clocks.items()
        },
        reminders={
            id_: ReminderShown(one.due_at, one.agent_id) for id_, one in ticket.reminders.items()
        },
    )


TIMED = st.sampled_from([kind for kind in TICKET_EVENT_KINDS if short_name(kind) in SERVICE])
"""Among all kinds of events those of one clock seldom meet."""


@st.composite
def timed_histories(draw: st.DrawFn) -> list[Fact]:
    """Any recorded history of clocks and reminders."""
    one_clock: Pool = {
        **FAMILIAR,
        values.Metric: st.just(values.Metric.FIRST_REPLY),
        "reminder_id": st.just("r"),
    }
    more = st.lists(TIMED.flatmap(lambda kind: events(kind, one_clock)), min_size=1, max_size=8)
    drawn = [draw(events(SlaStarted, one_clock)), *draw(more)]
    return [
        Fact(event, "t", sequence, MIDNIGHT + timedelta(hours=sequence), None)
        for sequence, event in enumerate(drawn, 1)
    ]


@given(timed_histories())
def test_a_sheet_shows_every_clock_as_it_stands(history: list[Fact]) -> None:
    ticket, read = fold(history), read_sheet(stored(history))

    assert ticket is not None
    assert read is not None
    assert read.service == served(ticket)


@given(histories())
def test_a_sheet_shows_what_the_ticket_is_after_any_history(history: list[Fact]) -> None:
    ticket, read = fold(history), read_sheet(stored(history))

    if ticket is None:
        assert read is None
        return
    assert read is not None
    wanted = shown(ticket)
    found = {name: getattr(read, name) for name in wanted}
    assert found | {"order_refs": set(read.order_refs)} == wanted
    assert read.unknown_events == 0


def test_every_event_of_a_ticket_is_known_to_the_sheet_and_every_event_has_words() -> None:
    assert set(sheet._CHANGES) | set(SERVICE) == kinds(FoldedByTickets)
    assert not set(sheet._CHANGES) & set(SERVICE)
    assert set(sheet._CHANGES) > sheet._MOVES
    assert set(wording._WORDS) == kinds(AnyEvent)


@given(ANY_EVENT)
def test_whatever_an_event_holds_can_be_said_in_words(event: AnyEvent) -> None:
    [entry] = stored([Fact(event, "t", 1, MIDNIGHT, None)])  # type: ignore[arg-type]

    assert isinstance(wording.describe(entry, ZoneInfo("UTC"), texts=True), str)
    assert wording.headline(entry)


def test_every_personal_field_is_known_so_that_the_log_can_be_shown_without_words() -> None:
    personal: set[str] = set()
    models = [*get_args(AnyEvent), get_args(TicketOpened.model_fields["requester"].annotation)[0]]
    for model in models:
        for name, field in model.model_fields.items():
            if (field.json_schema_extra or {}).get("x-personal") or Personal in get_args(
                field.annotation
            ):
                personal.add(field.alias or name)
            schema = model.model_json_schema()["properties"].get(field.alias or name, {})
            if "x-personal" in str(schema):
                personal.add(field.alias or name)

    assert personal - {"requester"} == PERSONAL
