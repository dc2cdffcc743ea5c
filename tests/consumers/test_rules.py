"""Which policy holds for a ticket, and what is known of its customer, as the log says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from consumers.rules import Rules
from domain.application import CUSTOMERS, POLICIES, TICKETS
from domain.customer import Customer
from domain.in_force import NOBODY_KNOWN
from domain.in_force import Customer as Known
from domain.policies.errors import PolicyNotFound, PolicyVersionNotFound
from domain.policies.policy import Policy
from domain.policies.published import publish, subject_of
from domain.state import Agreement, TicketState
from domain.subjects import customer_subject
from eventstore.commands import Command
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from eventstore.store import Store
from tests.consumers.conftest import NOON
from tests.domain.clocked import POLICY

TICKET = TicketState("T1", "N1", opened_at=NOON, effective_at=NOON)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = SQLiteStore.create(tmp_path, name="main", time_zone="UTC", application=TICKETS)
    yield store
    store.close()


def give(store: Store, policy_id: str, *, hour: int, to_open: bool = False) -> Policy:
    """Publish a policy of that title at that hour."""
    policy = POLICY.model_copy(update={"title": f"{policy_id} of {hour}"})
    at = NOON + timedelta(hours=hour)
    ledger: Ledger[Any, Any] = Ledger(store, POLICIES, clock=lambda: at)
    ledger.execute(
        subject_of(policy_id),
        Command(f"{policy_id}-{hour}", "policy.publish", {}, at, "agent:lead"),
        lambda known: publish(known, policy_id=policy_id, policy=policy, apply_to_open=to_open),
    )
    return policy


def know(store: Store, customer: str, **said: Any) -> None:
    """Record a profile, or with `into` a merge."""
    into = said.pop("into", None)

    def decide(known: Customer | None) -> list[Any]:
        one = known or Customer(customer)
        return one.merge_into(Customer(into)) if into else one.profile(**said)

    command = Command(f"{customer}-{into}", "customer", {}, NOON, "agent:lead")
    Ledger(store, CUSTOMERS).execute(customer_subject(customer), command, decide)


def having(policy: str, version: int) -> TicketState:
    """A ticket that goes by that version."""
    return replace(TICKET, agreement=Agreement(policy, version, None, {}))


def test_without_a_policy_nothing_is_in_force(store: Store) -> None:
    rules = Rules(store)

    assert rules.newest() is None
    assert rules.held_by(TICKET) is None
    assert rules.taking_over(TICKET) is None


def test_the_version_published_last_is_the_newest_whichever_policy_it_is_of(store: Store) -> None:
    give(store, "travel", hour=1)
    give(store, "small", hour=2)
    last = give(store, "travel", hour=3)

    newest = Rules(store).newest()

    assert newest is not None
    assert (newest.id, newest.version, newest.policy) == ("travel", 2, last)


def test_a_ticket_keeps_the_version_that_it_began_with(store: Store) -> None:
    first = give(store, "travel", hour=1)
    give(store, "travel", hour=2)

    held = Rules(store).held_by(having("travel", 1))

    assert held is not None
    assert held.policy == first


def test_what_is_published_later_is_seen_after_a_refresh_and_not_before(store: Store) -> None:
    give(store, "travel", hour=1)
    rules = Rules(store)
    before = rules.newest()
    give(store, "travel", hour=2)

    assert rules.newest() is before
    rules.refresh()
    newest = rules.newest()
    assert newest is not None
    assert newest.version == 2
    assert rules.held_by(having("travel", 1)) is before


def test_a_version_that_is_asked_for_by_number_is_found_without_a_refresh(store: Store) -> None:
    give(store, "travel", hour=1)
    rules = Rules(store)
    rules.refresh()
    give(store, "travel", hour=2)

    held = rules.held_by(having("travel", 2))

    assert held is not None
    assert held.version == 2


def test_a_version_that_the_log_lacks_is_named_with_those_it_has(store: Store) -> None:
    give(store, "travel", hour=1)

    with pytest.raises(PolicyVersionNotFound, match="versions 1 to 1, and no 7"):
        Rules(store).held_by(having("travel", 7))
    with pytest.raises(PolicyNotFound, match="there is travel"):
        Rules(store).held_by(having("other", 1))


def test_a_version_for_open_tickets_takes_over_those_that_began_before_it(store: Store) -> None:
    give(store, "travel", hour=1)
    give(store, "travel", hour=2, to_open=True)
    give(store, "travel", hour=3, to_open=True)
    give(store, "travel", hour=4)
    rules = Rules(store)

    def taking_over(ticket: TicketState) -> int | None:
        found = rules.taking_over(ticket)
        return found.in_force.version if found else None

    assert taking_over(TICKET) == 3
    assert taking_over(having("travel", 1)) == 3
    assert taking_over(having("travel", 2)) == 3
    assert taking_over(having("travel", 3)) is None
    assert taking_over(having("travel", 4)) is None


def test_a_merged_customer_is_known_as_the_one_who_goes_on(store: Store) -> None:
    know(store, "C2", language="id", customer_tier="vip")
    know(store, "C1", into="C2")
    rules = Rules(store)

    assert rules.customer("C1") == Known(language="id", tier="vip")
    assert rules.customer("C2") == Known(language="id", tier="vip")
    assert rules.customer("C3") == rules.customer(None) == NOBODY_KNOWN


def test_customers_who_were_merged_in_a_circle_are_nobody_known(store: Store) -> None:
    """Two merges at once can do that: each is decided without the other."""
    know(store, "C1", into="C2")
    know(store, "C2", into="C1")

    assert Rules(store).customer("C1") == NOBODY_KNOWN
