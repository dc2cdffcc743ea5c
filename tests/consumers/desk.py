"""A desk with a clock of its own: tickets, agents and policies recorded as the command line does,
and an automation that sees the clock of the desk."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from consumers.automation.automation import Automation
from consumers.automation.automation import opened as opened_automation
from consumers.rules import Rules
from domain.agent import Agent
from domain.application import AGENTS, CUSTOMERS, POLICIES, TICKETS
from domain.clocks import with_clocks
from domain.customer import Customer
from domain.events import AnyEvent, Requester
from domain.people import Availability
from domain.policies.policy import Policy
from domain.policies.published import publish, subject_of
from domain.subjects import agent_subject, customer_subject
from domain.ticket import Ticket, open_ticket
from domain.values import Channel
from eventstore.commands import Command
from eventstore.envelope import Envelope
from eventstore.ledger import Ledger
from eventstore.opening import open_store
from eventstore.sqlite import SQLiteStore
from eventstore.store import Store
from tests.domain.clocked import POLICY

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning."""

Recorded = tuple[str, str, datetime, str | None]
"""A recorded event for comparing: whose, which kind, when, by whom."""


class Desk:
    """One ledger and its clock. `now` moves only when a test says so."""

    def __init__(self, folder: Path, store: Store, *, now: datetime = NINE) -> None:
        self.folder = folder
        self.store = store
        self.now = now
        self.rules = Rules(store)
        self._given = 0
        self._tickets: Ledger[Ticket, AnyEvent] = Ledger(store, TICKETS, clock=self.clock)

    def clock(self) -> datetime:
        """What time it is here."""
        return self.now

    def wait(self, **span: float) -> datetime:
        """Let time pass; nobody does anything."""
        self.now += timedelta(**span)
        return self.now

    def publish(
        self, policy: Policy = POLICY, *, to_open: bool = False, id_: str = "travel"
    ) -> None:
        """Publish a policy."""
        ledger: Ledger[Any, Any] = Ledger(self.store, POLICIES, clock=self.clock)
        ledger.execute(
            subject_of(id_),
            self._command("policy.publish", "agent:lead"),
            lambda known: publish(known, policy_id=id_, policy=policy, apply_to_open=to_open),
        )
        self.rules.refresh()

    def agent(
        self, id_: str, to: Availability | None = Availability.ONLINE, **described: Any
    ) -> None:
        """Say of an agent whether they are there, and what they can do."""
        ledger: Ledger[Any, Any] = Ledger(self.store, AGENTS, clock=self.clock)
        if described:
            ledger.execute(
                agent_subject(id_),
                self._command("agent.describe", f"agent:{id_}"),
                lambda known: (known or Agent(id_)).describe(**described),
            )
        if to is not None:
            ledger.execute(
                agent_subject(id_),
                self._command("agent.become", f"agent:{id_}"),
                lambda known: (known or Agent(id_)).become(to),
            )

    def customer(self, id_: str, **profile: Any) -> None:
        """Say what is known of a customer."""
        ledger: Ledger[Any, Any] = Ledger(self.store, CUSTOMERS, clock=self.clock)
        ledger.execute(
            customer_subject(id_),
            self._command("customer.profile", "agent:lead"),
            lambda known: (known or Customer(id_)).profile(**profile),
        )

    def open(
        self, ticket: str, *, customer: str = "C1", actor: str | None = None, **said: Any
    ) -> str:
        """Open a ticket of that id."""
        given: dict[str, Any] = {
            "number": ticket,
            "channel": Channel.EMAIL,
            "requester": Requester(id=customer),
        } | said
        self._save(ticket, lambda _: open_ticket(**given), actor or f"customer:{customer}")
        return ticket

    def do(
        self, ticket: str, command: Callable[[Ticket], Sequence[Any]], *, actor: str = "agent:ayu"
    ) -> None:
        """Give a command to a ticket."""

        def decide(state: Ticket | None) -> Sequence[Any]:
            assert state is not None
            return command(state)

        self._save(ticket, decide, actor)

    def record(self, ticket: str, *events: AnyEvent) -> None:
        """Record what no command would."""
        self._tickets.execute(ticket, self._command("ticket", "agent:ayu"), lambda _: events)

    def ticket(self, id_: str) -> Ticket:
        """The ticket as it stands."""
        state = self._tickets.load(id_).state
        assert state is not None
        return state

    def history(self, ticket: str) -> list[tuple[Envelope, AnyEvent]]:
        """Everything recorded of a ticket."""
        return self._tickets.history(ticket)

    def kinds(self, ticket: str) -> list[str]:
        """The same by short names."""
        return [short(envelope.type) for envelope, _ in self.history(ticket)]

    def by_automation(self, ticket: str | None = None) -> list[Recorded]:
        """What the automation and the rules recorded, in the order of recording."""
        from eventstore.envelope import read_event

        found: list[Recorded] = []
        for _, body in self.store.read(0, 1_000_000):
            envelope, _ = read_event(body)
            kind, _, _ = (envelope.actor or "").partition(":")
            if kind in ("system", "rule") and ticket in (None, envelope.subject):
                found.append(
                    (envelope.subject, short(envelope.type), envelope.time, envelope.actor)
                )
        return found

    def recorded_of(self, ticket: str) -> list[Recorded]:
        """What the automation and the rules recorded of one ticket, on any store."""
        return [
            (ticket, short(envelope.type), envelope.time, envelope.actor)
            for envelope, _ in self.history(ticket)
            if (envelope.actor or "").partition(":")[0] in ("system", "rule")
        ]

    @contextmanager
    def automation(self) -> Generator[Automation]:
        """An automation on this ledger, with the desk's clock."""
        with opened_automation(self.folder, clock=self.clock) as automation:
            yield automation

    def automate(self) -> int:
        """One round of a newly started automation; how many saves it made."""
        with self.automation() as automation:
            done = automation.run_until(self.now)
        assert not done.missing
        return done.fired + done.placed

    def _save(
        self, ticket: str, decide: Callable[[Ticket | None], Sequence[Any]], actor: str
    ) -> None:
        def with_time(state: Ticket | None) -> Sequence[Any]:
            return with_clocks(
                state,
                decide(state),
                subject=ticket,
                at=self.now,
                in_force=None if actor.startswith("import:") else self.rules.held_by(state),
                customer=self.rules.customer_of(state),
            )

        self._tickets.execute(ticket, self._command("ticket", actor), with_time)

    def _command(self, name: str, actor: str) -> Command:
        self._given += 1
        return Command(f"given-{self._given}-{id(self)}", name, {}, self.now, actor)


def short(type_name: str) -> str:
    """`ticket.opened` of `ticketledger.ticket.opened.v1`."""
    return type_name.removeprefix("ticketledger.").removesuffix(".v1")


@contextmanager
def new_desk(folder: Path) -> Generator[Desk]:
    """A desk on an embedded ledger of its own."""
    store = SQLiteStore.create(folder, name="main", time_zone="UTC", application=TICKETS)
    try:
        yield Desk(folder, store)
    finally:
        store.close()


@contextmanager
def desk_of(folder: Path, *, now: datetime) -> Generator[Desk]:
    """The desk of a ledger that is there."""
    store = open_store(folder, application=TICKETS)
    try:
        yield Desk(folder, store, now=now)
    finally:
        store.close()
