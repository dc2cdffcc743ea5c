"""The report of rows that could not be taken in: one JSON object a line, made when there is one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Self

from intake.account import Rejected

_ONLY_FOR_ME = 0o600
"""The rows hold what customers wrote."""


class Report:
    """Writes `line`, `reason` and `row` (its text as it stands) of each rejected row."""

    def __init__(self, path: Path | None) -> None:
        self._wanted = path
        self._file: IO[str] | None = None

    @property
    def path(self) -> Path | None:
        """Where it stands; None as long as there is nothing to report."""
        return self._wanted if self._file else None

    def add(self, rejected: Rejected) -> None:
        """One more row. The first begins the file anew: an import that goes on reads all rows."""
        if self._wanted is None:
            return
        if self._file is None:
            self._wanted.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            self._file = os.fdopen(
                os.open(self._wanted, flags, _ONLY_FOR_ME), "w", encoding="utf-8"
            )
        line = {
            "line": rejected.line,
            "reason": rejected.reason,
            "row": rejected.raw.rstrip("\r\n"),
        }
        # Escaped: bytes that no encoding has characters for must not stop the report about them.
        self._file.write(json.dumps(line) + "\n")

    def add_all(self, rejected: Iterable[Rejected]) -> None:
        """Some more rows."""
        for row in rejected:
            self.add(row)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
