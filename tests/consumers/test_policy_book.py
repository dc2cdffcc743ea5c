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

    assert book.in_force() is None
    assert book.policies() == []
    with pytest.raises(PolicyNotFound, match="no policy travel was published here"):
        book.policy("travel")


def test_the_policy_in_force_is_the_one_that_was_published_last(ledger: PolicyLedger) -> None:
    put(ledger, "travel", PLAIN, "c1")
    put(ledger, "hotels", PLAIN, "c2")
    book = PolicyBook(ledger)
    assert _current(book) == "hotels"

    put(ledger, "travel", OTHER, "c3")
    assert _current(book) == "travel"
    assert [one.id for one in book.policies()] == ["hotels", "travel"]


def test_every_version_is_there_and_what_others_publish_is_seen(ledger: PolicyLedger) -> None:
    put(ledger, "travel", PLAIN, "c1")
    book, other = PolicyBook(ledger), Ledger(ledger.store, POLICIES, clock=Clock())

    assert book.version("travel", 1).policy == PLAIN
    put(other, "travel", OTHER, "c2")

    assert book.version("travel", 1).policy == PLAIN
    assert book.version("travel", 2).policy == OTHER
    with pytest.raises(PolicyVersionNotFound, match="versions 1 to 2, and no 3"):
        book.version("travel", 3)


def _current(book: PolicyBook) -> str | None:
    policy = book.in_force()
    return policy.id if policy else None


def test_policies_and_tickets_lie_in_one_ledger(ledger: PolicyLedger) -> None:
    put(ledger, "travel", PLAIN, "c1")

    assert ledger.store.subjects_by_key("policy:travel") == ["policy-travel"]
    with pytest.raises(EventMisplaced, match="event 1 of policy-travel"):
        Ledger(ledger.store, TICKETS).load("policy-travel")
