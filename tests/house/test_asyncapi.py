"""The stream's description: valid AsyncAPI, true to what is written, complete."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from domain.codec import EVENT_CLASSES
from eventstore.envelope import Envelope, write_event
from eventstore.kafka import topics
from schemas import generate
from schemas.asyncapi import FILE_NAME, description
from schemas.event_schemas import HERE, event_schemas, examples

pytestmark = pytest.mark.unit

Document = dict[str, Any]
OFFICIAL = Path(__file__).parent / "asyncapi" / "3.0.0.json"
EXAMPLES = examples()
OPENED = "ticketledger.ticket.opened.v1"


@pytest.fixture(scope="module")
def document() -> Document:
    """What is committed, read by a YAML parser that is not ours."""
    loaded: Document = yaml.safe_load((HERE / FILE_NAME).read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def official() -> Draft7Validator:
    """The schema that the AsyncAPI Initiative publishes."""
    return Draft7Validator(json.loads(OFFICIAL.read_text("utf-8")))


@pytest.fixture(scope="module")
def payload_of(document: Document) -> Callable[[str], Draft7Validator]:
    """The validator of a message's value: the document and the schemas beside it, by reference."""
    registry: Registry[Any] = Registry().with_resource(
        "file:///asyncapi.yaml", DRAFT7.create_resource(document)
    )
    for name, schema in event_schemas().items():
        readable = {key: value for key, value in schema.items() if key not in {"$schema", "$id"}}
        registry = registry.with_resource(f"file:///{name}.json", DRAFT7.create_resource(readable))

    def validator(name: str) -> Draft7Validator:
        pointer = f"file:///asyncapi.yaml#/components/messages/{name}/payload"
        return Draft7Validator({"$ref": pointer}, registry=registry)

    return validator


def _written(type_name: str, **changes: Any) -> Document:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    envelope = Envelope("e1", "/ledgers/main", type_name, "s1", 1, moment, moment, "agent:ayu")
    body = write_event(envelope, json.dumps(EXAMPLES[type_name]).encode())
    event: Document = json.loads(body)
    return event | changes


def test_the_description_is_valid_asyncapi(document: Document, official: Draft7Validator) -> None:
    assert [f"{one.json_path}: {one.message}" for one in official.iter_errors(document)] == []


@pytest.mark.parametrize("part", ["asyncapi", "info"])
def test_a_description_that_lacks_a_part_is_not_valid(
    document: Document, official: Draft7Validator, part: str
) -> None:
    broken = {name: value for name, value in document.items() if name != part}

    assert not official.is_valid(broken)


def test_a_description_with_a_misspelt_part_is_not_valid(
    document: Document, official: Draft7Validator
) -> None:
    broken = copy.deepcopy(document)
    broken["channels"]["events"]["adress"] = broken["channels"]["events"].pop("address")

    assert not official.is_valid(broken)


def test_a_yaml_parser_reads_what_was_meant(document: Document) -> None:
    assert document == description(event_schemas())


def test_a_description_edited_by_hand_is_found(tmp_path: Path) -> None:
    for path, text in generate.wanted_files(tmp_path, tmp_path / "events.md").items():
        path.write_text(text, "utf-8")
    (tmp_path / FILE_NAME).write_text("asyncapi: 3.0.0\n", "utf-8")

    assert generate.stale_files(tmp_path, tmp_path / "events.md") == [
        "asyncapi.yaml: differs from the events"
    ]


def test_every_event_type_is_a_message_of_the_channel(document: Document) -> None:
    messages = document["channels"]["events"]["messages"]

    assert messages.keys() == {*EVENT_CLASSES, "unreadable"}


def test_every_reference_leads_somewhere(document: Document) -> None:
    lost = [target for target in _references(document) if not _leads_somewhere(document, target)]

    assert lost == []


@pytest.mark.parametrize("type_name", EVENT_CLASSES)
def test_every_event_as_it_is_written_is_what_its_message_says(
    type_name: str, payload_of: Callable[[str], Draft7Validator]
) -> None:
    payload_of(type_name).validate(_written(type_name))


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": 1},
        {"time": "2026-03-01"},
        {"specversion": "0.3"},
        {"type": "ticketledger.ticket.opened.v2"},
        {"data": {}},
        {"data": None},
    ],
)
def test_what_is_never_written_does_not_pass_as_a_message(
    change: Document, payload_of: Callable[[str], Draft7Validator]
) -> None:
    assert not payload_of(OPENED).is_valid(_written(OPENED, **change))


def test_the_topic_is_described_as_it_is_created(document: Document) -> None:
    described = document["channels"]["events"]["bindings"]["kafka"]["topicConfiguration"]

    assert described["cleanup.policy"] == [topics.STREAM_NEEDS["cleanup.policy"]]
    assert str(described["retention.ms"]) == topics.STREAM_NEEDS["retention.ms"]


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [target for item in value.values() for target in _references(item)]
    if isinstance(value, list):
        return [target for item in value for target in _references(item)]
    return []


def _leads_somewhere(document: Document, target: str) -> bool:
    if target.startswith("./"):
        return (HERE / target).is_file()
    place: Any = document
    for name in target.removeprefix("#/").split("/"):
        if name not in place:
            return False
        place = place[name]
    return True
