"""The reference page of the views, written from the comments that views, macros and columns carry.

python -m cli.reference_views             write docs/reference/views.md
python -m cli.reference_views --check     exit 1 if it differs from the comments
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from consumers.projector import run_all
from domain.application import TICKETS
from eventstore.sqlite import SQLiteStore
from projections.connection import Described, connect, describe

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "views.md"

_INTRODUCTION = """\
# The views

What `ticketledger sql` and `ticketledger.connect()` offer. Names and columns stay. Macros are
asked like tables, with named arguments: `SELECT * FROM recontact_rate(window_hours := 72)`; what is
left out has its default. Moments without an offset are of the ledger's time zone. What each figure
means: [figures.md](figures.md).

This page is written from the comments in the SQL by `python -m cli.reference_views`;
`ticketledger sql --describe` lists the same, and the tables below the views too.
"""


def page() -> str:
    """The whole page, from the views of an empty ledger."""
    with tempfile.TemporaryDirectory(prefix="views-") as kept:
        folder = Path(kept) / "ledger"
        SQLiteStore.create(folder, name="views", time_zone="UTC", application=TICKETS).close()
        run_all(folder)
        connection = connect(folder)
        try:
            described = describe(connection)
        finally:
            connection.close()
    return "\n".join([_INTRODUCTION, *_parts(described)])


def _parts(described: Iterable[Described]) -> Iterator[str]:
    offered = [one for one in described if not one.name.count(".")]
    yield "## Views\n"
    for name, group in groupby(offered, key=lambda one: one.name):
        rows = list(group)
        if rows[0].kind == "view":
            yield from _view(name, rows)
    yield "## Macros\n\n| macro | what it answers |\n|---|---|"
    for one in offered:
        if one.kind == "macro":
            yield f"| `{one.name}` | {_cell(one.comment)} |"
    yield ""


def _view(name: str, rows: list[Described]) -> Iterator[str]:
    yield f"### {name}\n\n{rows[0].comment}\n\n| column | type | what it is |\n|---|---|---|"
    for one in rows[1:]:
        yield f"| `{one.column}` | {one.type} | {_cell(one.comment)} |"
    yield ""


def _cell(comment: str | None) -> str:
    return (comment or "").replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Write the page, or say whether it is current."""
    if "--check" in sys.argv[1:]:
        if not PAGE.exists() or PAGE.read_text("utf-8") != page():
            sys.exit(f"{PAGE.name} differs from the comments; run: python -m cli.reference_views")
        return
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
