"""What the checker takes from a published policy, as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ALWAYS = "always"


@dataclass(slots=True)
class Limits:
    """One version of a policy. Times are seconds."""

    promise: float
    pending: float
    resolved: float
    window: float
    soft: int
    hard: int
    requeue: float | None
    vip_lane: list[dict[str, Any]]
    rules: dict[str, dict[str, Any]]
    queues: dict[str | None, dict[str, Any]]
    other_queues: dict[str, Any]
    surveys: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    escalates: frozenset[str] = frozenset()

    def idle_target(self, queue: str | None) -> dict[str, Any] | None:
        """The no-progress target of a queue, where it counts plain time; None: not checked."""
        settings = self.queues.get(queue) or self.other_queues
        is_plain = settings.get("calendar", ALWAYS) == ALWAYS
        return settings.get("no_progress") if is_plain else None


def limits_of(policy: dict[str, Any]) -> Limits:
    """The numbers of a policy as the log has it."""
    routing, waiting = policy["routing"], policy["waiting"]
    return Limits(
        promise=policy["promises"]["default_seconds"],
        pending=waiting["pending_resolves_after_seconds"],
        resolved=waiting["resolved_closes_after_seconds"],
        window=waiting["reopening_window_seconds"],
        soft=routing["capacity"]["soft"],
        hard=routing["capacity"]["hard"],
        requeue=routing.get("requeue_after_offline_seconds"),
        vip_lane=routing["vip_lane"],
        rules={rule["name"]: rule for rule in routing["rules"] if "name" in rule},
        queues={queue["name"]: queue for queue in policy["queues"]},
        other_queues=policy["other_queues"],
        surveys=policy["surveys"],
        escalates=frozenset(policy["escalate_on"]),
    )
