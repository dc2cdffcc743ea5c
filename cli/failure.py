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


def tell_failure(error: str, exit_code: int, message: str, *, as_json: bool) -> None:
    """Say what failed. `way_out` is the first command that the message advises, if it does."""
    if not as_json:
        tell(f"error: {message}" if error != "Interrupted" else message)
        return
    told: dict[str, str | int] = {"error": error, "exit_code": exit_code, "message": message}
    if command := _COMMAND.search(message):
        told["way_out"] = command[0].strip()
    tell(json.dumps(told, ensure_ascii=False))
