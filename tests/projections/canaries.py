"""Events in which everything that is not public carries a mark, made from the models themselves."""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from random import Random
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from domain import values
from domain.events import AnyEvent
from eventstore.envelope import Envelope, write_event

MARK = "CANARY"
PUBLIC_MARK = "for the customer's eyes"
MARKED_YEAR = 2777
MARKED_NUMBER = 777_000_000
MARKED_SHARE = 0.8767676


def short_name(event: type[BaseModel]) -> str:
    """`ticket.opened` of the model of `ticketledger.ticket.opened.v1`."""
    found: str = event.TYPE  # type: ignore[attr-defined]
    return found.removeprefix("ticketledger.").removesuffix(".v1")


EVENTS: dict[str, type[BaseModel]] = {short_name(event): event for event in get_args(AnyEvent)}


class Minting:
    """Makes events; each mark is made once, so that a leak says where it came from."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._minted = 0

    def event(
        self, kind: str, public: AbstractSet[str], *, subject: str, sequence: int, at: datetime
    ) -> bytes:
        """The bytes of an event of this kind; only fields named in `public` are unmarked.

        A field that no model knows yet is marked too.
        """
        # Not validated: a mark in every field is worth more than digests and scales that are some.
        fields = self._model(EVENTS[kind], "", public)
        marked = json.dumps(fields | {"from_the_future": self._mark(kind)}).encode()
        who = self._chance.choice(["agent", "customer", "rule", "system"])
        envelope = Envelope(
            id=self._mark("id"),
            source="/ledgers/test",
            type=f"ticketledger.{kind}.v1",
            subject=subject,
            sequence=sequence,
            time=at,
            recordedtime=at,
            actor=f"{who}:{self._mark('actor')}",
            commandid=self._mark("commandid"),
            correlationid=self._mark("correlationid"),
            causationid=self._mark("causationid"),
        )
        return write_event(envelope, marked)

    def _mark(self, where: str) -> str:
        self._minted += 1
        return f"{MARK}-{where}-{self._minted}"

    def _model(self, model: type[BaseModel], path: str, public: AbstractSet[str]) -> dict[str, Any]:
        hints = get_type_hints(model, include_extras=True)
        return {
            (field.alias or name): self._value(
                hints[name], f"{path}{field.alias or name}", public=public
            )
            for name, field in model.model_fields.items()
        }

    def _value(self, kind: Any, path: str, *, public: AbstractSet[str]) -> Any:  # noqa: C901, PLR0911, PLR0912 (one branch a type)
        if kind == values.Personal and self._chance.random() < 0.5:
            return self._model(values.Sealed, f"{path}.", public)
        if get_origin(kind) is Annotated:
            return self._value(get_args(kind)[0], path, public=public)
        if get_origin(kind) in (Union, UnionType):
            [inner, *_] = [part for part in get_args(kind) if part is not type(None)]
            return self._value(inner, path, public=public)
        if get_origin(kind) is tuple:
            return [self._value(get_args(kind)[0], path, public=public)]
        if get_origin(kind) is dict:
            return {self._mark(path): self._value(get_args(kind)[1], path, public=public)}
        if get_origin(kind) is Literal:
            return self._chance.choice(get_args(kind))
        if issubclass(kind, BaseModel):
            return self._model(kind, f"{path}.", public)
        if issubclass(kind, Enum):
            return self._chance.choice(list(kind)).value
        if issubclass(kind, bool):
            return self._chance.random() < 0.5
        self._minted += 1
        if issubclass(kind, datetime):
            year = 2026 if path in public else MARKED_YEAR
            moment = datetime(year, 3, 1, tzinfo=UTC) + timedelta(seconds=self._minted)
            return values.iso(moment)
        if issubclass(kind, date):
            return f"{MARKED_YEAR}-03-01"
        if issubclass(kind, int):
            return 1 if path in public else MARKED_NUMBER + self._minted
        if issubclass(kind, float):
            return 0.5 if path in public else MARKED_SHARE
        if not issubclass(kind, str):
            raise TypeError(f"say here how to mark a {kind} ({path})")
        return f"{PUBLIC_MARK} {self._minted}" if path in public else self._mark(path)


def words_of(paths: dict[str, AbstractSet[str]]) -> set[str]:
    """Every word of the enumerations that stand in these fields of these events."""
    return {
        str(word.value)
        for kind, names in paths.items()
        for name, annotation in get_type_hints(EVENTS[kind]).items()
        if name in EVENTS[kind].model_fields and name.removesuffix("_") in names
        for part in (annotation, *get_args(annotation))
        if isinstance(part, type) and issubclass(part, Enum)
        for word in part
    }


def fields_of(kind: str) -> set[str]:
    """The stored names of an event's fields."""
    return {field.alias or name for name, field in EVENTS[kind].model_fields.items()}
