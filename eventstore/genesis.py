"""The first record of a ledger (of each of its partitions): what it was created with, for ever."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from .envelope import Envelope, read_event, write_event
from .errors import EventUnreadable, SettingsInvalid
from .identifiers import draw_event_ids
from .record import FORMAT, Headers, Record, digest, value_of
from .store import Settings

GENESIS_TYPE = "ticketledger.ledger.created.v1"
PARTITIONS_MAX = 1_000

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def source_of(name: str) -> str:
    """The `source` of a ledger's events."""
    return f"/ledgers/{name}"


def genesis_subject(partition: int) -> str:
    """The subject of a partition's genesis record."""
    return f"ledger-{partition}"


def checked_settings(*, name: str, time_zone: str, partitions: int = 1) -> Settings:
    """What a ledger may be created with. Raises SettingsInvalid."""
    if not _NAME.fullmatch(name):
        raise SettingsInvalid(
            "a ledger's name has 1 to 100 letters, digits, dots, underscores and hyphens, "
            "and begins with a letter or digit; choose another"
        )
    try:
        ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError):
        raise SettingsInvalid(
            "the time zone is not known here; name one like Europe/Berlin or UTC"
        ) from None
    if not 1 <= partitions <= PARTITIONS_MAX:
        raise SettingsInvalid(f"a ledger has 1 to {PARTITIONS_MAX} partitions; choose a number")
    return Settings(name=name, time_zone=time_zone, partitions=partitions, format=FORMAT)


def genesis_record(settings: Settings, *, partition: int = 0) -> Record:
    """A genesis record, made now."""
    now = datetime.now(UTC)
    subject = genesis_subject(partition)
    envelope = Envelope(
        id=draw_event_ids(1)[0],
        source=source_of(settings.name),
        type=GENESIS_TYPE,
        subject=subject,
        sequence=1,
        time=now,
        recordedtime=now,
    )
    data = {
        "name": settings.name,
        "partitions": settings.partitions,
        "time_zone": settings.time_zone,
        "format": settings.format,
    }
    body = write_event(envelope, json.dumps(data, separators=(",", ":")).encode())
    headers = Headers(subject=subject, sequence=1, count=1)
    return Record(headers, (body,), digest(headers, value_of([body])))


def settings_in(bodies: Sequence[bytes]) -> Settings | None:
    """What a genesis record says; None if it cannot be read."""
    try:
        data = json.loads(read_event(bodies[0])[1])
        return Settings(
            name=data["name"],
            time_zone=data["time_zone"],
            partitions=data["partitions"],
            format=data["format"],
        )
    except (EventUnreadable, ValueError, KeyError, TypeError, IndexError):
        return None
