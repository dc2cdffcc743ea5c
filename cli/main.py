"""The whole command line: global options, and where errors become words and exit codes."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from cli.context import as_called, choose_ledger
from cli.failure import tell_failure, wants_json
from cli.narration import tell
from cli.nouns import SETTINGS, Root
from cli.output import ReaderGone, say
from cli.plain_words import plain

UNEXPECTED = 1
USAGE = 2
INTERRUPTED = 130

_INTERRUPTED = (
    "interrupted; what is recorded stays, nothing is half-done: repeat the command to go on"
)
_STOP_CLEANLY = ("project", "relay", "automate", "notify")
"""The nouns that take signals themselves, as soon as they can end cleanly."""

EPILOG = """\b
Exit codes:
  0 done, 1 unexpected, 2 wrong usage, 3-39 a refusal (nothing was recorded),
  40-59 the store, 60-79 projections and processes, 80-89 the command line,
  90-99 imports and policy files, 100-112 Kafka, 113-119 notifications,
  120-125 policies and simulations,
  130 interrupted.
  Each kind of error has its own: docs/reference/cli.md

\b
Example:
  ticketledger demo
"""

app = typer.Typer(
    cls=Root,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings=SETTINGS,
    epilog=EPILOG,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            say(f"ticketledger {version('ticketledger')}")
        except PackageNotFoundError:
            say("ticketledger, from a copy of its sources")
        raise typer.Exit


@app.callback()
def choose(
    context: typer.Context,
    ledger: Annotated[
        str | None,
        typer.Option(
            "--ledger",
            metavar="PATH",
            help="The ledger's folder; also TICKETLEDGER_LEDGER. Default: ./ledger. "
            "May stand anywhere in the line.",
        ),
    ] = None,
    version: Annotated[  # noqa: ARG001 - the callback answers
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """An event-sourced ledger of customer-support tickets.

    Every change to a ticket is an event in one log; what customers see, what agents do next and why
    customers come back are views that can be rebuilt from it. Results go to stdout, everything else
    to stderr; --json prints one object a line.
    """
    choose_ledger(ledger)
    if context.invoked_subcommand not in _STOP_CLEANLY:
        _take_signals()


@cache
def command_line() -> Any:
    """The command line as typer's commands, made once."""
    return get_command(app)


def main() -> None:
    """Run the `ticketledger` command with the process's arguments, and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and answer its exit code."""
    as_json = wants_json(arguments)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    try:
        try:
            answer = command_line().main(
                list(arguments), prog_name="ticketledger", standalone_mode=False
            )
        finally:
            _take_signals()
        code = answer if isinstance(answer, int) else 0
        sys.stdout.flush()
    except (ReaderGone, BrokenPipeError):
        return _reader_gone()
    except SystemExit as exit_:  # typer met a closed pipe on its own, while it printed help
        return _reader_gone() if exit_.code == UNEXPECTED else USAGE
    except TyperException as error:
        return _usage(error, as_json=as_json)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - this is where every error ends
        return _failed(error, as_json=as_json)
    if code == INTERRUPTED:
        tell_failure("Interrupted", INTERRUPTED, _INTERRUPTED, as_json=as_json)
    return code


def _take_signals() -> None:
    """Let those come that were held back while the program was being loaded."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM))


def _reader_gone() -> int:
    """Keep Python from complaining about the closed pipe when it flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _usage(error: TyperException, *, as_json: bool) -> int:
    context = getattr(error, "ctx", None)
    message = plain(error.format_message())
    if as_json:
        tell_failure("UsageError", USAGE, message, as_json=True)
        return USAGE
    if context is not None and message.startswith("Usage:"):  # a noun without its verb
        tell(message)
        return USAGE
    if context is not None:
        tell(context.get_usage())
        tell(f"see: {context.command_path} --help")
    sentence = as_called(f"{message[:1].lower()}{message[1:]}")
    tell_failure("UsageError", USAGE, sentence, as_json=False)
    return USAGE


def _failed(error: Exception, *, as_json: bool) -> int:
    """Known errors say what is wrong and the way out; an unknown one shows nothing it carries."""
    if os.environ.get("TICKETLEDGER_TRACEBACK") == "1":
        traceback.print_exc()
    code: Any = getattr(type(error), "exit_code", None)
    if isinstance(code, int):
        tell_failure(type(error).__name__, code, as_called(str(error)), as_json=as_json)
        return code
    tell_failure(
        type(error).__name__,
        UNEXPECTED,
        f"something unexpected happened ({type(error).__name__}); nothing is half-recorded. "
        "For details: TICKETLEDGER_TRACEBACK=1 and the same command",
        as_json=as_json,
    )
    return UNEXPECTED
