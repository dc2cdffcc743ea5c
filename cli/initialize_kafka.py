"""What `init` does for a ledger on Kafka: topics, genesis records, ledger.toml, a first index."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cli.context import as_called
from cli.errors import LedgerIsAnother
from cli.narration import tell
from cli.output import say, say_json

if TYPE_CHECKING:
    from eventstore.kafka.settings import LedgerSettings
    from eventstore.store import Settings


class Wanted(NamedTuple):
    """What was asked for; None where nothing was said."""

    name: str | None
    time_zone: str
    kafka: str | None
    partitions: int | None
    replicas: int | None
    snapshot: Path | None


def on_kafka(folder: Path, wanted: Wanted, *, default_name: str, as_json: bool) -> None:
    """Create the ledger, or join the one that is there.

    Raises LedgerIsAnother if that has another time zone or number of partitions than asked for.
    """
    from contextlib import closing

    from domain.application import TICKETS
    from eventstore.kafka.genesis import create_ledger
    from eventstore.kafka.settings import settings_path
    from eventstore.kafka.snapshot import install_snapshot
    from eventstore.kafka.store import KafkaStore

    settings = _settings(folder, wanted, default_name)
    was_there = settings_path(folder).exists()
    found = create_ledger(
        folder,
        settings,
        time_zone=wanted.time_zone,
        partitions=wanted.partitions or 1,
        replicas=wanted.replicas,
    )
    try:
        _compare(folder, found, wanted)
        if wanted.snapshot is not None:
            install_snapshot(folder, wanted.snapshot, topic=settings.log_topic)
    except BaseException:
        if not was_there:
            settings_path(folder).unlink()
        raise
    with closing(KafkaStore.open(folder, application=TICKETS)) as store:
        store.reader.to_the_end()
        events = sum(one.position for one in store.index.partitions().values())
    _say(folder, settings, found, events=events, as_json=as_json)


def _settings(folder: Path, wanted: Wanted, default_name: str) -> LedgerSettings:
    """From ledger.toml and the variables, with what the command line says over them."""
    from eventstore.kafka.settings import VARIABLES, read_settings, settings_path

    given = dict(os.environ)
    if wanted.kafka is not None:
        given[f"{VARIABLES}BOOTSTRAP_SERVERS"] = wanted.kafka
    if settings_path(folder).exists():
        before = read_settings(folder, environment=given)
        if wanted.name is not None and before.name != wanted.name:
            raise LedgerIsAnother(
                str(folder),
                name=before.name,
                time_zone=wanted.time_zone,
                wanted=(wanted.name, wanted.time_zone),
            )
        return before
    given["TICKETLEDGER_NAME"] = wanted.name or given.get("TICKETLEDGER_NAME") or default_name
    return read_settings(folder, environment=given)


def _compare(folder: Path, found: Settings, wanted: Wanted) -> None:
    if found.time_zone != wanted.time_zone:
        raise LedgerIsAnother(
            str(folder),
            name=found.name,
            time_zone=found.time_zone,
            wanted=(wanted.name, wanted.time_zone),
        )


def _say(
    folder: Path, settings: LedgerSettings, found: Settings, *, events: int, as_json: bool
) -> None:
    if as_json:
        say_json(
            {
                "ledger": folder,
                "name": found.name,
                "time_zone": found.time_zone,
                "partitions": found.partitions,
                "log": settings.log_topic,
                "stream": settings.stream_topic,
                "events": events,
            }
        )
        return
    partitions = "1 partition" if found.partitions == 1 else f"{found.partitions} partitions"
    say(
        f"ledger {found.name} is on {settings.kafka.bootstrap_servers}, {partitions}, "
        f"its days are those of {found.time_zone}; {folder} has its settings and a cache"
    )
    if events:
        tell(f"it was there before and has {events:,} events")
    tell(as_called("next: ticketledger up (the relay and the projectors), and your first ticket"))
