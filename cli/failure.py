"""How a failure is told on stderr: a sentence for people, one JSON object for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from cli.narration import tell

_COMMAND = re.compile(r"\bticketledger (--ledger \S+ )?[a-z]+ ?[^;,]*")


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether a command line asks for JSON. Words behind `--` are words."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return "--json" in arguments[:end]


def as_failure(error: Exception) -> dict[str, str | int]:
    """What programs are told of a known error, and of an unknown one that there is one."""
    code: int | None = getattr(type(error), "exit_code", None)
    if isinstance(code, int):
        return failure(type(error).__name__, code, str(error))
    name = type(error).__name__
    return failure(name, 1, f"something unexpected happened ({name})")


def failure(error: str, exit_code: int, message: str) -> dict[str, str | int]:
    """A failure for programs. `way_out` is the first command that the message advises."""
    told: dict[str, str | int] = {"error": error, "exit_code": exit_code, "message": message}
    if command := _COMMAND.search(message):
        told["way_out"] = command[0].strip()
    return told


def tell_failure(error: str, exit_code: int, message: str, *, as_json: bool) -> None:
    """Say what failed."""
    if as_json:
        tell(json.dumps(failure(error, exit_code, message), ensure_ascii=False))
        return
    tell(f"error: {message}" if error != "Interrupted" else message)
