"""One round of deciding many commands: each on what those before it leave, appended together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from .application import Application
from .errors import ChainBroken
from .proposal import Outcome, Proposal, Request, propose
from .rule import Class, Head
from .standing import Recorded, Standing
from .store import Counted, Lost, Save

State = TypeVar("State")
Event = TypeVar("Event")


class Settled(NamedTuple, Generic[State, Event]):
    """What a round came to, by the numbers of its requests; `again` have to be decided anew."""

    answers: dict[int, Outcome[Event] | Exception]
    again: list[int]
    standings: dict[str, Standing[State]]


class _Step(NamedTuple, Generic[State, Event]):
    """A request and what this round makes of it: a proposal, an error, or the repeat of a step."""

    number: int
    request: Request[State, Event]
    proposal: Proposal[State, Event] | None = None
    error: Exception | None = None
    repeats: int | None = None


@dataclass(slots=True)
class _Subject(Generic[State, Event]):
    """A subject during a round: what is decided so far, and then what of it counts."""

    standing: Standing[State]
    state: State | None
    head: Head
    position: int
    decided: dict[str, _Step[State, Event]]
    counted: Proposal[State, Event] | None = None
    is_lost: bool = False


class Round(Generic[State, Event]):
    """Commands decided on the standings of one snapshot.

    The saves of a subject build on each other before any is appended. If one of them is lost, then
    everything decided on that subject from there on, refusals included, is to be decided again.
    """

    def __init__(
        self,
        application: Application[State, Event],
        standings: dict[str, Standing[State]],
        *,
        source: str,
        now: datetime,
    ) -> None:
        self.recorded: dict[int, Recorded] = {}
        self.saves: list[Save] = []
        self._application = application
        self._source = source
        self._now = now
        self._steps: list[_Step[State, Event]] = []
        self._subjects: dict[str, _Subject[State, Event]] = {
            subject: _Subject(standing, standing.state, standing.head, standing.position, {})
            for subject, standing in standings.items()
        }

    def add(self, number: int, request: Request[State, Event]) -> None:
        """Decide one more command, or find it in `recorded` or in this round."""
        subject = self._subjects[request.subject]
        try:
            step = self._step(number, request, subject)
        except Exception as error:  # noqa: BLE001 - the answer to this command, whatever it is
            step = _Step(number, request, error=error)
        if step is not None:
            self._steps.append(step)

    def settle(self, results: Sequence[Counted | Lost]) -> Settled[State, Event]:
        """Turn what became of the saves into answers, and into the standings that now hold."""
        settled: Settled[State, Event] = Settled({}, [], {})
        remaining = iter(results)
        for step in self._steps:
            subject = self._subjects[step.request.subject]
            proposal = step.proposal
            if proposal is not None and proposal.save is not None:
                _settle(subject, step.request, proposal, next(remaining))
            if subject.is_lost:
                settled.again.append(step.number)
            elif proposal is not None:
                outcome = proposal.outcome(step.request, position=subject.position)
                settled.answers[step.number] = outcome
            elif step.repeats is not None:
                earlier = settled.answers[step.repeats]
                assert isinstance(earlier, Outcome)
                settled.answers[step.number] = earlier._replace(repeated=True)
            elif step.error is not None:
                settled.answers[step.number] = step.error
        for name, subject in self._subjects.items():
            if subject.counted is not None:
                state, head = subject.counted.state, subject.counted.head
                commands = subject.standing.commands
                settled.standings[name] = Standing(state, head, subject.position, commands)
        return settled

    def _step(
        self, number: int, request: Request[State, Event], subject: _Subject[State, Event]
    ) -> _Step[State, Event] | None:
        command_id = request.command.id
        recorded = subject.standing.commands.get(command_id)
        if recorded is not None:
            request.check_same(recorded.fingerprint)
            self.recorded[number] = recorded
            return None
        earlier = subject.decided.get(command_id)
        if earlier is not None:
            request.check_same(earlier.request.command.fingerprint)
            return _Step(number, request, repeats=earlier.number)
        proposal = propose(
            self._application,
            subject.state,
            subject.head,
            request=request,
            source=self._source,
            now=self._now,
        )
        step = _Step(number, request, proposal)
        if proposal.save is not None:
            self.saves.append(proposal.save)
            subject.decided[command_id] = step
            subject.state, subject.head = proposal.state, proposal.head
        return step


def _settle(
    subject: _Subject[State, Event],
    request: Request[State, Event],
    proposal: Proposal[State, Event],
    result: Counted | Lost,
) -> None:
    """One save counts or is lost. A save that builds on a lost one is lost, so the rest is too."""
    if isinstance(result, Counted):
        subject.counted = proposal
        subject.position = proposal.remember(request, subject.standing.commands, result)
        return
    if result.reason is not Class.VOID:
        raise ChainBroken(request.subject, sequence=proposal.sequence)
    subject.is_lost = True
