"""The reference page of the command line, written from its own help.

python -m cli.reference             write docs/reference/cli.md
python -m cli.reference --check     exit 1 if it differs from the help
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from cli.main import INTERRUPTED, UNEXPECTED, USAGE, command_line

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "cli.md"
PROGRAM = "ticketledger"

_WIDTH = 80
_TREES = (
    ("domain.errors", "Refusal"),
    ("eventstore.errors", "StoreError"),
    ("projections.errors", "ProjectionError"),
    ("consumers.automation.errors", "AutomationError"),
    ("consumers.notifying.errors", "NotificationError"),
    ("cli.errors", "CommandLineError"),
    ("intake.errors", "IntakeError"),
)
_BRANCHES = (
    "domain.around_errors",
    "domain.people_errors",
    "domain.policies.errors",
    "eventstore.kafka.errors",
    "consumers.automation.errors",
    "intake.simulation.errors",
    "intake.whatif.errors",
)
"""Where a tree has errors outside of its root's module."""

_INTRODUCTION = f"""\
# The command line

`{PROGRAM} NOUN VERB`. Results go to stdout; narration, progress and errors to stderr. `--json`
prints one object a line, with fields that stay. Tables fit the terminal and are whole in a pipe;
colour and bars appear only on a terminal (`NO_COLOR` turns colour off). `-` reads a text from
stdin.

| variable | says |
|---|---|
| `TICKETLEDGER_LEDGER` | the ledger's folder, where `--ledger` does not; default `./ledger` |
| `TICKETLEDGER_ACTOR` | who gives commands, where `--as` does not; default `agent:LOGIN` |
| `TICKETLEDGER_SMTP_PASSWORD`, `TICKETLEDGER_WEBHOOK_SECRET_NAME` | the secrets of `notify` |
| `TICKETLEDGER_TRACEBACK` | `1` shows where an error came from, for a bug report |
| `COLUMNS` | how wide a terminal is |

This page is written from the program's help by `python -m cli.reference`.
"""


def page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION]
    for words, command in commands():
        heading = "##" if len(words) == 1 else "###"
        parts.append(
            f"{heading} {' '.join((PROGRAM, *words))}\n\n```text\n{help_of(words, command)}\n```\n"
        )
    parts.append(_exit_codes())
    return "\n".join(parts)


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every noun and every verb, with its words on the command line, in the order of the help."""
    root = command_line()
    context = root.make_context(PROGRAM, [], resilient_parsing=True)
    for noun in root.list_commands(context):
        group = root.get_command(context, noun)
        yield (noun,), group
        for verb, command in getattr(group, "commands", {}).items():
            yield (noun, verb), command


def help_of(words: tuple[str, ...], command: Any) -> str:
    """What `--help` of a command prints in a terminal of 80 columns."""
    name = " ".join((PROGRAM, *words))
    context = command.make_context(
        name, [], resilient_parsing=True, terminal_width=_WIDTH, max_content_width=_WIDTH
    )
    lines = command.get_help(context).splitlines()
    return "\n".join(line.rstrip() for line in lines).strip()


def error_classes() -> list[type[Exception]]:
    """Every error with an exit code, by its code; the roots of the trees first."""
    found: list[type[Exception]] = []
    for branch in _BRANCHES:
        import_module(branch)
    for module, root in _TREES:
        pending: list[type[Exception]] = [getattr(import_module(module), root)]
        while pending:
            one = pending.pop()
            found.append(one)
            pending += one.__subclasses__()
    return sorted(found, key=lambda one: (exit_code_of(one), one.__name__))


def exit_code_of(error: type[Exception]) -> int:
    """The exit code of the command line for an error."""
    code: int = vars(error).get("exit_code", UNEXPECTED)
    return code


def _exit_codes() -> str:
    fixed = [
        (0, "", "done"),
        (UNEXPECTED, "", "something nobody foresaw"),
        (USAGE, "", "wrong usage"),
        (INTERRUPTED, "", "interrupted; repeating the command goes on"),
    ]
    known = [
        (exit_code_of(error), error.__name__, (error.__doc__ or "").split("\n")[0])
        for error in error_classes()
        if exit_code_of(error) != UNEXPECTED
    ]
    rows = [
        f"| {code} | {f'`{name}`' if name else ''} | {text} |"
        for code, name, text in sorted(fixed + known)
    ]
    return "\n".join(["## Exit codes", "", "| code | error | when |", "|---|---|---|", *rows, ""])


def main() -> None:
    """Write the page, or say whether it is current."""
    if "--check" in sys.argv[1:]:
        current = PAGE.exists() and PAGE.read_text("utf-8") == page()
        if not current:
            sys.exit(f"{PAGE.name} differs from the help; run: python -m cli.reference")
        return
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
