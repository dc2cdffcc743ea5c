"""The reference page of all events, written from their schemas so that it cannot go stale."""

import json
from collections.abc import Mapping
from typing import Any

from domain.codec import EVENT_CLASSES

JsonObject = dict[str, Any]

_INTRODUCTION = """\
# The events

<!-- Written by `make schemas`; `make check` compares. Edit the events' docstrings instead. -->

Each event is one CloudEvent; this page lists what stands in its `data`. The same as JSON Schema,
for programs: [schemas/](../../schemas/). Every type name is prefixed `ticketledger.` and ends in
its version, as in `ticketledger.ticket.opened.v1`. A version may gain optional fields and changes
in no other way. What has no value is left out. *Personal* fields hold text about or by a person:
a string, or a sealed object once the text is kept under that person's key. Every event of a ticket
may also say `performed_by`: who did it in the source system, where the actor is an import.
"""


def reference_page(schemas: Mapping[str, JsonObject]) -> str:
    """The page in Markdown: for each event its rule, its fields and an example."""
    sections = [_section(name, schemas[name]) for name in EVENT_CLASSES]
    return "\n".join([_INTRODUCTION, *sections])


def short_name(type_name: str) -> str:
    """`ticket.opened` of `ticketledger.ticket.opened.v1`."""
    return type_name.removeprefix("ticketledger.").rsplit(".", 1)[0]


def _section(type_name: str, schema: JsonObject) -> str:
    required = set(schema.get("required", []))
    rows = [
        f"| `{name}` | {_kind(field, schema)} | {'always' if name in required else 'optional'} |"
        for name, field in schema.get("properties", {}).items()
        if name != "performed_by"
    ]
    example = json.dumps(schema.get("examples", [{}])[0], ensure_ascii=False)
    lines = [f"## {short_name(type_name)}", "", str(schema["description"]), ""]
    lines += ["| field | what it holds | |", "|---|---|---|", *rows, ""] if rows else []
    return "\n".join([*lines, "```json", example, "```", ""])


_PLAIN = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes or no",
    "object": "names and texts",
}


def _kind(field: JsonObject, root: JsonObject) -> str:
    match field:
        case {"x-personal": True}:
            kind = "text, *personal*"
        case {"$ref": reference}:
            kind = _kind(root["$defs"][str(reference).removeprefix("#/$defs/")], root)
        case {"enum": values}:
            kind = ", ".join(f"`{value}`" for value in values)
        case {"items": item}:
            kind = f"list of {_kind(item, root)}"
        case {"properties": properties}:
            kind = "{" + ", ".join(f"`{name}`" for name in properties) + "}"
        case {"format": "date-time"}:
            kind = "moment, UTC"
        case _:
            kind = _PLAIN[str(field["type"])]
    return kind
