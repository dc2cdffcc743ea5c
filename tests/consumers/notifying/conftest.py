"""What tests of notifying share: servers on loopback, and a ledger with a clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.application import TICKETS
from eventstore.sqlite import SQLiteStore
from tests.consumers.notifying.hook_server import HookServer, hook_server
from tests.consumers.notifying.mail_server import MailServer, mail_server
from tests.consumers.notifying.post_office import SECRET, PostOffice

SETTINGS = """
[email]
host = "127.0.0.1"
port = {mail}
security = "none"
from = "Support <support@desk.test>"

[webhooks.app]
url = "{hook}"
surfaces = ["webhook", "push"]
"""


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy stands between us and loopback, and the secrets are ours."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("TICKETLEDGER_SMTP_PASSWORD", raising=False)
    monkeypatch.setenv("TICKETLEDGER_WEBHOOK_SECRET_APP", SECRET)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def hook() -> Iterator[HookServer]:
    """A receiver of webhooks."""
    with hook_server() as server:
        yield server


@pytest.fixture
def office(tmp_path: Path, mail: MailServer, hook: HookServer) -> Iterator[PostOffice]:
    """An empty ledger whose customers can be notified."""
    store = SQLiteStore.create(
        tmp_path / "ledger", name="main", time_zone="Europe/Berlin", application=TICKETS
    )
    settings = SETTINGS.format(mail=mail.port, hook=hook.url)
    yield PostOffice(tmp_path / "ledger", store, settings)
    store.close()
