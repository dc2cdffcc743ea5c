"""What a customer's message does to the ticket, by the status it finds."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.errors import MessageKnown, ReopeningForbidden, ReopeningTooLate
from domain.events import (
    MessageReceived,
    NoteAdded,
    ResolutionConfirmed,
    TicketEvent,
    TicketReopened,
)
from domain.ticket import Ticket
from domain.values import Channel, CloseReason, Intent, Status
from tests.domain.given import (
    CLOSED,
    DUPLICATE,
    NEW,
    ON_HOLD,
    OPEN,
    PENDING,
    RESOLVED,
    SPAM,
    Command,
    at,
    closed,
    moved,
    promised,
    received,
)

pytestmark = pytest.mark.unit

HOUR = 3600


def message(
    moment: datetime, *, intent: Intent = Intent.UNKNOWN, message_id: str = "message-1"
) -> Command:
    def command(ticket: Ticket) -> list[TicketEvent]:
        return ticket.receive(
            message_id=message_id, channel=Channel.EMAIL, at=moment, intent=intent
        )

    return command


def reopened(
    from_: Status, *, seconds: int, cycle: int = 2, message_id: str | None = "message-1"
) -> TicketReopened:
    return TicketReopened(
        from_=from_,
        cycle=cycle,
        reason="customer_message",
        prior_resolver="ayu",
        seconds_since_resolved=seconds,
        message_id=message_id,
    )


@pytest.mark.parametrize("intent", Intent)
def test_on_a_new_or_open_ticket_it_is_recorded(intent: Intent) -> None:
    NEW.when(message(at("11:00"), intent=intent)).then(received(status=Status.NEW, intent=intent))
    OPEN.when(message(at("11:00"), intent=intent)).then(received(status=Status.OPEN, intent=intent))


@pytest.mark.parametrize("intent", Intent)
def test_it_ends_the_wait_for_the_customer(intent: Intent) -> None:
    PENDING.when(message(at("11:00"), intent=intent)).then(
        received(status=Status.PENDING, intent=intent),
        moved(Status.PENDING, Status.OPEN, "customer_message"),
        promised("P1", at("11:00", day=1)),
    )


def test_it_ends_the_wait_for_a_third_party() -> None:
    ON_HOLD.when(message(at("11:00"), intent=Intent.STATUS_CHASE)).then(
        received(status=Status.ON_HOLD, intent=Intent.STATUS_CHASE),
        moved(Status.ON_HOLD, Status.OPEN, "customer_message"),
    )


@pytest.mark.parametrize("intent", [intent for intent in Intent if intent is not Intent.THANKS])
def test_it_reopens_a_resolved_ticket_in_the_same_save(intent: Intent) -> None:
    RESOLVED.when(message(at("13:00"), intent=intent)).then(
        received(status=Status.RESOLVED, intent=intent),
        reopened(Status.RESOLVED, seconds=HOUR),
    )


def test_thanks_confirm_the_solution_and_close() -> None:
    RESOLVED.when(message(at("13:00"), intent=Intent.THANKS)).then(
        received(status=Status.RESOLVED, intent=Intent.THANKS),
        ResolutionConfirmed(message_id="message-1"),
        closed(CloseReason.CONFIRMED),
    )


def test_thanks_on_a_closed_ticket_are_only_recorded() -> None:
    for day in (2, 300):
        CLOSED.when(message(at("13:00", day=day), intent=Intent.THANKS)).then(
            received(status=Status.CLOSED, intent=Intent.THANKS)
        )


def test_it_reopens_a_closed_ticket_up_to_seven_days_after_the_closing() -> None:
    CLOSED.when(message(at("12:00", day=9))).then(
        received(status=Status.CLOSED), reopened(Status.CLOSED, seconds=9 * 24 * HOUR)
    )


def test_after_seven_days_a_new_ticket_must_follow() -> None:
    CLOSED.when(message(at("12:01", day=9))).refused(
        ReopeningTooLate, "more than 7 days ago", "--follows"
    )


def test_a_message_recorded_after_the_closing_reopens_although_it_was_written_before() -> None:
    CLOSED.when(message(at("11:59", day=2))).then(
        received(status=Status.CLOSED), reopened(Status.CLOSED, seconds=2 * 24 * HOUR)
    )


def test_the_window_counts_until_the_moment_at_which_the_message_takes_effect() -> None:
    noted_later = CLOSED.and_then(at("12:00", day=20), NoteAdded(note_id="n", body="checked"))

    noted_later.when(message(at("12:00", day=5))).refused(ReopeningTooLate)


def test_spam_never_reopens_and_its_messages_are_only_recorded() -> None:
    for day in (0, 300):
        SPAM.when(message(at("11:00", day=day))).then(received(status=Status.CLOSED))


def test_a_duplicate_never_reopens() -> None:
    DUPLICATE.when(message(at("11:00"))).refused(
        ReopeningForbidden, "closed as duplicate", "never reopens", "--follows"
    )


def test_a_merged_ticket_never_reopens() -> None:
    merged = NEW.and_then(at("10:05"), closed(CloseReason.MERGED))

    merged.when(message(at("11:00"))).refused(ReopeningForbidden, "closed as merged")


def test_a_duplicate_takes_thanks() -> None:
    DUPLICATE.when(message(at("11:00"), intent=Intent.THANKS)).then(
        received(status=Status.CLOSED, intent=Intent.THANKS)
    )


def test_a_message_of_the_customer_is_recorded_once() -> None:
    history = NEW.when(message(at("11:00"))).recorded(at("11:00"))

    history.when(message(at("11:01"))).refused(MessageKnown, "message-1", "ticket history")


def test_a_reopening_begins_a_new_cycle_and_keeps_the_first_reply() -> None:
    history = OPEN.when(
        lambda ticket: ticket.reply(
            message_id="reply-1", channel=Channel.EMAIL, at=at("10:30"), agent_id="ayu"
        )
    ).recorded(at("10:30"))
    for day in range(1, 4):
        history = history.when(
            lambda ticket, day=day: ticket.resolve(at=at("10:00", day=day))  # type: ignore[misc]
        ).recorded(at("10:00", day=day))
        history = history.when(message(at("12:00", day=day), message_id=f"message-{day}")).recorded(
            at("12:00", day=day)
        )

        assert history.ticket.cycle == day + 1
        assert history.ticket.status is Status.OPEN
        assert history.ticket.first_reply_at == at("10:30")


def test_who_solved_it_before_and_how_long_ago_is_kept_with_the_reopening() -> None:
    history = (
        RESOLVED.when(message(at("13:00")))
        .recorded(at("13:00"))
        .when(lambda ticket: ticket.resolve(at=at("14:00"), agent_id="budi"))
        .recorded(at("14:00"))
    )

    (*_, back) = history.when(message(at("14:30"), message_id="message-2")).events

    assert back == TicketReopened(
        from_=Status.RESOLVED,
        cycle=3,
        reason="customer_message",
        prior_resolver="budi",
        seconds_since_resolved=1800,
        message_id="message-2",
    )


def test_whether_the_customer_was_present_follows_the_channel_unless_said() -> None:
    def live(channel: Channel, *, said: bool | None = None) -> bool:
        (event, *_) = NEW.when(
            lambda ticket: ticket.receive(
                message_id="m", channel=channel, at=at("11:00"), live=said
            )
        ).events
        assert isinstance(event, MessageReceived)
        return event.live

    assert live(Channel.PHONE)
    assert live(Channel.CHAT)
    assert not live(Channel.EMAIL)
    assert live(Channel.WHATSAPP, said=True)
    assert not live(Channel.CHAT, said=False)


def test_a_policy_may_have_another_reopening_window() -> None:
    from datetime import timedelta

    CLOSED.when(
        lambda ticket: ticket.receive(
            message_id="message-1",
            channel=Channel.EMAIL,
            at=at("12:01", day=3),
            reopening_window=timedelta(days=1),
        )
    ).refused(ReopeningTooLate, "more than 1 day ago")
