"""What a projection is: a name, a version, the fields it reads, and three SQL files of its own."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .errors import NoSuchProjection

_ROOM = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """One fold of the stream. `projections/NAME/` holds `tables.sql`, `fold.sql` and `views.sql`.

    - `tables.sql` creates the tables, once, in the projection's own file, with a comment on each
      table and column. Names are unqualified.
    - `fold.sql` runs once a batch, statement by statement, in the loop's transaction. It reads the
      temp table `batch` and the tables, unqualified, and never uses UPDATE.
    - `views.sql` runs in the reader's session, where the published file is attached under the
      projection's name: every table is written `NAME.main.TABLE`. It creates views and macros in
      that session, with a comment on each.

    Raise `version` whenever tables or fold change: the file of another version must be rebuilt.
    """

    name: str
    version: int

    data: str
    """The fields of `data` that the fold reads, as one DuckDB type: `STRUCT(number VARCHAR, …)`.

    Required fields of known event types and the types of all of them are checked by the loop; an
    event that does not match is quarantined. Personal fields may be sealed objects; declared
    VARCHAR, such an object arrives as its JSON text.
    """

    keeps_unreadable_bytes: bool = True
    """Whether the quarantine keeps the bytes too. If not, they can still be read from the log."""

    @property
    def folder(self) -> Path:
        """Where the SQL files are."""
        return _ROOM / self.name

    @property
    def tables_sql(self) -> str:
        """What creates the tables."""
        return (self.folder / "tables.sql").read_text(encoding="utf-8")

    @property
    def fold_sql(self) -> str:
        """What folds one batch."""
        return (self.folder / "fold.sql").read_text(encoding="utf-8")

    @property
    def views_sql(self) -> str:
        """What creates views and macros in a reader's session."""
        return (self.folder / "views.sql").read_text(encoding="utf-8")


@cache
def sql(name: str) -> str:
    """The text of one of this room's own SQL files, those of no projection."""
    return (_ROOM / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def projection_names() -> list[str]:
    """The projections there are, by name: one for each folder beside this module."""
    return sorted(module.name for module in pkgutil.iter_modules([str(_ROOM)]) if module.ispkg)


def projection_named(name: str) -> Projection:
    """The projection of that name. Raises `NoSuchProjection`, which lists the names there are."""
    if name not in projection_names():
        raise NoSuchProjection(name, projection_names())
    package = __name__.rpartition(".")[0]
    found: object = importlib.import_module(f"{package}.{name}").PROJECTION
    if not isinstance(found, Projection):
        raise TypeError(f"{package}.{name}.PROJECTION is not a Projection")
    return found
