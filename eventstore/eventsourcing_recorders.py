"""Recorders behind eventsourcing's interfaces, over a ledger on any store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    ListenNotifySubscription,
    Notification,
    ProcessRecorder,
    ProgrammingError,
    StoredEvent,
    Subscription,
    Tracking,
    TrackingRecorder,
)

from .commands import Command
from .envelope import SEQUENCE_MAX, read_event
from .eventsourcing_datastore import Datastore, in_their_words

_UNLIMITED = -1
_VERSION_MAX = SEQUENCE_MAX
_POLL_SECONDS = 0.05


class LedgerAggregateRecorder(AggregateRecorder):
    """Events of one application, in the ledger's own tables."""

    def __init__(self, datastore: Datastore) -> None:
        self.datastore = datastore

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Record a save of one originator. `command=Command(...)` says on whose behalf.

        Raises IntegrityError if the versions do not continue the originator's, or if the command is
        recorded; ProgrammingError for several originators or an unknown keyword; OperationalError,
        DataError and others as the store's errors are named there.
        """
        self._insert(stored_events, kwargs)
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """An originator's events by version."""
        with in_their_words(self.datastore.error_names):
            found = self.datastore.select(
                str(originator_id), gt=gt, lte=lte, desc=desc, limit=limit
            )
            return [self._stored_event(body, found.first_version) for body in found.bodies]

    def _insert(self, stored_events: Sequence[StoredEvent], kwargs: dict[str, Any]) -> list[int]:
        command: Command | None = kwargs.pop("command", None)
        tracking: Tracking | None = kwargs.pop("tracking", None)
        if kwargs:
            raise ProgrammingError(
                f"unknown metadata {', '.join(sorted(kwargs))}; known are command and tracking"
            )
        with in_their_words(self.datastore.error_names):
            return self.datastore.insert(stored_events, tracking, command)

    def _stored_event(self, body: bytes, first_version: int) -> StoredEvent:
        envelope, state = read_event(body)
        return StoredEvent(
            originator_id=self.datastore.originator_id(envelope.subject),
            originator_version=envelope.sequence - 1 + first_version,
            topic=envelope.type,
            state=state,
        )


class LedgerApplicationRecorder(LedgerAggregateRecorder, ApplicationRecorder):
    """The same, with the ledger's stream as notification log: ids are positions, dense from 1."""

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Record a save of one originator, as LedgerAggregateRecorder does; its positions."""
        return self._insert(stored_events, kwargs)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The stream from a position to a position, of some types or of all."""
        first = 1 if start is None else start + (not inclusive_of_start)
        with in_their_words(self.datastore.error_names):
            found = self.datastore.notifications(
                first=max(first, 1), last=stop, limit=limit, topics=topics
            )
            return [self._notification(position, body) for position, body in found]

    def max_notification_id(self) -> int | None:
        """The last position, or None if nothing is recorded."""
        with in_their_words(self.datastore.error_names):
            return self.datastore.last_position() or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Notifications as they come, also those of other processes."""
        self.datastore.check_has_one_stream()
        return PollingSubscription(self, gt=gt, topics=topics)

    def _notification(self, position: int, body: bytes) -> Notification:
        envelope, state = read_event(body)
        first = self.datastore.first_version(envelope.subject)
        return Notification(
            originator_id=self.datastore.originator_id(envelope.subject),
            originator_version=envelope.sequence - 1 + first,
            topic=envelope.type,
            state=state,
            id=position,
        )


class PollingSubscription(ListenNotifySubscription[ApplicationRecorder]):
    """Asks again and again, since another process can tell us nothing."""

    def _loop_on_pull(self) -> None:
        try:
            while not self._has_been_stopped:
                self._pull()
                self._has_been_notified.wait(_POLL_SECONDS)
        except BaseException as error:  # noqa: BLE001 - it belongs to the thread that iterates
            self._thread_error = self._thread_error or error
            self.stop()


class LedgerTrackingRecorder(TrackingRecorder):
    """How far the events of other applications have been processed."""

    def __init__(self, datastore: Datastore) -> None:
        self.datastore = datastore

    def insert_tracking(self, tracking: Tracking) -> None:
        """Note a position. Raises IntegrityError unless it is beyond the one noted before."""
        with in_their_words(self.datastore.error_names):
            self.datastore.insert([], tracking, None)

    def max_tracking_id(self, application_name: str) -> int | None:
        """The position noted last, or None."""
        with in_their_words(self.datastore.error_names):
            return self.datastore.max_tracking_id(application_name)


class LedgerProcessRecorder(LedgerTrackingRecorder, LedgerApplicationRecorder, ProcessRecorder):
    """Events and how far another application's were processed: `insert_events(…, tracking=…)`.

    Both are recorded or neither; how, depends on the store.
    """


class LedgerSnapshotRecorder(AggregateRecorder):
    """Snapshots, in a table of their own: they can be taken again, so they are not in the log."""

    def __init__(self, datastore: Datastore, *, purpose: str) -> None:
        self.datastore = datastore
        self._purpose = purpose

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Keep snapshots. Raises IntegrityError if one of that version is there."""
        if kwargs:
            raise ProgrammingError("a snapshot carries no metadata")
        with in_their_words(self.datastore.error_names):
            self.datastore.tables.insert_snapshots(self._purpose, stored_events)
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """An originator's snapshots by version."""
        with in_their_words(self.datastore.error_names):
            rows = self.datastore.tables.snapshots(
                self._purpose,
                str(originator_id),
                first=0 if gt is None else gt + 1,
                last=_VERSION_MAX if lte is None else lte,
                desc=desc,
                limit=_UNLIMITED if limit is None else limit,
            )
        return [StoredEvent(originator_id, version, topic, state) for version, topic, state in rows]
