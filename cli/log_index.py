"""The verb for the local index of a ledger on Kafka."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli.context import ledger_folder
from cli.errors import OnlyOnKafka
from cli.log_app import app
from cli.narration import progress, tell
from cli.nouns import verb
from cli.options import Json
from cli.output import Column, say, say_json, say_table

if TYPE_CHECKING:
    from eventstore.kafka.store import KafkaStore

_FILE_FOR = ("publish", "install")


@verb(app, example="ticketledger log index status")
def index(
    action: Annotated[
        Literal["status", "rebuild", "publish", "install"],
        typer.Argument(
            metavar="ACTION",
            help="status: how far it is. rebuild: forget it and read the log again. "
            "publish: write a snapshot for other machines. install: begin with a snapshot.",
        ),
    ],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The snapshot, for publish and install."),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """See to the local index of a ledger on Kafka. It is a cache: nothing is lost with it.

    A new machine that begins with a published snapshot need not read the log from its start.
    """
    from eventstore.opening import is_on_kafka

    if not is_on_kafka(ledger_folder()):
        raise OnlyOnKafka("an embedded ledger needs no index")
    if (file is not None) != (action in _FILE_FOR):
        needs = "needs a FILE" if action in _FILE_FOR else "takes no FILE"
        raise typer.BadParameter(f"{action} {needs}", param_hint="FILE")
    if action == "status":
        _status(as_json=json)
    elif action == "rebuild":
        _rebuild(as_json=json)
    elif action == "publish" and file is not None:
        _publish(file, as_json=json)
    elif file is not None:
        _install(file, as_json=json)


def _status(*, as_json: bool) -> None:
    with _opened() as store:
        store.reader.to_the_end()
        found = _described(store)
        odd = store.index.odd()
    if as_json:
        say_json(found | {"odd": [one._asdict() for one in odd]})
        return
    say(
        f"{found['subjects']:,} subjects, {found['subjects_at_work']:,} of them at work; "
        f"{found['bytes'] / 1_000_000:,.1f} MB, {found['bytes_per_event']:,.0f} bytes an event"
    )
    say()
    names = ("partition", "next_offset", "position", "counted", "void", "orphans", "foreign")
    columns = [Column(name.replace("_", " "), right=True) for name in (*names, "unreadable")]
    rows = [[f"{one[name]:,}" for name in (*names, "unreadable")] for one in found["partitions"]]
    say_table(columns, rows)
    for one in odd:
        say(f"{one.kind} at partition {one.partition}, offset {one.offset}: {one.reason}")
    if any(one.kind != "unreadable" for one in odd):
        tell("honest writers on an intact log leave no orphans and nothing foreign: log verify")


def _rebuild(*, as_json: bool) -> None:
    from domain.application import TICKETS
    from eventstore.kafka.rebuilding import rebuild_index

    with progress("rebuilding the index", unit="events", delay_seconds=0):
        positions = rebuild_index(ledger_folder(), application=TICKETS)
    if as_json:
        say_json({"rebuilt": True, "events": sum(positions.values())})
        return
    say(f"the index was made anew from the log: {sum(positions.values()):,} events")


def _publish(file: Path, *, as_json: bool) -> None:
    from eventstore.kafka.snapshot import publish_snapshot

    with _opened() as store:
        store.reader.to_the_end()
        size = publish_snapshot(store.index, file)
        events = _described(store)["events"]
    if as_json:
        say_json({"snapshot": file, "bytes": size, "events": events})
        return
    say(f"{file}: {size / 1_000_000:,.1f} MB, {events:,} events")
    tell(f"on a new machine: ticketledger log index install {file}")


def _install(file: Path, *, as_json: bool) -> None:
    from eventstore.kafka.settings import read_settings
    from eventstore.kafka.snapshot import install_snapshot

    folder = ledger_folder()
    install_snapshot(folder, file, topic=read_settings(folder).log_topic)
    with _opened() as store:
        store.reader.to_the_end()
        found = _described(store)
    if as_json:
        say_json(found)
        return
    say(f"the index begins with {file} and is at the log's end: {found['events']:,} events")


def _described(store: KafkaStore) -> dict[str, Any]:
    partitions = store.index.partitions()
    subjects, hot = store.index.subject_counts()
    events = sum(one.position for one in partitions.values())
    size = store.index.file.path.stat().st_size
    return {
        "subjects": subjects - len(partitions),
        "subjects_at_work": hot - len(partitions),
        "events": events,
        "bytes": size,
        "bytes_per_event": size / events if events else 0.0,
        "partitions": [
            {
                "partition": number,
                "next_offset": one.next_offset,
                "position": one.position,
                "counted": one.counted,
                "void": one.void,
                "orphans": one.orphans,
                "foreign": one.foreigners,
                "unreadable": one.unreadable,
            }
            for number, one in partitions.items()
        ],
    }


def _opened() -> Any:
    from contextlib import closing

    from domain.application import TICKETS
    from eventstore.kafka.store import KafkaStore

    return closing(KafkaStore.open(ledger_folder(), application=TICKETS))
