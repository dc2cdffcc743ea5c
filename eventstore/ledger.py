"""The generic ledger: load a subject, decide, append, and decide again if others were faster."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Generic, NamedTuple, TypeVar

from .application import Application
from .bulk import Round
from .commands import Command
from .envelope import Envelope
from .errors import ChainBroken, TooManyRivals
from .proposal import Outcome, Proposal, Request, propose
from .rule import Class
from .standing import Recorded, Standing, Standings, catch_up, events_of
from .store import Counted, Store

__all__ = ["ATTEMPTS_MAX", "Application", "Command", "Ledger", "Loaded", "Outcome"]

State = TypeVar("State")
Event = TypeVar("Event")

ATTEMPTS_MAX = 50
"""How often a command is decided on ever newer states before its caller is asked to repeat it."""

_PAUSE_SECONDS_FIRST = 0.001
_PAUSE_SECONDS_MAX = 0.05


class Loaded(NamedTuple, Generic[State]):
    """A subject as it stands: its state, its last sequence and that event's position (or 0)."""

    state: State | None
    sequence: int
    position: int


def utc_now() -> datetime:
    """The clock of a ledger that is given no other."""
    return datetime.now(UTC)


class Ledger(Generic[State, Event]):
    """Commands on subjects, each recorded once, each decided on the true state.

    Threads may share it. Folded states are kept (of `states_max` subjects) and never trusted:
    a save counts only if the store's head is still the one that was decided on, and a refusal is
    passed on only after catching up.
    """

    def __init__(
        self,
        store: Store,
        application: Application[State, Event],
        *,
        clock: Callable[[], datetime] = utc_now,
        states_max: int = 10_000,
    ) -> None:
        self.store = store
        self.application = application
        self._clock = clock
        self._standings: Standings[State] = Standings(states_max)

    def load(self, subject: str) -> Loaded[State]:
        """A subject as it stands now. Raises StoreError."""
        standing = self._catch_up([subject])[subject]
        return Loaded(standing.state, standing.head.sequence, standing.position)

    def history(self, subject: str) -> list[tuple[Envelope, Event]]:
        """All events of a subject, in order. Raises StoreError."""
        records = self.store.load(subject).records
        return [pair for record in records for pair in events_of(self.application, record)]

    def execute(
        self,
        subject: str,
        command: Command,
        decide: Callable[[State | None], Sequence[Event]],
    ) -> Outcome[Event]:
        """Decide a command on a subject and record what it decides, durably and once.

        A command that was recorded before is answered with what came of it then. `decide` may be
        called several times; what it raises on the newest state is passed on. Raises StoreError.
        """
        request: Request[State, Event] = Request(subject, command, decide)
        kept = self._standings.get(subject)
        if kept is not None:
            outcome = self._attempt_on_kept(kept, request)
            if outcome is not None:
                return outcome
        for attempt in range(ATTEMPTS_MAX):
            _pause(attempt)
            outcome = self._attempt(self._catch_up([subject])[subject], request)
            if outcome is not None:
                return outcome
        raise TooManyRivals(subject, attempts=ATTEMPTS_MAX)

    def execute_many(
        self, requests: Iterable[tuple[str, Command, Callable[[State | None], Sequence[Event]]]]
    ) -> list[Outcome[Event] | Exception]:
        """Many commands in one transaction, decided in their order, each on what those before left.

        The answer has one entry a command: its outcome, or what its decision raised. A refused
        command does not stop the others. Raises StoreError if the store itself fails; repeating
        all of them is then safe.
        """
        todo: dict[int, Request[State, Event]] = {
            number: Request(*request) for number, request in enumerate(requests)
        }
        answers: dict[int, Outcome[Event] | Exception] = {}
        again = list(todo)
        for attempt in range(ATTEMPTS_MAX):
            if not again:
                break
            _pause(attempt)
            again = self._round({number: todo[number] for number in again}, answers)
        for number in again:
            answers[number] = TooManyRivals(todo[number].subject, attempts=ATTEMPTS_MAX)
        return [answers[number] for number in todo]

    def _attempt_on_kept(
        self, standing: Standing[State], request: Request[State, Event]
    ) -> Outcome[Event] | None:
        """Try without reading first: if the save counts, then what was kept was the newest.

        None if it has to be tried on the newest standing. Only that may refuse, or decide that
        there is nothing to do.
        """
        if request.command.id in standing.commands:
            return self._attempt(standing, request)
        try:
            proposal = self._propose(standing, request)
        except Exception:  # noqa: BLE001 - it comes again, on the newest standing, if it is true
            return None
        return self._append(standing, request, proposal) if proposal.save else None

    def _attempt(
        self, standing: Standing[State], request: Request[State, Event]
    ) -> Outcome[Event] | None:
        """Decide on one standing and append; None if somebody else was faster."""
        recorded = standing.commands.get(request.command.id)
        if recorded is not None:
            request.check_same(recorded.fingerprint)
            return self._repeated({0: request}, {0: recorded})[0]
        proposal = self._propose(standing, request)
        if proposal.save is None:
            return proposal.outcome(request, position=standing.position)
        return self._append(standing, request, proposal)

    def _propose(
        self, standing: Standing[State], request: Request[State, Event]
    ) -> Proposal[State, Event]:
        return propose(
            self.application,
            standing.state,
            standing.head,
            request=request,
            source=self.store.source,
            now=self._clock(),
        )

    def _append(
        self,
        standing: Standing[State],
        request: Request[State, Event],
        proposal: Proposal[State, Event],
    ) -> Outcome[Event] | None:
        """None if somebody else was faster.

        The standing's command ids and the head that the save must continue belong together, so
        what counts is never a command that was recorded before.
        """
        assert proposal.save is not None
        result = self.store.append_many([proposal.save])[0]
        if isinstance(result, Counted):
            position = proposal.remember(request, standing.commands, result)
            after = Standing(proposal.state, proposal.head, position, standing.commands)
            self._standings.put(request.subject, after)
            return proposal.outcome(request, position=position)
        if result.reason is not Class.VOID:
            raise ChainBroken(request.subject, sequence=proposal.sequence)
        return None

    def _round(
        self,
        requests: Mapping[int, Request[State, Event]],
        answers: dict[int, Outcome[Event] | Exception],
    ) -> list[int]:
        """Decide and append once; returns the numbers of those that have to be decided again."""
        subjects = list(dict.fromkeys(request.subject for request in requests.values()))
        round_ = Round(
            self.application,
            self._catch_up(subjects),
            source=self.store.source,
            now=self._clock(),
        )
        for number, request in requests.items():
            round_.add(number, request)
        settled = round_.settle(self.store.append_many(round_.saves))
        for subject, standing in settled.standings.items():
            self._standings.put(subject, standing)
        answers.update(settled.answers)
        answers.update(self._repeated(requests, round_.recorded))
        return settled.again

    def _catch_up(self, subjects: Sequence[str]) -> dict[str, Standing[State]]:
        """The newest standing of each subject, all of one snapshot."""
        kept = {subject: self._standings.get(subject) for subject in subjects}
        after = {
            subject: standing.head.sequence if standing else 0 for subject, standing in kept.items()
        }
        found: dict[str, Standing[State]] = {}
        for subject, tail in self.store.load_many(after).items():
            found[subject] = catch_up(self.application, subject, kept=kept[subject], tail=tail)
            self._standings.put(subject, found[subject])
        return found

    def _repeated(
        self, requests: Mapping[int, Request[State, Event]], recorded: Mapping[int, Recorded]
    ) -> dict[int, Outcome[Event]]:
        """What came of commands when they were recorded."""
        if not recorded:
            return {}
        after: dict[str, int] = {}
        for number, command in recorded.items():
            subject = requests[number].subject
            after[subject] = min(after.get(subject, command.sequence), command.sequence - 1)
        found = {
            (subject, record.headers.sequence): record
            for subject, tail in self.store.load_many(after).items()
            for record in tail.records
        }
        outcomes: dict[int, Outcome[Event]] = {}
        for number, command in recorded.items():
            request = requests[number]
            record = found[request.subject, command.sequence]
            outcomes[number] = Outcome(
                subject=request.subject,
                command_id=request.command.id,
                events=tuple(event for _, event in events_of(self.application, record)),
                sequence=record.headers.last_sequence,
                position=record.position + record.headers.count - 1,
                repeated=True,
            )
        return outcomes


def _pause(attempt: int) -> None:
    """Not before the first attempt; then a little, at random, so that rivals fall out of step."""
    if attempt:
        longest = min(_PAUSE_SECONDS_FIRST * 2**attempt, _PAUSE_SECONDS_MAX)
        time.sleep(random.uniform(0, longest))  # noqa: S311 - no secret depends on it
