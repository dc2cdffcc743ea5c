"""The nouns of the command line and how they are loaded: only the one that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from difflib import get_close_matches
from importlib import import_module
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_command_from_info

Function = TypeVar("Function", bound=Callable[..., Any])
Decorator = Callable[[Callable[..., None]], Callable[..., None]]

NOUNS = {
    "init": "Create an empty ledger.",
    "demo": "Take a real log of 141,712 updates in and show what comes of it.",
    "simulate": "Make up months of a support operation, with figures that are known.",
    "whatif": "See what another policy would have made of the same customers and agents.",
    "import": "Bring tickets in from another system's log.",
    "ticket": "Open tickets, work on them, see them.",
    "customer": "What the customer sees, their messages coming in, what is known of them.",
    "agent": "Who is there, what they can do, how much they take.",
    "do": "Give many commands at once, as JSON lines from a file or another program.",
    "queue": "What the agents do next, now or at any past moment.",
    "policy": "How the operation works: calendars, targets, routing, words, in versions.",
    "recontact": "How often customers have to contact us again, and why.",
    "project": "Run the projectors that keep the views, see how they are, rebuild them.",
    "automate": "Record what is due, route what waits: the process that acts by the policy.",
    "notify": "Tell customers of what happens to their cases, by e-mail and webhook.",
    "relay": "Publish a ledger on Kafka to its stream, which everyone else follows.",
    "log": "Look into the log itself: follow it, search it, verify it.",
    "sql": "Ask the published views in SQL.",
    "doctor": "See whether everything is set up as production needs it.",
    "up": "Run the relay and all projectors under one parent.",
}
"""Every noun with its line in the help. A noun is the module of its name, but for _MODULES."""

SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

_MODULES = {"import": "imports", "init": "initialize"}
_LEDGER = "--ledger"


class _AsGiven:
    """A text or a flag that arrives as it was given.

    Typer checks parameters with pydantic, which takes longer to import than most commands take to
    run. Texts and flags need no checking.
    """

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ARG002 - typer's interface
        return () if value is None and param.multiple else value


class _Light:
    """A command or group whose texts and flags cost nothing."""

    def get_params(self, ctx: Any) -> list[Any]:
        command: Any = super()
        parameters: list[Any] = command.get_params(ctx)
        for parameter in parameters:
            if parameter.type_descriptor.annotation in (str, bool, list[str]):
                vars(parameter)["get_runtime_param"] = _AsGiven
        return parameters


class Verb(_Light, TyperCommand):
    """A command of a noun."""


class Verbs(_Light, TyperGroup):
    """A noun with its verbs."""


class _Made(Mapping[str, Any]):
    """The verbs of a noun, each made when it is asked for: a noun has many, a call needs one."""

    def __init__(self, app: typer.Typer) -> None:
        self._app = app
        self._described = {name_of(one): one for one in app.registered_commands}
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = get_command_from_info(
                self._described[name],
                pretty_exceptions_short=self._app.pretty_exceptions_short,
                rich_markup_mode=self._app.rich_markup_mode,
            )
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._described)

    def __len__(self) -> int:
        return len(self._described)


class Root(_Light, TyperGroup):
    """The whole command line: nouns, each loaded when it is used."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's interface
        return list(NOUNS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - typer's interface
        if cmd_name not in NOUNS:
            return None
        if cmd_name not in self.commands:
            module = import_module(f"{__package__}.{_MODULES.get(cmd_name, cmd_name)}")
            self.commands[cmd_name] = _made(module.app)
        return self.commands[cmd_name]

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - typer's interface
        with formatter.section("Commands"):
            formatter.write_dl(list(NOUNS.items()))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, with_ledger_first(args))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in NOUNS and not args[0].startswith("-"):
            near = get_close_matches(args[0], NOUNS, n=1)
            ctx.fail(f"no such noun: {args[0]}." + (f" Did you mean {near[0]}?" if near else ""))
        return super().resolve_command(ctx, args)


def with_ledger_first(arguments: list[str]) -> list[str]:
    """`--ledger PATH` moved to the front, from wherever it stood before a `--`."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    first: list[str] = []
    rest: list[str] = []
    words = iter(arguments[:end])
    for word in words:
        if word == _LEDGER:
            first += [word, *(path for path in [next(words, None)] if path is not None)]
        elif word.startswith(f"{_LEDGER}="):
            first.append(word)
        else:
            rest.append(word)
    return [*first, *rest, *arguments[end:]]


def _made(app: typer.Typer) -> Any:
    """A noun as the command line has it."""
    if app.registered_callback is None:  # it is a command of its own
        return get_command(app)
    without_verbs = copy(app)
    without_verbs.registered_commands = []
    group: Any = get_command(without_verbs)
    group.commands = _Made(app)
    return group


def noun(name: str) -> typer.Typer:
    """A noun whose help is its line in NOUNS."""
    app = typer.Typer(
        name=name,
        cls=Verbs,
        help=NOUNS[name],
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings=SETTINGS,
    )
    app.callback()(_nothing)
    return app


def single(name: str, *, example: str) -> tuple[typer.Typer, Decorator]:
    """A noun that is a command of its own, and the decorator for its function."""
    app = typer.Typer(name=name, add_completion=False, rich_markup_mode=None)
    return app, verb(app, example=example, name=name)


def verb(
    app: typer.Typer, *, example: str, name: str | None = None
) -> Callable[[Function], Function]:
    """A verb of a noun. Its help ends in the example."""
    return app.command(
        name,
        cls=Verb,
        epilog=f"\b\nExample:\n  {example}",
        context_settings=SETTINGS,
        no_args_is_help=False,
    )


def _nothing() -> None:
    """Make a group also of a noun with one verb."""


def in_order(app: typer.Typer, names: str) -> None:
    """Let the help list a noun's verbs in this order."""
    order = names.split()
    app.registered_commands.sort(key=lambda command: order.index(name_of(command)))


def name_of(command: Any) -> str:
    """A registered verb's name on the command line."""
    return str(command.name or command.callback.__name__.replace("_", "-"))
