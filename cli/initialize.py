"""The command `init`: an empty ledger."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from cli.context import as_called, ledger_folder, reading
from cli.errors import LedgerIsAnother
from cli.initialize_kafka import Wanted, on_kafka
from cli.narration import tell
from cli.nouns import single
from cli.options import Json
from cli.output import say, say_json

app, _init = single("init", example="ticketledger --ledger support init --time-zone Europe/Berlin")


@_init
def init(
    *,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="The ledger's name. Default: the folder's."),
    ] = None,
    time_zone: Annotated[
        str,
        typer.Option(
            "--time-zone",
            metavar="ZONE",
            help="Whose days, weeks and months figures are counted in, for ever.",
        ),
    ] = "UTC",
    kafka: Annotated[
        str | None,
        typer.Option(
            "--kafka",
            metavar="HOST:PORT[,…]",
            help="Keep the ledger on this Kafka cluster; the folder gets ledger.toml and a cache.",
        ),
    ] = None,
    partitions: Annotated[
        int | None,
        typer.Option(
            "--partitions",
            metavar="COUNT",
            min=1,
            help="Of the topics, for ever. One is total order and enough for most. Default: 1.",
        ),
    ] = None,
    replicas: Annotated[
        int | None,
        typer.Option(
            "--replicas",
            metavar="COUNT",
            min=1,
            help="Of each partition. Default: 3, or as many as there are brokers.",
        ),
    ] = None,
    snapshot: Annotated[
        Path | None,
        typer.Option(
            "--snapshot",
            metavar="FILE",
            help="Joining a ledger on Kafka: begin with this index snapshot (log index publish).",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Create an empty ledger in the folder that --ledger names.

    An embedded ledger that is there stays as it is: exits 42, or 87 if it has other settings. With
    --kafka (or a ledger.toml in the folder) the cluster's topics are created, or checked and the
    ledger in them is joined. Secrets come from TICKETLEDGER_KAFKA_… variables or from files that
    ledger.toml names.
    """
    from domain.application import TICKETS
    from eventstore.errors import LedgerExists
    from eventstore.opening import is_on_kafka
    from eventstore.sqlite import SQLiteStore

    folder = ledger_folder()
    if kafka is not None or is_on_kafka(folder):
        wanted = Wanted(name, time_zone, kafka, partitions, replicas, snapshot)
        on_kafka(folder, wanted, default_name=_name_of(folder), as_json=json)
        return
    if partitions is not None or replicas is not None or snapshot is not None:
        raise typer.BadParameter("an embedded ledger has one partition, no replicas and no index")
    try:
        store = SQLiteStore.create(
            folder, name=name or _name_of(folder), time_zone=time_zone, application=TICKETS
        )
    except LedgerExists:
        _compare(folder, name=name, time_zone=time_zone)
        raise
    settings = store.settings
    store.close()
    if json:
        say_json({"ledger": folder, "name": settings.name, "time_zone": settings.time_zone})
        return
    say(f"ledger {settings.name} is at {folder}, its days are those of {settings.time_zone}")
    tell(
        as_called(
            "next: ticketledger ticket open --customer ID --subject '…', "
            "or ticketledger import csv FILE --mapping NAME"
        )
    )


def _compare(folder: Path, *, name: str | None, time_zone: str) -> None:
    """Say what the ledger that is there is like. Raises LedgerIsAnother if it is not as asked."""
    with reading() as store:
        settings = store.settings
    if (name or settings.name, time_zone) != (settings.name, settings.time_zone):
        raise LedgerIsAnother(
            str(folder), name=settings.name, time_zone=settings.time_zone, wanted=(name, time_zone)
        )
    tell(f"ledger {settings.name} is at {folder} since before, its days are those of {time_zone}")


def _name_of(folder: Path) -> str:
    """The folder's name, with hyphens for what cannot stand in a ledger's."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", folder.resolve().name).strip("._-")[:100] or "ledger"
