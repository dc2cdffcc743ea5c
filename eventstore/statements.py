"""SQL stands in .sql files beside the code; here it is read from them."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def read_sql(name: str) -> str:
    """The text of an .sql file of this package."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


@cache
def read_statements(name: str) -> dict[str, str]:
    """The statements of an .sql file of this package; each follows a line `-- name: NAME`."""
    sections = read_sql(name).split("-- name: ")[1:]
    parts = (section.partition("\n") for section in sections)
    return {title.strip(): text.strip() for title, _, text in parts}
