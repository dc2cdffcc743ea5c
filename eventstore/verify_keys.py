"""Are the look-up keys exactly those that follow from the events?"""

from __future__ import annotations

import sqlite3

from .envelope import data_of
from .errors import EventUnreadable
from .findings import FINDINGS_MAX, Finding, Verification
from .statements import read_statements
from .store import Keys

_SQL = read_statements("verify_statements.sql")
_ROWS_AT_ONCE = 10_000


class KeyCheck:
    """Collects the keys that should be there, on disk, and compares them with those that are."""

    def __init__(
        self, connection: sqlite3.Connection, application: Keys, verification: Verification
    ) -> None:
        self._connection = connection
        self._application = application
        self._verification = verification
        self._rows: list[tuple[str, str]] = []
        connection.execute(_SQL["create_expected_key"])

    def add(self, subject: str, type_: str, body: bytes) -> str | None:
        """The keys of one more event; what is wrong if they cannot be told."""
        try:
            keys = self._application.keys(type_, data_of(body))
            rows = [(key, subject) for key in keys] if keys else ()
        except EventUnreadable:
            return "its data cannot be read"
        except Exception as error:  # noqa: BLE001 - the application's own, and it may quote the event
            return f"its keys cannot be told ({type(error).__name__})"
        self._rows += rows
        if len(self._rows) >= _ROWS_AT_ONCE:
            self._flush()
        return None

    def finish(self) -> None:
        """Compare. Only a key's kind is named, since the rest of it may say who somebody is."""
        self._flush()
        limit = {"limit": FINDINGS_MAX}
        for key, subject in self._connection.execute(_SQL["select_keys_missing"], limit):
            what = f"a key of kind {_kind(key)} is missing; rebuild the keys"
            self._verification.add(Finding("key", what, subject=subject))
        for key, subject in self._connection.execute(_SQL["select_keys_surplus"], limit):
            what = f"a key of kind {_kind(key)} follows from no event; rebuild the keys"
            self._verification.add(Finding("key", what, subject=subject))

    def _flush(self) -> None:
        self._connection.executemany(_SQL["insert_expected_key"], self._rows)
        self._rows.clear()


def _kind(key: str) -> str:
    kind, colon, _ = key.partition(":")
    return kind if colon and kind.isidentifier() else "unknown"
