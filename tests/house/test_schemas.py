"""The published contract: every event is described, and a version keeps its promise."""

import copy
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain.codec import EVENT_CLASSES, decode, encode
from schemas import generate
from schemas.compatibility import breaking_changes
from schemas.event_schemas import event_schemas, examples, read_schemas
from schemas.reference import reference_page

pytestmark = pytest.mark.unit

SENT = "ticketledger.message.sent.v1"
OPENED = "ticketledger.ticket.opened.v1"
Schema = dict[str, Any]
Edit = Callable[[Schema], object]

SCHEMAS = event_schemas()
EXAMPLES = examples()


@pytest.mark.parametrize("type_name", EVENT_CLASSES)
def test_every_event_states_its_business_rule(type_name: str) -> None:
    rule = EVENT_CLASSES[type_name].__doc__

    assert rule
    assert rule.strip().endswith(".")


@pytest.mark.parametrize("type_name", EVENT_CLASSES)
def test_every_event_has_an_example_that_its_schema_allows(type_name: str) -> None:
    schema = SCHEMAS[type_name]

    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(EXAMPLES[type_name])


@pytest.mark.parametrize("type_name", EVENT_CLASSES)
def test_every_example_is_what_we_would_write(type_name: str) -> None:
    data = EXAMPLES[type_name]

    event = decode(type_name, json.dumps(data).encode())

    written_type, written = encode(event)
    assert written_type == type_name
    assert json.loads(written) == data


def test_there_is_no_example_of_an_event_that_does_not_exist() -> None:
    assert EXAMPLES.keys() == EVENT_CLASSES.keys()


@given(st.sampled_from(sorted(EVENT_CLASSES)), st.data())
def test_a_schema_refuses_an_event_that_lacks_what_it_always_has(
    type_name: str, data: st.DataObject
) -> None:
    schema = SCHEMAS[type_name]
    required = schema.get("required", [])
    if required:
        example = dict(EXAMPLES[type_name])
        del example[data.draw(st.sampled_from(required))]

        assert not Draft202012Validator(schema).is_valid(example)


def test_a_reader_with_an_old_schema_accepts_an_event_with_a_field_of_a_newer_release() -> None:
    for type_name, schema in SCHEMAS.items():
        newer = EXAMPLES[type_name] | {"a_later_field": 1}

        assert Draft202012Validator(schema).is_valid(newer), type_name


def test_personal_text_is_marked_where_it_may_stand() -> None:
    schemas = SCHEMAS
    marked = {
        f"{type_name.split('.', 1)[1]}:{name}"
        for type_name, schema in schemas.items()
        for name, field in schema["properties"].items()
        if field.get("x-personal")
    }

    assert {
        "ticket.opened.v1:subject",
        "ticket.opened.v1:body",
        "message.received.v1:body",
        "message.sent.v1:body",
        "message.sent.v1:agent_display",
        "note.added.v1:body",
        "ticket.handed_over.v1:summary",
        "ticket.escalated.v1:summary",
    } <= marked
    requester = schemas[OPENED]["$defs"]["Requester"]["properties"]
    assert {name for name, field in requester.items() if field.get("x-personal")} == {
        "name",
        "email",
        "phone",
        "username",
    }


def test_committed_schemas_and_reference_are_those_of_the_events() -> None:
    assert generate.stale_files() == []


def test_a_schema_edited_by_hand_is_found(tmp_path: Path) -> None:
    for path, text in generate.wanted_files(tmp_path, tmp_path / "events.md").items():
        path.write_text(text, "utf-8")
    (tmp_path / f"{SENT}.json").write_text("{}\n", "utf-8")
    (tmp_path / "ticketledger.ticket.vanished.v1.json").write_text("{}\n", "utf-8")

    assert generate.stale_files(tmp_path, tmp_path / "events.md") == [
        f"{SENT}.json: differs from the events",
        "ticketledger.ticket.vanished.v1.json: there is no such event type",
    ]


def test_the_events_of_today_keep_what_was_released() -> None:
    assert generate.broken_promises() == []


def test_what_was_released_is_read_back_and_compared(tmp_path: Path) -> None:
    released = copy.deepcopy(SCHEMAS[SENT])
    released["properties"]["mood"] = {"type": "string"}
    (tmp_path / f"{SENT}.json").write_text(json.dumps(released), "utf-8")

    assert read_schemas(tmp_path).keys() == {SENT}
    assert generate.broken_promises(tmp_path) == [f"{SENT}: data.mood: is gone"]


def test_a_check_fails_where_a_promise_would_be_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    released = copy.deepcopy(SCHEMAS[SENT])
    released["properties"]["mood"] = {"type": "string"}
    (tmp_path / f"{SENT}.json").write_text(json.dumps(released), "utf-8")
    monkeypatch.setattr(generate, "broken_promises", partial(generate.broken_promises, tmp_path))
    monkeypatch.setattr(sys, "argv", ["generate", "--check"])

    assert generate.main() == 1
    told = capsys.readouterr().err
    assert f"{SENT}: data.mood: is gone" in told
    assert "add a .v2 of the type" in told


def _drop_field(schema: Schema) -> None:
    del schema["properties"]["template"]


def _drop_required_field(schema: Schema) -> None:
    del schema["properties"]["asks"]
    schema["required"].remove("asks")


def _loosen_type(schema: Schema) -> None:
    schema["properties"]["asks"] = {"type": ["boolean", "string"]}


def _bound_length(schema: Schema) -> None:
    schema["properties"]["message_id"]["maxLength"] = 40


def _hide_personal(schema: Schema) -> None:
    del schema["properties"]["body"]["x-personal"]


def _require_in_definition(schema: Schema) -> None:
    schema["$defs"]["SealedText"]["required"].append("cipher")
    schema["$defs"]["SealedText"]["properties"]["cipher"] = {"type": "string"}


BREAKING: dict[str, tuple[Edit, str]] = {
    "a field is dropped": (_drop_field, "data.template: is gone"),
    "a required field is dropped": (_drop_required_field, "data.asks: is gone"),
    "an optional field becomes required": (
        lambda schema: schema["required"].append("body"),
        "data.body: was optional and is required",
    ),
    "a required field becomes optional": (
        lambda schema: schema["required"].remove("asks"),
        "data.asks: was required and is optional",
    ),
    "a new field is required": (
        lambda schema: (
            schema["required"].append("mood"),
            schema["properties"].update(mood={"type": "string"}),
        ),
        "data.mood: is new and required",
    ),
    "a type is loosened": (_loosen_type, "data.asks: type was 'boolean'"),
    "a length is bounded": (_bound_length, "data.message_id: maxLength was 200 and is 40"),
    "a word is added to a list of words": (
        lambda schema: schema["$defs"]["Author"]["enum"].append("parrot"),
        "data.author: enum was",
    ),
    "personal text is no longer marked": (_hide_personal, "data.body: x-personal was True"),
    "a value inside an event requires more": (_require_in_definition, "data.agent_display: anyOf"),
}


@pytest.mark.parametrize(("edit", "sentence"), BREAKING.values(), ids=BREAKING)
def test_the_gate_refuses(edit: Edit, sentence: str) -> None:
    released = {SENT: SCHEMAS[SENT]}
    edited = copy.deepcopy(released)
    edit(edited[SENT])

    found = breaking_changes(released=released, now=edited)

    assert any(f"{SENT}: {sentence}" in change for change in found), found


def test_the_gate_refuses_that_a_released_event_disappears() -> None:
    (change,) = breaking_changes(released={SENT: SCHEMAS[SENT]}, now={})

    assert change.startswith(f"{SENT}: was released and is gone")


def _gain_optional_field(schema: Schema) -> None:
    schema["properties"]["mood"] = {"type": "string"}


def _gain_optional_field_in_definition(schema: Schema) -> None:
    schema["$defs"]["Requester"]["properties"]["pronoun"] = {"type": "string"}


def _say_it_better(schema: Schema) -> None:
    schema["description"] = "Said better."
    schema["title"] = "Another name"
    schema["examples"] = []


@pytest.mark.parametrize(
    "edit",
    [_gain_optional_field, _gain_optional_field_in_definition, _say_it_better],
)
def test_the_gate_lets_a_version_gain_optional_fields_and_better_words(edit: Edit) -> None:
    released = {OPENED: SCHEMAS[OPENED]}
    edited = copy.deepcopy(released)
    edit(edited[OPENED])

    assert breaking_changes(released=released, now=edited) == []


def test_a_new_event_type_breaks_nothing() -> None:
    now = SCHEMAS
    released = {name: schema for name, schema in now.items() if name != SENT}

    assert breaking_changes(released=released, now=now) == []


def test_the_reference_page_tells_each_event_and_marks_what_is_personal() -> None:
    page = reference_page(SCHEMAS)

    for type_name in EVENT_CLASSES:
        assert f"## {type_name.removeprefix('ticketledger.').removesuffix('.v1')}\n" in page
    assert "| `body` | text, *personal* | optional |" in page
