"""The identities of tickets: an id that a command determines, a number that people read out."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that a number survives being read out and typed."""

_VALUE = {character: value for value, character in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DIGITS = 12
_GROUP = 4


def uuid7(moment: datetime, random_bits: int) -> UUID:
    """A version-7 UUID: milliseconds since 1970 (0 before it), then 74 bits of the caller's.

    Whole numbers all the way: a floating-point second would make the id depend on rounding.
    """
    milliseconds = max(0, (moment - _EPOCH) // _MILLISECOND)
    high, low = (random_bits >> 62) & 0xFFF, random_bits & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def ticket_id_of(command_id: str, occurred_at: datetime) -> str:
    """The id of the ticket that this command opens.

    Rule: a function of the command alone, so that repeating it from another process finds the
    ticket of the first. UUIDv7: time = when it occurred, random bits = a hash of the command id.
    """
    digest = hashlib.sha256(command_id.encode()).digest()
    return str(uuid7(occurred_at, int.from_bytes(digest[:10], "big")))


def number_of(ticket_id: str) -> str:
    """The number people use: the id's last 60 bits as 12 characters, and a check character.

    The check character is a code over the field of 32 elements: it finds every single wrong
    character and every two that were swapped.
    """
    bits = UUID(ticket_id).int & ((1 << 60) - 1)
    digits = [bits >> (5 * place) & 31 for place in reversed(range(_DIGITS))]
    return _grouped("".join(ALPHABET[digit] for digit in [*digits, _check(digits)]))


def is_our_number(text: str) -> bool:
    """Whether this is a whole number of our own kind with the right check character."""
    digits = [_VALUE.get(character) for character in _plain(text)]
    whole = [digit for digit in digits if digit is not None]
    return len(digits) == len(whole) == _DIGITS + 1 and _check(whole[:-1]) == whole[-1]


def normalize_number(text: str) -> str:
    """What somebody typed, as a number or its beginning: upper case, grouped, O as 0, I, L as 1.

    Text that cannot be of our own kind comes back as it is. Another system's number may look like
    the beginning of ours (INC0000045), so look up what was typed first, and this only then.
    """
    plain = _plain(text)
    if not plain or len(plain) > _DIGITS + 1 or any(character not in _VALUE for character in plain):
        return text
    return _grouped("".join(ALPHABET[_VALUE[character]] for character in plain))


def _plain(text: str) -> str:
    return text.strip().replace("-", "").replace(" ", "").upper()


def _grouped(characters: str) -> str:
    return "-".join(characters[i : i + _GROUP] for i in range(0, len(characters), _GROUP))


def _check(digits: list[int]) -> int:
    """The sum of digit times x to the power of its place, in the field of 32 elements (Horner)."""
    total = 0
    for digit in digits:
        total = _double(total) ^ digit
    return _double(total)


def _double(element: int) -> int:
    """Multiply by x modulo x^5 + x^2 + 1."""
    doubled = element << 1
    return doubled ^ 0b100101 if doubled & 0b100000 else doubled
