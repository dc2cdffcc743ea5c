"""Events as stored bytes and back: strict when writing, tolerant when reading."""

from __future__ import annotations

from typing import get_args

from domain.events import AnyEvent, Event

EVENT_CLASSES: dict[str, type[AnyEvent]] = {event.TYPE: event for event in get_args(AnyEvent)}
"""Each event's class by its type name, the constant that is stored."""


class UnknownEventType(Exception):
    """The log holds an event that this release does not know. A newer release wrote it."""

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name
        super().__init__(
            f"this release does not know events of type {type_name}; "
            "a newer release wrote them: install that one"
        )


def encode(event: Event) -> tuple[str, bytes]:
    """The event's type name and its data as compact JSON; fields without a value are left out."""
    return event.TYPE, event.__pydantic_serializer__.to_json(
        event, exclude_none=True, by_alias=True
    )


def decode(type_name: str, data: bytes) -> AnyEvent:
    """The event that these bytes describe. Unknown fields are ignored: a newer release added them.

    Raises UnknownEventType, or pydantic's ValidationError where the data are not of that type.
    """
    event_class = EVENT_CLASSES.get(type_name)
    if event_class is None:
        raise UnknownEventType(type_name)
    return event_class.model_validate_json(data, extra="ignore")
