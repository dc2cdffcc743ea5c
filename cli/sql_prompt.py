"""The prompt of `ticketledger sql`: queries over several lines, with history."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import QueryFailed
from cli.narration import tell
from cli.output import say
from cli.sql_answer import Form, run_query, say_description

if TYPE_CHECKING:
    import duckdb

_HISTORY_LINES = 1_000
_HELP = """\
A query ends with ; and may have several lines.
.describe [NAME]      what can be asked; of one view, its columns
.table .json .csv     how answers are printed
.refresh              take newer published views
.quit                 leave (also Ctrl-D)"""


def prompt(connection: duckdb.DuckDBPyConnection, form: Form, zone: str) -> None:
    """Ask and answer until the end of input. A failing query is told, and the prompt goes on."""
    history = _history_file()
    _begin_history(history)
    tell("queries end with ;   .help tells more, .quit leaves")
    pending: list[str] = []
    try:
        while True:
            try:
                line = input("   …> " if pending else "sql > ")
            except KeyboardInterrupt:
                say()
                pending = []
                continue
            except EOFError:
                say()
                return
            if not pending and line.strip().startswith("."):
                answered = _command(connection, line.strip(), form)
                if answered is None:
                    return
                form = answered
                continue
            pending.append(line)
            if line.rstrip().endswith(";"):
                _answer(connection, "\n".join(pending), form, zone)
                pending = []
            elif not "".join(pending).strip():
                pending = []
    finally:
        _end_history(history)


def _answer(connection: duckdb.DuckDBPyConnection, text: str, form: Form, zone: str) -> None:
    try:
        run_query(connection, text, form, zone)
    except QueryFailed as error:
        tell(f"error: {error}")
    except KeyboardInterrupt:
        connection.interrupt()
        tell("interrupted")


def _command(connection: duckdb.DuckDBPyConnection, line: str, form: Form) -> Form | None:
    """Do what a line with a dot says; the form of the answers from now on, None to leave."""
    word, _, rest = line[1:].partition(" ")
    if word in ("quit", "exit", "q"):
        return None
    if word in (one.value for one in Form):
        return Form(word)
    if word == "describe":
        try:
            say_description(connection, rest.strip() or None, Form.TABLE)
        except QueryFailed as error:
            tell(f"error: {error}")
    elif word == "refresh":
        from projections.connection import refresh

        taken = refresh(connection)
        tell(f"newer: {', '.join(taken)}" if taken else "nothing newer is published")
    else:
        tell(_HELP)
    return form


def _history_file() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "ticketledger" / "sql_history"


def _begin_history(path: Path) -> None:
    with contextlib.suppress(ImportError, OSError):
        import readline

        readline.set_history_length(_HISTORY_LINES)
        if path.exists():
            readline.read_history_file(path)


def _end_history(path: Path) -> None:
    """Queries can hold names, so that nobody else may read them."""
    with contextlib.suppress(ImportError, OSError):
        import readline

        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        readline.write_history_file(path)
