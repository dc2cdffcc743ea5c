"""The noun `do`: many commands, one JSON object a line, each answered in its turn."""

from __future__ import annotations

import io
import json as json_
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from cli.context import in_session, opened
from cli.do_desk import OK, REFUSED, REPEATED, Answer, Desk
from cli.do_forms import Form, form_named, forms, schema_of
from cli.do_lines import Lines
from cli.errors import SomeRefused
from cli.narration import progress, tell
from cli.nouns import single
from cli.options import Json
from cli.output import ReaderGone, as_line, say_json

app, _decorate = single("do", example="ticketledger do commands.jsonl")

_ECHOED = ("do", "command_id")
_KEYS = ("command_id", "message_id")
"""The fields that can serve as command id."""


@_decorate
def do(
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="The lines; - for stdin.", show_default=False),
    ] = None,
    *,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a line instead.")
    ] = False,
    draw_ids: Annotated[
        bool,
        typer.Option(
            "--draw-ids", help="Draw ids for lines without; repeating records them again."
        ),
    ] = False,
    json: Json = False,  # noqa: ARG001 - answers are JSON anyway; failures then are, too
) -> None:
    """Give many commands: one JSON object a line, such as {"do": "ticket.note", "ticket": …}.

    Names and fields are those of the command line, with at, as and command_id. Each line is
    answered by one on stdout, in order, as soon as no further line waits, so that another program
    can talk to this one. A bad line is answered and the rest done. To resume, repeat everything:
    what is recorded is answered as repeated.
    """
    known = forms()
    if schema:
        say_json(schema_of(known))
        return
    if file is None:
        raise typer.BadParameter("name a file, or - for stdin", param_hint="FILE")
    with _lines_of(file) as lines, opened() as tickets:
        desk = Desk(tickets, _teller())
        with in_session(desk), progress("commands", unit="lines") as shown:
            total = _do_all(lines, known, desk, draw_ids=draw_ids, show=shown.show)
    _tell_counts(desk, total)


def _do_all(
    lines: Lines, known: Mapping[str, Form], desk: Desk, *, draw_ids: bool, show: Any
) -> int:
    """Do every line; how many there were. Raises StoreError once nothing works any more."""
    number = total = 0
    while (line := _next(lines, desk)) is not None:
        number += 1
        if line.strip():
            total += 1
            _do_one(number, line, known, desk, draw_ids=draw_ids)
        show(number, None)
    return total


def _next(lines: Lines, desk: Desk) -> bytes | None:
    """The next line. Whoever waits for answers before writing it is given them first."""
    if lines.must_wait():
        desk.settle()
    line = lines.next()
    if line is None:
        desk.settle()
    return line


def _do_one(
    number: int, line: bytes, known: Mapping[str, Form], desk: Desk, *, draw_ids: bool
) -> None:
    head: Answer = {"line": number}
    try:
        read = _read(line)
        head |= {name: read[name] for name in _ECHOED if isinstance(read.get(name), str)}
        form = form_named(known, read.get("do"))
        with_id = _with_id(read, form, draw_ids=draw_ids)
        head["command_id"] = next(with_id[name] for name in _KEYS if name in with_id)
        arguments = form.arguments(with_id)
    except typer.BadParameter as error:
        desk.refuse(head, error)
        return
    desk.give(head, form, arguments)


def _read(line: bytes) -> dict[str, Any]:
    try:
        read: object = json_.loads(line)
    except (ValueError, RecursionError):
        raise typer.BadParameter("it is no JSON", param_hint="line") from None
    if not isinstance(read, dict):
        raise typer.BadParameter("it is no JSON object", param_hint="line")
    return cast(dict[str, Any], read)


def _with_id(line: dict[str, Any], form: Form, *, draw_ids: bool) -> dict[str, Any]:
    """The line with a command id: its own, its message's, or a drawn one."""
    kept = {name: value for name, value in line.items() if value is not None}
    if any(name in kept and name in form.fields for name in _KEYS):
        return kept
    if not draw_ids:
        raise typer.BadParameter(
            "a line needs a key of its own, so that repeating it records nothing twice; "
            "or give --draw-ids",
            param_hint="command_id",
        )
    from eventstore.identifiers import draw_event_ids

    now = datetime.now(UTC).isoformat()
    return {"at": now, **kept, "command_id": draw_event_ids(1)[0]}


@contextmanager
def _lines_of(file: str) -> Generator[Lines]:
    if file == "-":
        yield Lines(cast(io.BufferedReader, sys.stdin.buffer))
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise typer.BadParameter(f"cannot be read: {error.strerror}", param_hint="FILE") from None
    with stream:
        yield Lines(stream)


def _teller() -> Callable[[Answer], None]:
    """What prints an answer at once, on the stdout of now: that of a command is kept from it."""
    out = sys.stdout

    def say(answer: Answer) -> None:
        try:
            out.write(f"{as_line(answer)}\n")
            out.flush()
        except BrokenPipeError:
            raise ReaderGone from None

    return say


def _tell_counts(desk: Desk, total: int) -> None:
    counts = [f"{desk.counts[name]:,} {name}" for name in (OK, REPEATED, REFUSED)]
    tell(f"{total:,} lines: {', '.join(counts)}")
    if refused := desk.counts[REFUSED]:
        raise SomeRefused(refused, total)
