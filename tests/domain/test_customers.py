"""What is known of customers beside their tickets, and that it is to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given as each
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.application import CUSTOMERS
from domain.codec import decode, encode
from domain.customer import PROFILE, Customer, fold
from domain.errors import Refusal
from domain.events import (
    AnyCustomerEvent,
    CustomerErased,
    CustomerEvent,
    CustomerProfiled,
    CustomersMerged,
)
from domain.facts import FactOf
from domain.people import ErasureScope
from domain.people_errors import (
    CustomerIsErased,
    CustomerIsMerged,
    CustomerMergeImpossible,
    CustomerUnchanged,
)
from tests.domain.given import MIDNIGHT
from tests.domain.strategies import events

pytestmark = pytest.mark.unit

KINDS = [CustomerProfiled, CustomerErased, CustomersMerged]
TEXT, ALL = ErasureScope.PERSONAL_TEXT, ErasureScope.EVERYTHING


def recorded(*happened: CustomerEvent) -> Customer:
    folded = fold(
        FactOf(event, "customer-c1", number, MIDNIGHT)  # type: ignore[arg-type]
        for number, event in enumerate(happened, 1)
    )
    assert folded is not None
    return folded


PROFILED = recorded(*Customer("c1").profile(language="id", customer_tier="vip"))


def test_a_profile_changes_what_is_given_and_keeps_the_rest() -> None:
    assert PROFILED.profile(time_zone="Asia/Jakarta", products=["b", "a", "b"]) == [
        CustomerProfiled(
            customer_id="c1",
            language="id",
            time_zone="Asia/Jakarta",
            customer_tier="vip",
            products=("a", "b"),
        )
    ]
    assert PROFILED.profile(forget=["customer_tier"]) == [
        CustomerProfiled(customer_id="c1", language="id")
    ]


def test_a_profile_that_changes_nothing_is_refused() -> None:
    with pytest.raises(CustomerUnchanged, match="customer c1 is described like that already"):
        PROFILED.profile(language="id")


def test_an_erasure_of_texts_keeps_the_profile_and_one_of_everything_does_not() -> None:
    forgotten = recorded(*PROFILED.profile(products=["a"]), *PROFILED.erase(TEXT))
    assert (forgotten.erased, forgotten.language) == (TEXT, "id")
    assert forgotten.profile(language="en")

    gone = recorded(*PROFILED.profile(products=["a"]), *PROFILED.erase(ALL, reason="asked for"))
    assert [getattr(gone, name) for name in PROFILE] == [None] * len(PROFILE)
    with pytest.raises(CustomerIsErased, match=r"not described again.*a new id"):
        gone.profile(language="en")


def test_a_wider_erasure_may_follow_a_narrower_one_and_not_the_other_way_round() -> None:
    texts, everything = recorded(*PROFILED.erase(TEXT)), recorded(*PROFILED.erase(ALL))

    assert texts.erase(ALL) == [CustomerErased(customer_id="c1", scope=ALL)]
    for customer, scope in ((texts, TEXT), (everything, TEXT), (everything, ALL)):
        with pytest.raises(CustomerUnchanged, match="is erased already"):
            customer.erase(scope)


def test_two_records_of_one_person_become_one() -> None:
    merged = PROFILED.merge_into(Customer("c2"), reason="same passport")

    assert merged == [CustomersMerged(from_="c1", to="c2", reason="same passport")]
    assert recorded(*merged).merged_into == "c2"


def test_what_was_merged_away_is_only_erased_any_more() -> None:
    merged = recorded(*PROFILED.merge_into(Customer("c2")))

    with pytest.raises(CustomerIsMerged, match="c1 was merged into c2; name that one"):
        merged.profile(language="en")
    with pytest.raises(CustomerIsMerged):
        merged.merge_into(Customer("c3"))
    assert merged.erase(ALL)


def test_a_chain_of_merges_never_leads_back() -> None:
    with pytest.raises(CustomerMergeImpossible, match="into itself"):
        PROFILED.merge_into(Customer("c1"))
    with pytest.raises(CustomerIsMerged, match="c2 was merged into c1"):
        PROFILED.merge_into(Customer("c2", merged_into="c1"))


def test_nobody_is_recognised_again_who_was_to_be_forgotten() -> None:
    with pytest.raises(CustomerIsErased, match="c1 was erased and is not to be recognised"):
        recorded(*PROFILED.erase(TEXT)).merge_into(Customer("c2"))
    with pytest.raises(CustomerIsErased, match="c2 was erased"):
        PROFILED.merge_into(Customer("c2", erased=ALL))


class AnyCustomers(RuleBasedStateMachine):
    """A few customers who are described, merged and forgotten in any order."""

    IDS = ("c1", "c2", "c3")

    def __init__(self) -> None:
        super().__init__()
        self.facts: dict[str, list[FactOf[AnyCustomerEvent]]] = {one: [] for one in self.IDS}
        self.moment = MIDNIGHT

    def customer(self, one: str) -> Customer:
        return fold(self.facts[one]) or Customer(one)

    @rule(one=st.sampled_from(IDS), language=st.sampled_from(["id", "en"]))
    def profile(self, one: str, language: str) -> None:
        before = self.customer(one)
        self._give(one, lambda: before.profile(language=language))
        if self.customer(one) != before:
            assert self.customer(one).language == language

    @rule(one=st.sampled_from(IDS), scope=st.sampled_from(ErasureScope))
    def erase(self, one: str, scope: ErasureScope) -> None:
        before = self.customer(one)
        self._give(one, lambda: before.erase(scope))
        assert self.customer(one).erased in (scope, ALL)

    @rule(one=st.sampled_from(IDS), other=st.sampled_from(IDS))
    def merge(self, one: str, other: str) -> None:
        before, target = self.customer(one), self.customer(other)
        self._give(one, lambda: before.merge_into(target))

    @invariant()
    def every_merge_leads_to_somebody(self) -> None:
        for one in self.IDS:
            seen = [one]
            while (into := self.customer(seen[-1]).merged_into) is not None:
                assert into not in seen
                seen.append(into)

    @invariant()
    def nothing_is_known_of_who_is_to_be_forgotten(self) -> None:
        for one in map(self.customer, self.IDS):
            if one.erased is ALL:
                assert not any(getattr(one, name) for name in PROFILE)

    def _give(self, one: str, command: Any) -> None:
        try:
            save: Sequence[CustomerEvent] = command()
        except Refusal:
            return
        self.moment += timedelta(minutes=1)
        for event in save:
            known = self.facts[one]
            circumstances = FactOf(None, f"customer-{one}", len(known) + 1, self.moment)
            known.append(CUSTOMERS.fact(circumstances, decode(*encode(event))))


TestAnyCustomers = AnyCustomers.TestCase


@each(st.lists(st.sampled_from(KINDS).flatmap(events), max_size=5))
def test_any_recorded_history_can_be_folded(history: list[Any]) -> None:
    facts = [
        FactOf(event, "customer-c", number, MIDNIGHT) for number, event in enumerate(history, 1)
    ]

    assert (fold(facts) is None) == (history == [])
    assert set(KINDS) == set(get_args(AnyCustomerEvent))
