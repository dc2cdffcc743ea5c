"""Personal text stands only where it is marked, so that it can be found and sealed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from domain.application import TICKETS
from domain.codec import encode
from domain.events import AnyEvent, MessageReceived, Requester
from domain.model import Model
from domain.values import Sealed
from tests.domain.strategies import ANY_EVENT, EVENT_KINDS, events

pytestmark = pytest.mark.unit

PERSONAL = {
    "message.received": {"body"},
    "message.sent": {"agent_display", "body"},
    "note.added": {"body"},
    "ticket.assigned": {"summary"},
    "ticket.deescalated": {"summary"},
    "ticket.escalated": {"summary"},
    "ticket.handed_over": {"summary"},
    "ticket.opened": {"body", "subject"},
}
"""The starred fields of the catalogue; a requester's are below."""


def marked(kind: type[Model]) -> set[str]:
    schema: dict[str, Any] = kind.model_json_schema(by_alias=True)
    return {name for name, field in schema["properties"].items() if "x-personal" in str(field)}


def test_exactly_the_personal_fields_of_events_are_marked() -> None:
    found = {
        kind.TYPE.removeprefix("ticketledger.").removesuffix(".v1"): marked(kind)
        for kind in EVENT_KINDS
    }

    assert {name: fields for name, fields in found.items() if fields} == PERSONAL


def test_everything_about_a_requester_but_the_id_is_personal() -> None:
    assert marked(Requester) == {"name", "email", "phone", "username"}


@pytest.mark.parametrize("kind", [*EVENT_KINDS, Requester])
def test_every_personal_field_may_be_sealed(kind: type[Model]) -> None:
    for name in marked(kind):
        assert Sealed in _parts(kind.model_fields[name].annotation), name


def _parts(annotation: Any) -> list[Any]:
    from typing import get_args

    return [annotation, *(part for inner in get_args(annotation) for part in _parts(inner))]


SECRET = "ani@example.org"


@each(ANY_EVENT, st.data())
def test_no_personal_text_becomes_a_key(event: AnyEvent, data: st.DataObject) -> None:
    changed = {name: SECRET for name in marked(type(event)) if data.draw(st.booleans())}
    secret = event.model_copy(update=changed)
    if getattr(event, "requester", None) is not None:
        secret = secret.model_copy(update={"requester": Requester(id="c", email=SECRET)})

    assert not [key for key in TICKETS.keys(*encode(secret)) if SECRET in key]


@each(events(MessageReceived))
def test_a_message_is_found_by_its_id(message: MessageReceived) -> None:
    assert list(TICKETS.keys(*encode(message))) == [f"message:{message.message_id}"]


def test_a_mark_survives_into_the_published_schema_as_a_boolean() -> None:
    schema = json.loads(json.dumps(MessageReceived.model_json_schema()))

    assert '"x-personal": true' in json.dumps(schema["properties"]["body"])
