"""What every event of a ticket has in common."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from domain.values import CustomerId, Personal


def stored_name(attribute: str) -> str:
    """The name in the log: `from` is a Python keyword, so its attribute is called `from_`."""
    return attribute.removesuffix("_")


class Model(BaseModel):
    """A value inside an event: frozen, and strict about what it is made of.

    Writing refuses unknown fields; reading ignores them (see `domain.codec`), so that an older
    program understands a newer event as far as it can.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=stored_name,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class Event(Model):
    """Something that happened to one subject.

    Its type name is a constant, whatever module it lives in.
    """

    TYPE: ClassVar[str]


class TicketEvent(Event):
    """A fact about one ticket."""

    performed_by: str | None = Field(
        default=None, description="Who did it in the source system, where the actor is an import."
    )


class Requester(Model):
    """The customer behind a ticket. The id is opaque; everything else is personal."""

    id: CustomerId
    name: Personal | None = None
    email: Personal | None = None
    phone: Personal | None = None
    username: Personal | None = None
