"""How customers are notified: what stands in `notifications.toml` beside the ledger.

Secrets come from a variable, or from a file that the settings name; never from notifications.toml
itself. They are never printed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.errors import MessageError
from email.headerregistry import Address
from email.policy import SMTP
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from domain.policies.conditions import Language
from domain.policies.telling import NotifiedFact
from domain.reach import Surface
from domain.toml_problems import Part

PASSWORD_VARIABLE = "TICKETLEDGER_SMTP_PASSWORD"  # noqa: S105 - the name of one is none
SECRET_VARIABLE = "TICKETLEDGER_WEBHOOK_SECRET_"  # noqa: S105 - the same

NAME_PATTERN = r"^[a-z][a-z0-9_]{0,29}$"
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""What a webhook is called: it is part of its secret's variable."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def _mailbox(text: str) -> str:
    """Check that it is one address, with or without a name. Raises ValueError."""
    try:
        addresses = SMTP.header_factory("From", text).addresses
    except (ValueError, IndexError, MessageError):
        addresses = ()
    whole = [one for one in addresses if one.username and one.domain]
    # `email` would drop a line end without a word.
    if not text.isprintable() or (len(addresses), len(whole)) != (1, 1):
        raise ValueError("it is not one address such as Support <support@example.com>")
    return text


Mailbox = Annotated[str, AfterValidator(_mailbox)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Timeout = Annotated[float, Field(gt=0, le=300)]


class WithFiles(Part):
    """Settings that name files."""

    def from_folder(self, folder: Path) -> Self:
        """The same with its files found from a folder."""
        files = {name: folder / one for name, one in self if isinstance(one, Path)}
        return self.model_copy(update=files)


class EmailSettings(WithFiles):
    """The server that takes our e-mails, and as whom we send."""

    host: str = Field(min_length=1)
    port: int | None = Field(default=None, gt=0, lt=65_536)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password_file: Path | None = None
    sender: Mailbox = Field(alias="from")
    reply_to: Mailbox | None = None
    ca_file: Path | None = None
    timeout_seconds: Timeout = 20.0

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError("without TLS only a server on this machine is spoken to: security")
        return self

    @property
    def port_or_default(self) -> int:
        """The port: 587 with STARTTLS, 465 with TLS from the beginning, 25 without."""
        return self.port or _PORTS[self.security]

    @property
    def envelope_from(self) -> str:
        """The bare address that bounces go to."""
        return self._address.addr_spec

    @property
    def sender_domain(self) -> str:
        """The domain under which our message ids are ours."""
        return self._address.domain

    @property
    def _address(self) -> Address:
        found: Address = SMTP.header_factory("From", self.sender).addresses[0]
        return found


class WebhookSettings(WithFiles):
    """An address that signed messages are posted to, and which surfaces go there."""

    url: str
    surfaces: tuple[Surface, ...] = Field(default=(Surface.WEBHOOK,), min_length=1)
    secret_file: Path | None = None
    previous_secret_file: Path | None = None
    ca_file: Path | None = None
    timeout_seconds: Timeout = 15.0

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        _checked_url(self.url)
        return self


class Retries(Part):
    """How often a notification is tried, and how long apart."""

    attempts: int = Field(default=8, ge=1, le=100)
    first_seconds: Seconds = 5.0
    longest_seconds: Seconds = 21_600.0


class Text(Part):
    """The words about one fact. What they may name: see docs/how-to/notify-customers.md."""

    subject: str = Field(min_length=1, max_length=200)
    body: str = Field(min_length=1, max_length=10_000)


class NotificationSettings(Part):
    """All of notifications.toml."""

    language: Language = "en"
    not_older_than_hours: float = Field(default=24.0, gt=0, le=8_760)
    email: EmailSettings | None = None
    webhooks: dict[Name, WebhookSettings] = Field(default_factory=dict)
    retries: Retries = Retries()
    texts: dict[Language, dict[NotifiedFact, Text]] = Field(default_factory=dict)

    def from_folder(self, folder: Path) -> NotificationSettings:
        """The same with its files found from the ledger's folder."""
        email = self.email.from_folder(folder) if self.email is not None else None
        webhooks = {name: one.from_folder(folder) for name, one in self.webhooks.items()}
        return self.model_copy(update={"email": email, "webhooks": webhooks})

    @property
    def surfaces(self) -> frozenset[Surface]:
        """The surfaces on which something can be sent."""
        found = {surface for webhook in self.webhooks.values() for surface in webhook.surfaces}
        return frozenset(found | ({Surface.EMAIL} if self.email is not None else set()))


def checked_url(url: str) -> str:
    """The address, if it is one that may be posted to. Raises ValueError, which does not show it:
    some carry a secret."""
    _checked_url(url)
    return url


def _checked_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in ("https", "http") or re.search(r"[^!-~]", url):
        raise ValueError("url is not an address such as https://example.com/hooks")
    if parts.username is not None or parts.fragment:
        raise ValueError("url has a user, a password or a #fragment; leave them out")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise ValueError("without TLS only this machine is posted to: write https://")


def take_secrets_out(raw: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str]]:
    """Take secrets out of the tables of a text: where each stood, and where it belongs instead."""
    found: list[tuple[tuple[str, ...], str]] = []
    if _table(raw.get("email")).pop("password", None) is not None:
        found.append((("email", "password"), f"{PASSWORD_VARIABLE}, or email.password_file"))
    for name, webhook in _table(raw.get("webhooks")).items():
        if _table(webhook).pop("secret", None) is not None:
            instead = f"{SECRET_VARIABLE}{name.upper()}, or webhooks.{name}.secret_file"
            found.append((("webhooks", name, "secret"), instead))
    return found


def _table(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
