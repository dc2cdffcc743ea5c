"""Composing a notice: from the log, at each attempt, so that no copy of personal text is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from consumers.notifying.letters import Letter
from consumers.notifying.settings import NotificationSettings
from consumers.notifying.telling import Happened, save_with
from consumers.notifying.transport import Notice
from consumers.notifying.words import WITHOUT_AGENT, filled, subject_of, text_for
from consumers.rules import Rules
from domain.application import CUSTOMERS
from domain.customer import Customer
from domain.errors import Refusal
from domain.events import AnyEvent, MessageSent, TicketAssigned, TicketResolved
from domain.in_force import InForce
from domain.policies.policy import Policy
from domain.policies.telling import NotifiedFact
from domain.reach import Surface
from domain.subjects import customer_subject
from domain.ticket import Ticket
from domain.values import CustomerId, iso
from eventstore.ledger import Ledger
from eventstore.store import Store


class Unsendable(Exception):
    """It can be told to nobody; the message says why, and names nobody."""


class Unreachable(Exception):
    """The customer has no address on this surface, which is no failure."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What of a customer's record decides how they are told. `erased`: of either record, where
    two are of one person."""

    language: str | None = None
    time_zone: str | None = None
    erased: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    """What a notice may tell of: the ticket as the save left it, and who is behind the event."""

    ticket: Ticket
    event: AnyEvent
    policy: Policy
    profile: Profile
    agent: str | None

    @property
    def due_at(self) -> datetime | None:
        """By when the next update is promised."""
        return self.ticket.promise.due_at if self.ticket.promise is not None else None

    def values(self, language: str, zone: ZoneInfo) -> dict[str, str | None]:
        """What the names of a template stand for. This is all that a text can ever hold."""
        labels = self.policy.labels_for(self.profile.language or language)
        nobody_named = self.agent is None and isinstance(self.event, MessageSent)
        return {
            "number": self.ticket.number,
            "stage": getattr(labels, self.ticket.stage.value),
            "agent": _somebody(language) if nobody_named else self.agent,
            "at": written(self.ticket.effective_at, zone),
            "next_update": written(self.due_at, zone) if self.due_at is not None else None,
            "text": _message(self.event),
        }


class Composer:
    """Composes the notices of one ledger. Every method raises StoreError."""

    def __init__(self, store: Store, rules: Rules, settings: NotificationSettings) -> None:
        self._store = store
        self._rules = rules
        self._settings = settings
        self._customers = Ledger(store, CUSTOMERS)
        self._zone = ZoneInfo(store.settings.time_zone)

    def happened(self, ticket: str, sequence: int) -> Happened | None:
        """The save that holds an event of a ticket."""
        return save_with(iter(self._store.load(ticket).records), sequence)

    def in_force(self, ticket: Ticket) -> InForce | None:
        """By which policy its customer is told; None: nobody is told anything."""
        try:
            return self._rules.held_by(ticket)
        except Refusal:  # it was published since we looked
            self._rules.refresh()
            return self._rules.held_by(ticket)

    def notice(self, letter: Letter) -> Notice:
        """What a letter says. Raises Unsendable, Unreachable."""
        happened = self.happened(letter.ticket, letter.sequence)
        in_force = self.in_force(happened.ticket) if happened is not None else None
        if happened is None or in_force is None:
            raise Unsendable("the log does not have what it tells of any more")
        customer = happened.ticket.requester_id
        if customer is None:
            raise Unreachable("no customer")
        profile = self._profile(customer)
        if profile.erased:
            raise Unsendable("the customer was erased")
        address = address_of(happened) if letter.surface is Surface.EMAIL else None
        event = next(event for envelope, event in happened.events if envelope.id == letter.event)
        case = _Case(happened.ticket, event, in_force.policy, profile, _agent(event, happened))
        return self._composed(letter, case, address)

    def _composed(self, letter: Letter, case: _Case, address: str | None) -> Notice:
        ticket, fact = case.ticket, letter.fact
        if fact is NotifiedFact.TICKET_ASSIGNED and case.agent is None:
            fact = NotifiedFact.STAGE_CHANGED  # there is nobody to name
        languages = (case.profile.language, self._settings.language)
        language, text = text_for(fact, languages, self._settings.texts)
        zone = ZoneInfo(case.profile.time_zone) if case.profile.time_zone else self._zone
        known = case.values(language, zone)
        subject = subject_of(text.subject, known, number=ticket.number)
        words = filled(text.body, known)
        data: dict[str, Any] = {
            "notification_id": letter.id,
            "surface": letter.surface.value,
            "customer": ticket.requester_id,
            "number": ticket.number,
            "stage": ticket.stage.value,
            "stage_label": known["stage"],
            "agent": case.agent,
            "happened_at": iso(ticket.effective_at),
            "next_update_by": iso(case.due_at) if case.due_at is not None else None,
            "time_zone": zone.key,
            "language": language,
            "message": known["text"],
            "subject": subject,
            "text": words,
        }
        return Notice(
            id=letter.id,
            surface=letter.surface,
            fact=fact.value,
            made_at=letter.planned_at,
            thread=ticket.id,
            subject=subject,
            text=words,
            data=data,
            address=address,
            language=language,
        )

    def _profile(self, id_: CustomerId) -> Profile:
        """What is known of a customer; of one who was merged, what is known of the other."""
        erased, seen, known = False, set[str](), Customer(id_)
        while id_ not in seen:
            seen.add(id_)
            found = self._customers.load(customer_subject(id_)).state
            if found is None:
                break
            erased, known = erased or found.erased is not None, found
            if found.merged_into is None:
                break
            id_ = found.merged_into
        return Profile(known.language, known.time_zone, erased)


def address_of(happened: Happened) -> str:
    """The e-mail address of the customer whose ticket it was then.

    Rule: it stands in the opening, and is that of the requester named there; a ticket that passed
    to another customer has none. Raises Unsendable where it is sealed, Unreachable where there is
    none.
    """
    requester = happened.opening.requester if happened.opening is not None else None
    if requester is None or requester.id != happened.ticket.requester_id:
        raise Unreachable("no address")
    if requester.email is None or requester.email == "":
        raise Unreachable("no address")
    if not isinstance(requester.email, str):
        raise Unsendable("the customer's address is sealed")
    return requester.email


def plain(text: str) -> str:
    """A text that can be written as UTF-8, whatever somebody recorded."""
    return text.encode("utf-8", "replace").decode("utf-8")


def written(moment: datetime, zone: ZoneInfo) -> str:
    """Date and time as the customer's calendar and clock show them, and by which zone."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"


def _agent(event: AnyEvent, happened: Happened) -> str | None:
    """What the agent behind it is called in front of customers, where that is known."""
    if isinstance(event, MessageSent):
        shown = event.agent_display
        return " ".join(plain(shown).split()) or None if isinstance(shown, str) else None
    agent_id = happened.ticket.owner
    if isinstance(event, TicketAssigned):
        agent_id = event.to
    elif isinstance(event, TicketResolved):
        agent_id = event.resolver or agent_id
    return plain(happened.names.get(agent_id or "", "")) or None


def _message(event: AnyEvent) -> str | None:
    """The words of a public reply; of no other event, and none that are sealed."""
    if isinstance(event, MessageSent) and isinstance(event.body, str):
        return plain(event.body).strip() or None
    return None


def _somebody(language: str) -> str:
    return WITHOUT_AGENT.get(language, WITHOUT_AGENT["en"])
