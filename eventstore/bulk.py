"""One round of deciding many commands: each on what those before it leave, appended together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from .application import Application
from .errors import ChainBroken
from .proposal import Outcome, Proposal, Request, propose
from .rule import Class
from .standing import Recorded, Standing
from .store import Counted, Lost, Save

State = TypeVar("State")
Event = TypeVar("Event")


class _Step(NamedTuple, Generic[State, Event]):
    """A request and what this round makes of it: a proposal, a repeat of one, or an error."""

    number: int
    request: Request[State, Event]
    proposal: Proposal[State, Event] | None = None
    error: Exception | None = None
    repeated: bool = False


@dataclass(slots=True)
class Settled(Generic[State, Event]):
    """What a round came to, by the requests' numbers.

    `recorded` were recorded by earlier calls, `again` have to be decided once more.
    """

    answers: dict[int, Outcome[Event] | Exception]
    again: list[int]


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
        self.standings = standings
        self.recorded: dict[int, Recorded] = {}
        self.saves: list[Save] = []
        self._application = application
        self._source = source
        self._now = now
        self._local = dict(standings)
        self._decided: dict[tuple[str, str], Proposal[State, Event]] = {}
        self._steps: list[_Step[State, Event]] = []

    def add(self, number: int, request: Request[State, Event]) -> None:
        """Decide one more command."""
        subject, command_id = request.subject, request.command.id
        standing = self._local[subject]
        try:
            recorded = standing.commands.get(command_id)
            if recorded is not None:
                request.check_same(recorded.fingerprint)
                self.recorded[number] = recorded
                return
            earlier = self._decided.get((subject, command_id))
            if earlier is not None:
                self._repeat(number, request, earlier)
                return
            proposal = propose(
                self._application, standing, request=request, source=self._source, now=self._now
            )
        except Exception as error:  # noqa: BLE001 - the answer to this command, whatever it is
            self._steps.append(_Step(number, request, error=error))
            return
        self._steps.append(_Step(number, request, proposal))
        if proposal.save is not None:
            self.saves.append(proposal.save)
            self._decided[subject, command_id] = proposal
            self._local[subject] = Standing(
                proposal.state, proposal.head, standing.position, standing.commands
            )

    def settle(self, results: Sequence[Counted | Lost]) -> Settled[State, Event]:
        """Turn what became of the saves into answers; `standings` then holds what counts."""
        settled: Settled[State, Event] = Settled({}, [])
        remaining = iter(results)
        lost: set[str] = set()
        for step in self._steps:
            subject = step.request.subject
            if step.proposal is not None and step.proposal.save is not None and not step.repeated:
                result = next(remaining)
                if isinstance(result, Lost):
                    if result.reason is not Class.VOID:
                        sequence = step.proposal.save.record.headers.sequence
                        raise ChainBroken(subject, sequence=sequence)
                    lost.add(subject)
                else:
                    self.standings[subject] = step.proposal.counted(
                        step.request, self.standings[subject], result
                    )
            if subject in lost:
                settled.again.append(step.number)
            else:
                settled.answers[step.number] = self._answer(step)
        return settled

    def _repeat(
        self, number: int, request: Request[State, Event], earlier: Proposal[State, Event]
    ) -> None:
        assert earlier.save is not None
        assert earlier.save.record.headers.command is not None
        request.check_same(earlier.save.record.headers.command.rpartition(" ")[2])
        self._steps.append(_Step(number, request, earlier, repeated=True))

    def _answer(self, step: _Step[State, Event]) -> Outcome[Event] | Exception:
        if step.proposal is None:
            assert step.error is not None
            return step.error
        position = self.standings[step.request.subject].position
        return step.proposal.outcome(step.request, position=position, repeated=step.repeated)
