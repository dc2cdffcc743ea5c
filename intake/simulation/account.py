"""The account of a simulation: what was put into the ledger, counted while it was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.events import (
    MessageReceived,
    MessageSent,
    NextUpdateKept,
    NextUpdateMissed,
    SlaBreached,
    TicketAssigned,
    TicketAssignmentDeferred,
    TicketClosed,
    TicketEscalated,
    TicketEvent,
    TicketOpened,
    TicketReopened,
    TicketResolved,
)
from intake.simulation.story import Truth

_COUNTED: dict[type[TicketEvent], str] = {
    TicketOpened: "cases",
    MessageReceived: "messages_received",
    MessageSent: "messages_sent",
    TicketAssigned: "assignments",
    TicketAssignmentDeferred: "deferrals",
    TicketEscalated: "escalations",
    TicketResolved: "resolutions",
    TicketReopened: "reopenings",
    TicketClosed: "closings",
}


@dataclass(slots=True)
class Account:
    """What a run made. `saves` and `events` are all that it decided, `added` what of the saves was
    not in the ledger before; the rates are re-contacts within seven days per contact."""

    run_id: str = ""
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED.values(), 0))
    breaches: dict[str, int] = field(default_factory=dict[str, int])
    promises_kept: int = 0
    promises_missed: int = 0
    truth: Truth = field(default_factory=Truth)
    expected_rate: float = 0.0
    saves: int = 0
    events: int = 0
    added: int = 0
    seconds: float = 0.0

    def take(self, events: Sequence[TicketEvent], at: datetime) -> None:
        """Count the events of one save."""
        for event in events:
            name = _COUNTED.get(type(event))
            if name is not None:
                self.counts[name] += 1
            elif isinstance(event, SlaBreached):
                self.breaches[event.metric] = self.breaches.get(event.metric, 0) + 1
            elif isinstance(event, NextUpdateMissed):
                self.promises_missed += event.instance == 1
            elif isinstance(event, NextUpdateKept):
                # A promise that was missed counts as that, whatever comes later.
                self.promises_kept += event.instance == 1 and at <= event.due_at

    @property
    def as_json(self) -> dict[str, Any]:
        """The fields that `--json` promises."""
        truth = self.truth
        return {
            "run_id": self.run_id,
            **self.counts,
            "breaches": dict(sorted(self.breaches.items())),
            "promises_kept": self.promises_kept,
            "promises_missed": self.promises_missed,
            "contacts": truth.contacts,
            "recontacts": truth.followed,
            "recontact_kinds": dict(sorted(truth.kinds.items())),
            "recontact_rate_put_in": round(self.expected_rate, 4),
            "saves": self.saves,
            "saves_added": self.added,
            "events": self.events,
            "seconds": round(self.seconds, 3),
        }
