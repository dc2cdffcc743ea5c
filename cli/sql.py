"""The command `sql`: any question to the published views, once or at a prompt."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import ledger_folder, reading, zone_of
from cli.log_reading import last_positions, parse_place
from cli.narration import progress, tell
from cli.nouns import single
from cli.options import Json, Stale
from cli.sql_answer import Form, run_query, say_description
from cli.views import views

if TYPE_CHECKING:
    import duckdb

app, _sql = single(
    "sql",
    example='ticketledger --ledger demo sql --json "SELECT * FROM recontact_rate()"',
)


@_sql
def sql(
    query: Annotated[
        str | None,
        typer.Argument(
            metavar="QUERY",
            help="The query, or several with ; between them; - reads it from stdin. "
            "Without one a prompt opens.",
            show_default=False,
        ),
    ] = None,
    *,
    json: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, times in UTC.")] = False,
    describe: Annotated[
        bool,
        typer.Option("--describe", help="List what can be asked; with QUERY, what begins with it."),
    ] = False,
    as_recorded_at: Annotated[
        str | None,
        typer.Option(
            "--as-recorded-at",
            metavar="POSITION",
            help="Ask the views as they were when the log ended at that position; of a log with "
            "several partitions one for each: 0/120,1/98,2/104.",
        ),
    ] = None,
    stale: Stale = False,
) -> None:
    """Ask all published views in SQL, read-only: a query, or at a prompt.

    Several queries are answered one after another. Days and hours are those of the ledger's
    reporting zone. What there is to ask: --describe.
    """
    if json and csv:
        raise typer.BadParameter("choose one of --json and --csv", param_hint="--csv")
    form = Form.JSON if json else Form.CSV if csv else Form.TABLE
    text = query
    if not describe and (query == "-" or (query is None and not sys.stdin.isatty())):
        text = sys.stdin.read()
    with _opened(as_recorded_at, stale=stale) as (connection, zone):
        if describe:
            say_description(connection, query, form)
        elif text is not None:
            run_query(connection, text, form, zone)
        else:
            from cli.sql_prompt import prompt

            prompt(connection, form, zone)


@contextmanager
def _opened(
    position: str | None, *, stale: bool
) -> Generator[tuple[duckdb.DuckDBPyConnection, str]]:
    """A connection to the views as they are now, or as they were at an earlier position."""
    if position is None:
        with views(stale=stale) as seen:
            yield seen.connection, seen.zone.key
        return
    with TemporaryDirectory(prefix="ticketledger-") as folder:
        zone = _build(position, Path(folder))
        from projections.connection import connect

        connection = connect(Path(folder))
        try:
            yield connection, zone
        finally:
            connection.close()


def _build(text: str, target: Path) -> str:
    from consumers.projector import Options, build_until

    with reading() as store:
        zone, last = zone_of(store).key, last_positions(store)
    positions = _positions(text, last)
    with progress(f"folding up to position {text}", unit="events") as bar:
        options = Options(on_progress=lambda done: bar.show(done.position, done.last_position))
        build_until(ledger_folder(), position=positions, target_folder=target, options=options)
    tell(f"as recorded at position {text}")
    return zone


def _positions(text: str, last: dict[int, int]) -> dict[int, int]:
    """One position for each partition. Raises BadParameter."""
    places = [parse_place(part.strip()) for part in text.split(",")]
    found = {place.partition: place.position for place in places if place is not None}
    if None in places or found.keys() != last.keys():
        form = "a position from 1 on, like 120"
        if len(last) > 1:
            form = "one position for each partition: " + ",".join(f"{one}/120" for one in last)
        raise typer.BadParameter(f"it must be {form}", param_hint="--as-recorded-at")
    for partition, position in found.items():
        if position > last[partition]:
            where = f"partition {partition}" if len(last) > 1 else "the log"
            raise typer.BadParameter(
                f"{where} ends at position {last[partition]:,}", param_hint="--as-recorded-at"
            )
    return found
