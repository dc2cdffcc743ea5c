"""Where a cold subject's records are, in few bytes: (offset, first position) pairs as varints."""

from __future__ import annotations

from collections.abc import Iterable

_SEVEN_BITS = 0x7F
_MORE = 0x80

Place = tuple[int, int]
"""A record's offset in its partition, and the position of its first event."""


def pack(places: Iterable[Place]) -> bytes:
    """Places in ascending order, each as the distance to the one before it."""
    packed = bytearray()
    offset = position = 0
    for at, begins in places:
        _append(packed, at - offset)
        _append(packed, begins - position)
        offset, position = at, begins
    return bytes(packed)


def unpack(packed: bytes) -> list[Place]:
    """The places again."""
    numbers: list[int] = []
    number = shift = 0
    for byte in packed:
        number |= (byte & _SEVEN_BITS) << shift
        if byte & _MORE:
            shift += 7
        else:
            numbers.append(number)
            number = shift = 0
    places: list[Place] = []
    offset = position = 0
    for step, more in zip(numbers[::2], numbers[1::2], strict=True):
        offset += step
        position += more
        places.append((offset, position))
    return places


def _append(packed: bytearray, number: int) -> None:
    while number > _SEVEN_BITS:
        packed.append(number & _SEVEN_BITS | _MORE)
        number >>= 7
    packed.append(number)
