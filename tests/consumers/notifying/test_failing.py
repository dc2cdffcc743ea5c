"""What is not taken over is tried again, ever later, then given up, and can be sent again."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from consumers.holding import Hold
from consumers.notifying.backing_off import BackingOff
from consumers.notifying.errors import AnotherNotifier, NoSuchDeadLetter, OutboxUnusable
from consumers.notifying.letters import LetterState
from consumers.notifying.outbox_file import lock_path, outbox_path
from consumers.notifying.standing import dead_letters, resend, status
from consumers.notifying.webhook import retry_after
from domain.events import NotificationFailed, NotificationSent
from domain.reach import Surface
from eventstore.errors import StoreError
from tests.consumers.notifying.hook_server import HookServer, hook_server
from tests.consumers.notifying.mail_server import MailServer
from tests.consumers.notifying.post_office import NINE, TICKET, PostOffice, policy

EMAIL, HOOK = Surface.EMAIL, Surface.WEBHOOK
SECOND = f"{TICKET[:-1]}2"


@pytest.fixture
def told(office: PostOffice) -> PostOffice:
    """A ticket was opened of which the webhook is told, at most three times."""
    office.settings += "\n[retries]\nattempts = 3\nfirst_seconds = 10\n"
    office.publish(policy(TICKET_OPENED=[HOOK]))
    office.begin()
    office.open()
    return office


def test_waits_grow_fourfold_up_to_the_longest_and_are_drawn_from_their_upper_half() -> None:
    late, early = BackingOff(5, 3_600, lambda: 1.0), BackingOff(5, 3_600, lambda: 0.0)

    assert [late.seconds(n) for n in range(1, 8)] == [5, 20, 80, 320, 1280, 3600, 3600]
    assert [early.seconds(n) for n in range(1, 4)] == [2.5, 10, 40]
    assert late.seconds(1, asked_for=60) == 60
    assert late.seconds(1, asked_for=10**9) == 86_400
    assert late.seconds(10_000) == 3_600


def test_an_answer_of_trouble_is_tried_again_after_the_wait_and_not_before(
    told: PostOffice, hook: HookServer
) -> None:
    hook.answers = [(500, {}), (500, {})]

    assert told.run() == 1
    told.wait(seconds=9)
    assert told.run() == 0
    told.wait(seconds=1)
    assert told.run() == 1
    told.wait(seconds=39)
    assert told.run() == 0
    told.wait(seconds=1)
    assert told.run() == 1

    [event] = told.outcomes()
    assert isinstance(event, NotificationSent)
    assert event.attempts == 3
    ids = {post.headers["webhook-id"] for post in hook.posts}
    times = [int(post.headers["webhook-timestamp"]) for post in hook.posts]
    assert ids == {event.notification_id}
    assert [time - times[0] for time in times] == [0, 10, 50]
    assert len({post.body for post in hook.posts}) == 1


def test_the_other_side_says_how_long_to_wait(told: PostOffice, hook: HookServer) -> None:
    at_ten = format_datetime(NINE + timedelta(hours=1), usegmt=True)
    hook.answers = [(429, {"Retry-After": "120"}), (503, {"Retry-After": at_ten})]

    told.run()
    told.wait(seconds=119)
    assert told.run() == 0
    told.wait(seconds=1)
    assert told.run() == 1
    told.now = NINE + timedelta(minutes=59)
    assert told.run() == 0
    told.now = NINE + timedelta(hours=1)
    assert told.run() == 1
    assert isinstance(told.outcomes()[0], NotificationSent)


def test_a_header_that_asks_for_nothing_sensible_asks_for_nothing() -> None:
    assert retry_after(None, now=NINE) is None
    assert retry_after("soon", now=NINE) is None
    assert retry_after("Mon, 02 Mar 2026 08:00:00 GMT", now=NINE) == 0
    assert retry_after("9" * 50, now=NINE) == 999_999_999


@pytest.mark.parametrize("status_", [301, 400, 404, 410])
def test_an_answer_that_would_come_again_gives_up_at_once(
    told: PostOffice, hook: HookServer, status_: int
) -> None:
    hook.answers = [(status_, {"Location": f"{hook.url}/elsewhere"})]

    told.run()

    [event] = told.outcomes()
    assert isinstance(event, NotificationFailed)
    assert (event.reason, event.attempts) == (f"status {status_}", 1)
    assert len(hook.posts) == 1


def test_what_is_given_up_is_listed_and_sent_again_under_the_same_id(
    told: PostOffice, hook: HookServer
) -> None:
    hook.answers = [(500, {})] * 6
    for _ in range(5):
        told.run()
        told.wait(hours=1)

    [letter] = dead_letters(told.folder)
    assert (letter.reason, letter.attempts, letter.given_up) == ("status 500", 3, 1)
    assert [type(event) for event in told.outcomes()] == [NotificationFailed]
    with pytest.raises(NoSuchDeadLetter):
        resend(told.folder, [letter.id, "n-other"], attempts=3)
    assert told.run() == 0

    resend(told.folder, [letter.id], attempts=3, now=told.now)
    for _ in range(5):
        told.run()
        told.wait(hours=1)
    assert [event.attempts for event in told.outcomes()] == [3, 6]
    resend(told.folder, [letter.id], attempts=3, now=told.now)
    told.run()

    outcomes = told.outcomes()
    assert [type(event) for event in outcomes] == [
        NotificationFailed,
        NotificationFailed,
        NotificationSent,
    ]
    assert {event.notification_id for event in outcomes} == {letter.id}
    assert outcomes[-1].attempts == 7
    assert dead_letters(told.folder) == []
    assert {post.headers["webhook-id"] for post in hook.posts} == {letter.id}


def test_a_mail_server_refuses_for_now_or_for_good(office: PostOffice, mail: MailServer) -> None:
    office.publish(policy(TICKET_OPENED=[EMAIL]))
    office.begin()
    office.open()
    office.open(SECOND)
    mail.answers = {"RCPT": ["451 greylisted", "550 no such user nadia.canary@customers.test"]}

    office.run()
    office.wait(minutes=5)
    office.run()

    [first], [second] = office.outcomes(), office.outcomes(SECOND)
    assert isinstance(first, NotificationSent)
    assert first.attempts == 2
    assert isinstance(second, NotificationFailed)
    assert second.reason == "the server refused the recipient (code 550)"


def test_where_nothing_gets_through_the_others_wait_without_being_tried(
    office: PostOffice, mail: MailServer, hook: HookServer
) -> None:
    office.publish(policy(TICKET_OPENED=[EMAIL, HOOK]))
    office.begin()
    for last in range(1, 6):
        office.open(f"{TICKET[:-1]}{last}")
    hook.answers = [(503, {})]

    assert office.run() == 6
    assert (len(hook.posts), len(mail.taken)) == (1, 5)
    office.wait(seconds=60)
    assert office.run() == 5
    assert {post.said["data"]["number"] for post in hook.posts[1:]} == {
        f"N-00{last}" for last in range(1, 6)
    }


def test_a_receiver_that_is_not_there_is_told_without_its_address(
    told: PostOffice, hook: HookServer
) -> None:
    with hook_server() as gone:
        told.settings = told.settings.replace(str(hook.port), str(gone.port))
    for _ in range(3):
        told.run()
        told.wait(hours=1)

    [event] = told.outcomes()
    assert isinstance(event, NotificationFailed)
    assert event.reason == "not reachable (ConnectionRefusedError)"


def test_two_notifiers_of_one_folder_do_not_send_at_once(told: PostOffice) -> None:
    with (
        told.opened(),
        pytest.raises(AnotherNotifier, match=r"process \d+ on .* stop that one first"),
    ):
        told.run()
    assert told.run() == 1


def test_a_notifier_that_was_taken_for_dead_sends_no_more(
    told: PostOffice, hook: HookServer
) -> None:
    with told.opened() as notifier:
        lock_path(told.folder).unlink()
        with Hold(lock_path(told.folder), name="notifications"):
            import threading

            with pytest.raises(AnotherNotifier):
                notifier.run(threading.Event(), follow=False)

    assert hook.posts == []


def test_an_outbox_of_another_log_or_a_damaged_one_is_refused_and_left_alone(
    told: PostOffice, hook: HookServer
) -> None:
    path = outbox_path(told.folder)
    told.run()
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("UPDATE position SET event = 'another'")
    connection.close()
    with pytest.raises(OutboxUnusable, match="another log, or one that was restored"):
        told.run()
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("UPDATE about SET source = '/ledgers/other'")
    connection.close()
    with pytest.raises(OutboxUnusable, match="another ledger"):
        told.run()
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="notify run --since"):
        told.run()

    assert path.read_bytes().startswith(b"no database")
    assert len(hook.posts) == 1


def test_an_outbox_made_anew_sends_what_the_log_does_not_have_as_sent(
    told: PostOffice, hook: HookServer
) -> None:
    told.run()
    told.open(SECOND)
    hook.answers = [(410, {})]
    told.run()
    told.open(f"{TICKET[:-1]}3")
    for file in outbox_path(told.folder).parent.glob("outbox*"):
        file.unlink()

    assert told.run(since=NINE) == 1

    assert [post.said["data"]["number"] for post in hook.posts] == ["N-001", "N-002", "N-003"]
    [letter] = dead_letters(told.folder)
    assert (letter.ticket, letter.reason, letter.given_up) == (SECOND, "status 410", 1)
    assert told.run() == 0


def test_a_letter_whose_every_attempt_was_interrupted_is_given_up(
    told: PostOffice, hook: HookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from consumers.notifying.webhook import Webhook

    class Interrupted(BaseException):
        """As a kill is: nothing after it happens."""

    def interrupt(*_: object, **__: object) -> None:
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(Webhook, "send", interrupt)
        for _ in range(3):
            with pytest.raises(Interrupted):
                told.run()
            told.wait(hours=1)

    told.run()

    [event] = told.outcomes()
    assert isinstance(event, NotificationFailed)
    assert event.reason == "every attempt was interrupted"
    assert hook.posts == []


def test_the_standing_tells_what_waits_and_what_became_of_the_rest(
    told: PostOffice, hook: HookServer
) -> None:
    from consumers.notifying.settings_file import parse_settings

    hook.answers = [(500, {}), (410, {})]
    told.open(SECOND)
    told.run()
    told.open(f"{TICKET[:-1]}3", requester=None)
    settings = parse_settings(told.settings, path=Path("notifications.toml"))

    before = status(told.folder, told.store, settings)
    told.run()
    found = status(told.folder, told.store, settings)

    assert before.lag_events > 0
    assert (found.waiting, found.retried, found.dead, found.holder) == (1, 1, 1, None)
    assert found.tally == {"given up": 1, "left out: no customer": 1}
    assert {letter.state for letter in dead_letters(told.folder)} == {LetterState.DEAD}
