"""Verbs that look at a policy file and that make it the next version."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import as_called, ledger_folder, zone_of
from cli.narration import tell
from cli.nouns import verb
from cli.occasion import occasion_of, telling_id
from cli.options import As, At, CommandId, Json
from cli.output import say, say_json
from cli.policy_app import FileOrName, app
from cli.wording import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.policies.published import AnyPolicyEvent, PublishedPolicy
    from domain.toml_problems import Problem
    from eventstore.proposal import Outcome
    from intake.policy_files import PolicyFile


@verb(app, example="ticketledger policy check travel-agency")
def check(file: FileOrName, *, json: Json = False) -> None:
    """Say everything that is wrong in a policy file, each with its line.

    Warnings say what can hardly be meant; they stop nobody from publishing. Needs no ledger. What
    is wrong exits 99; with --json each problem is an object on stdout.
    """
    from intake.errors import PolicyFileInvalid, told_of

    try:
        read = _read(file)
    except PolicyFileInvalid as error:
        if json:
            _say_problems(error.path, error.problems)
        raise
    if json:
        _say_problems(read.path, read.warnings)
        say_json({"policy": read.id, "path": read.path, "warnings": len(read.warnings)})
        return
    for problem in read.warnings:
        say(told_of(read.path, problem))
    say(f"{read.id}  {read.policy.title}: {_counted(read)}; nothing is wrong")


@verb(app, example="ticketledger policy publish travel-agency")
def publish(
    file: FileOrName,
    *,
    apply_to_open: Annotated[
        bool,
        typer.Option(
            "--apply-to-open",
            help="Wish it for open cases, too; the automation applies it case by case.",
        ),
    ] = False,
    command_id: CommandId = None,
    at: At = None,
    actor: As = None,
    json: Json = False,
) -> None:
    """Make a policy file the next version of its policy.

    New cases go by the version published last, of whichever policy. Cases keep the version they
    began with. The very same content again is refused.
    """
    from domain.application import POLICIES, TICKETS
    from domain.policies import published
    from eventstore.commands import Command
    from eventstore.ledger import Ledger
    from eventstore.opening import open_store
    from intake.errors import told_of

    read = _read(file)
    for problem in read.warnings:
        tell(told_of(read.path, problem))
    said = {"policy": read.id, "file": read.digest, "apply_to_open": apply_to_open}
    store = open_store(ledger_folder(), application=TICKETS)
    try:
        occasion = occasion_of(zone_of(store), command_id=command_id, at=at, actor=actor)
        command = Command(occasion.command_id, "policy.publish", said, occasion.at, occasion.actor)

        def decide(state: PublishedPolicy | None) -> list[AnyPolicyEvent]:
            return published.publish(
                state, policy_id=read.id, policy=read.policy, apply_to_open=apply_to_open
            )

        with telling_id(occasion):
            outcome = Ledger(store, POLICIES).execute(
                published.subject_of(read.id), command, decide
            )
    finally:
        store.close()
    _show(outcome, as_json=json)


def _read(file: str) -> PolicyFile:
    from intake.policy_files import read_policy

    return read_policy(file, today=datetime.now(UTC).date())


def _say_problems(path: str, problems: Sequence[Problem]) -> None:
    for problem in problems:
        kind = "warning" if problem.is_warning else "error"
        say_json({"path": path, "line": problem.line, "kind": kind, "message": problem.message})


def _counted(read: PolicyFile) -> str:
    policy = read.policy
    counts = [
        (len(policy.calendars), "calendar"),
        (len(policy.targets), "target rule"),
        (len(policy.queues), "queue"),
        (len(policy.routing.rules), "routing rule"),
        (len(policy.roles), "role"),
    ]
    return ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for count, name in counts)


def _show(outcome: Outcome[AnyPolicyEvent], *, as_json: bool) -> None:
    (event,) = outcome.events
    if as_json:
        say_json(
            {
                "policy": event.policy_id,
                "version": event.version,
                "apply_to_open": event.apply_to_open,
                "command_id": outcome.command_id,
                "repeated": outcome.repeated,
                "sequence": outcome.sequence,
                "position": outcome.position,
                "events": ["policy.published"],
            }
        )
        return
    again = "  (recorded before, nothing new)" if outcome.repeated else ""
    wish = "  for open cases, too" if event.apply_to_open else ""
    say(
        f"{event.policy_id}  version {event.version}  position {outcome.position}  "
        f"{label('policy published')}{wish}{again}"
    )
    tell(as_called(f"see it: ticketledger policy show {event.policy_id}"))
