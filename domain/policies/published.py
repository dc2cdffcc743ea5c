"""A policy as it was published: its versions, and what may be published next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from domain.events.policies import PolicyPublished
from domain.policies.contradictions import contradictions
from domain.policies.errors import PolicyImpossible, PolicyUnchanged
from domain.policies.policy import Policy

AnyPolicyEvent = PolicyPublished
"""The events of a policy. A second one makes this a union, and then no fold may miss it."""

SUBJECT_PREFIX = "policy-"


def subject_of(policy_id: str) -> str:
    """The subject under which a policy's events stand in the log."""
    return f"{SUBJECT_PREFIX}{policy_id}"


@dataclass(frozen=True, slots=True)
class PolicyFact:
    """One event of one policy, with when it happened, when it was recorded, and who did it."""

    event: AnyPolicyEvent
    time: datetime
    recorded_at: datetime
    actor: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """One version: its number from 1, and what was published when, by whom, for which cases."""

    number: int
    policy: Policy
    apply_to_open: bool
    published_at: datetime
    recorded_at: datetime
    published_by: str | None


@dataclass(frozen=True, slots=True)
class PublishedPolicy:
    """A policy with all its versions, the oldest first. There is at least one."""

    id: str
    versions: tuple[Version, ...]

    @property
    def newest(self) -> Version:
        """The version published last."""
        return self.versions[-1]

    def version(self, number: int) -> Version | None:
        """A version by its number, if it was published."""
        return self.versions[number - 1] if 0 < number <= len(self.versions) else None


def publish(
    published: PublishedPolicy | None, *, policy_id: str, policy: Policy, apply_to_open: bool
) -> list[AnyPolicyEvent]:
    """Make this content the next version.

    The same again is refused, unless only now it is to apply to open cases too: a version says
    that something changed.
    """
    wrong = [one.message for one in contradictions(policy) if not one.is_warning]
    if wrong:
        raise PolicyImpossible(policy_id, wrong)
    if published is not None:
        newest = published.newest
        is_wished_already = newest.apply_to_open or not apply_to_open
        if newest.policy == policy and is_wished_already:
            raise PolicyUnchanged(policy_id, newest.number)
    number = published.newest.number + 1 if published else 1
    return [
        PolicyPublished(
            policy_id=policy_id, version=number, apply_to_open=apply_to_open, policy=policy
        )
    ]


def evolve(published: PublishedPolicy | None, fact: PolicyFact) -> PublishedPolicy:
    """The policy after one more fact."""
    event = fact.event
    match event:
        case PolicyPublished():
            version = Version(
                number=event.version,
                policy=event.policy,
                apply_to_open=event.apply_to_open,
                published_at=fact.time,
                recorded_at=fact.recorded_at,
                published_by=fact.actor,
            )
            if published is None:
                return PublishedPolicy(event.policy_id, (version,))
            return replace(published, versions=(*published.versions, version))
        case _:
            assert_never(event)


def in_force(policies: Iterable[PublishedPolicy]) -> PublishedPolicy | None:
    """The policy that new cases go by: the one whose newest version was recorded last."""
    return max(policies, key=lambda one: (one.newest.recorded_at, one.id), default=None)
