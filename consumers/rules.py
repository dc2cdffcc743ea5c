"""The rules as the log has them: which policy holds for a ticket, and who its customer is.

One object for everybody who decides: the command line, the automation and the simulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.application import CUSTOMERS, POLICIES
from domain.in_force import NOBODY_KNOWN, Customer, InForce
from domain.policies.errors import PolicyNotFound, PolicyVersionNotFound
from domain.policies.published import AnyPolicyEvent, PublishedPolicy, Version
from domain.state import TicketState
from domain.subjects import customer_subject
from domain.values import CustomerId
from eventstore.ledger import Ledger
from eventstore.store import Store

_POLICIES_MAX = 10_000
_CUSTOMERS_MAX = 100_000
_KEY = "policy:"


@dataclass(frozen=True, slots=True)
class Published:
    """One version with what was said when it was published."""

    in_force: InForce
    apply_to_open: bool
    published_at: datetime
    recorded_at: datetime


class Rules:
    """Policies and customers of one ledger.

    What was read is kept until `refresh`, which long-lived callers give before a round of
    decisions: asking again then costs nothing. Every method raises StoreError.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._policies: Ledger[PublishedPolicy, AnyPolicyEvent] = Ledger(store, POLICIES)
        self._customers = Ledger(store, CUSTOMERS)
        self._versions: dict[tuple[str, int], Published] | None = None
        self._known: dict[CustomerId, Customer] = {}

    def refresh(self) -> None:
        """Take in what was recorded since. Versions that are known stay the same objects."""
        self._known.clear()
        known = self._versions or {}
        found: dict[tuple[str, int], Published] = {}
        for _, subject in self._store.keys_with_prefix(_KEY, _POLICIES_MAX):
            policy = self._policies.load(subject).state
            assert policy is not None, "a key leads to a subject with events"
            for version in policy.versions:
                name = (policy.id, version.number)
                found[name] = known.get(name) or _published(policy.id, version)
        self._versions = found

    def newest(self) -> InForce | None:
        """The version that was published last, of whichever policy: new tickets go by it."""
        newest = self._newest()
        return newest.in_force if newest else None

    def held_by(self, ticket: TicketState | None) -> InForce | None:
        """The version that a ticket began with or was given since; else the newest.

        Raises PolicyVersionNotFound, PolicyNotFound: the log lacks what the ticket names.
        """
        agreement = ticket.agreement if ticket is not None else None
        if agreement is None:
            return self.newest()
        return self.version(agreement.policy, agreement.version).in_force

    def version(self, policy_id: str, number: int) -> Published:
        """A version by its number. Raises PolicyVersionNotFound, PolicyNotFound."""
        if (policy_id, number) not in self._all():
            self.refresh()
        found = self._all().get((policy_id, number))
        if found is not None:
            return found
        ids = sorted({id_ for id_, _ in self._all()})
        if policy_id not in ids:
            raise PolicyNotFound(policy_id, known=ids)
        newest = max(version for id_, version in self._all() if id_ == policy_id)
        raise PolicyVersionNotFound(policy_id, number, newest=newest)

    def versions(self) -> list[Published]:
        """Every version of every policy."""
        return list(self._all().values())

    def begun(self, in_force: InForce) -> datetime:
        """Since when a version is in force: what fell due before it was no rule then."""
        return self.version(in_force.id, in_force.version).published_at

    def taking_over(self, ticket: TicketState) -> Published | None:
        """The version that was published for open tickets after the one that this ticket has.

        Rule: of several only the last; those in between have nothing to say any more.
        """
        agreement = ticket.agreement
        held = self.version(agreement.policy, agreement.version) if agreement else None
        later = [
            one
            for one in self._all().values()
            if one.apply_to_open and (held is None or one.recorded_at > held.recorded_at)
        ]
        last = max(later, key=_age, default=None)
        return None if last is held else last

    def customer(self, id_: CustomerId | None) -> Customer:
        """What rules may know of a customer; of one who was merged, what is known of the other."""
        if id_ is None:
            return NOBODY_KNOWN
        if id_ not in self._known:
            if len(self._known) == _CUSTOMERS_MAX:
                self._known.clear()
            self._known[id_] = self._recorded(id_)
        return self._known[id_]

    def customer_of(self, ticket: TicketState | None) -> Customer:
        """The same of a ticket's customer."""
        return self.customer(ticket.requester_id) if ticket is not None else NOBODY_KNOWN

    def _recorded(self, id_: CustomerId) -> Customer:
        seen: set[CustomerId] = set()
        while id_ not in seen:
            seen.add(id_)
            known = self._customers.load(customer_subject(id_)).state
            if known is None:
                break
            if known.merged_into is None:
                return Customer(language=known.language, tier=known.customer_tier)
            id_ = known.merged_into
        return NOBODY_KNOWN

    def _newest(self) -> Published | None:
        return max(self._all().values(), key=_age, default=None)

    def _all(self) -> dict[tuple[str, int], Published]:
        if self._versions is None:
            self.refresh()
        return self._versions or {}


def _published(policy_id: str, version: Version) -> Published:
    return Published(
        InForce(policy_id, version.number, version.policy),
        apply_to_open=version.apply_to_open,
        published_at=version.published_at,
        recorded_at=version.recorded_at,
    )


def _age(one: Published) -> tuple[datetime, str, int]:
    return one.recorded_at, one.in_force.id, one.in_force.version
