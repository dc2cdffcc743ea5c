"""The queues at an instant, computed from the real log's CSV in plain Python, sharing no code."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

STATUS = {
    "New": "new",
    "Active": "open",
    "Awaiting User Info": "pending",
    "Awaiting Vendor": "on_hold",
    "Awaiting Problem": "on_hold",
    "Awaiting Evidence": "on_hold",
    "Resolved": "resolved",
    "Closed": "closed",
}
PRIORITY = {
    "1 - Critical": "critical",
    "2 - High": "high",
    "3 - Moderate": "medium",
    "4 - Low": "low",
}


@dataclass(frozen=True, order=True)
class Seen:
    """How a ticket stood."""

    number: str
    queue: str
    owner: str
    status: str
    priority: str


class Queues:
    """Every ticket's states, each from the moment it took effect."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._states: dict[str, list[tuple[datetime, Seen]]] = defaultdict(list)
        for row in csv.DictReader(lines):
            self._take(row)

    def unresolved_at(self, moment: datetime) -> list[Seen]:
        """Each ticket unresolved then, by number."""
        return sorted(
            state
            for state in (self._state_at(number, moment) for number in self._states)
            if state is not None and state.status not in ("resolved", "closed")
        )

    def _take(self, row: dict[str, str]) -> None:
        number = row["number"]
        states = self._states[number]
        priority = PRIORITY.get(row["priority"], "")
        if not states:
            states.append((_moment(row["opened_at"]), Seen(number, "", "", "new", priority)))
        before, state = states[-1]
        states.append(
            (
                max(before, _moment(row["sys_updated_at"])),
                Seen(
                    number,
                    _known(row["assignment_group"]),
                    _known(row["assigned_to"]),
                    STATUS.get(row["incident_state"], state.status),
                    priority,
                ),
            )
        )

    def _state_at(self, number: str, moment: datetime) -> Seen | None:
        state = None
        for since, later in self._states[number]:
            if since > moment:
                break
            state = later
        return state


def _known(text: str) -> str:
    return "" if text == "?" else text


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)
