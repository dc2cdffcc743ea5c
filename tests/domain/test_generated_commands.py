"""Whatever customers and agents do, in any order, at any time: its life allows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import event as note
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from domain.application import TICKETS
from domain.codec import decode, encode
from domain.errors import Refusal
from domain.events import (
    TicketEvent,
    TicketOpened,
    TicketReopened,
    TicketStageChanged,
)
from domain.facts import Fact, FactOf
from domain.stages import Stage, stage_of
from domain.ticket import Ticket, fold, open_ticket
from domain.values import Channel
from tests.domain.given import MIDNIGHT, NUMBER, TICKET
from tests.domain.life import CLOSED, Life, check_save
from tests.domain.wishes import SECRET, WISHES, Wish, wishes

pytestmark = pytest.mark.unit

STAGES = list(Stage)
WAITS = st.one_of(st.integers(0, 20), st.integers(-600, 600), st.integers(0, 12_000))
"""Minutes until the next command: within a breath, within a day or earlier, within days."""


class AnyTicketsLife(RuleBasedStateMachine):
    """Customers and agents give commands to one ticket; the log keeps what was not refused."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: list[Fact] = []
        self.clock = MIDNIGHT
        self.life = Life()

    @property
    def ticket(self) -> Ticket:
        folded = fold(self.facts[-1:], self.before_last)
        assert folded is not None
        return folded

    @initialize(channel=st.sampled_from(Channel))
    def open(self, channel: Channel) -> None:
        from domain.events import Requester

        (opened,) = open_ticket(number=NUMBER, channel=channel, requester=Requester(id="c0"))
        assert isinstance(opened, TicketOpened)
        self.before_last: Ticket | None = None
        self._record([opened], MIDNIGHT)
        self.life.check(self.ticket)

    @rule(
        command=st.sampled_from(sorted(WISHES)),
        wait=WAITS,
        data=st.data(),
    )
    def ask(self, command: str, wait: int, data: st.DataObject) -> None:
        """Anything, a while later; less than no time is something that is reported late."""
        self._give(command, wait, data)

    @rule(wait=WAITS, data=st.data())
    def write_to_the_customer(self, wait: int, data: st.DataObject) -> None:
        self._give("reply", wait, data)

    @rule(wait=WAITS, data=st.data())
    def hear_from_the_customer(self, wait: int, data: st.DataObject) -> None:
        self._give("receive", wait, data)

    @rule(waits=st.lists(st.integers(0, 20), min_size=2, max_size=4), data=st.data())
    def talk(self, waits: list[int], data: st.DataObject) -> None:
        """Question, answer, reply: one after the other, within a breath."""
        for turn, wait in enumerate(waits):
            self._give("receive" if turn % 2 else "reply", wait, data)

    @rule(
        command=st.sampled_from(["close", "confirm", "reject", "reopen", "receive"]),
        wait=WAITS,
        data=st.data(),
    )
    def end_or_come_back(self, command: str, wait: int, data: st.DataObject) -> None:
        self._give(command, wait, data)

    @rule(wait=WAITS, data=st.data())
    def solve(self, wait: int, data: st.DataObject) -> None:
        self._give("resolve", wait, data)

    def _give(self, command: str, wait: int, data: st.DataObject) -> None:
        moment = self.clock + timedelta(minutes=wait)
        self.clock = max(self.clock, moment)
        self._try(data.draw(wishes(command, moment, serial=len(self.facts))))

    def _try(self, wish: Wish) -> None:
        ticket = self.ticket
        before = {**vars(ticket), "fields": dict(ticket.fields)}
        save, refusal = _answer(wish, ticket)
        assert vars(ticket) == before
        if refusal is not None:
            note(f"refused: {type(refusal).__name__}")
            assert refusal.exit_code > 2
            assert SECRET not in str(refusal)
            assert NUMBER in str(refusal)
            return

        assert save, "a command that is not refused records something"
        check_save(wish, save, ticket)

        effective = max(wish.at, ticket.effective_at)
        window = wish.arguments.get("reopening_window", timedelta(days=7))
        self.life.take(save, effective, window)
        self._record(save, wish.at)
        after = self.ticket
        self.life.check(after)
        assert after.effective_at == effective
        assert after.sequence == ticket.sequence + len(save)
        went_back = STAGES.index(stage_of(after)) < STAGES.index(stage_of(ticket))
        assert not went_back or any(
            isinstance(event, TicketReopened)
            or (isinstance(event, TicketStageChanged) and event.reason is not None)
            for event in save
        )

    def _record(self, save: Sequence[TicketEvent], moment: datetime) -> None:
        """Record a save as a store does: as bytes, read back."""
        for event in save:
            self.before_last = fold(self.facts[-1:], self.before_last)
            circumstances = FactOf(None, TICKET, len(self.facts) + 1, moment, "agent:ayu")
            self.facts.append(TICKETS.fact(circumstances, decode(*encode(event))))

    def teardown(self) -> None:
        """The history makes the same ticket whole, in two halves and one by one."""
        half = len(self.facts) // 2
        assert fold(self.facts) == fold(self.facts[half:], fold(self.facts[:half])) == self.ticket
        if self.life.status is CLOSED:
            note(f"ended: {self.life.close_reason}")


def _answer(wish: Wish, ticket: Ticket) -> tuple[list[TicketEvent], Refusal | None]:
    try:
        return list(wish.give(ticket)), None
    except Refusal as refusal:
        return [], refusal


TestAnyTicketsLife = AnyTicketsLife.TestCase
TestAnyTicketsLife.settings = settings(
    max_examples=settings().max_examples * 6 // 10, stateful_step_count=30
)
