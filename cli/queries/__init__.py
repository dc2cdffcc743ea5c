"""The command line's own queries, each in a file: of the views unless the file says SQLite."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def query(name: str) -> str:
    """The text of a query."""
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
