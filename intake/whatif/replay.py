"""One replay: what people did, given to a desk under another policy, in the order of recording."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime
from typing import Any

from domain.errors import Refusal
from domain.events import SlaApplied, TicketEvent, TicketMerged
from domain.in_force import InForce
from domain.policies.published import publish, subject_of
from domain.state import DEFAULT_NEXT_UPDATE
from eventstore.ledger import utc_now
from eventstore.prepared import Appender
from eventstore.store import Store
from intake.desk.book import OpenCase
from intake.desk.desk import AUTOMATION, Desk
from intake.desk.saves import NOWHERE, DecidedSave, Occasion, Preparing, decided
from intake.whatif.behaviour import Behaviour, once_more
from intake.whatif.history import Raw, Recorded
from intake.whatif.people import People
from intake.whatif.tally import Tally

_SAVES_AT_ONCE = 2_000
NAME = "whatif"


class Replay:
    """The other history of the cases that a first reading found.

    `unfit` counts the commands that were refused in it, by the refusal's name; `left_out` what
    cannot be given again, by what it was.
    """

    def __init__(self, in_force: InForce, recorded: Recorded, *, scratch: Store | None) -> None:
        said = f"{in_force.id}\n{in_force.policy.model_dump_json()}"
        self.run_id = f"{NAME}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"
        self.replayed = self.seen = 0
        self.unfit: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.tally = Tally()
        self._in_force = in_force
        self._recorded = recorded
        self._defaults = dict.fromkeys(recorded.left, DEFAULT_NEXT_UPDATE)
        self._people = People()
        self._out: list[DecidedSave] = []
        self._preparing = Preparing(self.run_id)
        self._appender: Appender | None = None
        if scratch is not None:
            self._appender = Appender(
                scratch, actor=f"system:{NAME}", correlation_id=self.run_id, clock=utc_now
            )
        self._desk = Desk(
            in_force, self._put, customer=self._people.known, watch=_nothing, forget=_nothing
        )

    def publish(self, at: datetime) -> None:
        """Let a scratch ledger begin with the policy."""
        id_, policy = self._in_force.id, self._in_force.policy
        events = publish(None, policy_id=id_, policy=policy, apply_to_open=False)
        occasion = Occasion(at, f"system:{NAME}", f"{self.run_id}/policy", "policy.publish")
        save, _ = decided(subject_of(id_), events, occasion, NOWHERE)
        self._put(save)

    def take(self, save: Raw) -> None:
        """One recorded save, in the order of recording."""
        subject = save.head.subject
        if subject.startswith("agent-"):
            self._pass_time(save.head.time)
            events: list[Any] = save.events()
            self._desk.give_agent(events[0].agent_id, events, _again(save))
        elif subject.startswith("customer-"):
            self._people.take(save)
        elif subject in self._recorded.left:
            self._note_default(save)
            if save.is_of_people:
                self._pass_time(save.head.time)
                self._replay(save)

    def finish(self, until: datetime, *, including: bool) -> None:
        """Let time pass to the end, with what falls due at that very moment or without."""
        while (due := self._desk.next_at) is not None and due <= until:
            if due == until and not including:
                break
            self._desk.pass_time(due)
        self._flush()

    def _replay(self, save: Raw) -> None:
        subject = save.head.subject
        self.seen += 1
        case = self._desk.cases.get(subject)
        try:
            events = self._once_more(save, case)
        except Refusal as refusal:
            self.unfit[type(refusal).__name__] += 1
        else:
            if events is None:
                self.left_out[save.types[0].removeprefix("ticketledger.").removesuffix(".v1")] += 1
            else:
                self.replayed += 1
                self._give(save, case, events)
        case = self._desk.cases.get(subject)
        if case is not None:
            self._desk.unpin(case)

    def _once_more(self, save: Raw, case: OpenCase | None) -> list[TicketEvent] | None:
        events = [event for event in save.events() if isinstance(event, TicketEvent)]
        behaviour = Behaviour(events, save.head.time, self._defaults[save.head.subject])
        merged = behaviour.first(TicketMerged)
        if merged is None or case is None:
            return once_more(behaviour, case.ticket if case else None, self._in_force)
        target = self._desk.cases.get(merged.target)
        return None if target is None else case.ticket.merge_into(target.ticket)

    def _give(self, save: Raw, case: OpenCase | None, events: list[TicketEvent]) -> None:
        subject = save.head.subject
        if case is None:
            pins = self._recorded.left[subject]
            self._desk.open(subject, events, _again(save), pins=pins)
            return
        self._desk.give(case, events, _again(save))
        for event in events:
            if isinstance(event, TicketMerged):
                self._absorb(case, event, save.head.time)

    def _absorb(self, source: OpenCase, event: TicketMerged, at: datetime) -> None:
        """What the automation records on the target of a merge."""
        target = self._desk.cases[event.target]
        id_, number = source.ticket.id, source.ticket.number
        events = target.ticket.absorb(
            id_, source_number=number, promise_due_at=event.promise_due_at
        )
        self._desk.give(target, events, Occasion(at, AUTOMATION, f"absorb:{id_}", "ticket.absorb"))

    def _note_default(self, save: Raw) -> None:
        """By which default the recorded history promised: that of the version it went by."""
        if SlaApplied.TYPE not in save.types:
            return
        for event in save.events():
            if isinstance(event, SlaApplied):
                known = self._recorded.promises.get((event.policy, event.version))
                self._defaults[save.head.subject] = known or DEFAULT_NEXT_UPDATE

    def _pass_time(self, until: datetime) -> None:
        while (due := self._desk.next_at) is not None and due <= until:
            self._desk.pass_time(due)

    def _put(self, save: DecidedSave) -> None:
        if save.subject in self._recorded.left:
            for type_, data in zip(save.types, save.data, strict=True):
                self.tally.take(save.subject, type_, data, save.at)
        if self._appender is not None:
            self._out.append(save)
            if len(self._out) >= _SAVES_AT_ONCE:
                self._flush()

    def _flush(self) -> None:
        if self._appender is not None and self._out:
            self._appender.append([self._preparing.prepared(save) for save in self._out])
            self._out.clear()


def _again(save: Raw) -> Occasion:
    """The recorded command, given again: the same id, by the same person, at the same time."""
    head = save.head
    return Occasion(head.time, str(head.actor), str(head.commandid), NAME)


def _nothing(*_: object) -> None:
    """Nobody reacts to a replay: what people did is fixed."""
