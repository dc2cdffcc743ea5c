"""History from another system: rows become events, and the events tell the rows again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events import (
    AnyTicketEvent,
    Requester,
    TicketAssigned,
    TicketClosed,
    TicketFieldChanged,
    TicketImported,
    TicketOpened,
    TicketPrioritized,
    TicketQueued,
    TicketReopened,
    TicketRequesterChanged,
    TicketResolved,
    TicketStatusChanged,
    TicketUnassigned,
)
from domain.facts import Fact
from domain.history import Arrival, arrival, changes
from domain.snapshots import Snapshot, at_opening, seen_from_events, settled
from domain.ticket import Ticket, evolve
from domain.values import (
    Channel,
    CloseReason,
    Fidelity,
    Method,
    Priority,
    ResolutionCode,
    Status,
)

pytestmark = pytest.mark.unit

OPENED_AT = datetime(2016, 2, 29, 1, 16, tzinfo=UTC)
NAMES = st.sampled_from(["a", "b", "c"])
UNRESOLVED = st.tuples(
    st.sampled_from([Status.NEW, Status.OPEN, Status.PENDING, Status.ON_HOLD]),
    st.none() | st.sampled_from(["Awaiting Vendor", "Awaiting Problem"]),
)
LIVES = st.one_of(
    UNRESOLVED,
    st.tuples(st.just(Status.RESOLVED), st.sampled_from([*ResolutionCode, None])),
    st.tuples(st.just(Status.CLOSED), st.sampled_from([*CloseReason, None])),
    st.just((None, None)),
)
FIELDS = st.dictionaries(
    st.sampled_from(["impact", "stated_urgency", "product", "location", "incident_state"]), NAMES
)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    status, reason = draw(LIVES)
    return Snapshot(
        requester_id=draw(st.none() | NAMES),
        channel=draw(st.sampled_from(Channel)),
        category=draw(st.none() | st.lists(NAMES, min_size=1, max_size=5).map(tuple)),
        priority=draw(st.none() | st.sampled_from(Priority)),
        fields=draw(FIELDS),
        queue=draw(st.none() | NAMES),
        owner=draw(st.none() | NAMES),
        status=status,
        reason=reason,
        reopen_count=draw(st.integers(0, 4)),
    )


def arrival_of(snapshot: Snapshot) -> list[AnyTicketEvent]:
    requester = Requester(id=snapshot.requester_id) if snapshot.requester_id else None
    return arrival(
        snapshot,
        Arrival(
            number="INC1",
            source="servicenow",
            batch_id="servicenow-1",
            fidelity=Fidelity.FULL_HISTORY,
            opened_at=OPENED_AT,
            updated_at=OPENED_AT,
            requester=requester,
        ),
        performed_by="Opened by 8",
    )


class Story:
    """A ticket's events as they are recorded, save by save, with its fold and its snapshot."""

    def __init__(self, first: Snapshot) -> None:
        self.ticket: Ticket | None = None
        self.snapshot: Snapshot | None = None
        self.events: list[AnyTicketEvent] = []
        self.save(arrival_of(first), OPENED_AT)

    def row(self, before: Snapshot, after: Snapshot, at: datetime) -> list[AnyTicketEvent]:
        ticket = self.ticket
        assert ticket is not None
        events = changes(before, after, known=lambda: ticket, at=at, performed_by="Updated by 21")
        self.save(events, at)
        return events

    def save(self, events: list[AnyTicketEvent], at: datetime) -> None:
        for event in events:
            self.events.append(event)
            fact = Fact(event, "t", len(self.events), at, "import:servicenow")
            self.ticket = evolve(self.ticket, fact)
            self.snapshot = seen_from_events(self.snapshot, event)


def story_of(*rows: Snapshot, hours: int = 1) -> tuple[Story, list[list[AnyTicketEvent]]]:
    """The saves of these rows, one an hour; the first is the ticket's first row."""
    before = at_opening(rows[0], without="incident_state")
    story, saves = Story(before), []
    for hour, row in enumerate(rows, start=1):
        saves.append(story.row(before, row, OPENED_AT + timedelta(hours=hour * hours)))
        before = settled(before, row)
    return story, saves


@given(rows=st.lists(snapshots(), min_size=1, max_size=8))
def test_folding_what_was_recorded_gives_each_row_back(rows: list[Snapshot]) -> None:
    before = at_opening(rows[0], without="incident_state")
    story = Story(before)
    assert story.snapshot == before
    for hour, row in enumerate(rows):
        story.row(before, row, OPENED_AT + timedelta(hours=hour))
        before = settled(before, row)

        assert story.snapshot == before


@given(rows=st.lists(snapshots(), min_size=1, max_size=8))
def test_the_folded_ticket_stands_as_the_last_row_says(rows: list[Snapshot]) -> None:
    story, _ = story_of(*rows)
    last = at_opening(rows[0], without="incident_state")
    for row in rows:
        last = settled(last, row)

    assert story.ticket is not None
    assert (story.ticket.status, story.ticket.queue, story.ticket.owner) == (
        last.status,
        last.queue,
        last.owner,
    )
    assert (story.ticket.category, story.ticket.priority) == (last.category, last.priority)
    assert story.ticket.requester_id == last.requester_id
    assert story.ticket.channel == rows[0].channel


@given(row=snapshots(), before=snapshots())
def test_a_row_yields_no_event_exactly_when_nothing_differs(
    row: Snapshot, before: Snapshot
) -> None:
    before = settled(at_opening(before), before)
    events = Story(at_opening(before)).row(before, row, OPENED_AT)

    assert (events == []) == (settled(before, row) == before)


@given(rows=st.lists(snapshots(), min_size=2, max_size=6))
def test_the_status_stands_last_in_its_save_and_a_counter_rising_reopens_once(
    rows: list[Snapshot],
) -> None:
    _, saves = story_of(*rows)
    life = (TicketReopened, TicketStatusChanged, TicketResolved, TicketClosed)
    for before, row, events in zip(rows, rows[1:], saves[1:], strict=False):
        kinds = [isinstance(event, life) for event in events]
        assert kinds == sorted(kinds)
        reopened = [event for event in events if isinstance(event, TicketReopened)]
        assert len(reopened) == int(row.reopen_count > before.reopen_count)


def test_what_a_ticket_was_on_its_first_row_begins_with_that_rows_own_time() -> None:
    first = Snapshot(
        requester_id="Caller 2403",
        channel=Channel.PHONE,
        category=("Category 55", "Subcategory 170"),
        priority=Priority.MEDIUM,
        fields={"impact": "2 - Medium", "location": "Location 143"},
        queue="Group 56",
        owner="Resolver 1",
        status=Status.OPEN,
    )

    story, [second_save] = story_of(first)

    opened, imported = story.events[:2]
    assert opened == TicketOpened(
        number="INC1",
        channel=Channel.PHONE,
        live=True,
        origin="customer",
        category=("Category 55", "Subcategory 170"),
        priority=Priority.MEDIUM,
        impact="2 - Medium",
        custom_fields={"location": "Location 143"},
        requester=Requester(id="Caller 2403"),
        performed_by="Opened by 8",
    )
    assert isinstance(imported, TicketImported)
    by = {"performed_by": "Updated by 21"}
    assert second_save == [
        TicketQueued(to="Group 56", **by),
        TicketAssigned(to="Resolver 1", method=Method.IMPORT, **by),
        TicketStatusChanged(from_=Status.NEW, to=Status.OPEN, **by),
    ]


def test_a_row_says_requester_then_classification_then_owner_then_status() -> None:
    before = Snapshot(requester_id="Caller 1", owner="Resolver 1", status=Status.OPEN)
    after = Snapshot(
        requester_id="Caller 2",
        priority=Priority.HIGH,
        fields={"location": "Location 1"},
        queue="Group 1",
        owner=None,
        status=Status.RESOLVED,
    )

    _, saves = story_of(before, after)

    assert [type(event) for event in saves[1]] == [
        TicketRequesterChanged,
        TicketPrioritized,
        TicketFieldChanged,
        TicketQueued,
        TicketUnassigned,
        TicketResolved,
    ]


def test_whoever_owned_the_resolved_row_solved_it_and_a_reopening_remembers() -> None:
    _, saves = story_of(
        Snapshot(status=Status.OPEN, owner="Resolver 1"),
        Snapshot(status=Status.RESOLVED, owner="Resolver 2"),
        Snapshot(status=Status.OPEN, owner="Resolver 2", reopen_count=1),
        Snapshot(status=Status.RESOLVED, reopen_count=1),
    )

    by = {"performed_by": "Updated by 21"}
    assert saves[1][-1] == TicketResolved(
        code=ResolutionCode.UNKNOWN, with_message=False, cycle=1, resolver="Resolver 2", **by
    )
    assert saves[2] == [
        TicketReopened(
            from_=Status.RESOLVED,
            cycle=2,
            reason="the source reopened it",
            prior_resolver="Resolver 2",
            seconds_since_resolved=3600,
            **by,
        )
    ]
    assert saves[3][-1] == TicketResolved(
        code=ResolutionCode.UNKNOWN, with_message=False, cycle=2, **by
    )


def test_a_reopened_row_that_waits_again_is_first_reopened_then_pending() -> None:
    _, saves = story_of(
        Snapshot(status=Status.RESOLVED),
        Snapshot(status=Status.PENDING, reason="Awaiting User Info", reopen_count=1),
    )

    reopened, waits = saves[1]
    assert isinstance(reopened, TicketReopened)
    assert waits == TicketStatusChanged(
        from_=Status.OPEN,
        to=Status.PENDING,
        reason="Awaiting User Info",
        performed_by="Updated by 21",
    )


def test_back_from_closed_without_a_rising_counter_is_recorded_as_it_was() -> None:
    story, saves = story_of(Snapshot(status=Status.CLOSED), Snapshot(status=Status.OPEN))

    by = {"performed_by": "Updated by 21"}
    assert saves[0] == [TicketClosed(reason=CloseReason.AGENT, **by)]
    assert saves[1] == [TicketStatusChanged(from_=Status.CLOSED, to=Status.OPEN, **by)]
    assert story.ticket is not None
    assert (story.ticket.status, story.ticket.cycle) == (Status.OPEN, 1)


def test_a_state_without_translation_is_kept_as_a_field_and_moves_nothing() -> None:
    story, saves = story_of(
        Snapshot(status=Status.OPEN),
        Snapshot(status=None, fields={"incident_state": "-100"}),
        Snapshot(status=Status.OPEN),
    )

    kept = {"field": "incident_state", "method": Method.IMPORT, "performed_by": "Updated by 21"}
    assert saves[1] == [TicketFieldChanged(to="-100", **kept)]
    assert saves[2] == [TicketFieldChanged(from_="-100", **kept)]
    assert story.ticket is not None
    assert story.ticket.status is Status.OPEN


def test_another_reason_to_wait_is_a_change_even_in_the_same_status() -> None:
    _, saves = story_of(
        Snapshot(status=Status.ON_HOLD, reason="Awaiting Vendor"),
        Snapshot(status=Status.ON_HOLD, reason="Awaiting Problem"),
    )

    assert saves[1] == [
        TicketStatusChanged(
            from_=Status.ON_HOLD,
            to=Status.ON_HOLD,
            reason="Awaiting Problem",
            performed_by="Updated by 21",
        )
    ]


def test_a_reopening_dated_before_the_solution_counts_as_of_it() -> None:
    before = at_opening(Snapshot())
    story = Story(before)
    resolved = Snapshot(status=Status.RESOLVED)
    story.row(before, resolved, OPENED_AT + timedelta(hours=2))

    [reopened] = story.row(
        resolved, Snapshot(status=Status.OPEN, reopen_count=1), OPENED_AT + timedelta(hours=1)
    )

    assert isinstance(reopened, TicketReopened)
    assert reopened.seconds_since_resolved == 0
