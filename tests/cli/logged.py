"""What a test of the command line records beside it, and reads of what was recorded."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from domain.application import POLICIES, TICKETS
from domain.policies.policy import Policy
from domain.policies.published import publish, subject_of
from eventstore.commands import Command
from eventstore.envelope import read_event
from eventstore.ledger import Ledger
from eventstore.opening import open_store
from tests.domain.clocked import POLICY

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Logged(NamedTuple):
    """An event without what differs between two runs that say the same."""

    subject: str
    sequence: int
    type: str
    time: datetime
    actor: str | None
    command_id: str | None
    data: Any


def logged(folder: Path) -> list[Logged]:
    """Everything that a ledger has recorded, in the order of recording.

    An event that is corrected is named by its place: ids are drawn anew in every run.
    """
    store = open_store(folder, application=TICKETS)
    try:
        found: list[Logged] = []
        places: dict[str, str] = {}
        for _, body in store.read(0, 1_000_000):
            envelope, read = read_event(body)
            places[envelope.id] = f"{envelope.subject} #{envelope.sequence}"
            data = json.loads(read)
            if "corrects" in data:
                data["corrects"] = places[data["corrects"]]
            what = (envelope.subject, envelope.sequence, envelope.type, envelope.time)
            found.append(Logged(*what, envelope.actor, envelope.commandid, data))
        return found
    finally:
        store.close()


def publish_policy(folder: Path, policy: Policy = POLICY, *, key: str = "p1") -> None:
    """Make a policy the next version of the ledger's."""
    store = open_store(folder, application=TICKETS)
    try:
        ledger: Ledger[Any, Any] = Ledger(store, POLICIES)
        ledger.execute(
            subject_of("travel"),
            Command(key, "policy.publish", {}, LONG_AGO, "agent:lead"),
            lambda known: publish(known, policy_id="travel", policy=policy, apply_to_open=False),
        )
    finally:
        store.close()
