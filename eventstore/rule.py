"""The reading rule: which records of a log count, decided from headers alone."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from .record import Headers


class Class(Enum):
    """What a record is to every reader of the log."""

    COUNTED = "counted"
    """It continues its subject."""

    VOID = "void"
    """It lost a race, or repeats what is there."""

    ORPHAN = "orphan"
    """A gap or a foreign predecessor: honest writers on an intact log never make one."""

    FOREIGN = "foreign"
    """Its headers cannot be read, or it is in the wrong partition."""


class Head(NamedTuple):
    """Where a subject stands: the sequence of its last event, the digest of its last record."""

    sequence: int
    digest: str | None


EMPTY = Head(0, None)
"""The head of a subject that has no record yet."""


def classify(head: Head, headers: Headers | None) -> Class:
    """What a record is, given the head of its subject.

    Headers that cannot be read, or stand in the wrong partition, are given as None.
    """
    if headers is None:
        return Class.FOREIGN
    if headers.sequence <= head.sequence:
        return Class.VOID
    if headers.sequence == head.sequence + 1 and headers.previous == head.digest:
        return Class.COUNTED
    return Class.ORPHAN


def advance(headers: Headers, digest: str) -> Head:
    """The head of a subject after a counted record."""
    return Head(headers.last_sequence, digest)
