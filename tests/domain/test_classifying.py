"""What a ticket is about: set, changed, cleared, at any time of its life."""

from __future__ import annotations

import pytest

from domain.errors import LinkImpossible, NothingChanges
from domain.events import (
    TicketCategorized,
    TicketFieldChanged,
    TicketLinked,
    TicketPrioritized,
    TicketRequesterChanged,
    TicketTagged,
    TicketUntagged,
)
from domain.ticket import open_ticket
from domain.values import Channel, LinkRole, Method, Priority, Status
from tests.domain.given import EVERY_STATUS, NEW, OTHER, TICKET, Given, at, given

pytestmark = pytest.mark.unit

anytime = pytest.mark.parametrize("history", EVERY_STATUS.values(), ids=EVERY_STATUS)


@anytime
def test_a_category_is_set_changed_and_cleared(history: Given) -> None:
    first = history.when(
        lambda ticket: ticket.categorize(("Refund", "Flight"), method=Method.MODEL, confidence=0.9)
    )
    first.then(TicketCategorized(to=("Refund", "Flight"), method=Method.MODEL, confidence=0.9))

    second = first.recorded(at("12:00", day=3)).when(
        lambda ticket: ticket.categorize(("Hotel",), reason="misread")
    )
    second.then(
        TicketCategorized(
            from_=("Refund", "Flight"), to=("Hotel",), method=Method.AGENT, reason="misread"
        )
    )

    cleared = second.recorded(at("12:00", day=3)).when(lambda ticket: ticket.categorize(None))
    cleared.then(TicketCategorized(from_=("Hotel",), method=Method.AGENT))
    assert cleared.recorded(at("12:00", day=3)).ticket.category is None


@anytime
def test_a_priority_is_set_and_changed(history: Given) -> None:
    first = history.when(lambda ticket: ticket.prioritize(Priority.LOW, method=Method.RULE))
    first.then(TicketPrioritized(to=Priority.LOW, method=Method.RULE))

    first.recorded(at("12:00", day=3)).when(
        lambda ticket: ticket.prioritize(Priority.CRITICAL, reason="stranded")
    ).then(
        TicketPrioritized(
            from_=Priority.LOW, to=Priority.CRITICAL, method=Method.AGENT, reason="stranded"
        )
    )


@anytime
def test_tags_come_and_go_one_by_one(history: Given) -> None:
    both = history.and_then(
        TicketTagged(tag="vip", method=Method.AGENT), TicketTagged(tag="press", method=Method.RULE)
    )
    assert both.ticket.tags == {"vip", "press"}

    gone = both.when(lambda ticket: ticket.untag("vip", reason="moved"))
    gone.then(TicketUntagged(tag="vip", method=Method.AGENT, reason="moved"))
    after = gone.recorded(at("12:00", day=3))
    assert after.ticket.tags == {"press"}

    after.when(lambda ticket: ticket.tag("vip")).then(TicketTagged(tag="vip", method=Method.AGENT))


@anytime
def test_a_field_is_set_changed_and_cleared_and_the_others_stay(history: Given) -> None:
    first = history.and_then(
        TicketFieldChanged(field="airline", to="GA", method=Method.AGENT),
        TicketFieldChanged(field="seat", to="12A", method=Method.AGENT),
    )

    second = first.when(lambda ticket: ticket.set_field("airline", "SQ"))
    second.then(TicketFieldChanged(field="airline", from_="GA", to="SQ", method=Method.AGENT))

    cleared = second.recorded(at("12:00", day=3)).when(
        lambda ticket: ticket.set_field("airline", None)
    )
    cleared.then(TicketFieldChanged(field="airline", from_="SQ", method=Method.AGENT))
    assert cleared.recorded(at("12:00", day=3)).ticket.fields == {"seat": "12A"}


@anytime
def test_a_case_turns_out_to_be_another_customers(history: Given) -> None:
    corrected = history.when(lambda ticket: ticket.change_requester("customer-2", reason="merged"))

    corrected.then(TicketRequesterChanged(from_="customer-1", to="customer-2", reason="merged"))
    after = corrected.recorded(at("12:00", day=3))
    assert after.ticket.requester_id == "customer-2"
    after.when(lambda ticket: ticket.change_requester(None)).then(
        TicketRequesterChanged(from_="customer-2")
    )


@anytime
def test_a_relation_to_another_ticket_is_recorded_on_this_one(history: Given) -> None:
    linked = history.when(lambda ticket: ticket.link(OTHER, role=LinkRole.PARENT))

    linked.then(TicketLinked(other=OTHER, role=LinkRole.PARENT))
    after = linked.recorded(at("12:00", day=3))
    assert after.ticket.links == {(LinkRole.PARENT, OTHER)}
    after.when(lambda ticket: ticket.link(OTHER)).then(
        TicketLinked(other=OTHER, role=LinkRole.RELATED)
    )


@pytest.mark.parametrize("role", LinkRole)
def test_a_ticket_has_no_relation_to_itself(role: LinkRole) -> None:
    NEW.when(lambda ticket: ticket.link(TICKET, role=role)).refused(LinkImpossible, "to itself")


def test_a_link_may_say_later_what_a_ticket_follows() -> None:
    assert NEW.and_then(TicketLinked(other=OTHER, role=LinkRole.FOLLOWS)).ticket.follows == OTHER
    assert NEW.and_then(TicketLinked(other=OTHER, role=LinkRole.RELATED)).ticket.follows is None


def test_what_holds_already_is_refused_and_not_recorded() -> None:
    history = given(
        *open_ticket(
            number="T-1",
            channel=Channel.EMAIL,
            category=("Refund",),
            priority=Priority.LOW,
            custom_fields={"airline": "GA"},
            follows_ticket=OTHER,
        ),
        TicketTagged(tag="vip", method=Method.AGENT),
    )

    history.when(lambda ticket: ticket.categorize(("Refund",))).refused(NothingChanges)
    history.when(lambda ticket: ticket.prioritize(Priority.LOW)).refused(NothingChanges, "low")
    history.when(lambda ticket: ticket.tag("vip")).refused(NothingChanges, "has that tag")
    history.when(lambda ticket: ticket.untag("press")).refused(NothingChanges, "lacks that tag")
    history.when(lambda ticket: ticket.set_field("airline", "GA")).refused(NothingChanges)
    history.when(lambda ticket: ticket.set_field("seat", None)).refused(NothingChanges)
    history.when(lambda ticket: ticket.change_requester(None)).refused(NothingChanges)
    history.when(lambda ticket: ticket.link(OTHER, role=LinkRole.FOLLOWS)).refused(NothingChanges)


@anytime
def test_classifying_changes_no_status(history: Given) -> None:
    classified = history.and_then(
        TicketCategorized(to=("Hotel",), method=Method.AGENT),
        TicketPrioritized(to=Priority.HIGH, method=Method.AGENT),
        TicketTagged(tag="vip", method=Method.AGENT),
        TicketFieldChanged(field="seat", to="1", method=Method.AGENT),
        TicketRequesterChanged(from_="customer-1", to="customer-2"),
        TicketLinked(other=OTHER, role=LinkRole.RELATED),
    )

    before, after = history.ticket, classified.ticket
    assert (after.status, after.status_since) == (before.status, before.status_since)
    assert Status(after.status) in EVERY_STATUS
