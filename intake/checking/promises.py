"""The checker's own book of promises: one runs at most, and every miss is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from intake.checking.clocks import is_same


class Promises:
    """The promise of one ticket: its id, instance and due while it runs."""

    def __init__(self) -> None:
        self._running: tuple[str, int, datetime] | None = None

    def take(self, name: str, data: dict[str, Any], at: datetime) -> Iterator[str]:
        """One event: promised, kept, missed, superseded, cancelled."""
        running = self._running
        if name == "promised":
            if running is not None:
                yield f"{data['promise_id']} was promised while {running[0]} ran"
            due = datetime.fromisoformat(data["due_at"])
            self._running = data["promise_id"], data["instance"], due
            return
        if running is None or running[:2] != (data["promise_id"], data["instance"]):
            yield f"{data['promise_id']} {name} though it does not run"
        if name != "missed":
            self._running = None
            return
        if running is not None and not is_same(running[2], at):
            yield f"missed at {at}, due was {running[2]}"
        again = datetime.fromisoformat(data["next_due_at"])
        self._running = data["promise_id"], data["instance"] + 1, again

    def overdue(self, at: datetime) -> Iterator[str]:
        """What should have been recorded before a moment."""
        if self._running is not None and self._running[2] < at:
            yield f"the promise due at {self._running[2]} was not missed"

    def stand(self, status: str) -> Iterator[str]:
        """Whether a promise may run in a status, after a whole save."""
        if self._running is not None and status in ("pending", "resolved", "closed"):
            yield f"a promise runs in {status}"
