"""What a simulated operation is made from: the same parameters give the same events."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.policies.policy import Policy

ZONE_HOURS = 7
"""The operation lives in Jakarta (UTC+7, no summer time), and so do its days and shifts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """A run: months from the first of `first_month` (UTC), cases opened in each, agents, seed."""

    policy_id: str
    policy: Policy
    first_month: datetime
    months: int = 1
    cases_per_month: int = 68_000
    agents: int = 40
    seed: int = 7
    progress_shown: bool = True

    @property
    def ends(self) -> datetime:
        """The first moment after the last month."""
        return month_after(self.first_month, self.months)

    @property
    def run_id(self) -> str:
        """The name of the run in the log: the correlation id of all that it records."""
        said = self.as_json() | {"policy": None}
        text = json.dumps(said, sort_keys=True) + self.policy.model_dump_json()
        return f"simulation-{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def as_json(self) -> dict[str, Any]:
        """As another process takes it."""
        return {
            "policy_id": self.policy_id,
            "policy": self.policy.model_dump(mode="json", by_alias=True),
            "first_month": self.first_month.isoformat(),
            "months": self.months,
            "cases_per_month": self.cases_per_month,
            "agents": self.agents,
            "seed": self.seed,
            "progress_shown": self.progress_shown,
        }

    @classmethod
    def of_json(cls, said: dict[str, Any]) -> Parameters:
        """What `as_json` gave."""
        given: dict[str, Any] = {
            "first_month": datetime.fromisoformat(said["first_month"]).astimezone(UTC),
            "policy": Policy.model_validate_json(json.dumps(said["policy"])),
        }
        return cls(**(said | given))


def month_after(moment: datetime, months: int) -> datetime:
    """The first of a later month."""
    count = moment.year * 12 + moment.month - 1 + months
    return moment.replace(year=count // 12, month=count % 12 + 1)
