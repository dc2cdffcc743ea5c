"""Setting a ticket aside: one that cannot be decided does not keep the others waiting."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from consumers.automation.schedule import Schedule
from domain.errors import Refusal
from eventstore.errors import EventUnreadable, StoreError, TooManyRivals

RECORDED_ALREADY = "what is due on it was recorded before, and it says that it is due still"


class Aside:
    """Where tickets go that cannot be decided. They are told by the status, and are looked at
    again when something happens to them."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    @contextmanager
    def guard(self, ticket: str, *, touched: int = 0) -> Generator[None]:
        """Set the ticket aside if it cannot be read or decided; what is wrong with the store
        itself is raised."""
        try:
            yield
        except (Refusal, EventUnreadable) as error:
            self._schedule.set_aside(ticket, str(error), touched=touched)

    def answered(self, ticket: str, error: Exception) -> None:
        """The same with what a ledger answered. Who met too many rivals comes again by itself."""
        if isinstance(error, TooManyRivals):
            return
        if isinstance(error, StoreError) and not isinstance(error, EventUnreadable):
            raise error
        known = isinstance(error, (Refusal, StoreError))
        told = str(error) if known else f"{type(error).__name__}, which nobody foresaw"
        self._schedule.set_aside(ticket, told)

    def unending(self, ticket: str) -> None:
        """Its duty was recorded, and did not end it."""
        self._schedule.set_aside(ticket, RECORDED_ALREADY)
