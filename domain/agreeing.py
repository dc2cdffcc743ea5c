"""Which targets a policy sets for a case, as they are recorded with it."""

from __future__ import annotations

from collections.abc import Iterator

from domain.events import SetTarget, SlaApplied
from domain.in_force import Customer, InForce, situation_of
from domain.policies.policy import Policy
from domain.policies.targets import TargetRule
from domain.state import TicketState
from domain.values import Metric


def targets_for(ticket: TicketState, in_force: InForce, customer: Customer) -> SlaApplied:
    """The targets of the first rule that holds; none where no rule is about this case."""
    policy = in_force.policy
    rule = policy.targets_for(situation_of(ticket, customer))
    return SlaApplied(
        policy=in_force.id,
        version=in_force.version,
        rule=_name_of(rule, policy),
        targets=tuple(_set_targets(rule)) if rule is not None else (),
    )


def _name_of(rule: TargetRule | None, policy: Policy) -> str | None:
    """A rule's name, else its place: decisions say by which rule they were made."""
    if rule is None:
        return None
    return rule.name or f"#{policy.targets.index(rule) + 1}"


def _set_targets(rule: TargetRule) -> Iterator[SetTarget]:
    for metric in (Metric.FIRST_REPLY, Metric.NEXT_REPLY, Metric.RESOLUTION):
        target = getattr(rule.clocks, metric)
        if target is not None:
            yield SetTarget(
                metric=metric,
                seconds=target.seconds,
                warn_after_seconds=target.warn_after_seconds,
                calendar=rule.calendar,
            )
