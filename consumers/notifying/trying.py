"""Trying the transports with a message that says nothing of anybody."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from consumers.notifying.mailing import Mail
from consumers.notifying.secrets import Secrets
from consumers.notifying.settings import NotificationSettings
from consumers.notifying.transport import Carried, Notice, Transport
from consumers.notifying.webhook import Webhook
from domain.reach import Surface
from domain.values import iso

FACT = "test"
"""The type of a test message: no fact is called so."""


class Tried(NamedTuple):
    """What came of a test message; no reason: it was taken."""

    name: str
    reason: str | None


def try_email(
    settings: NotificationSettings, secrets: Secrets, address: str, *, now: datetime
) -> Tried:
    """Send a test e-mail to an address."""
    assert settings.email is not None
    mail = Mail(settings.email, password=secrets.password)
    return _tried(mail, _notice(Surface.EMAIL, now, address=address), now)


def try_webhook(
    settings: NotificationSettings, secrets: Secrets, name: str, *, now: datetime
) -> Tried:
    """Post a test message to a webhook."""
    one = settings.webhooks[name]
    webhook = Webhook(name, one, keys=secrets.keys[name])
    return _tried(webhook, _notice(one.surfaces[0], now), now)


def posted_elsewhere(settings: NotificationSettings, name: str, url: str) -> NotificationSettings:
    """The settings with another address for a webhook."""
    changed = settings.webhooks[name].model_copy(update={"url": url})
    return settings.model_copy(update={"webhooks": settings.webhooks | {name: changed}})


def _tried(transport: Transport, notice: Notice, now: datetime) -> Tried:
    outcome = transport.send(notice, now=now)
    return Tried(transport.name, None if isinstance(outcome, Carried) else outcome.reason)


def _notice(surface: Surface, now: datetime, *, address: str | None = None) -> Notice:
    id_ = f"n-test-{int(now.timestamp())}"
    return Notice(
        id=id_,
        surface=surface,
        fact=FACT,
        made_at=now,
        thread=FACT,
        subject="A test message of ticketledger",
        text="This is a test message of ticketledger. It is about no case.\n",
        address=address,
        data={"notification_id": id_, "surface": surface.value, "happened_at": iso(now)},
    )
