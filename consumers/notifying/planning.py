"""Planning: what an event of the stream gives to send, and what of it is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from consumers.notifying.composing import Composer, Unreachable, Unsendable, address_of
from consumers.notifying.letters import Letter, LetterState, notification_id
from consumers.notifying.settings import NotificationSettings
from consumers.notifying.telling import IMPORTS, TYPES, Happened, told
from consumers.rules import Rules
from domain.events import AnyEvent, NotificationFailed, PolicyPublished
from domain.reach import Surface
from domain.ticket import Ticket
from eventstore.envelope import Envelope
from eventstore.ledger import Ledger

NO_CUSTOMER = "no customer"
TOO_OLD = "too old"


@dataclass(slots=True)
class Planned:
    """What a batch gives: letters, and how many were left out, by reason."""

    letters: list[Letter] = field(default_factory=list[Letter])
    left_out: Counter[str] = field(default_factory=Counter[str])


class Planner:
    """Decides what is to be sent. Raises StoreError, EventUnreadable.

    Rule: told is what the ticket's policy names, on surfaces that are served, if it was recorded
    since they are, happened not too long ago, and is no imported history.
    """

    def __init__(
        self,
        tickets: Ledger[Ticket, AnyEvent],
        rules: Rules,
        composer: Composer,
        settings: NotificationSettings,
    ) -> None:
        self._tickets = tickets
        self._rules = rules
        self._composer = composer
        self._attempts = settings.retries.attempts
        self._not_older = timedelta(hours=settings.not_older_than_hours)

    def plan(
        self,
        envelope: Envelope,
        planned: Planned,
        *,
        since: Mapping[Surface, datetime],
        now: datetime,
    ) -> None:
        """Add what this event gives."""
        if envelope.type == PolicyPublished.TYPE:
            self._rules.refresh()
        if envelope.type not in TYPES or (envelope.actor or "").startswith(IMPORTS):
            return
        served = {one for one, begun in since.items() if envelope.recordedtime >= begun}
        if not served or self._rules.newest() is None:
            return
        happened = self._composer.happened(envelope.subject, envelope.sequence)
        if happened is None or happened.is_history:
            return
        for letter in self._letters(happened, envelope, served, now):
            reason = self._reason_to_leave_out(letter, happened, envelope, now)
            if reason is not None:
                planned.left_out[reason] += 1
                continue
            known = self._as_recorded(letter)
            if known is not None:
                planned.letters.append(known)

    def _letters(
        self, happened: Happened, envelope: Envelope, served: set[Surface], now: datetime
    ) -> Iterator[Letter]:
        in_force = self._composer.in_force(happened.ticket)
        if in_force is None:
            return
        for surface, (fact, about, _) in told(happened, in_force.policy).items():
            if surface in served and about.id == envelope.id:
                yield Letter(
                    id=notification_id(envelope.id, surface),
                    ticket=envelope.subject,
                    sequence=envelope.sequence,
                    event=envelope.id,
                    surface=surface,
                    fact=fact,
                    planned_at=now,
                    next_at=now,
                    attempts_max=self._attempts,
                )

    def _reason_to_leave_out(
        self, letter: Letter, happened: Happened, envelope: Envelope, now: datetime
    ) -> str | None:
        if happened.ticket.requester_id is None:
            return NO_CUSTOMER
        if envelope.time < now - self._not_older:
            return TOO_OLD
        if letter.surface is Surface.EMAIL:
            try:
                address_of(happened)
            except Unreachable as unreachable:
                return str(unreachable)
            except Unsendable:
                return None  # it fails, and that is recorded
        return None

    def _as_recorded(self, letter: Letter) -> Letter | None:
        """The letter as the log knows it: None if it was sent, dead if it was given up."""
        ticket = self._tickets.load(letter.ticket).state
        if ticket is None or letter.id in ticket.notified:
            return None
        if letter.id not in ticket.undelivered:
            return letter
        failures = [
            event
            for _, event in self._tickets.history(letter.ticket)
            if isinstance(event, NotificationFailed) and event.notification_id == letter.id
        ]
        return _dead(letter, failures)


def _dead(letter: Letter, failures: list[NotificationFailed]) -> Letter:
    """A letter that was given up so often, the last time as the last failure says."""
    last = failures[-1]
    return replace(
        letter,
        state=LetterState.DEAD,
        attempts=last.attempts,
        given_up=len(failures),
        reason=last.reason,
    )
