"""Cases that wait for an owner, sorted by what they ask of one, so that few have to be looked at.

Cases that were routed alike (by the same rule to the same queue, level, lane and language) can be
given to the same agents. Of each such group only the oldest has to be offered to who has room.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from typing import NamedTuple

from domain.policies.policy import Policy
from domain.policies.routes import Lane
from domain.routing import Case, Routed, route
from domain.values import AgentId, Level, QueueName, TicketId
from intake.desk.team import Member


class Kind(NamedTuple):
    """What decides who may have a case."""

    lane: Lane
    queue: QueueName | None
    rule: str | None
    level: Level
    language: str | None


def kind_of(case: Case, routed: Routed) -> Kind:
    """The kind of a case as it was routed."""
    return Kind(routed.lane, routed.queue, routed.rule, routed.level, case.situation.language)


@dataclass(slots=True)
class _Group:
    """Cases of one kind, the oldest first; those that wait no more are dropped when met."""

    line: list[tuple[datetime, TicketId]] = field(default_factory=list[tuple[datetime, TicketId]])
    able: dict[AgentId, bool] = field(default_factory=dict[AgentId, bool])


class Waiting:
    """All waiting cases of a desk."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._cases: dict[TicketId, tuple[Kind, Case]] = {}
        self._groups: dict[Kind, _Group] = {}

    def __contains__(self, ticket_id: TicketId) -> bool:
        return ticket_id in self._cases

    def __len__(self) -> int:
        return len(self._cases)

    def case(self, ticket_id: TicketId) -> Case | None:
        """A case as it waits."""
        found = self._cases.get(ticket_id)
        return found[1] if found else None

    def add(self, case: Case, routed: Routed) -> None:
        """A case begins to wait, or goes on as another kind."""
        kind = kind_of(case, routed)
        self._cases[case.ticket] = kind, case
        group = self._groups.setdefault(kind, _Group())
        heappush(group.line, (case.waiting_since, case.ticket))

    def drop(self, ticket_id: TicketId) -> None:
        """A case waits no more."""
        self._cases.pop(ticket_id, None)

    def forget_abilities(self) -> None:
        """What somebody can do has changed."""
        for group in self._groups.values():
            group.able.clear()

    def oldest_for(self, member: Member) -> list[Case]:
        """Of each kind that this agent could be given at all, the case that has waited longest."""
        return [case for group, case in self._heads() if self._is_able(member, group, case)]

    def _heads(self) -> Iterator[tuple[_Group, Case]]:
        for kind, group in self._groups.items():
            while group.line:
                found = self._cases.get(group.line[0][1])
                if found is not None and found[0] == kind:
                    yield group, found[1]
                    break
                heappop(group.line)

    def _is_able(self, member: Member, group: _Group, case: Case) -> bool:
        known = group.able.get(member.agent.id)
        if known is None:
            routed = route(case, self._policy, [member.rested])
            known = group.able[member.agent.id] = routed.agent is not None
        return known
