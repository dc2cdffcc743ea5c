"""Which policy a case goes by: the newest of the ledger, or the very version it began with."""

from __future__ import annotations

from typing import NamedTuple

from domain.policies.errors import PolicyNotFound, PolicyVersionNotFound
from domain.policies.policy import Policy
from domain.policies.published import (
    AnyPolicyEvent,
    PublishedPolicy,
    Version,
    in_force,
    subject_of,
)
from eventstore.ledger import Ledger

_KEY = "policy:"
_POLICIES_MAX = 1_000


class Effective(NamedTuple):
    """One version of one policy, as a decision is given it and as sla.applied names it."""

    policy_id: str
    version: int
    policy: Policy


class PolicyBook:
    """The policies of one ledger. What was read of a version is kept: versions never change.

    Which one is newest is looked up each time, at the cost of one look-up and of what is new.
    """

    def __init__(self, ledger: Ledger[PublishedPolicy, AnyPolicyEvent]) -> None:
        self._ledger = ledger
        self.store = ledger.store
        self._kept: dict[tuple[str, int], Effective] = {}

    def policies(self) -> list[PublishedPolicy]:
        """All policies that were ever published, by id."""
        found = self.store.keys_with_prefix(_KEY, _POLICIES_MAX)
        policies = [self._ledger.load(subject).state for _, subject in found]
        return [policy for policy in policies if policy is not None]

    def in_force(self) -> PublishedPolicy | None:
        """The policy that new cases go by: of several, the one published last."""
        return in_force(self.policies())

    def newest(self) -> Effective | None:
        """The version that new cases go by; None while nothing is published."""
        policy = self.in_force()
        return self._effective(policy.id, policy.newest) if policy else None

    def policy(self, policy_id: str) -> PublishedPolicy:
        """A policy with all its versions. Raises PolicyNotFound."""
        policy = self._ledger.load(subject_of(policy_id)).state
        if policy is None:
            raise PolicyNotFound(policy_id, known=[one.id for one in self.policies()])
        return policy

    def version(self, policy_id: str, number: int) -> Effective:
        """A certain version. Raises PolicyNotFound, PolicyVersionNotFound."""
        if kept := self._kept.get((policy_id, number)):
            return kept
        policy = self.policy(policy_id)
        version = policy.version(number)
        if version is None:
            raise PolicyVersionNotFound(policy_id, number, newest=policy.newest.number)
        return self._effective(policy_id, version)

    def for_ticket(self, applied: tuple[str, int] | None) -> Effective | None:
        """What a ticket goes by: the policy and version that it has recorded, else the newest."""
        return self.version(*applied) if applied else self.newest()

    def _effective(self, policy_id: str, version: Version) -> Effective:
        effective = Effective(policy_id, version.number, version.policy)
        return self._kept.setdefault((policy_id, version.number), effective)
