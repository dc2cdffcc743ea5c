"""A writer of tickets that goes on until it is killed, as a process of its own."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.application import TICKETS
from domain.errors import Refusal
from domain.events import AnyEvent, Requester
from domain.ticket import Ticket, open_ticket
from domain.values import Channel, Intent, Method, Status
from eventstore.commands import Command
from eventstore.errors import OutcomeUnknown
from eventstore.kafka.errors import BrokerUnreachable
from eventstore.kafka.store import KafkaStore
from eventstore.ledger import Ledger

LIMIT = 30
"""Of a ticket with so many events nobody wants to hear any more."""

_ASKS_A_TICKET = 14

Decide = Callable[[Ticket | None], Sequence[Any]]


class Finished(Exception):
    """The one refusal: it stays true, whatever comes after it."""


def asked(writer: int, number: int) -> tuple[str, str]:
    """(ticket, command id) of a writer's n-th command: a third is what the others ask too.

    All writers go through the same tickets, two at a time, and ask more of each than it allows.
    """
    ticket = f"t-{number // (2 * _ASKS_A_TICKET)}-{number % 2}"
    return ticket, f"shared-{number}" if number % 3 == 0 else f"own-{writer}-{number}"


def deciding(ticket_id: str, command_id: str, number: int, at: datetime) -> Decide:
    """What a writer's n-th command comes to, on whatever state."""

    def decide(ticket: Ticket | None) -> Sequence[Any]:
        if ticket is None:
            customer = Requester(id=f"C{number % 7}")
            return open_ticket(number=ticket_id, channel=Channel.EMAIL, requester=customer)
        if ticket.sequence >= LIMIT:
            raise Finished
        with suppress(Refusal):
            return _wish(ticket, command_id, number, at)
        return ticket.add_note("nothing to do", note_id=command_id)

    return decide


def _wish(ticket: Ticket, command_id: str, number: int, at: datetime) -> Sequence[Any]:
    agent, mail = f"agent-{number % 3}", Channel.EMAIL
    match number % 7:
        case 0 | 1:
            intent = list(Intent)[number % len(Intent)]
            return ticket.receive(message_id=command_id, channel=mail, at=at, intent=intent)
        case 2:
            return ticket.reply(message_id=command_id, channel=mail, at=at, agent_id=agent)
        case 3:
            return ticket.put_in_queue(f"Group {number % 4}")
        case 4:
            return ticket.assign(agent, method=Method.CLAIM)
        case 5:
            resolved = ticket.status is Status.RESOLVED
            return ticket.close() if resolved else ticket.resolve(at=at, agent_id=agent)
        case _:
            return ticket.progress()


def write(folder: Path, writer: int, notes: Path) -> None:
    """Execute commands for ever, going on where the notes end; note every answer durably."""
    noted = [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []
    number = max((note["number"] for note in noted), default=0)
    with notes.open("a", encoding="utf-8") as file, closing(_opened(folder)) as store:
        ledger = Ledger(store, TICKETS)
        while True:
            note = _asked_once(ledger, writer, number)
            file.write(json.dumps(note) + "\n")
            file.flush()
            os.fsync(file.fileno())
            number += note["told"] in ("recorded", "refused")


def _opened(folder: Path) -> KafkaStore:
    while True:
        with suppress(BrokerUnreachable):
            return KafkaStore.open(folder, application=TICKETS)


def _asked_once(ledger: Ledger[Ticket, AnyEvent], writer: int, number: int) -> dict[str, Any]:
    ticket, id_ = asked(writer, number)
    note: dict[str, Any] = {"number": number, "subject": ticket, "id": id_}
    at, began = datetime.now(UTC), time.monotonic()
    command = Command(id_, "ask", {"number": number}, occurred_at=at, actor="agent:ayu")
    try:
        answer = ledger.execute(ticket, command, deciding(ticket, id_, number, at))
        note |= {"told": "recorded", "position": answer.position, "sequence": answer.sequence}
    except Finished:
        note |= {"told": "refused"}
    except (OutcomeUnknown, BrokerUnreachable) as error:
        note |= {"told": type(error).__name__}
    return note | {"seconds": round(time.monotonic() - began, 3)}


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
