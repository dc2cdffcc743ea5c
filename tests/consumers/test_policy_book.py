"""Which policy a case goes by."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consumers.policy_book import PolicyBook
from domain.application import POLICIES, TICKETS, EventMisplaced
from domain.policies.errors import PolicyNotFound, PolicyVersionNotFound
from domain.policies.policy import Policy
from domain.policies.published import AnyPolicyEvent, PublishedPolicy, publish, subject_of
from eventstore.commands import Command
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from tests.domain.policies.given import PLAIN, but

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OTHER = but(title="Other")

PolicyLedger = Ledger[PublishedPolicy, AnyPolicyEvent]


class Clock:
    """Recording takes an hour each time."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(hours=1)
        return self.now


@pytest.fixture
def ledger(tmp_path: Path) -> Generator[PolicyLedger]:
    store = SQLiteStore.create(
        tmp_path / "ledger", application=TICKETS, name="main", time_zone="UTC"
    )
    yield Ledger(store, POLICIES, clock=Clock())
    store.close()


def put(ledger: PolicyLedger, policy_id: str, policy: Policy, command_id: str) -> None:
    ledger.execute(
        subject_of(policy_id),
        Command(command_id, "policy.publish", {}, NOON, "agent:ayu"),
        lambda state: publish(state, policy_id=policy_id, policy=policy, apply_to_open=False),
    )


def test_without_any_policy_a_new_case_goes_by_none(ledger: PolicyLedger) -> None:
    book = PolicyBook(ledger)

    assert (book.newest(), book.in_force(), book.for_ticket(None)) == (None, None, None)
    assert book.policies() == []
    with pytest.raises(PolicyNotFound, match="no policy travel was published here"):
        book.policy("travel")


def test_a_new_case_goes_by_what_was_published_last_and_an_old_one_by_its_own(
    ledger: PolicyLedger,
) -> None:
    put(ledger, "travel", PLAIN, "c1")
    book = PolicyBook(ledger)
    assert book.newest() == ("travel", 1, PLAIN)

    put(ledger, "hotels", PLAIN, "c2")
    assert book.for_ticket(None) == ("hotels", 1, PLAIN)

    put(ledger, "travel", OTHER, "c3")
    assert book.newest() == ("travel", 2, OTHER)
    assert book.for_ticket(("travel", 1)) == ("travel", 1, PLAIN)
    assert [one.id for one in book.policies()] == ["hotels", "travel"]


def test_what_was_read_of_a_version_is_kept_and_what_others_publish_is_seen(
    ledger: PolicyLedger,
) -> None:
    put(ledger, "travel", PLAIN, "c1")
    book, other = PolicyBook(ledger), Ledger(ledger.store, POLICIES, clock=Clock())

    first = book.version("travel", 1)
    put(other, "travel", OTHER, "c2")

    assert book.version("travel", 1) is first
    assert book.newest() == ("travel", 2, OTHER)
    with pytest.raises(PolicyVersionNotFound, match="versions 1 to 2, and no 3"):
        book.version("travel", 3)
    ledger.store.close()
    assert book.version("travel", 1) is first


def test_policies_and_tickets_lie_in_one_ledger(ledger: PolicyLedger) -> None:
    put(ledger, "travel", PLAIN, "c1")

    assert ledger.store.subjects_by_key("policy:travel") == ["policy-travel"]
    with pytest.raises(EventMisplaced, match="event 1 of policy-travel"):
        Ledger(ledger.store, TICKETS).load("policy-travel")
