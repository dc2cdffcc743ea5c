"""Sending: one letter, one attempt; then the fact of what came of it, in the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from consumers.notifying.backing_off import BackingOff
from consumers.notifying.composing import Composer, Unreachable, Unsendable
from consumers.notifying.letters import Letter, LetterState
from consumers.notifying.outbox import Outbox
from consumers.notifying.transport import Carried, Later, Never, Notice, Transport
from consumers.rules import Rules
from domain.clocks import with_clocks
from domain.events import AnyEvent, TicketEvent
from domain.reach import Surface
from domain.ticket import Ticket
from eventstore.commands import Command
from eventstore.ledger import Ledger

ACTOR = "system:notifications"
REST_SECONDS = 30.0
"""How long a transport is left in peace that nothing gets through."""

SENT, GIVEN_UP, REPEATED = "sent", "given up", "sent before"


class Sender:
    """Sends the letters of an outbox, one after another. Every method raises StoreError.

    Rule: an attempt is counted before it is begun, and what came of it is kept before it is
    recorded. Whoever is killed between sending and keeping sends once more, under the same id;
    whoever is killed later does not.
    """

    def __init__(
        self,
        tickets: Ledger[Ticket, AnyEvent],
        rules: Rules,
        composer: Composer,
        outbox: Outbox,
        *,
        transports: Mapping[Surface, Transport],
        backing_off: BackingOff,
        clock: Callable[[], datetime],
    ) -> None:
        self._tickets = tickets
        self._rules = rules
        self._composer = composer
        self._outbox = outbox
        self._transports = transports
        self._backing_off = backing_off
        self._clock = clock
        self._resting: dict[str, datetime] = {}

    def send_next(self) -> bool:
        """Try the letter whose turn it is; whether there was one."""
        now = self._clock()
        resting = [
            surface
            for surface, transport in self._transports.items()
            if self._resting.get(transport.name, now) > now
        ]
        letter = self._outbox.due(now, served=self._transports.keys(), resting=resting)
        if letter is not None:
            self._try(letter, now)
        return letter is not None

    def record_unrecorded(self) -> None:
        """Record what came of letters before this process, or its store, went away."""
        for state in (LetterState.SENT, LetterState.FAILED):
            for letter in self._outbox.in_state(state):
                self._record(letter)

    def _try(self, letter: Letter, now: datetime) -> None:
        ticket = self._tickets.load(letter.ticket).state
        if ticket is not None and letter.id in ticket.notified:
            self._outbox.drop(letter, counted_as=REPEATED)
            return
        if letter.attempts >= letter.attempts_max:
            reason = "every attempt was interrupted"
            self._settle(replace(letter, state=LetterState.FAILED, reason=reason))
            return
        try:
            notice = self._composer.notice(letter)
        except (Unsendable, Unreachable) as error:
            self._settle(replace(letter, state=LetterState.FAILED, reason=str(error)))
            return
        attempt = letter.attempts + 1
        wait = timedelta(seconds=self._backing_off.seconds(attempt))
        begun = replace(letter, attempts=attempt, next_at=now + wait)
        self._outbox.change(begun)
        transport = self._transports[letter.surface]
        outcome = transport.send(notice, now=self._clock())
        match outcome:
            case Carried():
                self._settle(_sent(begun, notice, outcome))
            case Never():
                self._settle(replace(begun, state=LetterState.FAILED, reason=outcome.reason))
            case Later():
                self._put_off(begun, transport, outcome)

    def _put_off(self, letter: Letter, transport: Transport, outcome: Later) -> None:
        now = self._clock()
        asked = outcome.after_seconds
        if outcome.by_all:
            rest = self._backing_off.seconds(1, asked_for=max(REST_SECONDS, asked or 0.0))
            self._resting[transport.name] = now + timedelta(seconds=rest)
        if letter.attempts >= letter.attempts_max:
            self._settle(replace(letter, state=LetterState.FAILED, reason=outcome.reason))
            return
        wait = self._backing_off.seconds(letter.attempts, asked_for=asked)
        self._outbox.change(
            replace(letter, next_at=now + timedelta(seconds=wait), reason=outcome.reason)
        )

    def _settle(self, letter: Letter) -> None:
        """Keep what came of it, then record it."""
        self._outbox.change(letter)
        self._record(letter)

    def _record(self, letter: Letter) -> None:
        """Record it, under an id that follows from what it is about, and be done with it."""
        is_sent = letter.state is LetterState.SENT
        ends = "sent" if is_sent else f"failed-{letter.given_up + 1}"
        command = Command(
            id=f"{letter.id}:{ends}",
            name="notification.record",
            arguments={"notification_id": letter.id, "outcome": ends},
            occurred_at=self._clock(),
            actor=ACTOR,
            causation_id=letter.event,
            derived=True,
        )
        self._tickets.execute(letter.ticket, command, self._decide(letter, command))
        if is_sent:
            self._outbox.drop(letter, counted_as=SENT)
        else:
            self._outbox.bury(
                replace(letter, state=LetterState.DEAD, given_up=letter.given_up + 1),
                counted_as=GIVEN_UP,
            )

    def _decide(
        self, letter: Letter, command: Command
    ) -> Callable[[Ticket | None], Sequence[AnyEvent]]:
        def decide(ticket: Ticket | None) -> Sequence[AnyEvent]:
            assert ticket is not None, "a letter is about a ticket that is in the log"
            if letter.id in ticket.notified:
                return ()
            return with_clocks(  # type: ignore[return-value]
                ticket,
                _facts(ticket, letter),
                subject=letter.ticket,
                at=command.occurred_at,
                in_force=self._composer.in_force(ticket),
                customer=self._rules.customer_of(ticket),
            )

        return decide


def _sent(letter: Letter, notice: Notice, carried: Carried) -> Letter:
    return replace(
        letter,
        state=LetterState.SENT,
        reason=None,
        template=notice.fact,
        language=notice.language,
        sha256=carried.sha256,
    )


def _facts(ticket: Ticket, letter: Letter) -> list[TicketEvent]:
    failed = letter.state is LetterState.FAILED
    return ticket.notified_of(
        letter.id,
        surface=letter.surface,
        about=letter.event,
        template=letter.template or letter.fact.value,
        attempts=letter.attempts,
        language=letter.language,
        sha256=letter.sha256,
        failed=letter.reason if failed else None,
    )
