"""Between eventsourcing's stored events and our saves; the same for every store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from eventsourcing.persistence import (
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    PersistenceError,
    ProgrammingError,
    StoredEvent,
)

from .commands import Command
from .envelope import Envelope, read_event, write_event
from .errors import (
    ChainBroken,
    CommandIdReused,
    CommandInvalid,
    EventInvalid,
    EventUnreadable,
    LedgerAmbiguous,
    LedgerBusy,
    LedgerClosed,
    LedgerDamaged,
    LedgerExists,
    LedgerMissing,
    LedgerTooNew,
    LedgerUnwritable,
    NotALedger,
    OutcomeUnknown,
    RecordTooLarge,
    SettingsInvalid,
    StoreError,
    SubjectInvalid,
)
from .identifiers import draw_event_ids
from .record import Headers, seal
from .rule import Head
from .store import Save

DEFAULT_FIRST_VERSION = 1
"""From where versions count when a subject's first event does not say."""

Names = Sequence[tuple[type[StoreError], type[PersistenceError]]]
"""Errors of ours and what eventsourcing calls them; the first that fits is taken."""

NAMES_IN_EVENTSOURCING: Names = (
    (LedgerBusy, OperationalError),
    (LedgerUnwritable, OperationalError),
    (OutcomeUnknown, OperationalError),
    (LedgerMissing, InterfaceError),
    (LedgerExists, InterfaceError),
    (NotALedger, InterfaceError),
    (LedgerTooNew, InterfaceError),
    (LedgerClosed, InterfaceError),
    (LedgerAmbiguous, InterfaceError),
    (LedgerDamaged, InternalError),
    (ChainBroken, InternalError),
    (EventUnreadable, InternalError),
    (RecordTooLarge, DataError),
    (EventInvalid, ProgrammingError),
    (SubjectInvalid, ProgrammingError),
    (SettingsInvalid, ProgrammingError),
    (CommandInvalid, ProgrammingError),
    (CommandIdReused, IntegrityError),
)


def persistence_error(error: StoreError, names: Names) -> PersistenceError:
    """An error of ours as eventsourcing names it, with the same message."""
    for ours, theirs in names:
        if isinstance(error, ours):
            return theirs(str(error))
    return PersistenceError(str(error))


def subject_of(stored_events: Sequence[StoredEvent]) -> str:
    """The one originator of a save. Raises ProgrammingError if there are several.

    A save is one record of one subject: a save of several could be recorded in part.
    """
    subjects = {str(event.originator_id) for event in stored_events}
    if len(subjects) != 1:
        raise ProgrammingError(
            f"a save has events of one originator, this one of {len(subjects)}; save them one by "
            f"one, and let what concerns two be completed by a second command"
        )
    return subjects.pop()


def make_save(
    stored_events: Sequence[StoredEvent],
    *,
    head: Head,
    first_version: int | None,
    source: str,
    command: Command | None,
) -> Save:
    """The save that continues a subject; its first version is that of its first event.

    Raises IntegrityError unless the versions continue those that are there, and StoreError.
    """
    subject = subject_of(stored_events)
    is_first = first_version is None
    first = stored_events[0].originator_version if first_version is None else first_version
    now = datetime.now(UTC)
    bodies: list[bytes] = []
    ids = draw_event_ids(len(stored_events))
    for event, event_id in zip(stored_events, ids, strict=True):
        sequence = event.originator_version - first + 1
        if sequence != head.sequence + len(bodies) + 1:
            raise IntegrityError(
                f"version {event.originator_version} of {subject} does not continue it: "
                f"its next version is {first + head.sequence + len(bodies)}"
            )
        declares_first = is_first and not bodies and first != DEFAULT_FIRST_VERSION
        envelope = Envelope(
            id=event_id,
            source=source,
            type=event.topic,
            subject=subject,
            sequence=sequence,
            time=command.occurred_at if command else now,
            recordedtime=now,
            actor=command.actor if command else None,
            commandid=command.id if command else None,
            correlationid=command.correlation_id if command else None,
            causationid=command.causation_id if command else None,
            firstversion=first if declares_first else None,
        )
        bodies.append(write_event(envelope, event.state))
    headers = Headers(
        subject=subject,
        sequence=head.sequence + 1,
        count=len(bodies),
        previous=head.digest,
        command=command.header if command else None,
    )
    topics = [event.topic for event in stored_events]
    return Save(seal(headers, bodies), topics, [event.state for event in stored_events])


def first_version_in(body: bytes) -> int:
    """From where a subject's versions count, as its first event says."""
    declared = read_event(body)[0].firstversion
    return DEFAULT_FIRST_VERSION if declared is None else declared
