"""What is wrong with a TOML file that a model describes: every mistake in plain words, its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic_core import ErrorDetails

from domain.policies.near import near
from domain.toml_lines import Place, line_of

_SYNTAX_LINE = re.compile(r"at line (\d+)")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file, in which line, and what would be right.

    A warning is not wrong, but can hardly be meant.
    """

    line: int
    message: str
    is_warning: bool = False


class Part(BaseModel):
    """A table of a file. What it does not know is a mistake in writing, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def syntax_problem(error: tomllib.TOMLDecodeError, text: str) -> Problem:
    """Why a text is no TOML."""
    found = _SYNTAX_LINE.search(str(error))
    line = int(found[1]) if found else max(1, text.count("\n"))
    return Problem(line, f"this is not TOML: {error}")


def problem_of(
    detail: ErrorDetails,
    lines: Mapping[Place, int],
    *,
    model: type[BaseModel],
    called: str,
    patterns: Mapping[str, str],
) -> Problem:
    """One mistake against a model.

    `called`: what the file is, such as "a mapping". `patterns`: what a text by a pattern of the
    model looks like, in words.
    """
    place = detail["loc"]
    name = shown(place) or f"the {called.rsplit(maxsplit=1)[-1]}"
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            known = known_keys(model, place[:-1])
            guess = near(str(place[-1]), known)
            message = f"{name} is no key of {called}; here can stand: {', '.join(known)}{guess}"
        case "missing":
            message = f"{name} is missing; say what it is"
        case "enum" | "literal_error":
            expected = str(context.get("expected", ""))
            guess = near(str(detail["input"]), re.findall(r"'([^']*)'", expected))
            message = f"{name} is wrong: it can be {expected}{guess}"
        case "string_pattern_mismatch":
            message = f"{name} is wrong: {patterns[str(context['pattern'])]}"
        case "value_error":
            message = f"{name} is wrong: {context['error']}"
        case _:
            message = f"{name} is wrong: {detail['msg'].lower()}"
    return Problem(line_of(dict(lines), place), message)


def shown(place: Sequence[int | str]) -> str:
    """A place as people write it; the first of an array is `targets[1]`."""
    text = ""
    for part in place:
        if part == "[key]":
            continue
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def known_keys(model: type[BaseModel], place: Sequence[int | str]) -> list[str]:
    """The keys that the table at this place knows."""
    found: Any = model
    for part in place:
        found = _inside(found, str(part))
    fields = found.model_fields if _is_model(found) else model.model_fields
    return [field.alias or name for name, field in fields.items()]


def _inside(annotation: Any, key: str) -> Any:
    """What stands under a key of a table, or in an array."""
    if _is_model(annotation):
        for name, field in annotation.model_fields.items():
            if key in (name, field.alias):
                return _bare(field.annotation)
        return None
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return _bare(inner[0])
    return _bare(inner[1]) if origin is dict else None


def _bare(annotation: Any) -> Any:
    """An annotation without what says how it is read and whether it may be left out."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _bare(get_args(annotation)[0])
    return annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
