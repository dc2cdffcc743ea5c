"""Work, waiting, the solution, the end and the way back."""

from __future__ import annotations

from itertools import product

import pytest

from domain.errors import (
    MessageKnown,
    NothingChanges,
    NothingToReopen,
    NotResolved,
    QuestionNeeded,
    Refusal,
    ReopeningForbidden,
    ReopeningTooLate,
    TicketIsClosed,
    TicketNotOpen,
    TransitionImpossible,
)
from domain.events import (
    ResolutionConfirmed,
    ResolutionRejected,
    TicketProgressed,
    TicketReopened,
    TicketResolved,
)
from domain.values import CloseReason, ResolutionCode, Status, WorkKind
from tests.domain.given import (
    CLOSED,
    DUPLICATE,
    EVERY_STATUS,
    NEW,
    ON_HOLD,
    OPEN,
    OPENED,
    PENDING,
    PROMISED,
    RESOLVED,
    SPAM,
    UNRESOLVED,
    Given,
    asked,
    at,
    closed,
    given,
    moved,
    sent,
    solved,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("status", "kind"), list(product(UNRESOLVED, WorkKind)))
def test_work_without_a_reply_is_recorded(status: Status, kind: WorkKind) -> None:
    answered = (
        [moved(Status.ON_HOLD, Status.OPEN, "third_party")]
        if (status, kind) == (Status.ON_HOLD, WorkKind.THIRD_PARTY)
        else []
    )

    EVERY_STATUS[status].when(lambda ticket: ticket.progress(kind)).then(
        TicketProgressed(kind=kind), *answered
    )


STEPS = {
    (Status.NEW, Status.OPEN),
    (Status.OPEN, Status.ON_HOLD),
    (Status.PENDING, Status.OPEN),
    (Status.ON_HOLD, Status.OPEN),
}


@pytest.mark.parametrize(("from_", "to"), sorted(STEPS))
def test_an_agent_takes_a_step_by_hand(from_: Status, to: Status) -> None:
    EVERY_STATUS[from_].when(lambda ticket: ticket.change_status(to, reason="airline")).then(
        moved(from_, to, "airline")
    )


def test_holding_a_new_ticket_begins_it_first() -> None:
    NEW.when(lambda ticket: ticket.change_status(Status.ON_HOLD, reason="airline")).then(
        moved(Status.NEW, Status.OPEN), moved(Status.OPEN, Status.ON_HOLD, "airline")
    )


@pytest.mark.parametrize(
    ("from_", "to"), sorted(set(product(Status, Status)) - STEPS - {(Status.NEW, Status.ON_HOLD)})
)
def test_any_other_step_by_hand_is_refused(from_: Status, to: Status) -> None:
    expected: type[Refusal]
    if from_ is to:
        expected = NothingChanges
    elif from_ is Status.CLOSED:
        expected = TicketIsClosed
    elif from_ is Status.RESOLVED and to is not Status.CLOSED:
        expected = TicketNotOpen
    elif to is Status.PENDING:
        expected = QuestionNeeded
    else:
        expected = TransitionImpossible

    EVERY_STATUS[from_].when(lambda ticket: ticket.change_status(to)).refused(expected)


@pytest.mark.parametrize(
    ("from_", "to", "way_out"),
    [
        (Status.OPEN, Status.RESOLVED, "ticketledger ticket resolve"),
        (Status.OPEN, Status.CLOSED, "ticketledger ticket resolve"),
        (Status.RESOLVED, Status.CLOSED, "ticketledger ticket close"),
        (Status.PENDING, Status.ON_HOLD, "ticketledger ticket status"),
        (Status.OPEN, Status.NEW, "ticketledger ticket show"),
    ],
)
def test_an_impossible_step_names_the_command_that_leads_there(
    from_: Status, to: Status, way_out: str
) -> None:
    EVERY_STATUS[from_].when(lambda ticket: ticket.change_status(to)).refused(
        TransitionImpossible, f"is {from_} and cannot become {to}", way_out
    )


@pytest.mark.parametrize("status", UNRESOLVED)
def test_any_unresolved_ticket_can_be_resolved(status: Status) -> None:
    EVERY_STATUS[status].when(lambda ticket: ticket.resolve(at=at("13:00"), agent_id="ayu")).then(
        solved()
    )


def test_a_solution_may_be_told_in_the_same_save() -> None:
    answer = sent("answer-1")

    OPEN.when(lambda ticket: ticket.resolve(at=at("13:00"), message=answer)).then(
        answer, solved(told=True)
    )


def test_the_resolver_is_who_did_it_else_who_told_it_else_the_owner() -> None:
    def resolver(*, agent_id: str | None, told_by: str | None, owned: bool) -> str | None:
        message = None if told_by is None else sent("answer-1", agent_id=told_by)
        (*_, event) = (
            (OPEN if owned else NEW)
            .when(lambda ticket: ticket.resolve(at=at("13:00"), agent_id=agent_id, message=message))
            .events
        )
        assert isinstance(event, TicketResolved)
        return event.resolver

    assert resolver(agent_id="dewi", told_by="citra", owned=True) == "dewi"
    assert resolver(agent_id=None, told_by="citra", owned=True) == "citra"
    assert resolver(agent_id=None, told_by=None, owned=True) == "ayu"
    assert resolver(agent_id=None, told_by=None, owned=False) is None


def test_a_resolution_says_how_and_in_which_cycle() -> None:
    back = RESOLVED.when(lambda ticket: ticket.reopen(at=at("13:00"), reason="wrong")).recorded(
        at("13:00")
    )

    back.when(lambda ticket: ticket.resolve(at=at("14:00"), code=ResolutionCode.NOT_POSSIBLE)).then(
        TicketResolved(
            code=ResolutionCode.NOT_POSSIBLE, with_message=False, cycle=2, resolver="ayu"
        )
    )


def test_resolving_twice_is_refused_and_not_ignored() -> None:
    RESOLVED.when(lambda ticket: ticket.resolve(at=at("13:00"))).refused(
        TicketNotOpen, "is resolved, not open", "ticketledger ticket reopen"
    )


def test_a_closed_ticket_cannot_be_resolved() -> None:
    CLOSED.when(lambda ticket: ticket.resolve(at=at("13:00"))).refused(TicketIsClosed)


def test_a_solution_is_told_with_a_new_message() -> None:
    PROMISED.when(lambda ticket: ticket.resolve(at=at("13:00"), message=sent("reply-1"))).refused(
        MessageKnown
    )


def test_a_question_solves_nothing() -> None:
    OPEN.when(lambda ticket: ticket.resolve(at=at("13:00"), message=asked())).refused(
        TransitionImpossible, "a question leaves it unsolved", "--ask"
    )


@pytest.mark.parametrize("reason", [CloseReason.AGENT, CloseReason.TIMEOUT])
def test_what_is_resolved_can_be_closed(reason: CloseReason) -> None:
    RESOLVED.when(lambda ticket: ticket.close(reason)).then(closed(reason))


@pytest.mark.parametrize(("status", "reason"), list(product(UNRESOLVED, ["agent", "timeout"])))
def test_what_is_not_resolved_cannot_be_closed(status: Status, reason: str) -> None:
    EVERY_STATUS[status].when(lambda ticket: ticket.close(CloseReason(reason))).refused(
        NotResolved, f"is {status}, not resolved", "ticketledger ticket resolve"
    )


@pytest.mark.parametrize(
    ("status", "reason"), list(product([*UNRESOLVED, "resolved"], ["spam", "duplicate"]))
)
def test_spam_and_duplicates_end_without_a_solution(status: str, reason: str) -> None:
    EVERY_STATUS[Status(status)].when(lambda ticket: ticket.close(CloseReason(reason))).then(
        closed(CloseReason(reason))
    )


@pytest.mark.parametrize(
    ("reason", "way_out"),
    [
        (CloseReason.CONFIRMED, "ticketledger ticket confirm"),
        (CloseReason.MERGED, "ticket merge"),
    ],
)
def test_a_closing_by_hand_cannot_claim_what_others_do(reason: CloseReason, way_out: str) -> None:
    RESOLVED.when(lambda ticket: ticket.close(reason)).refused(TransitionImpossible, way_out)


def test_closing_twice_is_refused() -> None:
    CLOSED.when(lambda ticket: ticket.close()).refused(NothingChanges, "is closed already")


def test_an_agent_brings_a_resolved_ticket_back() -> None:
    RESOLVED.when(lambda ticket: ticket.reopen(at=at("13:00"), reason="refund bounced")).then(
        TicketReopened(
            from_=Status.RESOLVED,
            cycle=2,
            reason="refund bounced",
            prior_resolver="ayu",
            seconds_since_resolved=3600,
        )
    )


def test_an_agent_brings_a_closed_ticket_back_within_seven_days() -> None:
    CLOSED.when(lambda ticket: ticket.reopen(at=at("12:00", day=9), reason="refund bounced")).then(
        TicketReopened(
            from_=Status.CLOSED,
            cycle=2,
            reason="refund bounced",
            prior_resolver="ayu",
            seconds_since_resolved=9 * 86_400,
        )
    )
    CLOSED.when(lambda ticket: ticket.reopen(at=at("12:01", day=9), reason="late")).refused(
        ReopeningTooLate
    )


@pytest.mark.parametrize("history", [SPAM, DUPLICATE], ids=["spam", "duplicate"])
def test_nobody_brings_spam_or_a_duplicate_back(history: Given) -> None:
    history.when(lambda ticket: ticket.reopen(at=at("11:00"), reason="?")).refused(
        ReopeningForbidden, "never reopens"
    )


@pytest.mark.parametrize("status", UNRESOLVED)
def test_what_is_not_resolved_cannot_come_back(status: Status) -> None:
    EVERY_STATUS[status].when(lambda ticket: ticket.reopen(at=at("11:00"), reason="?")).refused(
        NothingToReopen, f"is {status}"
    )


def test_the_customer_agrees_and_the_case_is_closed() -> None:
    RESOLVED.when(lambda ticket: ticket.confirm(message_id="message-1")).then(
        ResolutionConfirmed(message_id="message-1"), closed(CloseReason.CONFIRMED)
    )


def test_the_customer_disagrees_and_the_case_is_open_again() -> None:
    RESOLVED.when(lambda ticket: ticket.reject(at=at("13:00"), message_id="message-1")).then(
        ResolutionRejected(message_id="message-1"),
        TicketReopened(
            from_=Status.RESOLVED,
            cycle=2,
            reason="resolution_rejected",
            prior_resolver="ayu",
            seconds_since_resolved=3600,
            message_id="message-1",
        ),
    )


@pytest.mark.parametrize("status", UNRESOLVED)
def test_only_a_solution_can_be_judged(status: Status) -> None:
    EVERY_STATUS[status].when(lambda ticket: ticket.confirm()).refused(NotResolved)
    EVERY_STATUS[status].when(lambda ticket: ticket.reject(at=at("11:00"))).refused(NotResolved)


def test_after_the_end_the_solution_is_no_longer_judged() -> None:
    CLOSED.when(lambda ticket: ticket.confirm()).refused(TicketIsClosed)
    CLOSED.when(lambda ticket: ticket.reject(at=at("12:00", day=3))).refused(TicketIsClosed)


def test_a_reopened_case_can_end_again_for_another_reason() -> None:
    back = CLOSED.when(lambda ticket: ticket.reopen(at=at("12:00", day=3), reason="x")).recorded(
        at("12:00", day=3)
    )
    assert (back.ticket.closed_at, back.ticket.close_reason) == (None, None)

    back.when(lambda ticket: ticket.close(CloseReason.SPAM)).then(closed(CloseReason.SPAM))


def test_history_that_was_closed_without_a_solution_has_no_time_since_it() -> None:
    history = given(OPENED, closed())

    (back,) = history.when(lambda ticket: ticket.reopen(at=at("11:00"), reason="x")).events

    assert back == TicketReopened(from_=Status.CLOSED, cycle=2, reason="x")
    assert PENDING.ticket.resolved_at is None
    assert ON_HOLD.ticket.resolved_at is None
