"""`ticketledger notify`: quiet without settings, told to run, looked at, killed, on Kafka."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli import up
from consumers.notifying.signing import verify
from eventstore.ledger import Ledger
from tests.cli.calling import Terminal
from tests.consumers.notifying.hook_server import HookServer, hook_server
from tests.consumers.notifying.mail_server import MailServer, mail_server

ROOT = Path(__file__).parents[2]
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes....").decode()
POLICY = """
id = "telling"
title = "Telling"

[notifications]
"ticket.opened" = ["webhook", "sms"]
"message.sent" = "webhook"
"""
OPENED = ("ticket", "open", "--customer", "C1", "--email", "nadia@customers.test", "--subject", "x")


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[HookServer]:
    """A receiver of webhooks, and the secret to sign with."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TICKETLEDGER_WEBHOOK_SECRET_APP", SECRET)
    with hook_server() as server:
        yield server


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server."""
    with mail_server() as server:
        yield server


def configure(terminal: Terminal, text: str) -> None:
    (terminal.ledger / "notifications.toml").write_text(text)


def hooked(hook: HookServer) -> str:
    return f'[webhooks.app]\nurl = "{hook.url}"\n'


def publish(terminal: Terminal) -> None:
    path = terminal.ledger / "telling.toml"
    path.write_text(POLICY)
    terminal.done("policy", "publish", str(path))


@pytest.fixture
def telling(terminal: Terminal, hook: HookServer) -> Terminal:
    """A ledger whose customers are told by webhook from now on."""
    publish(terminal)
    configure(terminal, hooked(hook))
    terminal.done("notify", "run")
    return terminal


def test_without_settings_nothing_is_sent_and_nothing_is_started(
    terminal: Terminal, hook: HookServer
) -> None:
    publish(terminal)
    terminal.done(*OPENED)

    answer = terminal("notify", "run")

    assert answer.code == 114
    assert "no customer is notified; write one: docs/how-to/notify-customers.md" in answer.err
    assert "nothing is configured" in terminal.done("notify", "status").out
    assert "not configured, so no customer is notified" in terminal.done("doctor").out
    assert "notifications" not in up._services()
    assert hook.posts == []
    assert not (terminal.ledger / "notifications").exists()


def test_a_customer_is_told_once_and_the_ticket_says_so(
    telling: Terminal, hook: HookServer
) -> None:
    telling.done(*OPENED)

    told = telling.done("notify", "run", "--once", "--json").object

    assert (told["attempts"], told["waiting"], told["tally"]) == (1, 0, {"sent": 1})
    assert telling.done("notify", "run", "--json").object["attempts"] == 0
    [post] = hook.posts
    sent = telling.done("log", "find", "--type", "notification.sent", "--json").object
    assert sent["data"]["notification_id"] == post.headers["webhook-id"]
    assert sent["actor"] == "system:notifications"


def test_what_was_given_up_is_listed_and_sent_again(telling: Terminal, hook: HookServer) -> None:
    telling.done(*OPENED)
    hook.answers = [(410, {})]
    telling.done("notify", "run")

    listed = telling.done("notify", "dead-letters", "--json").object
    assert (listed["surface"], listed["reason"], listed["attempts"]) == ("webhook", "status 410", 1)
    table = telling.done("notify", "dead-letters").out
    assert listed["notification_id"] in table
    assert "nadia" not in table
    assert telling("notify", "resend").code == 2
    assert telling("notify", "resend", "n-other").code == 117
    again = telling.done("notify", "resend", listed["notification_id"])
    assert again.out == "1 wait to be sent again\n"
    assert "nobody sends at the moment" in again.err
    assert telling.done("notify", "run", "--json").object["tally"] == {"given up": 1, "sent": 1}
    assert telling.done("notify", "dead-letters").out == "no notification was given up\n"
    assert telling.done("notify", "resend", "--all").out == "0 wait to be sent again\n"


def test_a_check_tries_what_it_is_asked_to_and_tells_what_nothing_serves(
    telling: Terminal, hook: HookServer, mail: MailServer
) -> None:
    configure(
        telling,
        f'{hooked(hook)}\n[email]\nhost = "127.0.0.1"\nport = {mail.port}\nsecurity = "none"\n'
        'from = "desk@desk.test"\n',
    )

    answer = telling.done("notify", "check", "--to", "me@desk.test", "--webhook", "app")

    assert "served: email, webhook" in answer.out
    assert "the policy also names sms: nothing here sends there" in answer.out
    assert [letter.recipient for letter in mail.taken] == ["me@desk.test"]
    [post] = hook.posts
    assert post.said["type"] == "test"
    with hook_server() as other:
        telling.done("notify", "check", "--webhook", "app", "--url", other.url)
    assert len(other.posts) == 1
    answer = telling("notify", "check", "--webhook", "app", "--url", other.url)
    assert (answer.code, str(other.port) in answer.err) == (119, False)
    assert "webhook app: not reachable (ConnectionRefusedError)" in answer.err
    for wrong in (("--webhook", "ap"), ("--url", other.url), ("--url", "x", "--webhook", "app")):
        assert telling("notify", "check", *wrong).code == 2


def test_since_is_for_a_beginning_only(telling: Terminal, hook: HookServer) -> None:
    telling.done(*OPENED)
    assert telling("notify", "run", "--since", "2d").code == 2
    for file in (telling.ledger / "notifications").glob("outbox*"):
        file.unlink()

    telling.done("notify", "run", "--since", "2d")

    assert len(hook.posts) == 1


def start(terminal: Terminal, *words: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "ticketledger", "--ledger", str(terminal.ledger), "notify"]
    return subprocess.Popen(
        [*line, *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.e2e
def test_killed_after_sending_it_sends_again_under_the_same_id_and_records_it_once(
    telling: Terminal, hook: HookServer
) -> None:
    telling.done(*OPENED)
    process: list[subprocess.Popen[str]] = []

    def kill() -> None:
        process[0].kill()
        process[0].wait()

    hook.on_post = kill
    with start(telling, "run", "--follow") as sender:
        process.append(sender)
        assert sender.wait(60) == -signal.SIGKILL
    hook.on_post = lambda: None
    configure(telling, f"{hooked(hook)}\n[retries]\nfirst_seconds = 0.001\n")
    # What was begun is tried again after its wait, which the killed one had written down.
    _let_it_be_due(telling)

    told = telling.done("notify", "run", "--json").object

    assert told["tally"] == {"sent": 1}
    first, second = hook.posts
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    found = telling.done("log", "find", "--type", "notification.sent", "--json").objects
    assert [one["data"]["attempts"] for one in found] == [2]


def _let_it_be_due(terminal: Terminal) -> None:
    import sqlite3
    from contextlib import closing

    path = terminal.ledger / "notifications" / "outbox.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE letter SET next_at = planned_at")


def test_killed_before_recording_it_records_without_sending_again(
    telling: Terminal, hook: HookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """As a kill is: nothing after it happens."""

    def kill(*_: object, **__: object) -> None:
        raise Killed

    telling.done(*OPENED)
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "execute", kill)
        with pytest.raises(Killed):
            telling("notify", "run")

    told = telling.done("notify", "run", "--json").object

    assert (told["attempts"], told["tally"]) == (0, {"sent": 1})
    assert len(hook.posts) == 1
    assert len(telling.done("log", "find", "--type", "notification.sent", "--json").objects) == 1


@pytest.mark.e2e
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_follower_keeps_others_out_answers_a_health_check_and_ends_cleanly(
    telling: Terminal, number: signal.Signals
) -> None:
    assert telling("notify", "status", "--check").code == 118
    with start(telling, "run", "--follow") as sender:
        assert sender.stderr is not None
        assert "notifications follow the log" in sender.stderr.readline()
        while telling("notify", "status", "--check").code:
            assert sender.poll() is None
        other = telling("notify", "run")
        assert other.code == 115
        assert f"are sent by process {sender.pid} on" in other.err
        assert "notifications: at work" in telling.done("doctor").out
        assert "notifications" in up._services()
        sender.send_signal(number)
        assert sender.wait(60) == 0


@pytest.mark.kafka
@pytest.mark.parametrize("partitions", ["1", "3"])
def test_on_kafka_what_is_relayed_is_told_once(
    *,
    kafka: str,
    ledger_name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    hook: HookServer,
    partitions: str,
) -> None:
    terminal = Terminal(tmp_path / "ledger", capsys, monkeypatch)
    where = ("--name", ledger_name, "--kafka", kafka, "--partitions", partitions)
    terminal.done("init", *where)
    publish(terminal)
    terminal.done(*OPENED)
    terminal.done("relay")
    configure(terminal, hooked(hook))
    terminal.done("notify", "run")
    terminal.done(*OPENED)
    number: str = terminal.done("ticket", "open", "--customer", "C2", "--json").object["number"]
    assert terminal.done("notify", "run", "--json").object["attempts"] == 0  # not in the stream

    terminal.done("relay")
    terminal.done("ticket", "reply", number, "Here it is.")
    told = terminal.done("notify", "run", "--json").object
    terminal.done("relay")
    later = terminal.done("notify", "run", "--json").object

    assert (told["tally"], later["tally"]) == ({"sent": 2}, {"sent": 3})
    assert len({post.headers["webhook-id"] for post in hook.posts}) == 3
    said = [post.said["data"] for post in hook.posts if post.said["data"]["number"] == number]
    assert [one["message"] for one in said] == [None, "Here it is."]
    for post in hook.posts:
        verify(SECRET, post.headers, post.body, now=datetime.now(UTC))
    found = terminal.done("log", "find", "--type", "notification.sent", "--json").objects
    assert {one["data"]["notification_id"] for one in found} == {
        post.headers["webhook-id"] for post in hook.posts
    }
