"""What a simulation finds in its ledger: the policy, and how earlier runs left the agents.

Whatever the run itself recorded is not counted: a run that was interrupted begins again from what
it began from, makes the same saves once more, and those that are recorded are not recorded again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from domain.agent import Agent
from domain.application import AGENTS, POLICIES
from domain.events import PolicyPublished
from domain.in_force import InForce
from domain.policies.published import PublishedPolicy, publish, subject_of
from domain.subjects import agent_subject
from domain.values import AgentId
from eventstore.application import Application
from eventstore.envelope import read_event
from eventstore.standing import events_of
from eventstore.store import Store
from intake.desk.saves import NOWHERE, DecidedSave, Occasion, Place, decided
from intake.simulation.errors import LedgerOccupied
from intake.simulation.parameters import Parameters
from intake.simulation.rota import colleagues


class Beginning(NamedTuple):
    """What a run begins with; `publishing` is the save that makes its policy hold, if need be."""

    in_force: InForce
    publishing: DecidedSave | None
    agents: dict[AgentId, tuple[Agent, Place]]


def begin(store: Store | None, parameters: Parameters) -> Beginning:
    """What is there before the run. Without a store: nothing. Raises StoreError."""
    run_id, policy_id = parameters.run_id, parameters.policy_id
    published, place = _standing(store, POLICIES, subject_of(policy_id), run_id=run_id)
    agents: dict[AgentId, tuple[Agent, Place]] = {}
    for one in colleagues(parameters.policy, parameters.agents):
        agent, after = _standing(store, AGENTS, agent_subject(one.id), run_id=run_id)
        if agent is not None:
            agents[one.id] = agent, after
    in_force, save = _published(parameters, published, place)
    return Beginning(in_force, save, agents)


def check_free(store: Store, parameters: Parameters) -> bool:
    """Whether this very run began the ledger already. Raises LedgerOccupied if others did."""
    firsts = list(_first_events(store))
    if not firsts:
        return False
    mine = [read_event(body)[0].correlationid == parameters.run_id for body in firsts]
    if not all(mine):
        raise LedgerOccupied(store.settings.name)
    return True


def _first_events(store: Store) -> Iterator[bytes]:
    for partition in range(store.settings.partitions):
        for _, body in store.read(0, 1, partition=partition):
            yield body


def _published(
    parameters: Parameters, published: PublishedPolicy | None, place: Place
) -> tuple[InForce, DecidedSave | None]:
    id_, policy = parameters.policy_id, parameters.policy
    if published is not None and published.newest.policy == policy:
        return InForce(id_, published.newest.number, policy), None
    events: list[PolicyPublished] = publish(
        published, policy_id=id_, policy=policy, apply_to_open=False
    )
    occasion = Occasion(
        parameters.first_month, "system:simulation", f"{parameters.run_id}/policy", "policy.publish"
    )
    save, _ = decided(subject_of(id_), events, occasion, place)
    return InForce(id_, events[0].version, policy), save


def _standing(
    store: Store | None, application: Application[Any, Any], subject: str, *, run_id: str
) -> tuple[Any, Place]:
    """A subject as it stood before the run, and its place."""
    state, place = None, NOWHERE
    if store is None:
        return state, place
    for record in store.load(subject).records:
        for envelope, event in events_of(application, record):
            if envelope.correlationid == run_id:
                return state, place
            state = application.evolve(state, application.fact(envelope, event))
            place = Place(envelope.sequence, envelope.commandid)
    return state, place
