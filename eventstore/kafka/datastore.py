"""eventsourcing's recorders on Kafka: events in the log, snapshots and tracking in a local file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from eventsourcing.persistence import (
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    StoredEvent,
    Tracking,
)

from ..commands import Command, split_header
from ..envelope import SEQUENCE_MAX
from ..errors import ChainBroken
from ..eventsourcing_datastore import Datastore, Selected
from ..eventsourcing_saves import (
    DEFAULT_FIRST_VERSION,
    NAMES_IN_EVENTSOURCING,
    Names,
    make_save,
    subject_of,
)
from ..eventsourcing_tables import advance_tracking
from ..rule import Class
from ..store import Lost, StoredRecord, Tail
from .errors import (
    AccessDenied,
    BrokerUnreachable,
    IndexUnusable,
    KafkaSettingsInvalid,
    LogReplaced,
    RecordRejected,
    TopicMissing,
    TopicUnsuitable,
)
from .store import KafkaStore
from .tracking import command_for, follow_the_log, is_tracking, open_tables
from .wire import type_of

ERROR_NAMES: Names = (
    (BrokerUnreachable, OperationalError),
    (AccessDenied, OperationalError),
    (KafkaSettingsInvalid, ProgrammingError),
    (TopicMissing, InterfaceError),
    (TopicUnsuitable, InterfaceError),
    (LogReplaced, InternalError),
    (IndexUnusable, InternalError),
    (RecordRejected, DataError),
    *NAMES_IN_EVENTSOURCING,
)
"""The errors of this store, and of any, as eventsourcing calls them."""

_READ_AT_ONCE = 500


class KafkaDatastore(Datastore):
    """A ledger on Kafka, with a SQLite file beside its index for what the log does not hold."""

    error_names: ClassVar[Names] = ERROR_NAMES

    def __init__(self, store: KafkaStore, *, has_uuids: bool) -> None:
        super().__init__(store, open_tables(store.folder), has_uuids=has_uuids)
        self.store = store

    def insert(
        self,
        stored_events: Sequence[StoredEvent],
        tracking: Tracking | None,
        command: Command | None,
    ) -> list[int]:
        """Record a save, its tracking or both; the positions of its events.

        Of those who process one application with one ledger folder one at a time records, so that
        nobody processes a notification that another is just about to have processed.
        """
        if command is not None and (tracking is not None or is_tracking(command.id)):
            raise ProgrammingError(
                f"command {command.id}: a save that processes a notification is recorded under an "
                f"id made from it (tracking:…); leave the command out, or name it otherwise"
            )
        if tracking is None:
            return self._append(stored_events, command) if stored_events else []
        with self.tables.file.writing() as connection:
            follow_the_log(connection, self.store)
            advance_tracking(connection, tracking)
            return self._append(stored_events, command_for(tracking)) if stored_events else []

    def select(
        self, subject: str, *, gt: int | None, lte: int | None, desc: bool, limit: int | None
    ) -> Selected:
        """A subject's events by version."""
        known = self._known_first_version(subject)
        after = 0 if known is None or gt is None else max(0, gt - known + 1)
        records = self._records_with(subject, after)
        if not records:
            return Selected(DEFAULT_FIRST_VERSION if known is None else known, ())
        first = known
        if first is None:
            first = self._note_first_version(subject, records[0].bodies[0])
            after = 0 if gt is None else max(0, gt - first + 1)
        last = SEQUENCE_MAX if lte is None else lte - first + 1
        bodies = [
            body
            for record in records
            for sequence, body in enumerate(record.bodies, start=record.headers.sequence)
            if after < sequence <= last
        ]
        if desc:
            bodies.reverse()
        return Selected(first, bodies[:limit])

    def notifications(
        self, *, first: int, last: int | None, limit: int, topics: Sequence[str]
    ) -> list[tuple[int, bytes]]:
        """(position, event) from a position to a position, of some types or (none given) of all.

        Raises ProgrammingError for a ledger of several partitions.
        """
        self.check_has_one_stream()
        found: list[tuple[int, bytes]] = []
        wanted, after = frozenset(topics), first - 1
        at_once = max(limit, _READ_AT_ONCE) if topics else limit
        while len(found) < limit:
            rows = self.store.read(after, at_once)
            for position, body in rows:
                if last is not None and position > last:
                    return found
                if len(found) < limit and (not wanted or type_of(body) in wanted):
                    found.append((position, body))
            if len(rows) < at_once:
                return found
            after = rows[-1][0]
        return found

    def first_version(self, subject: str) -> int:
        """From where the versions of a subject that is there count."""
        known = self._known_first_version(subject)
        if known is None:
            records = self.store.load(subject).records
            known = self._note_first_version(subject, records[0].bodies[0])
        return known

    def max_tracking_id(self, application_name: str) -> int | None:
        """How far an application's notifications have been processed (None: not at all)."""
        with self.tables.file.writing() as connection:
            follow_the_log(connection, self.store)
        return super().max_tracking_id(application_name)

    def close(self) -> None:
        """Close what is open. Closing twice is fine."""
        super().close()
        self.tables.file.close()

    def _append(self, stored_events: Sequence[StoredEvent], command: Command | None) -> list[int]:
        subject = subject_of(stored_events)
        first = self._known_first_version(subject)
        # Only a first version and command ids have to be looked for in the records themselves.
        after = 0 if first is None or command is not None else SEQUENCE_MAX
        tail = self.store.load(subject, after)
        if command is not None:
            _check_not_recorded(tail, subject, command)
        if first is None and tail.records:
            first = self._note_first_version(subject, tail.records[0].bodies[0])
        save = make_save(
            stored_events,
            head=tail.head,
            first_version=first,
            source=self.store.source,
            command=command,
        )
        (result,) = self.store.append_many([save])
        if not isinstance(result, Lost):
            return list(range(result.position, result.position + len(stored_events)))
        if result.reason is Class.VOID:
            raise IntegrityError(
                f"somebody else recorded version {stored_events[0].originator_version} of "
                f"{subject} first; decide again on what is there now"
            )
        raise ChainBroken(subject, sequence=save.record.headers.sequence)

    def _records_with(self, subject: str, after: int) -> Sequence[StoredRecord]:
        """The records that hold what follows a sequence. One may begin before and end behind it."""
        tail = self.store.load(subject, after)
        begins = tail.records[0].headers.sequence if tail.records else tail.head.sequence + 1
        if begins <= after + 1 or not tail.head.sequence:
            return tail.records
        return self.store.load(subject).records


def _check_not_recorded(tail: Tail, subject: str, command: Command) -> None:
    for record in tail.records:
        header = record.headers.command
        if header is not None and split_header(header)[0] == command.id:
            raise IntegrityError(f"command {command.id} is recorded on {subject} already")
