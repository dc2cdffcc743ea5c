"""Publishing a policy: versions, what is refused, and which one new cases go by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.application import POLICIES as POLICY_APPLICATION
from domain.application import TICKETS
from domain.codec import UnknownEventType, encode
from domain.errors import Refusal
from domain.events import NoteAdded, PolicyPublished
from domain.policies import errors
from domain.policies.errors import PolicyImpossible, PolicyUnchanged
from domain.policies.policy import Policy
from domain.policies.published import (
    PolicyFact,
    PublishedPolicy,
    evolve,
    in_force,
    publish,
    subject_of,
)
from tests.domain.given import MIDNIGHT
from tests.domain.policies.given import PLAIN, but

pytestmark = pytest.mark.unit

OTHER = but(title="Other")


def published(*contents: Policy, policy_id: str = "travel", hours: int = 0) -> PublishedPolicy:
    """The policy after each of these was published, an hour after the other."""
    state: PublishedPolicy | None = None
    for number, content in enumerate(contents):
        at = MIDNIGHT + timedelta(hours=hours + number)
        for event in publish(state, policy_id=policy_id, policy=content, apply_to_open=False):
            state = evolve(state, PolicyFact(event, at, at + timedelta(seconds=1), "agent:ayu"))
    assert state is not None
    return state


def test_the_first_content_is_version_one() -> None:
    assert publish(None, policy_id="travel", policy=PLAIN, apply_to_open=True) == [
        PolicyPublished(policy_id="travel", version=1, apply_to_open=True, policy=PLAIN)
    ]


def test_every_other_content_is_the_next_version_also_one_that_was_there_before() -> None:
    policy = published(PLAIN, OTHER, PLAIN)

    assert [one.number for one in policy.versions] == [1, 2, 3]
    assert policy.newest.policy == PLAIN
    assert policy.version(2) == policy.versions[1]
    assert policy.version(2) is not None
    assert policy.version(0) is policy.version(4) is policy.version(-1) is None
    assert policy.newest.published_at == MIDNIGHT + timedelta(hours=2)
    assert policy.newest.recorded_at == MIDNIGHT + timedelta(hours=2, seconds=1)
    assert policy.newest.published_by == "agent:ayu"


def test_the_same_content_again_is_refused() -> None:
    with pytest.raises(PolicyUnchanged, match="version 2 already"):
        publish(published(OTHER, PLAIN), policy_id="travel", policy=PLAIN, apply_to_open=False)


def test_the_same_content_is_news_where_only_now_it_is_to_apply_to_open_cases() -> None:
    policy = published(PLAIN)

    (wished,) = publish(policy, policy_id="travel", policy=PLAIN, apply_to_open=True)

    assert (wished.version, wished.apply_to_open) == (2, True)
    after = evolve(policy, PolicyFact(wished, MIDNIGHT, MIDNIGHT, None))
    for wish in (True, False):
        with pytest.raises(PolicyUnchanged):
            publish(after, policy_id="travel", policy=PLAIN, apply_to_open=wish)


def test_what_contradicts_itself_is_not_published_but_a_warning_stops_nobody() -> None:
    wrong = but(skills=())
    doubtful = but(targets=(*PLAIN.targets, *PLAIN.targets))

    with pytest.raises(PolicyImpossible, match="no skill refunds"):
        publish(None, policy_id="travel", policy=wrong, apply_to_open=False)
    assert publish(None, policy_id="travel", policy=doubtful, apply_to_open=False)


def test_new_cases_go_by_the_policy_that_was_published_last() -> None:
    travel, hotels = published(PLAIN, hours=2), published(PLAIN, policy_id="hotels", hours=1)

    again = published(PLAIN, OTHER, PLAIN, policy_id="hotels", hours=1)

    assert in_force([travel, hotels]) == travel
    assert in_force([travel, again]) == again
    assert in_force([]) is None


@dataclass(frozen=True)
class Envelope:
    subject: str
    sequence: int
    time: datetime
    recordedtime: datetime
    actor: str | None


@given(st.booleans())
def test_the_ledger_keeps_policies_as_the_domain_does(wish: bool) -> None:
    (event,) = publish(None, policy_id="travel", policy=PLAIN, apply_to_open=wish)
    later = MIDNIGHT + timedelta(minutes=1)

    back = POLICY_APPLICATION.decode(*POLICY_APPLICATION.encode(event))
    fact = POLICY_APPLICATION.fact(Envelope("policy-travel", 1, MIDNIGHT, later, "agent:ayu"), back)

    assert fact == PolicyFact(event, MIDNIGHT, later, "agent:ayu")
    assert POLICY_APPLICATION.evolve(None, fact) == evolve(None, fact)
    assert not POLICY_APPLICATION.is_cold(PolicyPublished.TYPE)


def test_a_policy_is_found_by_its_id_whichever_application_indexes_it() -> None:
    (event,) = publish(None, policy_id="travel", policy=PLAIN, apply_to_open=False)

    for application in (TICKETS, POLICY_APPLICATION):
        assert list(application.keys(*encode(event))) == ["policy:travel"]
    assert subject_of("travel") == "policy-travel"


def test_an_event_of_something_else_is_no_policys() -> None:
    with pytest.raises(UnknownEventType, match=r"note\.added"):
        POLICY_APPLICATION.decode(*encode(NoteAdded(note_id="n", body="x")))


EXAMPLES: list[Refusal] = [
    errors.PolicyNotFound("travl", known=["travel"]),
    errors.PolicyVersionNotFound("travel", 9, newest=2),
    errors.PolicyUnchanged("travel", 2),
    errors.PolicyImpossible("travel", ["there is no calendar x"]),
]


def test_every_refusal_is_documented_with_an_exit_code_of_its_own() -> None:
    lines = re.findall(r"^[├└]── (\w+) +(\d+)   \S", errors.__doc__ or "", flags=re.MULTILINE)

    assert {type(one).__name__: type(one).exit_code for one in EXAMPLES} == {
        name: int(code) for name, code in lines
    }
    assert {type(one).exit_code for one in EXAMPLES} == {120, 121, 122, 123}
    for refusal in EXAMPLES:
        assert re.search("travel", str(refusal))
