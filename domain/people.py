"""The vocabulary of people: whether an agent is there, what they take, what an erasure covers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field


class Availability(StrEnum):
    """Whether an agent can be given work."""

    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


class ErasureScope(StrEnum):
    """How much of what is known about a customer may no longer be used."""

    PERSONAL_TEXT = "personal_text"
    EVERYTHING = "everything"


Capacity = Annotated[int, Field(ge=0)]
"""How many active tickets an agent takes; 0: none."""
