"""Which case a customer's message belongs to."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from domain.errors import ReopeningForbidden, ReopeningTooLate
from domain.events import Requester, TicketEvent, TicketMerged, TicketRequesterChanged
from domain.facts import Fact
from domain.threads import Thread, goes_on_in, thread
from domain.ticket import Ticket, fold, open_ticket
from domain.values import Channel, CloseReason, Intent, Status
from tests.domain.given import (
    CLOSED,
    DUPLICATE,
    EVERY_STATUS,
    MIDNIGHT,
    NUMBER,
    SPAM,
    TICKET,
    Given,
    at,
    closed,
)
from tests.domain.strategies import moments

pytestmark = pytest.mark.unit

NOON = at("12:00", day=2)


def ticket_of(
    ticket_id: str,
    *more: TicketEvent,
    customer: str | None = "c",
    orders: tuple[str, ...] = ("o1",),
) -> Ticket:
    opened = open_ticket(
        number=NUMBER,
        channel=Channel.EMAIL,
        requester=Requester(id=customer) if customer else None,
        order_refs=orders,
    )
    ticket = fold(
        Fact(event, ticket_id, sequence, MIDNIGHT)  # type: ignore[arg-type]
        for sequence, event in enumerate([*opened, *more], 1)
    )
    assert ticket is not None
    return ticket


def chosen(
    *candidates: Ticket,
    mentioned: Ticket | None = None,
    orders: tuple[str, ...] = ("o1",),
    customer: str | None = "c",
    intent: Intent = Intent.UNKNOWN,
    moment: datetime = NOON,
    targets: dict[str, Ticket] | None = None,
) -> Thread:
    return thread(
        customer_id=customer,
        mentioned=mentioned,
        candidates=candidates,
        order_refs=orders,
        intent=intent,
        at=moment,
        targets=targets or {},
    )


@pytest.mark.parametrize("status", Status)
def test_the_ticket_that_a_message_names_takes_it(status: Status) -> None:
    named = EVERY_STATUS[status].ticket

    assert chosen(ticket_of("T1"), mentioned=named, moment=at("13:00", day=2)) == Thread(TICKET)


def test_a_ticket_closed_long_ago_is_followed_by_a_new_one() -> None:
    late = at("12:01", day=9)

    assert chosen(mentioned=CLOSED.ticket, moment=late) == Thread(None, follows=TICKET)
    assert chosen(mentioned=CLOSED.ticket, moment=late, intent=Intent.THANKS) == Thread(TICKET)


def test_a_duplicate_is_followed_by_a_new_ticket_and_spam_takes_what_comes() -> None:
    assert chosen(mentioned=DUPLICATE.ticket) == Thread(None, follows=TICKET)
    assert chosen(mentioned=SPAM.ticket, moment=at("12:00", day=99)) == Thread(TICKET)


def test_without_a_name_the_customers_one_unresolved_ticket_on_that_order_takes_it() -> None:
    assert chosen(ticket_of("T1"), ticket_of("T2", orders=("o2",))) == Thread("T1")
    assert chosen(ticket_of("T1"), orders=("o9", "o1")) == Thread("T1")


def test_two_unresolved_tickets_on_that_order_leave_it_open_so_a_new_one_begins() -> None:
    assert chosen(ticket_of("T1"), ticket_of("T2")) == Thread(None)


def test_one_ticket_found_by_two_orders_is_one_ticket() -> None:
    found = ticket_of("T1", orders=("o1", "o2"))

    assert chosen(found, found, orders=("o1", "o2")) == Thread("T1")


def test_a_message_on_no_known_order_begins_a_new_ticket() -> None:
    assert chosen(ticket_of("T1"), orders=("o2",)) == Thread(None)
    assert chosen(ticket_of("T1"), orders=()) == Thread(None)
    assert chosen() == Thread(None)


def test_another_customers_ticket_on_that_order_does_not_take_it() -> None:
    assert chosen(ticket_of("T1", customer="d")) == Thread(None)
    assert chosen(ticket_of("T1", TicketRequesterChanged(from_="c", to="d"))) == Thread(None)


def test_an_unknown_customer_is_never_joined_to_a_ticket_by_an_order() -> None:
    assert chosen(ticket_of("T1", customer=None), customer=None) == Thread(None)


def test_a_solved_ticket_on_that_order_does_not_take_it() -> None:
    assert chosen(ticket_of("T1", closed())) == Thread(None)


def merged(ticket_id: str, into: str, *, orders: tuple[str, ...] = ("o1",)) -> Ticket:
    ended = TicketMerged(target=into, target_number=NUMBER)
    return ticket_of(ticket_id, ended, closed(CloseReason.MERGED), orders=orders)


def going_on(*tickets: Ticket) -> dict[str, Ticket]:
    return {ticket.id: ticket for ticket in tickets}


def test_a_merged_ticket_stands_for_the_one_in_which_it_goes_on() -> None:
    first, second, third = merged("T1", "T2"), merged("T2", "T3", orders=()), ticket_of("T3")
    targets = going_on(second, third)

    assert chosen(mentioned=first, targets=targets) == Thread("T3")
    assert chosen(first, targets=targets) == Thread("T3")
    assert chosen(first, third, targets=targets) == Thread("T3")


def test_a_new_ticket_follows_the_target_that_has_ended_not_the_source() -> None:
    target = ticket_of("T2", closed(CloseReason.DUPLICATE))

    assert chosen(mentioned=merged("T1", "T2"), targets=going_on(target)) == Thread(
        None, follows="T2"
    )
    assert chosen(merged("T1", "T2"), targets=going_on(target)) == Thread(None)


def test_another_customers_merged_ticket_leads_nowhere() -> None:
    target = ticket_of("T2", customer="d", orders=())

    assert chosen(merged("T1", "T2"), customer="d", targets=going_on(target)) == Thread(None)


def test_merges_in_a_circle_end_at_the_last_one_before_it_closes() -> None:
    first, second = merged("T1", "T2"), merged("T2", "T1")

    assert goes_on_in(first, going_on(first, second)).id == "T2"
    assert goes_on_in(merged("T1", "T1"), {}).id == "T1"


def test_a_merged_ticket_whose_target_is_not_known_yet_is_followed() -> None:
    assert chosen(mentioned=merged("T1", "T2")) == Thread(None, follows="T1")


FATES: dict[str, Given] = {
    **{status.value: history for status, history in EVERY_STATUS.items()},
    "spam": SPAM,
    "duplicate": DUPLICATE,
    "merged": DUPLICATE.and_then(closed(CloseReason.MERGED)),
}


@each(st.sampled_from(sorted(FATES)), st.sampled_from(Intent), moments(NOON, days=12))
def test_the_chosen_ticket_takes_the_message_and_one_that_is_followed_would_not(
    fate: str, intent: Intent, moment: datetime
) -> None:
    ticket = FATES[fate].ticket
    choice = chosen(mentioned=ticket, intent=intent, moment=moment)

    def receive() -> list[TicketEvent]:
        return ticket.receive(message_id="new", channel=Channel.EMAIL, at=moment, intent=intent)

    if choice.ticket_id is not None:
        assert receive()
    else:
        assert choice.follows == ticket.id
        with pytest.raises((ReopeningForbidden, ReopeningTooLate)):
            receive()


def test_the_same_window_decides_here_and_there() -> None:
    choice = thread(
        customer_id="c",
        mentioned=CLOSED.ticket,
        candidates=(),
        order_refs=(),
        intent=Intent.UNKNOWN,
        at=at("12:01", day=3),
        reopening_window=timedelta(days=1),
    )

    assert choice == Thread(None, follows=TICKET)
