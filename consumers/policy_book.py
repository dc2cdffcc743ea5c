"""The policies of a ledger with all their versions, for those who look at them or publish one.

Which version holds for a ticket is `consumers.rules`' to say.
"""

from __future__ import annotations

from domain.policies.errors import PolicyNotFound, PolicyVersionNotFound
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


class PolicyBook:
    """The policies of one ledger, looked up each time."""

    def __init__(self, ledger: Ledger[PublishedPolicy, AnyPolicyEvent]) -> None:
        self._ledger = ledger
        self.store = ledger.store

    def policies(self) -> list[PublishedPolicy]:
        """All policies that were ever published, by id."""
        found = self.store.keys_with_prefix(_KEY, _POLICIES_MAX)
        policies = [self._ledger.load(subject).state for _, subject in found]
        return [policy for policy in policies if policy is not None]

    def in_force(self) -> PublishedPolicy | None:
        """The policy that new cases go by: of several, the one published last."""
        return in_force(self.policies())

    def policy(self, policy_id: str) -> PublishedPolicy:
        """A policy with all its versions. Raises PolicyNotFound."""
        policy = self._ledger.load(subject_of(policy_id)).state
        if policy is None:
            raise PolicyNotFound(policy_id, known=[one.id for one in self.policies()])
        return policy

    def version(self, policy_id: str, number: int) -> Version:
        """A certain version. Raises PolicyNotFound, PolicyVersionNotFound."""
        policy = self.policy(policy_id)
        version = policy.version(number)
        if version is None:
            raise PolicyVersionNotFound(policy_id, number, newest=policy.newest.number)
        return version
