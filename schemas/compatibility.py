"""The promise of a version: `.v1` may gain optional fields, and nothing else about it changes.

Readers hold old schemas and meet new events; programs hold new schemas and read old events. Only an
optional field hurts neither. Anything else is a new version of the type, with an upcaster.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

JsonObject = dict[str, Any]

_REMARKS = frozenset({"$schema", "$id", "$comment", "$defs", "title", "description", "examples"})
"""What explains a schema without changing which events it allows."""


def breaking_changes(
    *, released: Mapping[str, JsonObject], now: Mapping[str, JsonObject]
) -> list[str]:
    """Every way in which the schemas of today break a released promise, each as one sentence."""
    found: list[str] = []
    for type_name, old in sorted(released.items()):
        new = now.get(type_name)
        if new is None:
            found.append(f"{type_name}: was released and is gone; the log still holds its events")
            continue
        found += [
            f"{type_name}: {change}"
            for change in _changes(_resolved(old, old), _resolved(new, new), "data")
        ]
    return found


def _changes(old: JsonObject, new: JsonObject, place: str) -> Iterator[str]:
    for name in sorted((old.keys() | new.keys()) - _REMARKS - {"properties", "required"}):
        before, after = old.get(name, ...), new.get(name, ...)
        if _is_object(before) and _is_object(after):
            yield from _changes(before, after, f"{place}[]")
        elif before != after:
            yield f"{place}: {name} was {_shown(before)} and is {_shown(after)}"
    yield from _property_changes(old, new, place)


def _property_changes(old: JsonObject, new: JsonObject, place: str) -> Iterator[str]:
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    old_required, new_required = set(old.get("required", [])), set(new.get("required", []))
    for name in sorted(old_fields.keys() | new_fields.keys()):
        field = f"{place}.{name}"
        if name not in new_fields:
            yield f"{field}: is gone"
        elif name not in old_fields:
            if name in new_required:
                yield f"{field}: is new and required; old events lack it"
        else:
            if name in new_required - old_required:
                yield f"{field}: was optional and is required; old events may lack it"
            if name in old_required - new_required:
                yield f"{field}: was required and is optional; readers rely on it"
            yield from _changes(old_fields[name], new_fields[name], field)


def _resolved(schema: Any, root: JsonObject) -> Any:
    """The schema with each reference replaced by what it names, and without remarks."""
    if isinstance(schema, list):
        return [_resolved(item, root) for item in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    node = cast("JsonObject", schema)
    if "$ref" in node:
        name = str(node["$ref"]).removeprefix("#/$defs/")
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return _resolved(root["$defs"][name] | beside, root)
    return {
        key: (
            {name: _resolved(field, root) for name, field in value.items()}
            if key == "properties"
            else _resolved(value, root)
        )
        for key, value in node.items()
        if key not in _REMARKS
    }


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _shown(value: Any) -> str:
    return "absent" if value is ... else repr(value)
