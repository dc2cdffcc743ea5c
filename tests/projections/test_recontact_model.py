"""On any history, contacts and pairs are those of a second, slow reading of the rules."""

from __future__ import annotations

import pytest

from tests.projections.dense import dense
from tests.projections.recontact_history import refolded
from tests.projections.recontact_model import Pair, pairs, tickets

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("drawn", range(4))
def test_contacts_and_pairs_are_what_the_rules_say_of_any_history(seed: int, drawn: int) -> None:
    stream = dense(seed + drawn)
    expected = tickets(body for _, _, body in stream.delivered())

    with refolded(stream) as folded:
        contacts = folded.query(
            "SELECT customer, number, sequence, started_at, neutral, category, queue, owner, "
            "status, stage, resolver, promise, follows FROM contact"
        )
        found = folded.query(
            "SELECT scope, earlier_number, earlier_sequence, number, sequence, kind, "
            "attributed_to, missing FROM recontact_pair"
        )

    assert sorted(contacts, key=str) == sorted(
        (
            (
                contact.customer,
                contact.number,
                contact.sequence,
                contact.at,
                contact.neutral,
                contact.category,
                contact.queue,
                contact.owner,
                contact.status,
                contact.stage,
                contact.resolver,
                contact.promise,
                contact.follows,
            )
            for contact in expected.contacts
        ),
        key=str,
    )
    assert {
        Pair(scope, (earlier, first), (later, second), kind, agent, missing)
        for scope, earlier, first, later, second, kind, agent, missing in found
    } == pairs(expected)
