"""What happens when we write to the customer."""

from __future__ import annotations

import pytest

from domain.errors import MessageKnown, NothingChanges, TicketIsClosed
from domain.events import NoteAdded, TicketAcknowledged, TicketEvent
from domain.ticket import Ticket
from domain.values import Author, Channel, Status
from tests.domain.given import (
    CLOSED,
    EVERY_STATUS,
    NEW,
    ON_HOLD,
    OPEN,
    PENDING,
    PROMISED,
    RESOLVED,
    Command,
    at,
    moved,
    promised,
    sent,
)

pytestmark = pytest.mark.unit

TOMORROW = at("11:00", day=1)


def reply(
    message_id: str = "reply-1",
    *,
    clock: str = "11:00",
    asks: bool = False,
    author: Author = Author.HUMAN,
) -> Command:
    def command(ticket: Ticket) -> list[TicketEvent]:
        return ticket.reply(
            message_id=message_id,
            channel=Channel.EMAIL,
            at=at(clock),
            agent_id="ayu",
            asks=asks,
            author=author,
        )

    return command


def test_the_first_human_reply_opens_a_new_ticket() -> None:
    NEW.when(reply()).then(
        sent(due=TOMORROW),
        moved(Status.NEW, Status.OPEN, "first_reply"),
        promised("P1", TOMORROW, message_id="reply-1"),
    )


def test_a_first_reply_with_a_question_goes_to_pending_directly() -> None:
    NEW.when(reply(asks=True)).then(sent(asks=True), moved(Status.NEW, Status.PENDING, "question"))


def test_a_question_makes_an_open_ticket_wait_for_the_customer() -> None:
    OPEN.when(reply(asks=True)).then(
        sent(asks=True), moved(Status.OPEN, Status.PENDING, "question")
    )


def test_a_question_ends_the_wait_for_a_third_party_first() -> None:
    ON_HOLD.when(reply(asks=True)).then(
        sent(asks=True),
        moved(Status.ON_HOLD, Status.OPEN, "question"),
        moved(Status.OPEN, Status.PENDING, "question"),
    )


def test_a_reply_leaves_a_ticket_on_hold_where_it_is() -> None:
    ON_HOLD.when(reply()).then(sent(due=TOMORROW), promised("P1", TOMORROW, message_id="reply-1"))


def test_a_second_question_goes_on_waiting() -> None:
    PENDING.when(reply(asks=True)).then(sent(asks=True))


def test_a_reply_while_the_customer_is_to_answer_promises_nothing() -> None:
    PENDING.when(reply()).then(sent())


def test_a_word_after_the_solution_changes_nothing() -> None:
    RESOLVED.when(reply(clock="12:30")).then(sent())


@pytest.mark.parametrize("status", [Status.NEW, Status.OPEN, Status.PENDING, Status.ON_HOLD])
def test_a_bot_neither_opens_nor_promises_nor_keeps(status: Status) -> None:
    EVERY_STATUS[status].when(reply(author=Author.BOT)).then(sent(author=Author.BOT))
    PROMISED.when(reply("reply-2", author=Author.BOT)).then(sent("reply-2", author=Author.BOT))


def test_a_bots_question_does_not_make_the_ticket_wait() -> None:
    NEW.when(reply(author=Author.BOT, asks=True)).then(sent(author=Author.BOT, asks=True))


def test_a_bots_message_is_not_the_first_reply() -> None:
    answered = NEW.when(reply(author=Author.BOT)).recorded(at("11:00"))
    assert answered.ticket.first_reply_at is None

    answered = answered.when(reply("reply-2", clock="11:10")).recorded(at("11:10"))
    assert answered.ticket.first_reply_at == at("11:10")

    answered = answered.when(reply("reply-3", clock="11:20")).recorded(at("11:20"))
    assert answered.ticket.first_reply_at == at("11:10")


def test_a_closed_ticket_takes_no_reply() -> None:
    CLOSED.when(reply()).refused(TicketIsClosed, "is closed", "reopen", "--follows")


def test_a_message_of_ours_is_recorded_once() -> None:
    PROMISED.when(reply("reply-1")).refused(MessageKnown, "reply-1")


def test_an_answered_outbound_call_is_a_reply() -> None:
    def call(ticket: Ticket) -> list[TicketEvent]:
        return ticket.reply(
            message_id="call-1", channel=Channel.PHONE, at=at("11:00"), agent_id="ayu"
        )

    NEW.when(call).then(
        sent("call-1", channel=Channel.PHONE, due=TOMORROW),
        moved(Status.NEW, Status.OPEN, "first_reply"),
        promised("P1", TOMORROW, message_id="call-1"),
    )


@pytest.mark.parametrize("status", Status)
def test_a_note_may_be_added_at_any_time_and_changes_nothing(status: Status) -> None:
    history = EVERY_STATUS[status]
    note = NoteAdded(note_id="note-1", body="called the airline")

    noted = history.when(lambda ticket: ticket.add_note("called the airline", note_id="note-1"))

    noted.then(note)
    after = noted.recorded(history.ticket.effective_at).ticket
    assert vars(after) | {"sequence": 0} == vars(history.ticket) | {"sequence": 0}


def test_the_number_is_sent_once_and_is_no_reply() -> None:
    told = NEW.when(lambda ticket: ticket.acknowledge(channel=Channel.EMAIL, template="hello"))

    told.then(TicketAcknowledged(channel=Channel.EMAIL, template="hello"))
    after = told.recorded(at("10:01"))
    assert (after.ticket.status, after.ticket.first_reply_at) == (Status.NEW, None)
    after.when(lambda ticket: ticket.acknowledge(channel=Channel.EMAIL)).refused(NothingChanges)


def test_a_closed_ticket_is_not_acknowledged() -> None:
    CLOSED.when(lambda ticket: ticket.acknowledge(channel=Channel.EMAIL)).refused(TicketIsClosed)
