"""What is odd about a row that goes in all the same: by itself, and beside the row before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from domain.snapshots import Snapshot
from domain.values import Status
from intake.account import Account
from intake.reading import Update


@dataclass(slots=True)
class Shown:
    """What a file has shown of a ticket so far, whether or not the ledger has it already."""

    state: Snapshot
    opened_at: datetime
    details: tuple[str | None, ...]
    at: datetime | None = None
    modification: int | None = None
    modifications: set[int] = field(default_factory=set[int])


class Oddities:
    """Notes in the account what is odd about each row."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def note(self, kind: str, update: Update) -> None:
        """One oddity of this row."""
        self._account.note(kind, line=update.row.line, name=update.number)

    def look_at(
        self, shown: Shown, update: Update, *, state: Snapshot, details: tuple[str | None, ...]
    ) -> None:
        """Compare a row with the one before, then take its place. `state` is what it leads to."""
        is_first = shown.at is None
        if update.odd:
            for kind in update.odd:
                if is_first or kind != "requester_unknown":
                    self.note(kind, update)
        if state is not shown.state:
            self._state(shown.state, state, update, is_first=is_first)
        if update.at < shown.opened_at:
            self.note("time_before_opening", update)
        if update.opened_at is not None and update.opened_at != shown.opened_at:
            self.note("opened_at_differs", update)
        if shown.at is not None and update.at < shown.at:
            self.note("time_backwards", update)
        if update.modification is not None:
            self._modification(shown, update, update.modification)
        if details != shown.details and _differ(details, shown.details, update):
            self.note("text_changes", update)
        shown.state, shown.at = state, update.at

    def _state(self, before: Snapshot, after: Snapshot, update: Update, *, is_first: bool) -> None:
        if after.status is not before.status:
            if after.status is Status.RESOLVED and after.owner is None:
                self.note("resolved_without_owner", update)
            if is_first and update.given is None:
                self.note("starts_elsewhere", update)
        rise = after.reopen_count - before.reopen_count
        if rise < 0:
            self.note("reopen_count_falls", update)
        elif rise > 0:
            self._account.reopenings += 1
            if rise > 1:
                self.note("reopen_count_skips", update)

    def _modification(self, shown: Shown, update: Update, modification: int) -> None:
        if modification in shown.modifications:
            self.note("modification_repeated", update)
        elif shown.modification is not None and modification < shown.modification:
            self.note("modification_order", update)
        shown.modifications.add(modification)
        shown.modification = modification


def _differ(now: tuple[str | None, ...], before: tuple[str | None, ...], update: Update) -> bool:
    """In a log of activities a missing text means that nothing is said about it."""
    pairs = zip(now, before, strict=True)
    return any(new != old for new, old in pairs if update.given is None or new is not None)
