"""The noun `agent`: who is there, what they can do, how much they take."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import agent_looking
from cli.agent_app import app
from cli.agent_looking import Whom
from cli.cells import clean
from cli.context import own_agent, writing
from cli.nouns import in_order, verb
from cli.options import As, At, AvailabilityName, CommandId, Json, LevelName, Reason
from cli.person import Change, forgotten, needed, show_change

if TYPE_CHECKING:
    from domain.agent import Agent
    from domain.events import AgentEvent


_ = agent_looking

Who = Annotated[
    str | None,
    typer.Argument(metavar="AGENT", help="The agent's id. Default: you.", show_default=False),
]


@verb(app, example="ticketledger agent online ayu")
def online(
    agent: Who = None,
    *,
    reason: Reason = None,
    command_id: CommandId = None,
    at: At = None,
    actor: As = None,
    json: Json = False,
) -> None:
    """Say that an agent is there and can be given tickets."""
    _become(agent, "online", reason, Change(command_id, at, actor), as_json=json)


@verb(app, example="ticketledger agent away ayu --reason lunch")
def away(
    agent: Who = None,
    *,
    reason: Reason = None,
    command_id: CommandId = None,
    at: At = None,
    actor: As = None,
    json: Json = False,
) -> None:
    """Say that an agent has stepped away: no new tickets, their own stay theirs."""
    _become(agent, "away", reason, Change(command_id, at, actor), as_json=json)


@verb(app, example="ticketledger agent offline ayu --reason 'end of shift'")
def offline(
    agent: Who = None,
    *,
    reason: Reason = None,
    command_id: CommandId = None,
    at: At = None,
    actor: As = None,
    json: Json = False,
) -> None:
    """Say that an agent has left. Giving them a ticket then needs --force."""
    _become(agent, "offline", reason, Change(command_id, at, actor), as_json=json)


@verb(
    app,
    name="set",
    example="ticketledger agent set ayu --capacity 8 --skill refunds --skill hotels",
)
def set_(
    agent: Whom,
    *,
    capacity: Annotated[
        int | None,
        typer.Option("--capacity", metavar="COUNT", min=0, help="Active tickets at most."),
    ] = None,
    skills: Annotated[
        list[str] | None,
        typer.Option("--skill", metavar="NAME", help="What they can do; may be repeated."),
    ] = None,
    languages: Annotated[
        list[str] | None,
        typer.Option("--language", metavar="TAG", help="As in pt-BR; may be repeated."),
    ] = None,
    level: Annotated[
        LevelName | None, typer.Option("--level", help="The level on which they work.")
    ] = None,
    roles: Annotated[
        list[str] | None,
        typer.Option("--role", metavar="NAME", help="What they are; may be repeated."),
    ] = None,
    forget: Annotated[
        list[str] | None,
        typer.Option(
            "--forget",
            metavar="WHAT",
            help="Not known any more: capacity, skills, languages, level or roles; "
            "may be repeated.",
        ),
    ] = None,
    command_id: CommandId = None,
    at: At = None,
    actor: As = None,
    json: Json = False,
) -> None:
    """Say what an agent can do and how much they take; what is not given stays as it is.

    Skills, languages and roles that are given take the place of those before.
    """
    from domain.agent import ABILITIES
    from domain.values import Level

    gone = forgotten(forget, known=ABILITIES)
    said = needed(
        capacity=capacity,
        skill=tuple(skills or ()),
        language=tuple(languages or ()),
        level=level,
        role=tuple(roles or ()),
        forget=gone,
    )
    _give(
        agent,
        "agent.set",
        said,
        lambda known: known.describe(
            capacity=capacity,
            skills=skills or None,
            languages=languages or None,
            level=Level(level) if level else None,
            roles=roles or None,
            forget=gone,
        ),
        change=Change(command_id, at, actor),
        as_json=json,
    )


def _become(
    agent: str | None, to: AvailabilityName, reason: str | None, change: Change, *, as_json: bool
) -> None:
    from domain.people import Availability

    _give(
        _me() if agent is None else agent,
        f"agent.{to}",
        {"reason": reason},
        lambda known: known.become(Availability(to), reason=reason),
        change=change,
        as_json=as_json,
    )


def _give(
    agent_id: str,
    name: str,
    said: dict[str, Any],
    decide: Callable[[Agent], Sequence[AgentEvent]],
    *,
    change: Change,
    as_json: bool,
) -> None:
    from domain.agent import Agent
    from domain.application import AGENTS
    from domain.subjects import agent_subject

    with writing() as tickets:
        known, outcome = change.give(
            tickets.store,
            AGENTS,
            agent_subject(agent_id),
            name=name,
            arguments=said,
            decide=lambda agent: decide(agent or Agent(agent_id)),
        )
    what = f"{clean(agent_id)}  {known.availability or 'availability not known'}"
    show_change(_record(known), outcome, what=what, as_json=as_json)


def _record(agent: Agent) -> dict[str, Any]:
    """An agent as `--json` tells them."""
    return {
        "agent": agent.id,
        "availability": agent.availability,
        "available_since": agent.available_since,
        "capacity": agent.capacity,
        "level": agent.level,
        "skills": agent.skills,
        "languages": agent.languages,
        "roles": agent.roles,
    }


def _me() -> str:
    """The agent who gives the command. Raises a usage error."""
    kind, _, name = own_agent().partition(":")
    if kind != "agent" or not name:
        raise typer.BadParameter(
            f"say which agent; TICKETLEDGER_ACTOR names none: {shlex.quote(own_agent())}",
            param_hint="AGENT",
        )
    return name


in_order(app, "list show online away offline set")
