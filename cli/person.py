"""Commands on the record of an agent or a customer: how they are given, what they answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.changing import Arguments, fitting, kinds_of
from cli.context import zone_of
from cli.occasion import occasion_of, telling_id
from cli.output import say, say_json
from cli.wording import label

if TYPE_CHECKING:
    from domain.events import AnyEvent
    from eventstore.ledger import Application, Ledger
    from eventstore.proposal import Outcome
    from eventstore.store import Store

Decide = Callable[[Any], "Sequence[Any]"]
"""What a command comes to, given the folded record, or None where there is none yet."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a command on somebody's record was called with, beside what it says."""

    command_id: str | None
    at: str | None
    actor: str | None

    def give(
        self,
        store: Store,
        application: Application[Any, AnyEvent],
        subject: str,
        *,
        name: str,
        arguments: Arguments,
        decide: Decide,
    ) -> tuple[Any, Outcome[AnyEvent]]:
        """Give the command; the record as it stands then, and what came of it.

        `arguments` are what the caller said: they tell a repeat from another command of that id.
        """
        from eventstore.commands import Command
        from eventstore.ledger import Ledger

        ledger: Ledger[Any, AnyEvent] = Ledger(store, application)
        occasion = occasion_of(
            zone_of(store), command_id=self.command_id, at=self.at, actor=self.actor
        )
        said = {key: value for key, value in arguments.items() if value is not None}
        command = Command(occasion.command_id, name, said, occasion.at, occasion.actor)
        with telling_id(occasion):
            outcome = ledger.execute(subject, command, fitting(decide))
        return ledger.load(subject).state, outcome


def show_change(
    record: dict[str, Any], outcome: Outcome[AnyEvent], *, what: str, as_json: bool
) -> None:
    """Print the record as it is now, and what was recorded; `what` is its line for people."""
    if as_json:
        said = {
            "command_id": outcome.command_id,
            "repeated": outcome.repeated,
            "sequence": outcome.sequence,
            "position": outcome.position,
            "events": kinds_of(outcome),
        }
        say_json(record | said)
        return
    kinds = ", ".join(label(kind.replace(".", " ")) for kind in kinds_of(outcome))
    again = "  (recorded before, nothing new)" if outcome.repeated else ""
    say(f"{what}  position {outcome.position}  {kinds}{again}")


def forgotten(named: list[str] | None, *, known: Sequence[str]) -> tuple[str, ...]:
    """What `--forget` names. Raises a usage error."""
    import typer

    for one in named or ():
        if one not in known:
            raise typer.BadParameter(
                f"{one!r} is not one of {', '.join(known)}", param_hint="--forget"
            )
    return tuple(named or ())


def needed(**given: Any) -> dict[str, Any]:
    """What was given of several options; at least one has to be. Raises a usage error."""
    import typer

    found = {name: value for name, value in given.items() if value not in (None, ())}
    if not found:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise typer.BadParameter(f"there is nothing to record; give one of {flags}")
    return found
