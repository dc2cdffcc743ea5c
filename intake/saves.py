"""One save of an import: its command, and its events as decided, folded and encoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from pydantic import ValidationError

from domain import codec
from domain.events import AnyTicketEvent, TicketImported, TicketOpened, TicketReopened
from domain.ticket import Ticket, evolve_saves
from eventstore.commands import text_fingerprint
from eventstore.envelope import write_time
from eventstore.prepared import Prepared
from intake.cells import RowUnreadable

OPENING = "import.open"
ROW = "import.row"
"""The names of the two commands of an import; a ticket's first row may give both."""

SAVE_BYTES_MAX = 900_000
"""A record holds a little more; the difference is for the envelopes."""


class Place(NamedTuple):
    """A place in a ticket's history: after so many events, the last of them by this command.

    The number alone would not do: somebody else's event can stand where one of ours was to stand.
    """

    sequence: int
    command_id: str | None


BEFORE_ALL = Place(0, None)


class RowCommand(NamedTuple):
    """What a row asks for: the id names the row, its content tells a repeat from a mistake."""

    id: str
    name: str
    content: str
    at: datetime


@dataclass(slots=True)
class Stand:
    """How a ticket stands while its saves are made: at which place, and what it is then.

    It is folded when a decision asks for it; most rows are decided by the row before alone.
    """

    subject: str
    actor: str
    place: Place = BEFORE_ALL
    folded: Ticket | None = None
    unfolded: list[tuple[Sequence[AnyTicketEvent], datetime]] = field(
        default_factory=list[tuple[Sequence[AnyTicketEvent], datetime]]
    )

    @property
    def ticket(self) -> Ticket:
        """The ticket. It is opened by its first save; nobody asks before."""
        if self.unfolded:
            self.folded = evolve_saves(
                self.folded,
                self.unfolded,
                subject=self.subject,
                after=self.folded.sequence if self.folded is not None else 0,
                actor=self.actor,
            )
            self.unfolded.clear()
        assert self.folded is not None, "a ticket's first save opens it"
        return self.folded

    def move(self, command: RowCommand, events: Sequence[AnyTicketEvent]) -> None:
        """Stand after one more save."""
        self.place = Place(self.place.sequence + len(events), command.id)
        self.unfolded.append((events, command.at))


class ImportedSave(NamedTuple):
    """A save ready for the ledger: `Prepared` but for the fingerprint, which whoever records it
    computes. `ends_row` says that it is the last save of its row."""

    subject: str
    command_id: str
    command_name: str
    content: str
    time: str
    after_sequence: int
    after_command: str | None
    types: list[str]
    data: list[bytes]
    ends_row: bool

    @property
    def prepared(self) -> Prepared:
        """As the ledger takes it."""
        return Prepared(
            self.subject,
            f"{self.command_id} {row_fingerprint(self.command_name, self.content)}",
            self.time,
            self.after_sequence,
            self.after_command,
            self.types,
            self.data,
        )


def row_fingerprint(name: str, content: str) -> str:
    """Of a row's command. The batch is no part of it: the same row is the same in a file that has
    grown."""
    return text_fingerprint(name, "row", content)


def actor_of(source: str) -> str:
    """Who records an import."""
    return f"import:{source}"


_ONCE = (TicketOpened, TicketImported, TicketReopened)
"""Events that are never met again: each says something of its own."""

_KEPT_MAX = 50_000


class SaveMaker:
    """Makes the saves of one import."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[AnyTicketEvent, tuple[str, bytes]]] = {}

    def save(
        self,
        stand: Stand,
        command: RowCommand,
        *,
        events: Sequence[AnyTicketEvent],
        ends_row: bool,
    ) -> ImportedSave:
        """The save; the ticket stands after it then. Raises RowUnreadable if it is too large to be
        kept."""
        assert events, "a save without events records nothing"
        types: list[str] = []
        data: list[bytes] = []
        size = 0
        for event in events:
            type_, encoded = self._encoded(event)
            types.append(type_)
            data.append(encoded)
            size += len(encoded)
        if size > SAVE_BYTES_MAX:
            raise RowUnreadable(f"it holds {size:,} bytes, a save at most {SAVE_BYTES_MAX:,}")
        after, command_id = stand.place
        stand.move(command, events)
        return ImportedSave(
            stand.subject,
            command.id,
            command.name,
            command.content,
            write_time(command.at),
            after,
            command_id,
            types,
            data,
            ends_row,
        )

    def _encoded(self, event: AnyTicketEvent) -> tuple[str, bytes]:
        """Type and data. What recurs in a log is the very same event (`domain.recurring`), so its
        data are kept; with the event, or another one could come to have its `id`."""
        kept = self._kept.get(id(event))
        if kept is not None:
            return kept[1]
        encoded = codec.encode(event)
        if not isinstance(event, _ONCE):
            if len(self._kept) >= _KEPT_MAX:
                self._kept.clear()
            self._kept[id(event)] = event, encoded
        return encoded


def blamed_on_row(error: ValidationError) -> RowUnreadable:
    """What pydantic found wrong with a value, without the value."""
    found = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in found["loc"])
    return RowUnreadable(f"its {place} cannot be recorded ({found['type'].replace('_', ' ')})")
