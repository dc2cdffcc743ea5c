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
    return statements_in(Path(__file__).with_name(name))


def statements_in(path: Path) -> dict[str, str]:
    """The same of a file that stands elsewhere."""
    sections = path.read_text(encoding="utf-8").split("-- name: ")[1:]
    parts = (section.partition("\n") for section in sections)
    return {title.strip(): text.strip() for title, _, text in parts}
