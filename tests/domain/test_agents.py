"""Whether agents are there, what they can do, how much they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given as each
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.agent import ABILITIES, Agent, evolve, fold
from domain.application import AGENTS, CUSTOMERS, TICKETS, EventMisplaced
from domain.codec import decode, encode
from domain.errors import Refusal
from domain.events import (
    AgentAvailabilityChanged,
    AgentEvent,
    AgentSkillsChanged,
    AnyAgentEvent,
    AnyEvent,
    CustomerErased,
    NoteAdded,
)
from domain.facts import FactOf
from domain.people import Availability, ErasureScope
from domain.people_errors import AgentOffline, AgentUnchanged
from domain.values import Level
from tests.domain.given import MIDNIGHT, NUMBER, at
from tests.domain.strategies import events

pytestmark = pytest.mark.unit

SKILLS = st.lists(st.sampled_from(["refunds", "flights", "hotels"]), max_size=4)
KINDS = [AgentAvailabilityChanged, AgentSkillsChanged]


def recorded(*steps: AgentEvent | datetime) -> Agent:
    """The agent after these events; a moment says when those after it happened."""
    moment, agent = at("10:00"), None
    for number, step in enumerate(steps, 1):
        if isinstance(step, datetime):
            moment = step
        else:
            agent = evolve(agent, FactOf(step, "agent-ayu", number, moment))  # type: ignore[arg-type]
    assert agent is not None
    return agent


def became(to: Availability) -> AgentAvailabilityChanged:
    return AgentAvailabilityChanged(agent_id="ayu", to=to)


def test_an_agent_of_whom_nothing_is_recorded_may_come_online() -> None:
    assert Agent("ayu").become(Availability.ONLINE) == [
        AgentAvailabilityChanged(agent_id="ayu", to=Availability.ONLINE)
    ]


def test_a_change_says_from_what_and_why() -> None:
    online = recorded(became(Availability.ONLINE))

    assert online.become(Availability.AWAY, reason="lunch") == [
        AgentAvailabilityChanged(
            agent_id="ayu", from_=Availability.ONLINE, to=Availability.AWAY, reason="lunch"
        )
    ]


def test_who_is_there_already_does_not_come_again() -> None:
    with pytest.raises(AgentUnchanged, match="agent ayu is online already"):
        recorded(became(Availability.ONLINE)).become(Availability.ONLINE)


def test_it_is_known_since_when_somebody_is_away_also_where_that_is_told_twice() -> None:
    away = recorded(
        became(Availability.ONLINE),
        at("12:00"),
        became(Availability.OFFLINE),
        at("13:00"),
        became(Availability.OFFLINE),
        AgentSkillsChanged(agent_id="ayu", capacity=3),
    )

    assert away.is_offline
    assert away.available_since == at("12:00")


def test_what_is_reported_late_takes_effect_after_what_was_known() -> None:
    agent = recorded(
        at("12:00"), became(Availability.ONLINE), at("11:00"), became(Availability.AWAY)
    )

    assert (agent.availability, agent.available_since) == (Availability.AWAY, at("12:00"))


def test_a_description_changes_what_is_given_and_keeps_the_rest() -> None:
    agent = recorded(*Agent("ayu").describe(capacity=8, skills=["refunds", "flights", "refunds"]))
    (changed,) = agent.describe(level=Level.L2, languages=[])

    assert changed == AgentSkillsChanged(
        agent_id="ayu", capacity=8, skills=("flights", "refunds"), languages=(), level=Level.L2
    )
    assert agent.describe(forget=["skills"]) == [AgentSkillsChanged(agent_id="ayu", capacity=8)]


def test_a_description_that_changes_nothing_is_refused() -> None:
    agent = recorded(*Agent("ayu").describe(skills=["a", "b"]))

    with pytest.raises(AgentUnchanged, match="described like that"):
        agent.describe(skills=["b", "a"])
    with pytest.raises(AgentUnchanged):
        agent.describe(forget=["roles"])


@pytest.mark.parametrize("availability", [None, Availability.ONLINE, Availability.AWAY])
def test_only_who_is_known_to_be_offline_cannot_be_given_a_ticket(
    availability: Availability | None,
) -> None:
    Agent("ayu", availability=availability).require_there(NUMBER)
    with pytest.raises(AgentOffline, match=f"offline.*{NUMBER}.*--force"):
        Agent("ayu", availability=Availability.OFFLINE).require_there(NUMBER)


@dataclass
class Model:
    """What an agent is, kept as simply as can be."""

    availability: Availability | None = None
    since: datetime | None = None
    abilities: tuple[Any, ...] = (None,) * len(ABILITIES)


class AnyAgentsDays(RuleBasedStateMachine):
    """Any commands, at any time; what was not refused is recorded, read back and folded."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: list[FactOf[AnyAgentEvent]] = []
        self.latest = MIDNIGHT
        self.model = Model()

    @property
    def agent(self) -> Agent:
        return fold(self.facts) or Agent("ayu")

    @rule(to=st.sampled_from(Availability), wait=st.integers(-60, 600))
    def become(self, to: Availability, wait: int) -> None:
        before = self.agent
        if to is self.model.availability:
            with pytest.raises(AgentUnchanged):
                before.become(to)
            return
        self._record(before.become(to), wait)
        self.model.availability, self.model.since = to, self.latest

    @rule(
        capacity=st.none() | st.integers(0, 20),
        skills=st.none() | SKILLS,
        level=st.none() | st.sampled_from(Level),
        forget=st.lists(st.sampled_from(ABILITIES), max_size=2),
        wait=st.integers(-60, 600),
    )
    def describe(
        self,
        *,
        capacity: int | None,
        skills: list[str] | None,
        level: Level | None,
        forget: list[str],
        wait: int,
    ) -> None:
        known = dict(zip(ABILITIES, self.model.abilities, strict=True))
        if capacity is not None:
            known["capacity"] = capacity
        if skills is not None:
            known["skills"] = tuple(sorted(set(skills)))
        if level is not None:
            known["level"] = level
        wanted = tuple(None if name in forget else value for name, value in known.items())
        try:
            save = self.agent.describe(capacity=capacity, skills=skills, level=level, forget=forget)
        except Refusal:
            assert wanted == self.model.abilities
            return
        assert wanted != self.model.abilities
        self._record(save, wait)
        self.model.abilities = wanted

    @invariant()
    def the_folded_agent_is_the_model(self) -> None:
        agent = self.agent
        assert agent.sequence == len(self.facts)
        assert (agent.availability, agent.available_since) == (
            self.model.availability,
            self.model.since,
        )
        assert tuple(getattr(agent, name) for name in ABILITIES) == self.model.abilities

    def _record(self, save: Sequence[AgentEvent], wait: int) -> None:
        moment = self.latest + timedelta(minutes=wait)
        self.latest = max(self.latest, moment) if self.facts else moment
        for event in save:
            stored = decode(*encode(event))
            assert stored == event
            fact = AGENTS.fact(
                FactOf(None, "agent-ayu", len(self.facts) + 1, moment, "agent:ayu"), stored
            )
            self.facts.append(fact)


TestAnyAgentsDays = AnyAgentsDays.TestCase


@each(st.lists(st.sampled_from(KINDS).flatmap(events), max_size=5), st.data())
def test_any_recorded_history_can_be_folded(history: list[Any], data: st.DataObject) -> None:
    facts = [
        FactOf(event, "agent-a", number, MIDNIGHT + timedelta(minutes=data.draw(st.integers(0, 9))))
        for number, event in enumerate(history, 1)
    ]

    agent = fold(facts)

    assert (agent is None) == (history == [])
    if agent is not None:
        assert agent.effective_at == max(fact.time for fact in facts)
        assert set(KINDS) == set(get_args(AnyAgentEvent))


def test_an_agent_is_found_by_their_id_in_any_of_their_events() -> None:
    for event in (became(Availability.AWAY), AgentSkillsChanged(agent_id="ayu")):
        assert list(TICKETS.keys(*encode(event))) == ["agent:ayu"]
        assert list(AGENTS.keys(*encode(event))) == ["agent:ayu"]


def test_an_event_under_a_subject_of_another_kind_is_told_as_that() -> None:
    circumstances = FactOf(None, "somebody", 3, MIDNIGHT)
    misplaced: list[tuple[Any, AnyEvent]] = [
        (TICKETS, became(Availability.AWAY)),
        (TICKETS, CustomerErased(customer_id="c", scope=ErasureScope.EVERYTHING)),
        (AGENTS, NoteAdded(note_id="n", body="x")),
        (CUSTOMERS, NoteAdded(note_id="n", body="x")),
    ]
    for application, event in misplaced:
        with pytest.raises(EventMisplaced, match=r"event 3 of somebody is of type ticketledger\."):
            application.fact(circumstances, event)
