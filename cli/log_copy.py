"""The verb that moves a ledger: to Kafka, back, or to another number of partitions."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from cli.log_app import app
from cli.narration import progress, tell
from cli.nouns import verb
from cli.options import Json
from cli.output import say, say_json

INTERRUPTED = 130


@verb(app, example="ticketledger log copy --from ./ledger --to ./on-kafka")
def copy(
    *,
    source: Annotated[
        Path, typer.Option("--from", metavar="PATH", help="The ledger that is copied: its folder.")
    ],
    target: Annotated[
        Path,
        typer.Option("--to", metavar="PATH", help="The ledger it is copied into; init it first."),
    ],
    json: Json = False,
) -> None:
    """Copy a ledger's whole log into another one, and compare every chain at the end.

    Between SQLite and Kafka, or to another number of partitions. Events keep their bytes and
    digests; interrupted or repeated, it copies what is missing. Stop the writers before.
    """
    from consumers.stopping import stopping
    from domain.application import TICKETS
    from eventstore.copying import copy as copy_records
    from eventstore.opening import open_store

    if source.resolve() == target.resolve():
        raise typer.BadParameter("--from and --to name the same folder", param_hint="--to")
    with (
        closing(open_store(source, application=TICKETS)) as old,
        closing(open_store(target, application=TICKETS)) as new,
        stopping() as stop,
        progress("copying", unit="records") as bar,
    ):
        done = copy_records(old, new, stop=stop, progress=lambda read: bar.show(read, None))
    if json:
        say_json(done._asdict())
    else:
        say(
            f"{done.records_copied:,} records with {done.events_copied:,} events copied, "
            f"{done.records - done.records_copied:,} were there already"
        )
    if not done.complete:
        raise typer.Exit(INTERRUPTED)
    if not json:
        say(f"every chain ends alike: {done.subjects:,} subjects")
    tell(
        "projections are not copied; to build them: "
        f"ticketledger --ledger {quote(str(target))} project run"
    )
