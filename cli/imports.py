"""The noun `import`: tickets of other systems, with their history."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import as_called, ledger_folder, writing
from cli.import_account import account_as_json, say_account
from cli.narration import progress, tell
from cli.nouns import noun, verb
from cli.options import Json
from cli.output import Column, say_json, say_table

if TYPE_CHECKING:
    from intake.account import Account
    from intake.csv_import import Plan
    from intake.mapping import Mapping

app = noun("import")


@verb(app, example="ticketledger import csv incident_event_log.zip --mapping servicenow --check")
def csv(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A CSV, a zip with one, or - for stdin.")
    ],
    *,
    mapping: Annotated[
        str,
        typer.Option(
            "--mapping",
            "-m",
            metavar="NAME-or-PATH",
            help="What is in which column: a mapping of ours (import mappings) or a TOML file.",
        ),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Only say what would be recorded and what is odd.")
    ] = False,
    report: Annotated[
        str | None,
        typer.Option(
            "--report",
            metavar="PATH",
            help="Where rows that cannot be taken in go. Default: into the ledger's folder.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Take another system's log in, each row once.

    May be interrupted anywhere: the same command goes on where it stopped, and once it is through
    it adds nothing. With --check nothing is written, and no ledger is needed. Rows that cannot be
    read go to the report, the rest goes in; then it exits 97.
    """
    from intake.csv_import import plan
    from intake.mapping_file import read_mapping

    stdin = sys.stdin.buffer if file == "-" else None
    chosen = read_mapping(mapping)
    with plan(file, chosen, stdin=stdin) as planned:
        account = _check(planned, report) if check else take_in(planned, report)
    if json:
        say_json(account_as_json(account, checked=check))
    else:
        say_account(account, checked=check)
        if not check and account.events:
            tell(
                as_called("next: ticketledger project run, then customer, queue, recontact or sql")
            )
    _check_all_was_read(account, chosen)


def _check_all_was_read(account: Account, mapping: Mapping) -> None:
    """Raise RowsUnreadable, which says what it may be that these rows have in common."""
    from intake.errors import RowsUnreadable
    from intake.rows import UNREADABLE_BYTES

    if not account.rows_unreadable:
        return
    encoding = mapping.file.encoding
    undecoded = [
        one
        for one in account.unreadable
        if one.reason == UNREADABLE_BYTES.format(encoding=encoding)
    ]
    raise RowsUnreadable(
        rows=account.rows_unreadable,
        of=account.rows_read,
        report=account.report,
        encoding=encoding if len(undecoded) * 2 > len(account.unreadable) else None,
    )


@verb(app, example="ticketledger import mappings")
def mappings(*, json: Json = False) -> None:
    """List the mappings that come with the program. The how-to says how to write one."""
    from intake.mapping_file import SHIPPED, read_mapping, shipped_mappings

    found = [(name, read_mapping(name), SHIPPED / f"{name}.toml") for name in shipped_mappings()]
    if json:
        for name, mapping, path in found:
            say_json({"name": name, "source": mapping.source, "path": path})
        return
    rows = [[name, mapping.source, str(path)] for name, mapping, path in found]
    say_table([Column("name"), Column("source"), Column("file", at_least=20)], rows)


def take_in(planned: Plan, report: str | None) -> Account:
    """Import into the chosen ledger, with a progress bar."""
    from intake.csv_import import default_report, run

    path = Path(report) if report else default_report(ledger_folder(), planned)
    with writing() as ledger, progress("importing", unit="rows") as bar:
        return run(
            planned,
            ledger,
            report=path,
            progress=lambda done: bar.show(done.done, done.total, done.rows),
        )


def _check(planned: Plan, report: str | None) -> Account:
    """What an import would add, to the chosen ledger if there is one."""
    from eventstore.errors import LedgerMissing
    from intake.csv_import import check

    with ExitStack() as stack:
        try:
            ledger = stack.enter_context(writing())
        except LedgerMissing:
            ledger = None
        bar = stack.enter_context(progress("checking", unit="rows"))
        return check(
            planned,
            ledger=ledger,
            report=Path(report) if report else None,
            progress=lambda done: bar.show(done.done, done.total, done.rows),
        )
