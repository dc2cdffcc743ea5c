"""The occasion of a command: its id, when it happened, who gives it."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from cli.context import own_agent
from cli.narration import tell
from cli.times import is_relative, parse_moment

if TYPE_CHECKING:
    from domain.in_force import InForce

_CLOCKS_DIFFER_AT_MOST = timedelta(minutes=5)
_ID_CHARACTERS_MAX = 200
_ACTOR_KINDS = ("agent", "customer", "rule", "system")


@dataclass(frozen=True, slots=True)
class Occasion:
    """One command being given: its id, when it happened, and who gives it.

    `drawn`: the id is ours, and the caller does not know it yet. `in_force`: the policy by which
    the ticket is decided on, once that is known.
    """

    command_id: str
    at: datetime
    actor: str
    drawn: bool = False
    in_force: InForce | None = None

    @property
    def agent_id(self) -> str | None:
        """The agent, if one gives the command."""
        kind, _, name = self.actor.partition(":")
        return name if kind == "agent" else None

    @property
    def default_promise(self) -> timedelta:
        """For how long ahead the next update is promised where nobody said otherwise."""
        from domain.state import DEFAULT_NEXT_UPDATE

        return self.in_force.default_promise if self.in_force else DEFAULT_NEXT_UPDATE

    @property
    def reopening_window(self) -> timedelta:
        """How long after its closing a ticket can still reopen."""
        from domain.state import REOPENING_WINDOW

        return self.in_force.reopening_window if self.in_force else REOPENING_WINDOW

    def under(self, in_force: InForce | None) -> Occasion:
        """The same occasion, where this policy holds."""
        return replace(self, in_force=in_force)

    def part(self, what: str) -> Occasion:
        """The occasion of a further save that the same command causes, under an id of its own."""
        return replace(self, command_id=_derived(self.command_id, what), drawn=False)


def occasion_of(
    zone: ZoneInfo, *, command_id: str | None, at: str | None, actor: str | None
) -> Occasion:
    """The occasion of a command; without an id of the caller's one is drawn.

    A caller's own id needs a fixed time, since repeating the command must say the same. Raises a
    usage error.
    """
    if command_id is not None and (at is None or is_relative(at)):
        raise typer.BadParameter(
            "a command with a key of your own needs the time when it happened, as a date and time, "
            "so that repeating it says the same",
            param_hint="--at",
        )
    moment = parse_moment(at, zone, option="--at") if at else datetime.now(UTC)
    if moment > datetime.now(UTC) + _CLOCKS_DIFFER_AT_MOST:
        # One mistyped year would move the ticket, and every figure with it, there for good.
        raise typer.BadParameter("nothing can have happened in the future", param_hint="--at")
    doer = _checked(actor or own_agent())
    if command_id is None:
        return Occasion(_drawn_id(), moment, doer, drawn=True)
    return Occasion(command_id, moment, doer)


@contextmanager
def telling_id(occasion: Occasion) -> Generator[None]:
    """Tell a drawn command id once it is recorded, or where it is unknown whether it is.

    Of a command that came to nothing the id is worth nothing.
    """
    from eventstore.errors import OutcomeUnknown

    try:
        yield
    except Exception as error:
        if not isinstance(error, OutcomeUnknown):
            raise
        _tell_id(occasion)
        raise
    except BaseException:  # interrupted, perhaps after it was recorded
        _tell_id(occasion)
        raise
    _tell_id(occasion)


def _tell_id(occasion: Occasion) -> None:
    if occasion.drawn:
        tell(f"command {occasion.command_id}")


def _derived(command_id: str, what: str) -> str:
    """Always the same for the same command, so that repeating it finds what is there."""
    whole = f"{command_id}/{what}"
    if len(whole) <= _ID_CHARACTERS_MAX:
        return whole
    return f"sha256:{hashlib.sha256(whole.encode()).hexdigest()}"


def _drawn_id() -> str:
    from eventstore.identifiers import draw_event_ids

    return draw_event_ids(1)[0]


def _checked(actor: str) -> str:
    kind, _, name = actor.partition(":")
    if kind not in _ACTOR_KINDS or not name.strip():
        raise typer.BadParameter(
            "an actor looks like agent:ayu, customer:C7, rule:refunds@3 or system:portal",
            param_hint="--as",
        )
    return actor
