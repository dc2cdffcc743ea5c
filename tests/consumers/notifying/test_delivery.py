"""Customers are told by e-mail and by webhook, once, and the log says exactly what."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from consumers.notifying.letters import notification_id
from consumers.notifying.signing import verify
from domain.events import NotificationSent, Requester
from domain.reach import Surface
from domain.values import Channel, Sealed, SealedText
from tests.consumers.notifying.hook_server import HookServer
from tests.consumers.notifying.mail_server import MailServer
from tests.consumers.notifying.post_office import (
    ADDRESS,
    NINE,
    SECRET,
    TICKET,
    PostOffice,
    policy,
)

EMAIL, HOOK, PUSH = Surface.EMAIL, Surface.WEBHOOK, Surface.PUSH


def test_a_reply_reaches_the_customer_by_mail_and_by_webhook(
    office: PostOffice, mail: MailServer, hook: HookServer
) -> None:
    office.publish(policy(MESSAGE_SENT=[EMAIL, HOOK]))
    office.begin()
    office.open()
    office.reply("Your parcel is on its way.", next_update_by=NINE + timedelta(hours=6))

    assert office.run() == 2

    [letter] = mail.taken
    assert (letter.sender, letter.recipient) == ("support@desk.test", ADDRESS)
    message = letter.message
    assert message["Subject"] == "A message about your case N-001"
    assert message["From"] == "Support <support@desk.test>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(message["Date"]) == office.now.replace(microsecond=0)
    assert letter.text.splitlines() == [
        "Ayu P. wrote to you on 2026-03-02 10:00 (Europe/Berlin), about your case N-001:",
        "",
        "Your parcel is on its way.",
        "",
        "It stands at: Being worked on.",
        "You can expect our next update by 2026-03-02 16:00 (Europe/Berlin).",
    ]
    [post] = hook.posts
    assert post.said["type"] == "message.sent"
    assert post.said["data"]["message"] == "Your parcel is on its way."
    assert post.said["data"]["customer"] == "C1"
    sent = verify(SECRET, post.headers, post.body, now=office.now)
    assert sent == post.headers["x-ticketledger-delivery"] == post.said["data"]["notification_id"]


def test_the_log_says_which_bytes_were_sent_and_of_what_they_tell(
    office: PostOffice, mail: MailServer, hook: HookServer
) -> None:
    office.publish(policy(TICKET_OPENED=[EMAIL, HOOK]))
    office.begin()
    office.open()

    office.run()

    [(opening, _), *_] = office.tickets.history(TICKET)
    by_surface = {event.surface: (envelope, event) for envelope, event in office.recorded()}
    for surface, sent in ((EMAIL, mail.taken[0].content), (HOOK, hook.posts[0].body)):
        envelope, event = by_surface[surface]
        assert event == NotificationSent(
            notification_id=notification_id(opening.id, surface),
            surface=surface,
            about=opening.id,
            template="ticket.opened",
            language="en",
            sha256=hashlib.sha256(sent).hexdigest(),
            attempts=1,
        )
        assert (envelope.actor, envelope.causationid) == ("system:notifications", opening.id)
    message = mail.taken[0].message
    assert message["Message-ID"] == f"<{notification_id(opening.id, EMAIL)}@desk.test>"
    assert message["X-Ticketledger-Delivery"] == notification_id(opening.id, EMAIL)
    assert office.run() == 0


def test_one_save_tells_one_thing_on_a_surface_the_weightiest(
    office: PostOffice, mail: MailServer, hook: HookServer
) -> None:
    every = [EMAIL]
    office.publish(
        policy(
            TICKET_ASSIGNED=every,
            MESSAGE_SENT=every,
            TICKET_RESOLVED=every,
            STAGE_CHANGED=every,
            NEXT_UPDATE_PROMISED=[EMAIL, HOOK],
        )
    )
    office.begin()
    office.open()
    office.reply("Here it is.")

    office.run()

    told = {(event.surface, event.template) for event in office.outcomes()}
    assert told == {(EMAIL, "message.sent"), (HOOK, "next_update.promised")}
    assert [post.said["type"] for post in hook.posts] == ["next_update.promised"]
    assert len(mail.taken) == 1


def test_a_step_of_the_stepper_is_told_whatever_event_moves_it(
    office: PostOffice, hook: HookServer
) -> None:
    office.publish(policy(STAGE_CHANGED=[PUSH]))
    office.begin()
    office.open()
    office.give(lambda ticket: ticket.assign("ayu"))
    office.give(lambda ticket: ticket.assign("budi"))
    office.reply()

    office.run()

    told = [(post.said["type"], post.said["data"]["stage"]) for post in hook.posts]
    assert told == [
        ("ticket.stage_changed", "in_review"),
        ("ticket.stage_changed", "being_worked_on"),
    ]


def test_the_customers_language_and_clock_are_theirs(office: PostOffice, mail: MailServer) -> None:
    office.publish(policy(MESSAGE_SENT=[EMAIL]))
    office.customer(lambda known: known.profile(language="id-ID", time_zone="Asia/Jakarta"))
    office.begin()
    office.open()
    office.reply("Sudah dikirim.")

    office.run()

    [letter] = mail.taken
    assert letter.message["Content-Language"] == "id"
    assert "Ayu P. menulis kepada Anda pada 2026-03-02 16:00 (Asia/Jakarta)" in letter.text
    assert "Status: Sedang dikerjakan." in letter.text
    assert [event.language for event in office.outcomes() if isinstance(event, NotificationSent)]


def test_without_settings_for_a_surface_nothing_is_sent_or_recorded_for_it(
    office: PostOffice, mail: MailServer, hook: HookServer
) -> None:
    office.publish(policy(TICKET_OPENED=[Surface.SMS, Surface.TRACKER, Surface.INBOX]))
    office.begin()
    office.open()

    assert office.run() == 0

    assert (mail.taken, hook.posts, office.outcomes()) == ([], [], [])


def test_without_a_policy_nobody_is_told_anything(office: PostOffice, mail: MailServer) -> None:
    office.begin()
    office.open()
    office.reply()

    assert office.run() == 0
    assert mail.taken == []


def test_new_settings_begin_with_what_is_recorded_from_then_on(
    office: PostOffice, mail: MailServer, hook: HookServer
) -> None:
    office.publish(policy(TICKET_OPENED=[EMAIL, HOOK]))
    office.open("01930c1e-0000-7000-8000-000000000002")
    whole = office.settings
    office.settings = whole[: whole.index("[webhooks.app]")]
    office.begin()
    office.open()
    office.wait(seconds=1)

    # The webhook is new, the mail is not; the second ticket came before one and after the other.
    office.settings = whole
    office.run()
    office.wait(seconds=1)
    office.open("01930c1e-0000-7000-8000-000000000003")
    office.run()

    assert [letter.message["Subject"][-5:] for letter in mail.taken] == ["N-001", "N-003"]
    assert [post.said["data"]["number"] for post in hook.posts] == ["N-003"]


def test_imported_history_and_what_happened_long_ago_notify_nobody(
    office: PostOffice, mail: MailServer
) -> None:
    office.publish(policy(TICKET_OPENED=[EMAIL], MESSAGE_SENT=[EMAIL]))
    office.begin()
    office.open()
    office.give(
        lambda ticket: ticket.reply(
            message_id="old", channel=Channel.EMAIL, at=office.now, body="once"
        ),
        actor="import:servicenow",
    )
    office.run()
    office.wait(days=3)
    office.open("01930c1e-0000-7000-8000-000000000002")
    office.give(
        lambda _: _opening("N-old"),
        ticket="01930c1e-0000-7000-8000-000000000009",
        at=NINE,
    )
    office.run()

    assert [letter.message["Subject"][-5:] for letter in mail.taken] == ["N-001", "N-002"]


def _opening(number: str) -> list[object]:
    from domain.ticket import open_ticket

    return list(
        open_ticket(
            number=number, channel=Channel.EMAIL, requester=Requester(id="C1", email=ADDRESS)
        )
    )


def test_a_customer_without_an_address_is_no_failure_one_whose_address_is_sealed_is(
    office: PostOffice, mail: MailServer
) -> None:
    sealed = Sealed(sealed=SealedText(key="k", nonce="n", text="dGV4dA"))
    office.publish(policy(TICKET_OPENED=[EMAIL]))
    office.begin()
    for last, requester in enumerate(
        (None, Requester(id="C1"), Requester(id="C1", email=sealed)), start=1
    ):
        office.open(f"{TICKET[:-1]}{last}", requester=requester)

    office.run()

    assert mail.taken == []
    outcomes = [office.outcomes(f"{TICKET[:-1]}{last}") for last in (1, 2, 3)]
    assert outcomes[:2] == [[], []]
    assert [event.reason for event in outcomes[2]] == ["the customer's address is sealed"]  # type: ignore[union-attr]


def test_what_belongs_to_another_customer_by_now_goes_to_nobody_else(
    office: PostOffice, mail: MailServer
) -> None:
    office.publish(policy(MESSAGE_SENT=[EMAIL]))
    office.begin()
    office.open()
    office.give(lambda ticket: ticket.change_requester("C2"))
    office.reply("for C2 alone")

    office.run()

    assert mail.taken == []


def test_a_customer_who_is_to_be_forgotten_is_written_to_no_more(
    office: PostOffice, mail: MailServer
) -> None:
    from domain.people import ErasureScope

    office.publish(policy(MESSAGE_SENT=[EMAIL]))
    office.begin()
    office.open()
    office.customer(lambda known: known.erase(ErasureScope.PERSONAL_TEXT))
    office.reply("too late")

    office.run()

    assert mail.taken == []
    assert [event.reason for event in office.outcomes()] == ["the customer was erased"]  # type: ignore[union-attr]


def test_an_address_that_would_add_a_header_or_a_recipient_is_refused(
    office: PostOffice, mail: MailServer
) -> None:
    office.publish(policy(TICKET_OPENED=[EMAIL]))
    office.begin()
    wicked = ("a@b.test\r\nBcc: x@y.test", "a@b.test, x@y.test", "nobody", "a@b.test>\r\nDATA")
    for last, address in enumerate(wicked, start=1):
        office.open(f"{TICKET[:-1]}{last}", requester=Requester(id="C1", email=address))

    office.run()

    assert mail.taken == []
    for last in range(1, len(wicked) + 1):
        [event] = office.outcomes(f"{TICKET[:-1]}{last}")
        assert event.reason == "the customer's address is none that mail can go to"  # type: ignore[union-attr]


def test_what_an_agent_is_called_cannot_add_a_header(office: PostOffice, mail: MailServer) -> None:
    office.publish(policy(MESSAGE_SENT=[EMAIL], TICKET_ASSIGNED=[EMAIL]))
    office.begin()
    office.open()
    office.reply("line\r\n.\r\nmore", agent_display="Ayu\r\nBcc: x@y.test")
    office.give(lambda ticket: ticket.assign("ayu"))

    office.run()

    [reply, assigned] = mail.taken
    assert assigned.message["Subject"] == "Your case N-001 is with Ayu Bcc: x@y.test"
    assert [letter.message["Bcc"] for letter in mail.taken] == [None, None]
    assert "line\n.\nmore" in reply.text.replace("\r\n", "\n")


def test_an_address_beyond_ascii_needs_a_server_that_takes_one(
    office: PostOffice, mail: MailServer
) -> None:
    address = "na\N{LATIN SMALL LETTER I WITH DIAERESIS}ve@customers.test"
    office.publish(policy(TICKET_OPENED=[EMAIL]))
    office.begin()
    office.open(requester=Requester(id="C1", email=address))
    office.run()
    mail.international = True
    office.open(f"{TICKET[:-1]}2", requester=Requester(id="C1", email=address))
    office.run()

    [event] = office.outcomes()
    assert event.reason == "the server takes no address that is not ASCII"  # type: ignore[union-attr]
    [letter] = mail.taken
    assert letter.recipient == address
    assert letter.message["To"] == address


def test_a_moment_is_written_by_the_ledgers_clock_where_the_customers_is_not_known() -> None:
    from zoneinfo import ZoneInfo

    from consumers.notifying.composing import written

    moment = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert written(moment, ZoneInfo("Europe/Berlin")) == "2026-03-29 03:30 (Europe/Berlin)"
