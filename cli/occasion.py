"""The occasion of a command: its id, when it happened, who gives it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import typer

from cli.context import own_agent
from cli.narration import tell
from cli.times import is_relative, parse_moment

_CLOCKS_DIFFER_AT_MOST = timedelta(minutes=5)
_ACTOR_KINDS = ("agent", "customer", "rule", "system")


@dataclass(frozen=True, slots=True)
class Occasion:
    """One command being given: its id, when it happened, and who gives it.

    `drawn`: the id is ours, and the caller does not know it yet.
    """

    command_id: str
    at: datetime
    actor: str
    drawn: bool = False

    @property
    def agent_id(self) -> str | None:
        """The agent, if one gives the command."""
        kind, _, name = self.actor.partition(":")
        return name if kind == "agent" else None


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
