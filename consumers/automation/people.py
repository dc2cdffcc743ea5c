"""The agents as routing sees them: what the log says of them, and what they have in hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from domain.agent import Agent
from domain.application import AGENTS
from domain.candidates import Candidate
from domain.events import AnyEvent
from domain.values import AgentId
from eventstore.ledger import Ledger
from eventstore.store import Store

_AGENTS_MAX = 100_000
_KEY = "agent:"


class People:
    """All agents of whom something is recorded; kept until `refresh`. Raises StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ledger: Ledger[Agent, AnyEvent] = Ledger(store, AGENTS)
        self._agents: dict[AgentId, Agent] | None = None

    def refresh(self) -> None:
        """Forget what was read; it is read again when somebody asks."""
        self._agents = None

    def agent(self, id_: AgentId) -> Agent | None:
        """An agent, if anything is recorded of them."""
        return self._all().get(id_)

    def candidates(
        self, load: Mapping[AgentId, int], last_assigned: Mapping[AgentId, datetime]
    ) -> dict[AgentId, Candidate]:
        """Every agent, with how many active tickets they have and when they were given one."""
        return {
            id_: Candidate.of(one, active=load.get(id_, 0), last_assigned_at=last_assigned.get(id_))
            for id_, one in self._all().items()
        }

    def _all(self) -> dict[AgentId, Agent]:
        if self._agents is None:
            subjects = {subject for _, subject in self._store.keys_with_prefix(_KEY, _AGENTS_MAX)}
            found = (self._ledger.load(subject).state for subject in sorted(subjects))
            self._agents = {one.id: one for one in found if one is not None}
        return self._agents
