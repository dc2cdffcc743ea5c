"""A decision on one standing, made ready to be appended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from .application import Application
from .commands import Command
from .envelope import Envelope, write_event
from .errors import CommandIdReused
from .identifiers import draw_event_ids
from .record import Headers, seal
from .rule import Head, advance
from .standing import Recorded
from .store import Counted, Save

State = TypeVar("State")
Event = TypeVar("Event")


class Request(NamedTuple, Generic[State, Event]):
    """A command on a subject, and how it is decided.

    `decide` gives the events that the command causes in a state (None: no such subject yet). It may
    be called several times, and refuses by raising.
    """

    subject: str
    command: Command
    decide: Callable[[State | None], Sequence[Event]]

    def check_same(self, fingerprint: str) -> None:
        """Raises CommandIdReused unless this command says what the recorded one said.

        Of derived ids the first wins and content is not compared.
        """
        if not self.command.derived and self.command.fingerprint != fingerprint:
            raise CommandIdReused(self.subject, self.command.id)


class Outcome(NamedTuple, Generic[Event]):
    """What became of a command.

    `sequence` and `position` are those of the save's last event, or of the subject's last one if
    nothing was recorded. Whoever has read up to `position` sees the command's effect. `repeated`
    says that the command was recorded before, and that this is what came of it then.
    """

    subject: str
    command_id: str
    events: tuple[Event, ...]
    sequence: int
    position: int
    repeated: bool


class Proposal(NamedTuple, Generic[State, Event]):
    """What was decided, the save that records it (None: nothing to record), and what then holds."""

    events: tuple[Event, ...]
    save: Save | None
    state: State | None
    head: Head

    @property
    def sequence(self) -> int:
        """The sequence of its first event."""
        return self.head.sequence - len(self.events) + 1

    def remember(
        self, request: Request[State, Event], commands: dict[str, Recorded], result: Counted
    ) -> int:
        """Add the command of a save that counts to those recorded; its last event's position."""
        command = request.command
        commands.setdefault(command.id, Recorded(command.fingerprint, self.sequence))
        return result.position + len(self.events) - 1

    def outcome(self, request: Request[State, Event], *, position: int) -> Outcome[Event]:
        """The answer to the caller; `position` is that of the subject's last event."""
        return Outcome(
            request.subject,
            request.command.id,
            self.events,
            self.head.sequence,
            position,
            repeated=False,
        )


def propose(
    application: Application[State, Event],
    state: State | None,
    head: Head,
    *,
    request: Request[State, Event],
    source: str,
    now: datetime,
) -> Proposal[State, Event]:
    """Decide, encode, fold and seal.

    Folding comes before appending, so that nothing is recorded which could not be folded again.
    Raises what the decision raises, and StoreError if its events cannot be written.
    """
    command, subject = request.command, request.subject
    events = tuple(request.decide(state))
    if not events:
        return Proposal(events, None, state, head)
    types: list[str] = []
    datas: list[bytes] = []
    bodies: list[bytes] = []
    sequence = head.sequence
    for event, event_id in zip(events, draw_event_ids(len(events)), strict=True):
        type_, data = application.encode(event)
        sequence += 1
        envelope = Envelope(
            event_id,
            source,
            type_,
            subject,
            sequence,
            time=command.occurred_at,
            recordedtime=now,
            actor=command.actor,
            commandid=command.id,
            correlationid=command.correlation_id,
            causationid=command.causation_id,
        )
        types.append(type_)
        datas.append(data)
        bodies.append(write_event(envelope, data, is_object=True))
        state = application.evolve(state, application.fact(envelope, event))
    headers = Headers(
        subject=subject,
        sequence=head.sequence + 1,
        count=len(bodies),
        previous=head.digest,
        command=command.header,
    )
    record = seal(headers, bodies)
    save = Save(record, types, datas)
    return Proposal(events, save, state, advance(headers, record.digest))
