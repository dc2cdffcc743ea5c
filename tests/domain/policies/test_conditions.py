"""Which cases a rule is about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.policies.conditions import Condition, Situation
from domain.values import CaseType, Channel, Level, Priority

pytestmark = pytest.mark.unit

FLIGHT = Situation(
    channel=Channel.CHAT,
    case_type=CaseType.COMPLAINT,
    priority=Priority.HIGH,
    stated_urgency="Urgent",
    category=("Flights", "Refund", "Partial"),
    product="flights",
    language="pt-BR",
    customer_tier="VIP",
    tags=frozenset({"strike", "group"}),
    queue="l1",
    level=Level.L1,
    subject="Please refund me",
    body="My flight was cancelled.\nI want   my money back: R$ 300.",
)


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"category": ("flights",)},
        {"category": ("Flights", "Refund", "Partial")},
        {"keywords": ("REFUND",)},
        {"keywords": ("visa", "money back")},
        {"language": ("pt",)},
        {"language": ("en", "PT-br")},
        {"stated_urgency": ("urgent",)},
        {"priority": ("critical", "high")},
        {"channel": ("chat",)},
        {"case_type": ("complaint",)},
        {"product": ("Flights",)},
        {"customer_tier": ("vip",)},
        {"tag": ("Strike", "other")},
        {"queue": ("L1",)},
        {"level": ("L1",)},
        {"category": ("Flights",), "priority": ("high",), "keywords": ("cancelled",)},
    ],
)
def test_a_condition_holds_where_each_of_its_parts_does(condition: dict[str, object]) -> None:
    assert Condition.model_validate(condition).holds(FLIGHT)


@pytest.mark.parametrize(
    "condition",
    [
        {"category": ("Hotels",)},
        {"category": ("Flights", "Refund", "Partial", "Tax")},
        {"category": ("Refund",)},
        {"keywords": ("fund",)},
        {"keywords": ("back money",)},
        {"keywords": ("cancel",)},
        {"language": ("pt-PT",)},
        {"language": ("p",), "priority": ("high",)},
        {"stated_urgency": ("not urgent",)},
        {"priority": ("critical",)},
        {"channel": ("phone",)},
        {"case_type": ("request",)},
        {"product": ("hotels",)},
        {"customer_tier": ("gold",)},
        {"tag": ("other",)},
        {"queue": ("l2",)},
        {"level": ("L2",)},
        {"category": ("Flights",), "priority": ("low",)},
    ],
)
def test_one_part_that_does_not_hold_is_enough(condition: dict[str, object]) -> None:
    assert not Condition().model_copy(update=condition).holds(FLIGHT)


def test_what_is_unknown_of_a_case_meets_nothing() -> None:
    unknown = Situation()

    for part in Condition.model_fields:
        assert not Condition().model_copy(update={part: ("x",)}).holds(unknown)
    assert Condition().holds(unknown)
    assert Condition().is_always
    assert not Condition(tag=("x",)).is_always


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("返金", "すぐに返金してください"),
        ("คืนเงิน", "ขอคืนเงินด้วย"),
        ("Straße", "in der STRASSE"),
        ("c++", "I write c++."),
        ("50%", "Only 50% of it"),
    ],
)
def test_words_are_found_in_every_script(keyword: str, text: str) -> None:
    assert Condition(keywords=(keyword,)).holds(Situation(body=text))


def test_a_keyword_is_no_pattern_and_has_to_be_something() -> None:
    assert not Condition(keywords=("r.fund",)).holds(FLIGHT)
    for wrong in ("", "  "):
        with pytest.raises(ValidationError):
            Condition(keywords=(wrong,))


def test_a_wider_condition_covers_a_narrower_one() -> None:
    wide = Condition(category=("Flights",), priority=(Priority.HIGH, Priority.CRITICAL))
    narrow = Condition(
        category=("flights", "Refund"), priority=(Priority.HIGH,), language=("pt-BR",)
    )

    assert wide.covers(narrow)
    assert not narrow.covers(wide)
    assert Condition().covers(wide)
    assert not wide.covers(Condition())
    assert Condition(language=("pt",)).covers(Condition(language=("pt-BR",)))
    assert not Condition(language=("pt-BR",)).covers(Condition(language=("pt",)))


CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "category": st.sampled_from([("Refund",), ("Refund", "Flight"), ("refund", "flight")]),
        "language": st.sampled_from([("pt",), ("pt-BR",), ("en", "pt-br")]),
        "priority": st.sampled_from([("high",), ("high", "low")]),
        "tag": st.sampled_from([("x",), ("X", "y")]),
        "keywords": st.sampled_from([("money",), ("money", "back")]),
    },
).map(Condition.model_validate)
SITUATIONS = st.builds(
    Situation,
    priority=st.sampled_from([Priority.HIGH, Priority.LOW]),
    category=st.sampled_from([("Refund",), ("Refund", "Flight")]),
    language=st.sampled_from(["pt", "pt-BR", "en"]),
    tags=st.sets(st.sampled_from(["x", "y"])).map(frozenset),
    body=st.sampled_from(["money", "my money back", "hello"]),
)


@given(CONDITIONS, CONDITIONS, SITUATIONS)
def test_what_is_covered_never_holds_alone(
    wide: Condition, narrow: Condition, situation: Situation
) -> None:
    if wide.covers(narrow) and narrow.holds(situation):
        assert wide.holds(situation)
