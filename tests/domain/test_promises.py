"""The promise of the next update: made, kept, taken over, void."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain.errors import PromiseImpossible
from domain.events import (
    MessageSent,
    NextUpdateCancelled,
    NextUpdateKept,
    NextUpdateSuperseded,
    TicketEvent,
)
from domain.ticket import Ticket, open_ticket
from domain.values import Author, Channel, CloseReason, Intent, Status
from tests.domain.given import (
    EVERY_STATUS,
    NEW,
    ON_HOLD,
    OPEN,
    PENDING,
    PROMISED,
    RESOLVED,
    Command,
    Given,
    at,
    closed,
    given,
    moved,
    promised,
    received,
    sent,
    solved,
)

pytestmark = pytest.mark.unit

FIRST_DUE = at("10:10", day=1)


def reply(
    *,
    clock: str,
    day: int = 0,
    message_id: str = "reply-2",
    channel: Channel = Channel.EMAIL,
    by: datetime | None = None,
    asks: bool = False,
    author: Author = Author.HUMAN,
) -> Command:
    def command(ticket: Ticket) -> list[TicketEvent]:
        return ticket.reply(
            message_id=message_id,
            channel=channel,
            at=at(clock, day=day),
            agent_id="ayu",
            next_update_by=by,
            asks=asks,
            author=author,
        )

    return command


def kept(message_id: str, *, promise_id: str = "P1", due: datetime = FIRST_DUE) -> NextUpdateKept:
    return NextUpdateKept(promise_id=promise_id, instance=1, due_at=due, message_id=message_id)


def superseded(message_id: str) -> NextUpdateSuperseded:
    return NextUpdateSuperseded(promise_id="P1", instance=1, message_id=message_id)


def cancelled(reason: str) -> NextUpdateCancelled:
    return NextUpdateCancelled(promise_id="P1", instance=1, reason=reason)


def test_the_opening_promises_nothing() -> None:
    opening = given(*open_ticket(number="T-1", channel=Channel.PHONE))

    assert opening.ticket.promise is None


def test_an_agent_may_promise_another_moment_than_tomorrow() -> None:
    by = at("18:00", day=2)

    OPEN.when(reply(clock="11:00", by=by)).then(
        sent("reply-2", due=by), promised("P1", by, message_id="reply-2")
    )


def test_a_policy_without_a_default_promises_nothing() -> None:
    OPEN.when(
        lambda ticket: ticket.reply(
            message_id="reply-2",
            channel=Channel.EMAIL,
            at=at("11:00"),
            agent_id="ayu",
            default_promise=None,
        )
    ).then(sent("reply-2"))


def test_a_later_reply_keeps_the_promise_and_makes_the_next() -> None:
    due = at("15:00", day=1)

    PROMISED.when(reply(clock="15:00")).then(
        sent("reply-2", due=due), kept("reply-2"), promised("P2", due, message_id="reply-2")
    )


def test_a_reply_after_the_promised_moment_keeps_it_late() -> None:
    due = at("09:00", day=4)

    PROMISED.when(reply(clock="09:00", day=3)).then(
        sent("reply-2", due=due), kept("reply-2"), promised("P2", due, message_id="reply-2")
    )


def test_a_further_message_in_the_same_breath_takes_the_promise_over() -> None:
    due = at("10:25", day=1)

    PROMISED.when(reply(clock="10:25")).then(
        sent("reply-2", due=due), superseded("reply-2"), promised("P2", due, message_id="reply-2")
    )


@pytest.mark.parametrize(
    ("channel", "clock", "same_breath"),
    [
        (Channel.EMAIL, "10:25", True),
        (Channel.EMAIL, "10:26", False),
        (Channel.CHAT, "11:10", True),
        (Channel.CHAT, "11:11", False),
        (Channel.PHONE, "11:10", True),
        (Channel.WHATSAPP, "10:26", False),
    ],
)
def test_a_breath_is_an_hour_live_and_a_quarter_of_an_hour_elsewhere(
    channel: Channel, clock: str, *, same_breath: bool
) -> None:
    history = OPEN.and_then(
        at("10:10"),
        sent(channel=channel, due=FIRST_DUE),
        promised("P1", FIRST_DUE, message_id="reply-1"),
    )

    decided = history.when(reply(clock=clock, channel=channel))

    assert (superseded("reply-2") in decided.events) is same_breath
    assert (kept("reply-2") in decided.events) is not same_breath


def test_a_conversation_without_a_long_pause_is_one_breath() -> None:
    history = PROMISED.and_then(
        at("10:20"),
        received("message-1", status=Status.OPEN),
        at("10:30"),
        received("message-2", status=Status.OPEN),
    )

    assert superseded("reply-2") in history.when(reply(clock="10:44")).events


def test_a_customer_who_writes_again_later_begins_another_breath() -> None:
    history = PROMISED.and_then(at("15:00"), received("message-1", status=Status.OPEN))

    assert kept("reply-2") in history.when(reply(clock="15:01")).events


def test_a_call_reported_late_counts_from_the_moment_it_takes_effect() -> None:
    due = at("10:10", day=1)

    PROMISED.when(reply(clock="09:00")).then(
        sent("reply-2", due=due), superseded("reply-2"), promised("P2", due, message_id="reply-2")
    )


def test_a_question_later_keeps_the_promise_and_none_runs_after_it() -> None:
    PROMISED.when(reply(clock="15:00", asks=True)).then(
        sent("reply-2", asks=True),
        moved(Status.OPEN, Status.PENDING, "question"),
        kept("reply-2"),
    )


def test_a_question_in_the_same_breath_cancels_the_promise() -> None:
    PROMISED.when(reply(clock="10:12", asks=True)).then(
        sent("reply-2", asks=True),
        moved(Status.OPEN, Status.PENDING, "question"),
        cancelled("pending"),
    )


def test_the_customers_answer_starts_a_default_promise_of_the_owner() -> None:
    due = at("10:20", day=1)

    PENDING.when(
        lambda ticket: ticket.receive(
            message_id="message-1",
            channel=Channel.EMAIL,
            at=at("10:20"),
            intent=Intent.ANSWER,
        )
    ).then(
        received(status=Status.PENDING, intent=Intent.ANSWER),
        moved(Status.PENDING, Status.OPEN, "customer_message"),
        promised("P1", due),
    )


def test_an_answer_reported_late_promises_from_the_moment_it_takes_effect() -> None:
    decided = PENDING.when(
        lambda ticket: ticket.receive(message_id="message-1", channel=Channel.PHONE, at=at("08:00"))
    )

    assert decided.events[-1] == promised("P1", at("10:10", day=1))


def test_the_first_reply_after_an_answer_keeps_the_default_promise_however_soon() -> None:
    history = PENDING.and_then(
        at("10:20"),
        received(status=Status.PENDING, intent=Intent.ANSWER),
        moved(Status.PENDING, Status.OPEN, "customer_message"),
        promised("P1", at("10:20", day=1)),
    )

    decided = history.when(reply(clock="10:21"))

    assert kept("reply-2", due=at("10:20", day=1)) in decided.events


@pytest.mark.parametrize("history", [NEW, OPEN, ON_HOLD], ids=["new", "open", "on hold"])
def test_a_message_that_answers_no_question_starts_no_promise(history: Given) -> None:
    decided = history.when(
        lambda ticket: ticket.receive(message_id="message-1", channel=Channel.EMAIL, at=at("10:20"))
    )

    assert decided.refusal is None
    assert decided.recorded(at("10:20")).ticket.promise is None


def test_resolving_without_a_message_cancels_the_promise() -> None:
    PROMISED.when(lambda ticket: ticket.resolve(at=at("15:00"))).then(
        cancelled("resolved"), solved()
    )


def test_resolving_with_a_message_keeps_the_promise_and_makes_none() -> None:
    answer = sent("answer-1")

    PROMISED.when(lambda ticket: ticket.resolve(at=at("15:00"), message=answer)).then(
        answer, kept("answer-1"), solved(told=True)
    )


def test_resolving_by_a_bots_message_does_not_keep_the_promise() -> None:
    answer = sent("answer-1", author=Author.BOT, agent_id=None)

    PROMISED.when(lambda ticket: ticket.resolve(at=at("15:00"), message=answer)).then(
        answer, cancelled("resolved"), solved(told=True)
    )


def test_closing_as_a_duplicate_cancels_the_promise() -> None:
    PROMISED.when(lambda ticket: ticket.close(CloseReason.DUPLICATE)).then(
        cancelled("closed"), closed(CloseReason.DUPLICATE)
    )


def test_notes_and_acknowledgements_keep_no_promise() -> None:
    noted = PROMISED.when(lambda ticket: ticket.add_note("x", note_id="n")).recorded(at("15:00"))
    told = noted.when(lambda ticket: ticket.acknowledge(channel=Channel.EMAIL))

    assert told.recorded(at("15:01")).ticket.promise == PROMISED.ticket.promise


def test_a_bot_promises_nothing() -> None:
    by = at("18:00", day=2)

    OPEN.when(reply(clock="11:00", by=by, author=Author.BOT)).refused(
        PromiseImpossible, "only a human can promise"
    )


def test_a_question_and_a_promise_exclude_each_other() -> None:
    OPEN.when(reply(clock="11:00", by=at("18:00"), asks=True)).refused(
        PromiseImpossible, "a question leaves the next word to the customer"
    )


@pytest.mark.parametrize("status", [Status.PENDING, Status.RESOLVED])
def test_nothing_is_promised_while_it_is_not_our_turn(status: Status) -> None:
    EVERY_STATUS[status].when(reply(clock="12:30", by=at("18:00", day=5))).refused(
        PromiseImpossible, "later moment"
    )


def test_a_promise_lies_in_the_future() -> None:
    OPEN.when(reply(clock="11:00", by=at("11:00"))).refused(
        PromiseImpossible, "the promised moment has passed"
    )
    # Reported late: the promised moment must lie after the moment at which the reply takes effect.
    PROMISED.when(reply(clock="09:00", by=at("10:00"))).refused(
        PromiseImpossible, "the promised moment has passed"
    )


def test_a_solution_promises_no_further_update() -> None:
    promising = sent("answer-1", due=at("18:00", day=3))

    PROMISED.when(lambda ticket: ticket.resolve(at=at("15:00"), message=promising)).refused(
        PromiseImpossible, "a solution promises no further update"
    )


def test_promises_are_numbered_through_the_whole_life_of_a_ticket() -> None:
    history = PROMISED
    for number in range(2, 5):
        moment = at("10:10", day=number)
        history = history.when(reply(clock="10:10", day=number, message_id=f"m{number}")).recorded(
            moment
        )
        promise = history.ticket.promise
        assert promise is not None
        assert (promise.id, promise.due_at) == (f"P{number}", moment + timedelta(hours=24))


def test_a_reopened_ticket_has_no_promise_until_somebody_makes_one() -> None:
    back = RESOLVED.when(lambda ticket: ticket.reopen(at=at("13:00"), reason="not solved"))

    assert back.recorded(at("13:00")).ticket.promise is None


def test_the_end_of_another_promise_leaves_the_running_one() -> None:
    stray = NextUpdateKept(promise_id="P0", instance=1, due_at=FIRST_DUE)

    assert PROMISED.and_then(stray).ticket.promise == PROMISED.ticket.promise


def test_what_we_sent_is_a_whole_message() -> None:
    (message, *_) = OPEN.when(reply(clock="11:00")).events

    assert message == MessageSent(
        message_id="reply-2",
        channel=Channel.EMAIL,
        author=Author.HUMAN,
        asks=False,
        agent_id="ayu",
        next_update_by=at("11:00", day=1),
    )
