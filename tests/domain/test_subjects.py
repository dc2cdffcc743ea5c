"""The names in the log under which the events of agents and customers stand."""

from __future__ import annotations

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from domain.subjects import agent_subject, customer_subject
from eventstore.record import check_subject

pytestmark = pytest.mark.unit

IDS = st.one_of(
    st.text(min_size=1, max_size=200),
    st.text("aé% 漢%2", min_size=1, max_size=8),
    st.text("漢", min_size=15, max_size=25),
    st.sampled_from(["%sha256-" + "0" * 64, "x" * 194, "x" * 195, " ", "%20"]),
)


@each(IDS)
def test_every_id_becomes_a_subject_that_the_log_takes(identifier: str) -> None:
    check_subject(agent_subject(identifier))
    check_subject(customer_subject(identifier))


@each(IDS, IDS)
def test_two_ids_never_share_a_subject(one: str, other: str) -> None:
    assert (agent_subject(one) == agent_subject(other)) == (one == other)
    assert agent_subject(one) != customer_subject(other)


@pytest.mark.parametrize(
    ("identifier", "subject"),
    [
        ("ayu", "agent-ayu"),
        ("ayu@example.org", "agent-ayu@example.org"),
        ("Ayu Lestari", "agent-Ayu%20Lestari"),
        ("100%", "agent-100%25"),
        ("café", "agent-caf%C3%A9"),
        ("x" * 194, "agent-" + "x" * 194),
        (
            "x" * 195,
            "agent-%sha256-f6d860739371a23344dcba5c34c77fa7afc6b2cc451f193159ff1cd8bde6e7b8",
        ),
    ],
)
def test_an_id_is_written_like_this(identifier: str, subject: str) -> None:
    assert agent_subject(identifier) == subject
