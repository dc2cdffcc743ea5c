"""Looking at tickets: what the schedule keeps of each, as the log has it now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from consumers.automation.aside import Aside
from consumers.automation.duties import Duties
from consumers.automation.firing import go_on
from consumers.automation.placing import lane_of, waiting_since
from consumers.automation.schedule import Row, Schedule
from domain.ticket import Ticket
from domain.timekeeping import OUR_TURN

AT_ONCE = 1_000


class Looking:
    """Keeps the schedule's rows as the tickets are."""

    def __init__(self, duties: Duties, schedule: Schedule) -> None:
        self._duties = duties
        self._schedule = schedule
        self._aside = Aside(schedule)

    def look_at_touched(self, *, stop: Callable[[], bool] = go_on) -> bool:
        """Look at every ticket to which something happened; whether all were looked at."""
        while touched := self._schedule.touched(AT_ONCE):
            if stop():
                return False
            self._look(touched)
        return True

    def look_at(self, tickets: Sequence[str]) -> None:
        """Look at these, now."""
        if tickets:
            self._schedule.touch(tickets)
            self._look(self._schedule.touched_among(tickets))

    def _look(self, touched: Iterable[tuple[str, int]]) -> None:
        rows: list[Row] = []
        for id_, times in touched:
            with self._aside.guard(id_, touched=times):
                rows.append(self._row(id_, times))
        self._schedule.keep(rows)

    def _row(self, id_: str, touched: int) -> Row:
        loaded = self._duties.ledger.load(id_)
        ticket = loaded.state
        if ticket is None:
            return Row(id=id_, touched=touched, ends=True)
        duties = self._duties.of(ticket)
        since = waiting_since(ticket)
        return Row(
            id=id_,
            touched=touched,
            number=ticket.number,
            sequence=ticket.sequence,
            owner=ticket.owner,
            active=ticket.status in OUR_TURN,
            waiting_since=since,
            lane=self._lane(ticket) if since is not None else 1,
            deferred=ticket.deferred is not None,
            duties=duties,
            ends=not duties and not ticket.is_unresolved,
        )

    def _lane(self, ticket: Ticket) -> int:
        in_force = self._duties.rules.held_by(ticket)
        return lane_of(ticket, in_force, self._duties) if in_force is not None else 1
