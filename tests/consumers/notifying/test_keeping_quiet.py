"""Nothing that a customer or an agent wrote, no address and no secret shows where it should not."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from consumers.notifying.composing import Composer
from consumers.notifying.letters import Letter
from consumers.notifying.mailing import mail_of
from consumers.notifying.outbox_file import outbox_path
from consumers.notifying.settings_file import parse_settings
from consumers.notifying.standing import dead_letters
from consumers.notifying.telling import FACTS, save_with, told
from consumers.notifying.webhook import body_of
from consumers.rules import Rules
from domain.events import NotificationFailed, TicketOpened
from domain.policies.telling import NotifiedFact
from domain.reach import Surface
from eventstore.record import Headers
from eventstore.store import StoredRecord
from projections.customer_timeline import PUBLIC
from tests.consumers.notifying.mail_server import PASSWORD, USER, MailServer, mail_server
from tests.consumers.notifying.post_office import (
    ADDRESS,
    NINE,
    TICKET,
    PostOffice,
    policy,
)
from tests.projections.canaries import EVENTS, MARK, Minting

EMAIL = Surface.EMAIL
EVERY_FACT = {fact.name: [EMAIL, Surface.WEBHOOK] for fact in NotifiedFact}


@pytest.mark.parametrize("kind", sorted(name for name, event in EVENTS.items() if event in FACTS))
def test_a_notice_holds_nothing_but_what_the_customers_view_may_show(
    office: PostOffice, kind: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is not on the whitelist of `customer_timeline` carries a mark."""
    office.publish(policy(**EVERY_FACT))
    settings = parse_settings(office.settings, path=Path("n.toml"))
    minting = Minting(Random(seed))
    requester = {"requester.id"}
    opening = PUBLIC["ticket.opened"].fields | requester | {"live", "case_type", "priority"}
    # Of an opening a notice shows the number alone: its words are marked here too.
    bodies = [
        minting.event(
            "ticket.opened", opening - {"subject", "body"}, subject=TICKET, sequence=1, at=NINE
        )
    ]
    if EVENTS[kind] is not TicketOpened:
        public = PUBLIC[kind].fields if kind in PUBLIC else frozenset({"from", "to"})
        bodies.append(minting.event(kind, public, subject=TICKET, sequence=2, at=NINE))
    record = StoredRecord(Headers(TICKET, 1, len(bodies)), "", 1, tuple(bodies))
    happened = save_with(iter([record]), len(bodies))
    assert happened is not None
    composer = Composer(office.store, Rules(office.store), settings)
    monkeypatch.setattr(composer, "happened", lambda *_: happened)
    chosen = told(happened, policy(**EVERY_FACT))
    fact, about, _ = chosen[Surface.WEBHOOK]
    letter = Letter(
        id="n-1",
        ticket=TICKET,
        sequence=len(bodies),
        event=about.id,
        surface=Surface.WEBHOOK,
        fact=fact,
        planned_at=NINE,
        next_at=NINE,
        attempts_max=1,
    )

    notice = composer.notice(letter)

    shown = body_of(notice).decode() + notice.subject + notice.text
    assert MARK not in shown


def test_neither_outbox_nor_log_nor_dead_letter_holds_address_or_words(
    office: PostOffice, mail: MailServer
) -> None:
    office.publish(policy(MESSAGE_SENT=[EMAIL]))
    office.begin()
    office.open()
    office.reply("the CANARY of the reply")
    mail.answers = {"DATA": [f"554 not for {ADDRESS}: the CANARY of the reply"]}

    office.run()

    [event] = office.outcomes()
    assert isinstance(event, NotificationFailed)
    assert event.reason == "the server refused the message (code 554)"
    kept = b"".join(file.read_bytes() for file in outbox_path(office.folder).parent.iterdir())
    for told_ in (str(event), str(dead_letters(office.folder)), kept.decode("latin-1")):
        assert "CANARY" not in told_
        assert "canary" not in told_


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of a server on this machine, which is its own authority, with its key."""
    folder = tmp_path_factory.mktemp("certificate")
    key, made = folder / "key.pem", folder / "made.pem"
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    line = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run(
        [*line, "-keyout", str(key), "-out", str(made), *names], check=True, capture_output=True
    )
    both = folder / "both.pem"
    both.write_bytes(made.read_bytes() + key.read_bytes())
    return both


def secure(office: PostOffice, server: MailServer, *, security: str, more: str) -> None:
    """Let the office send through this server."""
    office.settings = (
        f'[email]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "{security}"\n'
        f'from = "desk@desk.test"\nusername = "{USER}"\n{more}\n'
    )


@pytest.fixture(params=["starttls", "tls"])
def safe(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[MailServer, str]]:
    """A mail server that wants TLS and a login, and how it is spoken to."""
    from_the_beginning = request.param == "tls"
    with mail_server(
        certificate, tls_from_the_beginning=from_the_beginning, needs_login=True
    ) as server:
        yield server, request.param


def test_mail_goes_over_tls_with_a_login(
    office: PostOffice,
    safe: tuple[MailServer, str],
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, security = safe
    monkeypatch.setenv("TICKETLEDGER_SMTP_PASSWORD", PASSWORD)
    secure(office, server, security=security, more=f'ca_file = "{certificate}"')
    office.publish(policy(TICKET_OPENED=[EMAIL]))
    office.begin()
    office.open()

    office.run()

    [letter] = server.taken
    assert (letter.encrypted, letter.logged_in) == (True, True)


@pytest.mark.parametrize(
    ("password", "trusted", "reason"),
    [
        ("hunter2", True, "the server refused the login (code 535)"),
        (PASSWORD, False, "no trusted connection to the server (TLS)"),
    ],
)
def test_a_wrong_password_and_a_server_that_nobody_vouches_for_are_told_without_secrets(
    *,
    office: PostOffice,
    safe: tuple[MailServer, str],
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    password: str,
    trusted: bool,
    reason: str,
) -> None:
    server, security = safe
    monkeypatch.setenv("TICKETLEDGER_SMTP_PASSWORD", password)
    more = f'ca_file = "{certificate}"\n' if trusted else ""
    secure(office, server, security=security, more=f"{more}[retries]\nattempts = 1\n")
    office.publish(policy(TICKET_OPENED=[EMAIL]))
    office.begin()
    office.open()

    office.run()

    assert server.taken == []
    [event] = office.outcomes()
    assert isinstance(event, NotificationFailed)
    assert event.reason == reason


def test_a_password_is_never_sent_in_the_clear(
    office: PostOffice, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKETLEDGER_SMTP_PASSWORD", PASSWORD)
    secure(office, mail, security="starttls", more="[retries]\nattempts = 1\n")
    office.publish(policy(TICKET_OPENED=[EMAIL]))
    office.begin()
    office.open()

    office.run()

    assert mail.taken == []
    [event] = office.outcomes()
    assert isinstance(event, NotificationFailed)
    assert event.reason == "the server offers no STARTTLS, or no login"


def test_a_mail_is_the_same_bytes_at_every_attempt(office: PostOffice) -> None:
    office.publish(policy(MESSAGE_SENT=[EMAIL]))
    office.open()
    office.reply("Grüße aus Köln 🧳")
    settings = parse_settings(office.settings, path=Path("n.toml"))
    assert settings.email is not None
    [*_, (envelope, _event)] = [
        pair for pair in office.tickets.history(TICKET) if "message.sent" in pair[0].type
    ]
    letter = Letter(
        id="n-1",
        ticket=TICKET,
        sequence=envelope.sequence,
        event=envelope.id,
        surface=EMAIL,
        fact=NotifiedFact.MESSAGE_SENT,
        planned_at=NINE,
        next_at=NINE,
        attempts_max=1,
    )
    composer = Composer(office.store, Rules(office.store), settings)

    first, second = (mail_of(composer.notice(letter), settings.email) for _ in range(2))

    assert first.as_bytes() == second.as_bytes()
    assert first.as_bytes().isascii()
    assert "Grüße aus Köln 🧳" in first.get_content()
