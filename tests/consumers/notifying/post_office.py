"""A ledger with a clock of its own, its customers, and a notifier that sees that clock."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from consumers.notifying.notifier import Notifier, Surroundings
from consumers.notifying.notifier import opened as opened_notifier
from consumers.notifying.settings_file import parse_settings
from domain.application import CUSTOMERS, POLICIES, TICKETS
from domain.customer import Customer
from domain.events import AnyEvent, NotificationFailed, NotificationSent, Requester
from domain.policies.policy import Policy
from domain.policies.published import publish, subject_of
from domain.policies.telling import Notification, NotifiedFact, StageLabels
from domain.reach import Surface
from domain.subjects import customer_subject
from domain.ticket import Ticket, open_ticket
from domain.values import Channel
from eventstore.commands import Command
from eventstore.envelope import Envelope
from eventstore.ledger import Ledger
from eventstore.store import Store

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADDRESS = "nadia.canary@customers.test"
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes....").decode()
TICKET = "01930c1e-0000-7000-8000-000000000001"

INDONESIAN = StageLabels(
    language="id",
    received="Diterima",
    in_review="Sedang ditinjau",
    being_worked_on="Sedang dikerjakan",
    resolved="Selesai",
    with_a_specialist="Bersama spesialis",
    waiting_for_you="Menunggu Anda",
    reopened="Dibuka kembali",
)


def policy(**told: Sequence[Surface]) -> Policy:
    """A policy that tells these facts, by their names in NotifiedFact, on these surfaces."""
    return Policy(
        title="Telling",
        stages=(StageLabels.model_validate(ENGLISH), INDONESIAN),
        notifications=tuple(
            Notification(fact=NotifiedFact[name], surfaces=tuple(surfaces))
            for name, surfaces in told.items()
        ),
    )


ENGLISH = {
    "language": "en",
    "received": "Received",
    "in_review": "In review",
    "being_worked_on": "Being worked on",
    "resolved": "Resolved",
    "with_a_specialist": "With a specialist",
    "waiting_for_you": "Waiting for you",
    "reopened": "Reopened",
}


class PostOffice:
    """One ledger, its clock, and its notifier. `now` moves only when a test says so."""

    def __init__(self, folder: Path, store: Store, settings: str) -> None:
        self.folder = folder
        self.store = store
        self.settings = settings
        self.now = NINE
        self.tickets: Ledger[Ticket, AnyEvent] = Ledger(store, TICKETS, clock=self.clock)
        self._given = 0

    def clock(self) -> datetime:
        """What time it is here."""
        return self.now

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def publish(self, one: Policy) -> None:
        """Publish a policy."""
        ledger: Ledger[Any, Any] = Ledger(self.store, POLICIES, clock=self.clock)
        ledger.execute(
            subject_of("telling"),
            self.command("policy.publish"),
            lambda known: publish(known, policy_id="telling", policy=one, apply_to_open=False),
        )

    def customer(self, decide: Callable[[Customer], Sequence[Any]], id_: str = "C1") -> None:
        """Record something of a customer."""
        ledger: Ledger[Any, Any] = Ledger(self.store, CUSTOMERS, clock=self.clock)
        ledger.execute(
            customer_subject(id_),
            self.command("customer"),
            lambda known: decide(known or Customer(id_)),
        )

    def open(self, ticket: str = TICKET, **said: Any) -> str:
        """Open a ticket by e-mail; its id."""
        given: dict[str, Any] = {
            "number": f"N-{ticket[-3:]}",
            "channel": Channel.EMAIL,
            "requester": Requester(id="C1", name="Nadia Canary", email=ADDRESS),
            "subject": "CANARY subject",
            "body": "CANARY body",
        } | said
        self.give(lambda _: open_ticket(**given), ticket=ticket)
        return ticket

    def give(
        self,
        decide: Callable[[Ticket], Sequence[Any]],
        *,
        ticket: str = TICKET,
        actor: str = "agent:ayu",
        at: datetime | None = None,
    ) -> None:
        """Give a command."""
        command = self.command("test", actor=actor, at=at)
        self.tickets.execute(ticket, command, decide)  # type: ignore[arg-type]

    def reply(self, body: str = "We are on it.", **said: Any) -> None:
        """Answer the customer."""
        self._given += 1
        given: dict[str, Any] = {
            "message_id": f"M{self._given}",
            "channel": Channel.EMAIL,
            "agent_id": "ayu",
            "agent_display": "Ayu P.",
            "body": body,
        } | said
        self.give(lambda ticket: ticket.reply(at=self.now, **given))

    def command(
        self, name: str, *, actor: str = "agent:ayu", at: datetime | None = None
    ) -> Command:
        """A command of now."""
        self._given += 1
        return Command(f"c-{self._given}", name, {}, at or self.now, actor)

    def opened(self, **how: Any) -> Any:
        """The notifier, to be used in a `with`."""
        settings = parse_settings(self.settings, path=Path("notifications.toml"))
        surroundings = Surroundings(clock=self.clock, wait=lambda *_: True, chance=lambda: 1.0)
        return opened_notifier(self.folder, settings, surroundings=surroundings, **how)

    def begin(self) -> None:
        """Let the notifier know of this ledger: it tells what is recorded from now on."""
        assert self.run() == 0
        self.wait(seconds=1)

    def run(self, **how: Any) -> int:
        """Read and send what there is; how many attempts."""
        notifier: Notifier
        with self.opened(**how) as notifier:
            return notifier.run(threading.Event(), follow=False)

    def outcomes(self, ticket: str = TICKET) -> list[NotificationSent | NotificationFailed]:
        """What is recorded of notifications."""
        return [event for _, event in self.recorded(ticket)]

    def recorded(
        self, ticket: str = TICKET
    ) -> list[tuple[Envelope, NotificationSent | NotificationFailed]]:
        """The same with the envelopes."""
        return [
            (envelope, event)
            for envelope, event in self.tickets.history(ticket)
            if isinstance(event, NotificationSent | NotificationFailed)
        ]
