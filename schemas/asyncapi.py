"""The description of the stream in AsyncAPI 3.0, drawn from the events' schemas."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from schemas.reference import short_name

JsonObject = dict[str, Any]

FILE_NAME = "asyncapi.yaml"
CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"
UNREADABLE_CONTENT_TYPE = "application/octet-stream"
CONTRACT_VERSION = "1.0.0"
"""Raised in the middle when types or optional fields are added; a type says its own version."""

_OPENING = "# Written by `make schemas`; `make check` compares. Edit schemas/asyncapi.py instead.\n"
_PLAIN_KEY = re.compile(r"[a-zA-Z$][a-zA-Z0-9_.-]*")
_NOT_PLAIN = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}

_RULES = """\
Everything that counted in a ledger, one record an event. A record's key is the event's subject, its
value the event as a CloudEvent 1.0 in JSON, whose bytes never change. All events of a subject are
in one partition, in order.

The header `position` numbers the events of a partition from 1, without a gap. To get each event's
effect exactly once, whatever breaks:

1. Keep the last position of each partition together with your results, in one transaction.
2. Skip a record whose position is not greater: the relay that publishes may repeat itself.
3. Stop at a position that is greater by more than one. Never go on behind a gap.

The record with position n is at offset n-1 or behind it, so what follows position n is found by
seeking to offset n. Ignore fields and types that you do not know: a version of a type may gain
optional fields, and anything else is a new version of it.
"""

_MOMENT: JsonObject = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$",
}


def description(schemas: Mapping[str, JsonObject]) -> JsonObject:
    """The document: one channel, a message for each event type, and one for what is unreadable."""
    names = [*schemas, "unreadable"]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "The stream of a ticket ledger",
            "version": CONTRACT_VERSION,
            "description": _RULES,
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {"events": _channel(names)},
        "operations": {
            "publish": {
                "action": "send",
                "summary": "The relay publishes what counted; everyone else only receives.",
                "channel": _ref("#/channels/events"),
            }
        },
        "components": {
            "messages": {
                **{name: _message(name, schema) for name, schema in schemas.items()},
                "unreadable": _unreadable(),
            },
            "messageTraits": {"event": _event_trait()},
            "schemas": {"envelope": _envelope(), "position": _position()},
        },
    }


def description_text(schemas: Mapping[str, JsonObject]) -> str:
    """The document in YAML, as its file holds it."""
    return _OPENING + "\n".join(_lines(description(schemas), 0)) + "\n"


def _channel(names: list[str]) -> JsonObject:
    return {
        "address": "{ledger}.events",
        "title": "What counted",
        "parameters": {"ledger": {"description": "The ledger's name, chosen at its creation."}},
        "messages": {name: _ref(f"#/components/messages/{name}") for name in names},
        "bindings": {
            "kafka": {
                "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": -1},
                "bindingVersion": "0.5.0",
            }
        },
    }


def _message(type_name: str, schema: JsonObject) -> JsonObject:
    said = {
        "type": "object",
        "properties": {"type": {"const": type_name}, "data": _ref(f"./{type_name}.json")},
        "required": ["data"],
    }
    return {
        "name": type_name,
        "title": short_name(type_name),
        "summary": str(schema["description"]),
        "traits": [_ref("#/components/messageTraits/event")],
        "payload": {"allOf": [_ref("#/components/schemas/envelope"), said]},
    }


def _unreadable() -> JsonObject:
    return {
        "name": "unreadable",
        "title": "Not an event",
        "summary": "A record counted, and its content cannot be read as events. Its bytes stand in "
        "the place of the first, nothing in those of the others, so that positions stay dense.",
        "contentType": UNREADABLE_CONTENT_TYPE,
        "headers": _headers(UNREADABLE_CONTENT_TYPE),
        "payload": {"description": "Any bytes, or none."},
        "bindings": _key_binding(),
    }


def _event_trait() -> JsonObject:
    return {
        "contentType": CONTENT_TYPE,
        "headers": _headers(CONTENT_TYPE),
        "bindings": _key_binding(),
    }


def _headers(content_type: str) -> JsonObject:
    return {
        "type": "object",
        "properties": {
            "content-type": {"const": content_type},
            "position": _ref("#/components/schemas/position"),
        },
        "required": ["content-type", "position"],
    }


def _position() -> JsonObject:
    return {
        "type": "string",
        "pattern": "^[1-9][0-9]*$",
        "description": "Number of the event in its partition, in ASCII digits; dense from 1.",
    }


def _key_binding() -> JsonObject:
    key = {"type": "string", "description": "The subject, in ASCII."}
    return {"kafka": {"key": key, "bindingVersion": "0.5.0"}}


def _envelope() -> JsonObject:
    """What every event has around its data: the attributes that eventstore/envelope.py writes."""
    text: JsonObject = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": text | {"description": "Drawn once, then fixed in the bytes."},
            "source": {"type": "string", "pattern": "^/ledgers/", "description": "The ledger."},
            "type": text | {"description": "What happened, with the version of its fields."},
            "subject": text | {"description": "Whose event it is; also the record's key."},
            "sequence": {
                "type": "string",
                "pattern": "^[0-9]{10}$",
                "description": "Number of the event in its subject, gapless.",
            },
            "time": _MOMENT | {"description": "When it occurred, UTC."},
            "recordedtime": _MOMENT | {"description": "When it was recorded, UTC."},
            "actor": text | {"description": "Who did it, such as agent:ayu or import:SOURCE."},
            "commandid": text | {"description": "The caller's idempotency key."},
            "correlationid": text | {"description": "What belongs together, such as one import."},
            "causationid": text | {"description": "The event that brought this one about."},
            "firstversion": {
                "type": "string",
                "pattern": "^[0-9]+$",
                "description": "Only of applications that number versions from other than 1.",
            },
        },
        "required": [
            "specversion",
            "id",
            "source",
            "type",
            "subject",
            "sequence",
            "time",
            "recordedtime",
        ],
    }


def _ref(target: str) -> JsonObject:
    return {"$ref": target}


def _lines(value: Any, depth: int) -> Iterator[str]:
    """A JSON value as YAML in block style. Strings are those of JSON, which YAML 1.2 includes."""
    indent = "  " * depth
    if isinstance(value, dict):
        for name, item in cast("JsonObject", value).items():
            yield from _entry(f"{indent}{_key(name)}:", item, depth)
    else:
        for item in cast("list[Any]", value):
            yield from _entry(f"{indent}-", item, depth)


def _entry(start: str, item: Any, depth: int) -> Iterator[str]:
    if isinstance(item, str) and "\n" in item:
        yield f"{start} |" if item.endswith("\n") else f"{start} |-"
        yield from (f"{'  ' * (depth + 1)}{line}".rstrip() for line in item.splitlines())
    elif isinstance(item, dict | list) and item:
        yield start
        yield from _lines(item, depth + 1)
    else:
        yield f"{start} {json.dumps(item, ensure_ascii=False)}"


def _key(name: str) -> str:
    plain = _PLAIN_KEY.fullmatch(name) and name.lower() not in _NOT_PLAIN
    return name if plain else json.dumps(name)
