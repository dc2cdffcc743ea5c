"""The verb that explains a ticket: who got it by which rule, which targets hold, what is due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cli.context import writing, zone_of
from cli.lookup import find_ticket
from cli.nouns import verb
from cli.options import Json, Number
from cli.output import say, say_json
from cli.ticket_app import app
from cli.times import length, seconds_as_span, short
from cli.wording import label

if TYPE_CHECKING:
    from consumers.automation.duty import Duty
    from domain.events import AnyEvent
    from domain.ticket import Ticket
    from eventstore.envelope import Envelope

    History = list[tuple[Envelope, AnyEvent]]

_WORDS_CELLS = 14


@verb(app, example="ticketledger ticket why INC0000045")
def why(number: Number, json: Json = False) -> None:
    """Explain who has a ticket and why nobody else, which targets hold, and what is due next.

    Decisions are told as they were recorded: by which version of which policy, who was considered
    then, and why the others could not have it. What is due next is what happens if nobody does
    anything.
    """
    from consumers.automation.duties import Duties
    from consumers.automation.people import People
    from consumers.rules import Rules

    with writing() as ledger:
        zone = zone_of(ledger.store)
        id_ = find_ticket(ledger.store, number)
        history = ledger.history(id_)
        ticket = ledger.load(id_).state
        assert ticket is not None, "it was found by its events"
        rules = Rules(ledger.store)
        in_force = rules.held_by(ticket)
        upcoming = Duties(ledger, rules, People(ledger.store)).of(ticket)
    told: dict[str, Any] = {
        "number": ticket.number,
        "ticket": ticket.id,
        "policy": in_force.id if in_force is not None else None,
        "version": in_force.version if in_force is not None else None,
        "queue": ticket.queue,
        "owner": ticket.owner,
        "decisions": list(_decisions(history)),
        "targets": _targets(ticket, history),
        "due": [_due(duty) for duty in upcoming],
    }
    if json:
        say_json(told)
        return
    for line in _lines(told, zone):
        say(line)


def _decisions(history: History) -> Iterator[dict[str, Any]]:
    """What rules decided about queue and owner, one entry a save."""
    from domain.events import TicketAssigned, TicketAssignmentDeferred, TicketQueued

    by_save: dict[str | None, dict[str, Any]] = {}
    for envelope, event in history:
        if not (envelope.actor or "").startswith("rule:"):
            continue
        if not isinstance(event, TicketQueued | TicketAssigned | TicketAssignmentDeferred):
            continue
        entry = by_save.setdefault(
            envelope.commandid,
            {"time": envelope.time, "by": envelope.actor},
        )
        if isinstance(event, TicketQueued):
            entry |= {"queue": event.to, "rule": event.rule}
            continue
        entry["passed_over"] = [one.model_dump() for one in event.passed_over or ()]
        if isinstance(event, TicketAssigned):
            entry |= {"agent": event.to, "method": str(event.method), "why": event.reason}
            entry |= {"active_then": event.active_then, "capacity": event.capacity}
        else:
            entry["deferred"] = str(event.reason)
    yield from by_save.values()


def _targets(ticket: Ticket, history: History) -> dict[str, Any] | None:
    """Which targets hold, since when, by which rule of which version."""
    from domain.events import SlaApplied

    applied = [(e, event) for e, event in history if isinstance(event, SlaApplied)]
    if ticket.agreement is None or not applied:
        return None
    envelope, event = applied[-1]
    return {
        "policy": event.policy,
        "version": event.version,
        "rule": event.rule,
        "since": envelope.time,
        "clocks": [target.model_dump(mode="json", by_alias=True) for target in event.targets],
    }


def _due(duty: Duty) -> dict[str, Any]:
    return {
        "at": duty.at,
        "kind": str(duty.kind),
        "name": str(duty.name),
        "instance": duty.instance,
    }


def _lines(told: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    policy = f"{told['policy']}@{told['version']}" if told["policy"] else "none is published"
    yield _fact("ticket", told["number"])
    yield _fact("policy", policy)
    yield _fact("queue", told["queue"] or "none")
    yield _fact("owner", told["owner"] or "nobody")
    if not told["decisions"]:
        yield _fact("routing", "no rule has decided about it")
    for decision in told["decisions"]:
        yield from _of_decision(decision, zone)
    yield from _of_targets(told["targets"], zone)
    if not told["due"]:
        yield _fact("due", "nothing, unless something happens")
    for due in told["due"]:
        yield _fact("due", f"{short(due['at'], zone)}  {label(due['kind'])} ({label(due['name'])})")


def _of_decision(decision: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    when = f"{short(decision['time'], zone)} by {decision['by']}"
    if "queue" in decision:
        rule = f"rule {decision['rule']}" if decision["rule"] else "no rule, the default queue"
        yield _fact("queued", f"{when}: {decision['queue']}, by {rule}")
    if "agent" in decision:
        yield _fact("given to", f"{decision['agent']}, {when}: {decision['why'] or '-'}")
    if "deferred" in decision:
        yield _fact("deferred", f"{when}: {label(decision['deferred'])}")
    for one in decision.get("passed_over", ()):
        yield _fact("", f"not {_listed(one['agents'])}: {one['why']}")


def _of_targets(targets: dict[str, Any] | None, zone: ZoneInfo) -> Iterator[str]:
    if targets is None:
        yield _fact("targets", "none hold")
        return
    rule = f"rule {targets['rule']}" if targets["rule"] else "no rule holds"
    by = f"{targets['policy']}@{targets['version']}"
    yield _fact("targets", f"since {short(targets['since'], zone)} by {by}, {rule}")
    for clock in targets["clocks"]:
        span = length(seconds_as_span(clock["seconds"]))
        yield _fact("", f"{label(clock['metric'])} within {span} of {clock['calendar']}")


def _listed(agents: Iterable[str]) -> str:
    return ", ".join(agents)


def _fact(name: str, text: str) -> str:
    return f"{name.ljust(_WORDS_CELLS)} {text}"
