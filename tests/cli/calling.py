"""Calling the command line in this process, and reading its answer."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cli.main import run

LATE = "2026-03-01T12:00:00Z"


@dataclass(frozen=True)
class Answer:
    """What a command line answered."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects on stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def object(self) -> dict[str, Any]:
        """The only JSON object on stdout."""
        [only] = self.objects
        return only


@dataclass
class Terminal:
    """A ledger, and the command line to work on it."""

    ledger: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    calls: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, *words: str, stdin: str | None = None) -> Answer:
        """Run one command line on the ledger. Whatever was printed before is dropped."""
        self.calls.append(words)
        if stdin is not None:
            self.monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        self.capsys.readouterr()
        code = run(["--ledger", str(self.ledger), *words])
        printed = self.capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    def done(self, *words: str, stdin: str | None = None) -> Answer:
        """The same for a command that must succeed."""
        answer = self(*words, stdin=stdin)
        assert answer.code == 0, f"{words}: {answer.err}"
        return answer

    def opened(self, *words: str) -> str:
        """Open a ticket; its number. One that says nothing gets a subject."""
        if not {"--customer", "--subject"} & set(words):
            words = ("--subject", "A case", *words)
        number: str = self.done("ticket", "open", "--json", *words).object["number"]
        return number


Make = Callable[..., Terminal]
