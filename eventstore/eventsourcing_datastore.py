"""What eventsourcing's recorders need of a store, whichever store it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import ClassVar, NamedTuple
from uuid import UUID

from eventsourcing.persistence import ProgrammingError, StoredEvent, Tracking

from .commands import Command
from .errors import StoreError
from .eventsourcing_saves import NAMES_IN_EVENTSOURCING, Names, first_version_in, persistence_error
from .eventsourcing_tables import Tables
from .store import Store

_FIRST_VERSIONS_MAX = 10_000


class Selected(NamedTuple):
    """Events of one subject; its versions count from `first_version`."""

    first_version: int
    bodies: Sequence[bytes]


@contextmanager
def in_their_words(names: Names = NAMES_IN_EVENTSOURCING) -> Generator[None, None, None]:
    """Errors of ours leave as eventsourcing's."""
    try:
        yield
    except StoreError as error:
        raise persistence_error(error, names) from error


class Datastore(ABC):
    """What the recorders of one factory share: the ledger, and what is kept beside it.

    Methods raise StoreError, which the recorders put in eventsourcing's words by `error_names`, and
    errors of eventsourcing's own.
    """

    error_names: ClassVar[Names] = NAMES_IN_EVENTSOURCING

    def __init__(self, store: Store, tables: Tables, *, has_uuids: bool) -> None:
        self.tables = tables
        self._store = store
        self._has_uuids = has_uuids
        self._first_versions: dict[str, int] = {}

    @abstractmethod
    def insert(
        self,
        stored_events: Sequence[StoredEvent],
        tracking: Tracking | None,
        command: Command | None,
    ) -> list[int]:
        """Record a save, its tracking or both; the positions of its events."""

    @abstractmethod
    def select(
        self, subject: str, *, gt: int | None, lte: int | None, desc: bool, limit: int | None
    ) -> Selected:
        """A subject's events by version."""

    @abstractmethod
    def notifications(
        self, *, first: int, last: int | None, limit: int, topics: Sequence[str]
    ) -> list[tuple[int, bytes]]:
        """(position, event) from a position to a position, of some types or (none given) of all."""

    @abstractmethod
    def first_version(self, subject: str) -> int:
        """From where the versions of a subject that is there count."""

    def last_position(self) -> int:
        """The position of the last event, 0 if there is none."""
        self.check_has_one_stream()
        return self._store.last_position()

    def max_tracking_id(self, application_name: str) -> int | None:
        """How far an application's notifications have been processed (None: not at all)."""
        return self.tables.tracked(application_name)

    def close(self) -> None:
        """Close what is open. Closing twice is fine."""
        self._store.close()

    def originator_id(self, subject: str) -> UUID | str:
        """A subject as the application names it."""
        return UUID(subject) if self._has_uuids else subject

    def check_has_one_stream(self) -> None:
        """Raises ProgrammingError for a ledger of several partitions.

        Each has positions of its own, and eventsourcing follows an application by one number.
        """
        partitions = self._store.settings.partitions
        if partitions != 1:
            raise ProgrammingError(
                f"ledger {self._store.settings.name} has {partitions} partitions, each with "
                f"positions of its own, and eventsourcing follows one sequence of notifications; "
                f"follow the ledger's stream by partition, or copy it into one of one partition"
            )

    def _known_first_version(self, subject: str) -> int | None:
        """From where a subject's versions count, if that was found out before. It never changes."""
        return self._first_versions.get(subject)

    def _note_first_version(self, subject: str, first_body: bytes) -> int:
        """The same, as its first event says."""
        if len(self._first_versions) >= _FIRST_VERSIONS_MAX:
            self._first_versions.clear()
        return self._first_versions.setdefault(subject, first_version_in(first_body))
