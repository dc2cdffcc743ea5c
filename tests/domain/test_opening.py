"""A case begins."""

from __future__ import annotations

import pytest

from domain.events import Requester, TicketImported, TicketOpened
from domain.ticket import open_ticket
from domain.values import CaseType, Channel, Fidelity, Level, LinkRole, Origin, Priority, Status
from tests.domain.given import NUMBER, OTHER, TICKET, at, given

pytestmark = pytest.mark.unit


def test_a_case_begins_as_new_on_the_front_line_without_owner_or_promise() -> None:
    ticket = given(*open_ticket(number=NUMBER, channel=Channel.EMAIL)).ticket

    assert ticket.id == TICKET
    assert ticket.number == NUMBER
    assert ticket.status is Status.NEW
    assert ticket.level is Level.L1
    assert ticket.cycle == 1
    assert (ticket.owner, ticket.queue, ticket.promise) == (None, None, None)
    assert ticket.opened_at == ticket.status_since == ticket.effective_at == at("10:00")


def test_everything_that_is_known_at_intake_is_in_the_first_event() -> None:
    requester = Requester(id="customer-1", name="Ani")

    assert open_ticket(
        number=NUMBER,
        channel=Channel.WEB_FORM,
        requester=requester,
        origin=Origin.COMPANY,
        case_type=CaseType.COMPLAINT,
        subject="Refund",
        body="Where is it?",
        category=("Refund", "Flight"),
        priority=Priority.HIGH,
        stated_urgency="today",
        impact="one person",
        product="flight",
        order_refs=("order-1",),
        custom_fields={"airline": "GA"},
        on_behalf_of=True,
        follows_ticket=OTHER,
    ) == [
        TicketOpened(
            number=NUMBER,
            channel=Channel.WEB_FORM,
            live=False,
            origin=Origin.COMPANY,
            case_type=CaseType.COMPLAINT,
            subject="Refund",
            body="Where is it?",
            category=("Refund", "Flight"),
            priority=Priority.HIGH,
            stated_urgency="today",
            impact="one person",
            product="flight",
            order_refs=("order-1",),
            custom_fields={"airline": "GA"},
            requester=requester,
            on_behalf_of=True,
            follows_ticket=OTHER,
        )
    ]


def test_what_is_known_at_intake_is_known_of_the_ticket() -> None:
    ticket = given(
        *open_ticket(
            number=NUMBER,
            channel=Channel.CHAT,
            requester=Requester(id="customer-1"),
            origin=Origin.SPLIT,
            category=("Refund",),
            priority=Priority.HIGH,
            order_refs=("order-1", "order-2"),
            custom_fields={"airline": "GA"},
            follows_ticket=OTHER,
        )
    ).ticket

    assert ticket.channel is Channel.CHAT
    assert ticket.requester_id == "customer-1"
    assert ticket.origin is Origin.SPLIT
    assert ticket.category == ("Refund",)
    assert ticket.priority is Priority.HIGH
    assert ticket.order_refs == {"order-1", "order-2"}
    assert ticket.fields == {"airline": "GA"}
    assert ticket.follows == OTHER
    assert ticket.links == {(LinkRole.FOLLOWS, OTHER)}


@pytest.mark.parametrize(
    ("channel", "said", "live"),
    [
        (Channel.PHONE, None, True),
        (Channel.CHAT, None, True),
        (Channel.EMAIL, None, False),
        (Channel.EMAIL, True, True),
        (Channel.PHONE, False, False),
    ],
)
def test_a_contact_is_live_by_its_channel_unless_said_otherwise(
    channel: Channel, *, said: bool | None, live: bool
) -> None:
    (opened,) = open_ticket(number=NUMBER, channel=channel, live=said)

    assert isinstance(opened, TicketOpened)
    assert opened.live is live


def test_a_ticket_is_imported_while_its_last_event_came_from_another_system() -> None:
    from dataclasses import replace

    imported = given(
        *open_ticket(number=NUMBER, channel=Channel.EMAIL),
        TicketImported(
            source="servicenow",
            source_id="INC1",
            batch_id="batch-1",
            fidelity=Fidelity.FULL_HISTORY,
        ),
    )
    by_import = replace(
        imported, facts=tuple(replace(fact, actor="import:servicenow") for fact in imported.facts)
    )
    assert by_import.ticket.is_imported

    assert (
        not by_import.when(lambda ticket: ticket.assign("ayu"))
        .recorded(at("11:00"))
        .ticket.is_imported
    )
