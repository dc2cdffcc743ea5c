"""What every recorded value is made of: frozen models, strict when written, tolerant when read."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


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
