"""Who is to get a ticket: whether they are there, and how much they have on their desk already."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cli.context import reading, session_of_now
from cli.narration import tell
from cli.views import Views, views

if TYPE_CHECKING:
    from domain.agent import Agent
    from eventstore.store import Store


class Taker(NamedTuple):
    """An agent who is given a ticket. Of one whom the ledger does not know, nothing is known."""

    agent: Agent | None = None
    active: int | None = None
    """Tickets of theirs that are new or open, as the views have it."""

    @property
    def capacity(self) -> int | None:
        """How many of those they take, where that is recorded."""
        return self.agent.capacity if self.agent else None

    def require_there(self, number: str, *, force: bool) -> None:
        """Raise AgentOffline where it is known that they are not, unless that is wished."""
        if self.agent is not None and not force:
            self.agent.require_there(number)


def taker_of(agent_id: str, *, counted: bool = True) -> Taker:
    """Who that is, with their load where the ledger knows them and it is to be counted."""
    with reading() as store:
        agent = known_agent(store, agent_id)
    return Taker(agent, _active(agent_id) if agent is not None and counted else None)


def known_agent(store: Store, agent_id: str) -> Agent | None:
    """What is recorded of an agent, if anything is."""
    from domain.application import AGENTS
    from domain.subjects import agent_subject
    from eventstore.ledger import Ledger

    return Ledger(store, AGENTS).load(agent_subject(agent_id)).state


def active_of(seen: Views, agent_id: str) -> int:
    """How many active tickets an agent has."""
    [row] = seen.rows("active_of", agent=agent_id)
    return int(row["active"])


def _active(agent_id: str) -> int | None:
    """The same from views of its own. Views that cannot be read keep nobody from working."""
    from projections.errors import ProjectionError

    session = session_of_now()
    if session is not None:
        session.settle()  # What still waits there may be theirs.
    try:
        with views("agent_queue") as seen:
            return active_of(seen, agent_id)
    except ProjectionError as error:
        tell(f"warning: the load of {agent_id} is not recorded, because {error}")
        return None
