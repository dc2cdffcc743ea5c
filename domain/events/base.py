"""What every event of a ticket has in common."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from domain.model import Model
from domain.values import CustomerId, Personal


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
