"""The secrets of notifying: read from where the settings say, and never printed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from consumers.notifying.errors import NotificationSettingsInvalid
from consumers.notifying.settings import (
    PASSWORD_VARIABLE,
    SECRET_VARIABLE,
    EmailSettings,
    NotificationSettings,
    WebhookSettings,
)
from consumers.notifying.signing import SecretMalformed, key_of


@dataclass(frozen=True, slots=True)
class Secrets:
    """The password of the mail server, and what is signed with, by the webhook's name.

    Of the keys the first is in use; a second one is being replaced.
    """

    password: str = field(repr=False)
    keys: Mapping[str, tuple[bytes, ...]] = field(repr=False)


def read_secrets(
    settings: NotificationSettings,
    *,
    environment: Mapping[str, str] | None = None,
) -> Secrets:
    """The secrets of the settings, whose other files are looked at too.

    Raises NotificationSettingsInvalid, which names the setting and never the secret.
    """
    given = os.environ if environment is None else environment
    password = "" if settings.email is None else _password(settings.email, given)
    for one in (settings.email, *settings.webhooks.values()):
        if one is not None and one.ca_file is not None and not one.ca_file.is_file():
            raise NotificationSettingsInvalid(f"ca_file {one.ca_file} is no file; check its path")
    keys = {name: tuple(_keys(name, webhook, given)) for name, webhook in settings.webhooks.items()}
    return Secrets(password, keys)


def _password(email: EmailSettings, environment: Mapping[str, str]) -> str:
    found = _secret(email.password_file, environment.get(PASSWORD_VARIABLE))
    if email.username is not None and not found:
        raise NotificationSettingsInvalid(
            f"email.username is given and no password: set {PASSWORD_VARIABLE}, or name a file "
            "with email.password_file"
        )
    return found or ""


def _keys(name: str, webhook: WebhookSettings, environment: Mapping[str, str]) -> list[bytes]:
    variable = f"{SECRET_VARIABLE}{name.upper()}"
    current = _secret(webhook.secret_file, environment.get(variable))
    if not current:
        raise NotificationSettingsInvalid(
            f"webhooks.{name} has no secret to sign with: set {variable}, or name a file with "
            f"webhooks.{name}.secret_file"
        )
    before = _secret(webhook.previous_secret_file, None)
    try:
        return [key_of(one) for one in (current, before) if one]
    except SecretMalformed as error:
        raise NotificationSettingsInvalid(f"the secret of webhooks.{name} {error}") from None


def _secret(file: Path | None, variable: str | None) -> str | None:
    """A variable wins over the file."""
    if variable:
        return variable
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotificationSettingsInvalid(
            f"the secret's file {file} cannot be read ({type(error).__name__}); check "
            "its path and permissions"
        ) from None
