"""The JSON Schema of each event type, drawn from the models that write the events."""

import json
from pathlib import Path
from typing import Any, cast

from domain.codec import EVENT_CLASSES

JsonObject = dict[str, Any]

HERE = Path(__file__).resolve().parent
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def event_schemas() -> dict[str, JsonObject]:
    """For each type name, the schema of its `data`.

    It describes what is written, for those who read. So a field without a value is absent, never
    null, and unknown fields are allowed: a later release may add optional ones under this version.
    """
    shown = examples()
    return {name: _schema_of(name, shown.get(name)) for name in sorted(EVENT_CLASSES)}


def schema_text(schema: JsonObject) -> str:
    """A schema as its file holds it, so that a difference is a difference of content."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def read_schemas(folder: Path) -> dict[str, JsonObject]:
    """The schemas in a folder by type name, which is the file's name."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in schema_files(folder)}


def schema_files(folder: Path) -> list[Path]:
    """The files of a folder that hold an event's schema."""
    return sorted(folder.glob("ticketledger.*.json"))


def examples() -> dict[str, JsonObject]:
    """One example of each type's `data`, written by hand in examples.json."""
    return cast("dict[str, JsonObject]", json.loads((HERE / "examples.json").read_text("utf-8")))


def _schema_of(type_name: str, example: JsonObject | None) -> JsonObject:
    drawn = EVENT_CLASSES[type_name].model_json_schema(mode="validation")
    definitions = cast("JsonObject", drawn.pop("$defs", {}))
    schema: JsonObject = {"$schema": DIALECT, "$id": f"{type_name}.json"}
    schema |= _object_for_readers(drawn)
    if example is not None:
        schema["examples"] = [example]
    if definitions:
        schema["$defs"] = {
            name: _object_for_readers(definition) for name, definition in definitions.items()
        }
    return schema


def _object_for_readers(drawn: JsonObject) -> JsonObject:
    """The same object without what concerns only the writer: closed to unknown fields, null."""
    schema = dict(drawn)
    if schema.get("additionalProperties") is False:
        del schema["additionalProperties"]
    if "properties" in schema:
        schema["properties"] = {
            name: _field_for_readers(field) for name, field in schema["properties"].items()
        }
    return schema


def _field_for_readers(drawn: JsonObject) -> JsonObject:
    field = {name: value for name, value in drawn.items() if name != "title"}
    if field.get("default", ...) is None:
        del field["default"]
    choices = [choice for choice in field.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        del field["anyOf"]
        only: JsonObject = choices[0]
        return only | field
    return field | ({"anyOf": choices} if choices else {})
