"""What is wrong with a value, in plain words: checkers speak of strings, tuples and inputs."""

from __future__ import annotations

import re

_WORDS = (
    (r"Value error, ", ""),
    (r"(String|Tuple) should have at least 1 (character|item)\b[^;]*", "it is empty"),
    (r"String should have at most (\d+) characters?", r"it is longer than \1 characters"),
    (
        r"Tuple should have at most (\d+) items? after validation, not (\d+)",
        r"there are \2 of them, at most \1 are possible",
    ),
    (r"Input should be greater than or equal to (\d+)", r"it must be \1 or more"),
    (r"Input should be a valid integer[^;]*", "it must be a whole number"),
    (r"Input should be", "it must be"),
    (r"(String|Tuple|Input) should", "it should"),
)
_NAMES = {"id": "customer", "order_refs": "order", "to": "new value", "from_": "old value"}


def plain(message: str) -> str:
    """A checker's message as people say it."""
    for pattern, words in _WORDS:
        message = re.sub(pattern, words, message)
    return message


def plain_field(place: tuple[int | str, ...]) -> str:
    """A field as people know it; which of several it is does not matter to them."""
    names = [_NAMES.get(part, part) for part in place if isinstance(part, str)]
    return " ".join(names).replace("_", " ") or "value"
