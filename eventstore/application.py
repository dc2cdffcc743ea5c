"""What a ledger has to be told about the events it keeps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

from .envelope import Envelope

State = TypeVar("State")
Event = TypeVar("Event")


class Application(Protocol[State, Event]):
    """Codec and fold of one kind of events. States must be immutable: they are kept and shared."""

    def encode(self, event: Event, /) -> tuple[str, bytes]:
        """An event's type, and its data as a JSON object in UTF-8."""
        ...

    def decode(self, type_: str, data: bytes, /) -> Event:
        """The event again. Raises anything if it cannot."""
        ...

    def fact(self, envelope: Envelope, event: Event, /) -> Any:
        """An event together with what the ledger knows about it, as `evolve` takes it."""
        ...

    def evolve(self, state: State | None, fact: Any, /) -> State:
        """The state after one more fact."""
        ...

    def keys(self, type_: str, data: bytes, /) -> Iterable[str]:
        """Keys under which the subject of this event is found; a function of its arguments."""
        ...
