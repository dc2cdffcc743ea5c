"""Recording what is due: in due order over all tickets, many in one transaction, nothing void."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from datetime import datetime

from consumers.automation.aside import Aside
from consumers.automation.duties import Ask, Duties
from consumers.automation.duty import Duty, DutyKind
from consumers.automation.schedule import Schedule
from domain.ticket import Ticket
from eventstore.proposal import Outcome

AT_ONCE = 500
"""How many duties are looked up, and about how many are recorded in one transaction."""

Refresh = Callable[[Sequence[str]], None]
"""Looks at tickets again, as the log has them now."""


def go_on() -> bool:
    """Never stop before the end."""
    return False


class Firing:
    """Records what is due by a moment.

    The schedule tells where to look. What is due is then taken from the tickets as the log has
    them, also what follows from what was just recorded, and the ledger decides each once more on
    the newest state: who was faster is never contradicted.
    """

    def __init__(self, duties: Duties, schedule: Schedule, *, refresh: Refresh) -> None:
        self._duties = duties
        self._schedule = schedule
        self._refresh = refresh
        self._aside = Aside(schedule)

    def fire(self, until: datetime, *, stop: Callable[[], bool] = go_on) -> int:
        """Record everything that is due by then; how many saves that made."""
        recorded = 0
        settled: set[str] = set()
        while not stop() and (rows := self._schedule.due(until, AT_ONCE)):
            horizon = until if len(rows) < AT_ONCE else datetime.fromisoformat(rows[-1][0])
            tickets = list(dict.fromkeys(ticket for *_, ticket, _ in rows))
            plan = _Plan(self._duties, self._aside, settled=settled, horizon=horizon)
            plan.think(tickets)
            done = self._record(plan, settled)
            self._refresh(list(dict.fromkeys([*tickets, *(ask[0] for _, ask in plan.asks)])))
            if not plan.asks and self._schedule.due(until, AT_ONCE) == rows:
                for ticket in tickets:
                    self._aside.unending(ticket)
            recorded += done
        return recorded

    def _record(self, plan: _Plan, settled: set[str]) -> int:
        """Ask the ledger for all of a plan; how many saves were new."""
        answers = self._duties.ledger.execute_many([ask for _, ask in plan.asks])
        recorded = 0
        for (duty, _), answer in zip(plan.asks, answers, strict=True):
            if not isinstance(answer, Outcome):
                self._aside.answered(duty.ticket, answer)
            elif answer.repeated or not answer.events:
                settled.add(duty.command_id)
            else:
                recorded += 1
        return recorded


class _Plan:
    """What is due on some tickets up to a moment, in due order.

    Each ticket is thought on: what falls due because of what was recorded before has its place
    among the others. `settled` are commands that came to nothing new before: they do not again.
    """

    def __init__(
        self, duties: Duties, aside: Aside, *, settled: set[str], horizon: datetime
    ) -> None:
        self.asks: list[tuple[Duty, Ask]] = []
        self._duties = duties
        self._aside = aside
        self._settled = settled
        self._horizon = horizon
        self._states: dict[str, Ticket] = {}
        self._heap: list[tuple[tuple[datetime, int, str, str], Duty]] = []

    def think(self, tickets: Sequence[str]) -> None:
        """Take the tickets as they are, and think on until nothing more is due."""
        for id_ in tickets:
            with self._aside.guard(id_):
                ticket = self._duties.ledger.load(id_).state
                if ticket is not None:
                    self._put(ticket)
        while self._heap:
            _, duty = heapq.heappop(self._heap)
            ticket = self._states[duty.ticket]
            if duty.kind is DutyKind.ABSORB:
                # It changes another ticket, perhaps one of these: those behind it wait for that.
                if not self.asks:
                    self.asks.append((duty, self._duties.asked(duty, ticket)))
                return
            with self._aside.guard(duty.ticket):
                self._think_on(duty, ticket)

    def _put(self, ticket: Ticket) -> None:
        """Let a ticket stand as it is now, with the first that is due on it."""
        self._states[ticket.id] = ticket
        for duty in self._duties.of(ticket):
            if duty.at <= self._horizon and duty.command_id not in self._settled:
                heapq.heappush(self._heap, (duty.rank, duty))
                return

    def _think_on(self, duty: Duty, ticket: Ticket) -> None:
        events = self._duties.decide(duty, ticket)
        if not events:
            self._settled.add(duty.command_id)
            self._put(ticket)
            return
        self.asks.append((duty, self._duties.asked(duty, ticket, events)))
        self._put(self._duties.after(duty, ticket, events))
