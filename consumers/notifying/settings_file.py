"""Reading notifications.toml: what it says, and in which lines it goes wrong, all at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from consumers.notifying.errors import NotificationSettingsInvalid
from consumers.notifying.settings import NAME_PATTERN, NotificationSettings, take_secrets_out
from consumers.notifying.words import unknown_names
from domain.policies.conditions import LANGUAGE_PATTERN
from domain.reach import Surface
from domain.toml_lines import Place, line_of, lines_of_keys
from domain.toml_problems import Problem, problem_of, syntax_problem

FILE_NAME = "notifications.toml"

_PATTERNS = {
    LANGUAGE_PATTERN: "a language is a code such as en or pt-BR",
    NAME_PATTERN: "a webhook's name is made of small letters, digits and _, such as app",
}


def settings_path(folder: Path) -> Path:
    """The settings of a ledger folder. Where there is no such file nothing is ever sent."""
    return folder / FILE_NAME


def is_configured(folder: Path) -> bool:
    """Whether anything is said about notifications."""
    return settings_path(folder).exists()


def read_settings(folder: Path) -> NotificationSettings:
    """The folder's settings. Raises NotificationSettingsInvalid."""
    path = settings_path(folder)
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise NotificationSettingsInvalid.missing(path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise NotificationSettingsInvalid(
            f"{path} cannot be read ({type(error).__name__}); check the file"
        ) from None
    return parse_settings(text, path=path).from_folder(folder)


def parse_settings(text: str, *, path: Path) -> NotificationSettings:
    """Settings from their text; `path` is only for messages. Raises NotificationSettingsInvalid."""
    lines = lines_of_keys(text)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotificationSettingsInvalid.of(path, [syntax_problem(error, text)]) from None
    problems = [
        Problem(line_of(lines, place), f"a secret does not belong here; it goes into {instead}")
        for place, instead in take_secrets_out(raw)
    ]
    settings = _validated(raw, lines, path, problems)
    wrong = [Problem(line_of(lines, place), told) for place, told in _contradictions(settings)]
    if wrong:
        raise NotificationSettingsInvalid.of(path, wrong)
    return settings


def _validated(
    raw: dict[str, Any], lines: dict[Place, int], path: Path, problems: list[Problem]
) -> NotificationSettings:
    """The settings, unless there are problems: those known already, or some against the model."""
    try:
        settings = NotificationSettings.model_validate(raw)
    except ValidationError as error:
        details = error.errors(include_url=False)
    else:
        if not problems:
            return settings
        details = []
    problems += [
        problem_of(
            detail,
            lines,
            model=NotificationSettings,
            called="the settings",
            patterns=_PATTERNS,
        )
        for detail in details
    ]
    raise NotificationSettingsInvalid.of(path, problems)


def _contradictions(settings: NotificationSettings) -> Iterator[tuple[Place, str]]:
    """What each key alone does not show."""
    taken = {Surface.EMAIL: "email"} if settings.email is not None else {}
    for name, webhook in settings.webhooks.items():
        for surface in webhook.surfaces:
            if surface in taken:
                yield (
                    ("webhooks", name, "surfaces"),
                    f"{surface} goes to {taken[surface]} already; say it once",
                )
            taken[surface] = f"webhooks.{name}"
    for language, texts in settings.texts.items():
        for fact, text in texts.items():
            for part in ("subject", "body"):
                if strange := unknown_names(getattr(text, part)):
                    yield ("texts", language, fact, part), strange
