"""The commands that can be given as JSON, read off the command line itself: there is no other list.

A verb that takes --command-id records something, so it can be given like this. Its fields are its
arguments and options by the names they have there: `--next-update-by` is `next_update_by`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Literal, cast, get_args, get_origin

import typer

NOUNS = ("ticket", "customer", "agent", "queue")
"""Nouns whose verbs record on the ledger that is open. Others open what they need themselves."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_KEPT_APART = ("json",)
_TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a command: its name in JSON, the parameter it fills, what it may hold."""

    name: str
    parameter: str
    help: str
    required: bool
    default: Any
    kind: type
    choices: tuple[str, ...] = ()
    many: bool = False
    least: int | None = None

    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        one: dict[str, Any] = {"type": _JSON_TYPES[self.kind]}
        if self.choices:
            one["enum"] = list(self.choices)
        if self.least is not None:
            one["minimum"] = self.least
        whole = {"type": "array", "items": one} if self.many else one
        told = {"default": self.default} if self.default not in (None, False) else {}
        return {"description": self.help, **whole, **told}

    def read(self, value: Any) -> Any:
        """The value for the parameter. Raises a usage error that never quotes it."""
        if self.many:
            if not isinstance(value, list):
                raise self._wrong("a list")
            return [self._one(part) for part in cast(list[object], value)]
        return self._one(value)

    def _one(self, value: Any) -> Any:
        # bool is a kind of int, but true is no number.
        if not isinstance(value, self.kind) or isinstance(value, bool) is not (self.kind is bool):
            raise self._wrong(_IN_WORDS[self.kind])
        if self.choices and value not in self.choices:
            raise self._wrong(f"one of {', '.join(self.choices)}")
        amount: Any = value
        if self.least is not None and amount < self.least:
            raise self._wrong(f"at least {self.least}")
        return amount

    def _wrong(self, wanted: str) -> typer.BadParameter:
        return typer.BadParameter(f"it has to be {wanted}", param_hint=self.name)


@dataclass(frozen=True)
class Form:
    """One command: how its line looks, and the function of the command line that it calls."""

    name: str
    help: str
    fields: Mapping[str, Field]
    call: Callable[..., None]

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """What the command line passes for what is not given."""
        return {field.parameter: field.default for field in self.fields.values()} | {"json": True}

    def arguments(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """What the function is called with. Null is as good as not given. Raises a usage error."""
        given = {name: value for name, value in line.items() if value is not None and name != "do"}
        for name in given:
            if name not in self.fields:
                near = get_close_matches(name, self.fields, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise typer.BadParameter(f"{self.name} has no such field{hint}", param_hint=name)
        for name, field in self.fields.items():
            if field.required and name not in given:
                raise typer.BadParameter(f"{self.name} needs it", param_hint=name)
        read = {self.fields[name].parameter: self.fields[name].read(given[name]) for name in given}
        return self.defaults | read

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its line."""
        fields = {name: field.schema() for name, field in self.fields.items()}
        required = [name for name, field in self.fields.items() if field.required]
        return {
            "title": self.name,
            "description": self.help,
            "type": "object",
            "properties": {"do": {"const": self.name}, **fields},
            "required": ["do", *required],
            "additionalProperties": False,
        }


def forms() -> dict[str, Form]:
    """Every command that can be given as JSON, by its name `NOUN.VERB`."""
    return {form.name: form for noun in NOUNS for form in _forms_of(noun)}


def schema_of(known: Mapping[str, Form]) -> dict[str, Any]:
    """The JSON Schema of a line."""
    return {
        "$schema": _DIALECT,
        "title": "One command on a ledger of tickets",
        "description": "It needs a command_id (where there is one, a message_id serves as it) and, "
        "with it, at: when it happened. Only with --draw-ids both can be left out.",
        "oneOf": [form.schema() for form in known.values()],
    }


def form_named(known: Mapping[str, Form], name: object) -> Form:
    """The command of that name. Raises a usage error."""
    found = known.get(name) if isinstance(name, str) else None
    if found is None:
        near = get_close_matches(name, known, n=1) if isinstance(name, str) else ()
        hint = f"did you mean {near[0]}?" if near else "see them: ticketledger do --schema"
        raise typer.BadParameter(f"there is no such command; {hint}", param_hint="do")
    return found


def _forms_of(noun: str) -> Iterator[Form]:
    from cli.main import command_line
    from cli.nouns import NOUNS as ALL

    if noun not in ALL:
        return
    group = command_line().get_command(None, noun)
    for verb, command in group.commands.items():
        if "command_id" in {one.name for one in command.params}:
            yield _form(f"{noun}.{verb}", command)


def _form(name: str, command: Any) -> Form:
    fields = [_field(one) for one in command.params if one.name not in _KEPT_APART]
    text: str = (command.help or "").partition("\n")[0]
    return Form(name, text, {field.name: field for field in fields}, command.callback)


def _field(parameter: Any) -> Field:
    annotation = parameter.type_descriptor.annotation
    many = get_origin(annotation) is list
    one = get_args(annotation)[0] if many else annotation
    choices = get_args(one) if get_origin(one) is Literal else ()
    return Field(
        name=_name_of(parameter),
        parameter=parameter.name,
        help=parameter.help,
        required=parameter.required,
        default=parameter.default,
        kind=str if choices else one,
        choices=choices,
        many=many,
        least=parameter.min,
    )


def _name_of(parameter: Any) -> str:
    """An option's long name, an argument's word in the help; the ticket itself is the `ticket`."""
    if parameter.name == "number":
        return _TICKET
    if parameter.opts[0].startswith("-"):
        word: str = next(one for one in parameter.opts if one.startswith("--"))
    else:
        word = (parameter.metavar or parameter.name).rstrip(".")
    return word.removeprefix("--").lower().replace("-", "_")


_JSON_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number"}
_IN_WORDS = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}
