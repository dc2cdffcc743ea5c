"""What a ledger needs from its store, whichever store it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from .record import Headers, Record
from .rule import Class, Head


@dataclass(frozen=True, slots=True)
class Settings:
    """What a ledger was created with, for ever: its genesis record says so."""

    name: str
    time_zone: str
    partitions: int
    format: int


class StoredRecord(NamedTuple):
    """A counted record as it is stored; `position` is that of its first event."""

    headers: Headers
    digest: str
    position: int
    bodies: tuple[bytes, ...]


class Tail(NamedTuple):
    """A subject's records after some sequence, and its head, in one snapshot.

    `position` is that of the subject's last event (0: it has none).
    """

    head: Head
    position: int
    records: Sequence[StoredRecord]


class Save(NamedTuple):
    """A record to be appended, with the type and the data of each of its events."""

    record: Record
    types: Sequence[str]
    data: Sequence[bytes]


class Counted(NamedTuple):
    """The save counts; `position` is that of its first event.

    `repeated` says that the very same bytes were there already.
    """

    position: int
    repeated: bool = False


class Lost(NamedTuple):
    """The save does not count: somebody was faster (void), or its predecessor is not ours."""

    reason: Class


class Keys(Protocol):
    """Says under which keys a subject is to be found because of one of its events."""

    def keys(self, type_: str, data: bytes, /) -> Iterable[str]:
        """Keys such as `number:INC0000045`; a function of these two arguments and nothing else."""
        ...


class Lookup(Protocol):
    """Finds subjects and their records."""

    def load(self, subject: str, after_sequence: int = 0) -> Tail:
        """A subject's counted records that begin after a sequence, in one snapshot."""
        ...

    def subjects_by_key(self, key: str) -> list[str]:
        """The subjects found under a key, in text order."""
        ...


class Store(Protocol):
    """A log of records with what follows from it: heads, a stream of events, look-up keys.

    Positions are dense from 1 within a partition, of which an embedded ledger has one: number 0.
    Every method raises StoreError.
    """

    @property
    def saves_at_once(self) -> int:
        """How many saves `append_many` is best given, where there are very many."""
        ...

    @property
    def folder(self) -> Path:
        """The ledger's folder: on Kafka, that of its index."""
        ...

    @property
    def source(self) -> str:
        """The `source` of this ledger's events, `/ledgers/NAME`."""
        ...

    @property
    def settings(self) -> Settings:
        """What the ledger was created with."""
        ...

    def load(self, subject: str, after_sequence: int = 0) -> Tail:
        """A subject's counted records that begin after a sequence, in one snapshot."""
        ...

    def load_many(self, after: Mapping[str, int]) -> dict[str, Tail]:
        """The same for many subjects (subject → after which sequence), all in one snapshot."""
        ...

    def append_many(self, saves: Sequence[Save]) -> list[Counted | Lost]:
        """Append every save that continues its subject, durably, in one transaction.

        Saves of one subject may build on each other; when one is lost, those after it are too.
        """
        ...

    def read(
        self, after_position: int, limit: int, *, partition: int = 0
    ) -> list[tuple[int, bytes]]:
        """The counted events of a partition above a position, in order."""
        ...

    def records(self) -> Iterator[StoredRecord]:
        """Every counted record but the ledger's own, as of now, in the order of recording."""
        ...

    def last_position(self, *, partition: int = 0) -> int:
        """The position of a partition's last event, 0 if there is none."""
        ...

    def subject_count(self) -> int:
        """How many subjects have a record; the ledger's own are not among them."""
        ...

    def subject_of_command(self, command_id: str) -> str | None:
        """A subject on which a command is recorded, sought among the records of those at work. Of
        those that a store keeps elsewhere it finds what the application says is sought so."""
        ...

    def subjects_by_key(self, key: str) -> list[str]:
        """The subjects found under a key, in text order."""
        ...

    def keys_with_prefix(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        """(key, subject) of keys that begin like this, in text order."""
        ...

    def as_of_now(self) -> Lookup:
        """What is recorded now, for many questions; later records may show or not."""
        ...

    def close(self) -> None:
        """Give back what is open. Closing twice is fine."""
        ...
