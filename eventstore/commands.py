"""A command's identity: its id, and a fingerprint that tells a repeat from a mistake."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from json.encoder import encode_basestring_ascii
from typing import Any, cast

from .envelope import write_time
from .errors import CommandInvalid

COMMAND_ID_CHARACTERS_MAX = 200
FINGERPRINT_CHARACTERS = 16

_ID = re.compile(r"[!-~]{1,200}")


@dataclass(frozen=True)  # Without slots: unpickling a frozen class with slots is slow.
class Command:
    """What somebody asked for, once.

    `arguments` are what the caller said, as JSON values, without times and ids that we drew;
    `occurred_at` becomes the `time` of every event of the save. A `derived` id was computed by an
    automation: the first one wins and content is not compared. `header` is what a record carries:
    the id, a space, and the fingerprint of name and arguments. Raises CommandInvalid.
    """

    id: str
    name: str
    arguments: Mapping[str, Any]
    occurred_at: datetime
    actor: str
    correlation_id: str | None = None
    causation_id: str | None = None
    derived: bool = False
    header: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise CommandInvalid(
                f"a command id has 1 to {COMMAND_ID_CHARACTERS_MAX} printable ASCII characters "
                f"without spaces; this one ({len(self.id)} characters) does not comply; "
                f"choose another, or let one be drawn"
            )
        if self.occurred_at.tzinfo is None:
            raise CommandInvalid(f"command {self.id} needs an occurred-at with a time zone")
        object.__setattr__(self, "header", f"{self.id} {self._fingerprint()}")

    @property
    def fingerprint(self) -> str:
        """16 hex digits over the canonical JSON of name and arguments."""
        return self.header[-FINGERPRINT_CHARACTERS:]

    def _fingerprint(self) -> str:
        try:
            text = _CANONICAL.encode({"arguments": self.arguments, "name": self.name})
        except (TypeError, ValueError, RecursionError):
            raise CommandInvalid(
                f"the arguments of {self.name} (command {self.id}) are not JSON values"
            ) from None
        return hashlib.sha256(text.encode("ascii")).hexdigest()[:FINGERPRINT_CHARACTERS]


def text_fingerprint(name: str, argument: str, text: str) -> str:
    """The fingerprint of a command whose only argument is a text, many times as fast."""
    canonical = (
        f'{{"arguments":{{{encode_basestring_ascii(argument)}:{encode_basestring_ascii(text)}}},'
        f'"name":{encode_basestring_ascii(name)}}}'
    )
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:FINGERPRINT_CHARACTERS]


def split_header(header: str) -> tuple[str, str]:
    """A command header's id and fingerprint."""
    command_id, _, fingerprint = header.partition(" ")
    return command_id, fingerprint


def _plain(value: object) -> object:
    """Values that callers naturally have, in the one form that is compared."""
    if isinstance(value, datetime):
        return write_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, Any]", value))
    raise TypeError


_CANONICAL = json.JSONEncoder(
    allow_nan=False, default=_plain, separators=(",", ":"), sort_keys=True
)
