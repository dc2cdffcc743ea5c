"""The verb that recomputes everything the log claims."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, cast

import typer

from cli.context import ledger_folder
from cli.errors import LogFaulty
from cli.log_app import app
from cli.narration import progress, tell
from cli.nouns import verb
from cli.options import Json
from cli.output import say, say_json

if TYPE_CHECKING:
    from eventstore.findings import Checkpoint, Verification
    from eventstore.kafka.store import KafkaStore


_WHOLE_DIGEST = re.compile("[0-9a-fA-F]{64}")


@verb(app, example="ticketledger log verify --expect 165530:9f2b…")
def verify(
    *,
    expect: Annotated[
        list[str] | None,
        typer.Option(
            "--expect",
            metavar="[PARTITION/]RECORDS:DIGEST",
            help="A digest that an earlier verify printed; may be repeated.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Recompute every chain of the log and say where it contradicts itself.

    Prints a digest of the log up to its last record. Keep it elsewhere: given with --expect later,
    it shows whether the last records were taken away or all of the log was exchanged.
    """
    wanted = [_checkpoint(text) for text in expect or ()]
    with progress("verifying", unit="records") as bar:
        found = _recomputed(wanted, bar.show)
    if json:
        _say_json(found)
    else:
        _say(found)
    if not found.is_intact:
        raise LogFaulty(found.findings_total)


def _recomputed(
    wanted: Sequence[Checkpoint], show: Callable[[int, int | None], None]
) -> Verification:
    from domain.application import TICKETS
    from eventstore.opening import open_store
    from eventstore.sqlite import SQLiteStore

    with closing(open_store(ledger_folder(), application=TICKETS)) as store:
        if isinstance(store, SQLiteStore):
            from eventstore.verify import verify as recompute

            return recompute(store, expect=wanted, progress=show)
        from eventstore.kafka.verify import verify as recompute_log

        return recompute_log(cast("KafkaStore", store), expect=wanted, progress=show)


def _checkpoint(text: str) -> Checkpoint:
    from eventstore.findings import Checkpoint

    partition, slash, counted = text.rpartition("/")
    records, colon, digest = counted.partition(":")
    numbers = [records, *([partition] if slash else [])]
    if not (colon and all(map(str.isdecimal, numbers)) and _WHOLE_DIGEST.fullmatch(digest)):
        raise typer.BadParameter(
            "it looks like 165530:9f2b…, with all 64 characters of the digest, and with the "
            "partition before it where there are several: 2/55177:4c1d…",
            param_hint="--expect",
        )
    return Checkpoint(int(partition or 0), int(records), digest.lower())


def _say_json(found: Verification) -> None:
    say_json(
        {
            "intact": found.is_intact,
            "records": found.records,
            "events": found.events,
            "findings_total": found.findings_total,
            "findings": [
                {
                    "table": finding.table,
                    "what": finding.what,
                    "record": finding.number,
                    "subject": finding.subject,
                    "sequence": finding.sequence,
                    "position": finding.position,
                }
                for finding in found.findings
            ],
            "checkpoints": [
                {"partition": one.partition, "records": one.records, "digest": one.digest}
                for one in found.checkpoints
            ],
        }
    )


def _say(found: Verification) -> None:
    for finding in found.findings:
        say(f"{finding.where}: {finding.what}")
    if found.findings_total > len(found.findings):
        say(f"… and {found.findings_total - len(found.findings):,} more")
    if found.is_intact:
        say(f"intact: {found.records:,} records, {found.events:,} events, every chain holds")
        # Of a damaged log there is no digest worth keeping.
        several = len(found.checkpoints) > 1
        for checkpoint in found.checkpoints:
            where = f"{checkpoint.partition}/" if several else ""
            say(f"{where}{checkpoint.records}:{checkpoint.digest}")
        tell(_reconciled(found))
        tell("keep that digest elsewhere: log verify --expect RECORDS:DIGEST compares")


def _reconciled(found: Verification) -> str:
    """How these figures are those of the accounts of commands and imports. Every partition begins
    with a genesis record of one event."""
    partitions = len(found.checkpoints)
    saves, events = found.records - partitions, found.events - partitions
    genesis = "1 is the genesis record" if partitions == 1 else f"{partitions} are genesis records"
    return f"of these, {genesis}, which no account counts: {saves:,} saves with {events:,} events"
