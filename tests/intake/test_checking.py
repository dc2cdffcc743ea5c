"""The checker finds every kind of wrong that it is there for: each is done to a right log once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from intake.checking.checker import Checker
from intake.simulation.running import run
from tests.intake.simulated import bodies, empty, parameters

pytestmark = pytest.mark.unit

Event = dict[str, Any]
Log = list[Event]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    store = empty(tmp_path_factory.mktemp("log") / "ledger")
    run(parameters(), store)
    return [json.loads(body) for body in bodies(store)]


def found(log: Log) -> list[str]:
    checker = Checker()
    for event in log:
        checker.take(json.dumps(event).encode())
    return [finding.what for finding in checker.finish(parameters().ends)]


def short(event: Event) -> str:
    return str(event["type"]).removeprefix("ticketledger.").removesuffix(".v1")


def without(log: Log, name: str, **data: Any) -> Log:
    """The log without the first event like that, its subject numbered again."""
    gone = next(
        event for event in log if short(event) == name and data.items() <= event["data"].items()
    )
    kept = [event for event in log if event is not gone]
    return [
        {**event, "sequence": str(int(event["sequence"]) - 1)}
        if event["subject"] == gone["subject"] and event["sequence"] > gone["sequence"]
        else event
        for event in kept
    ]


def twice(log: Log, name: str) -> Log:
    """The log with the first event of that name there twice in a row."""
    place = next(place for place, event in enumerate(log) if short(event) == name)
    return [*log[: place + 1], log[place], *log[place + 1 :]]


def changed(log: Log, name: str, change: Callable[[Event], None], **data: Any) -> Log:
    """The log with the first event like that changed."""
    copy: Log = json.loads(json.dumps(log))
    change(
        next(
            event
            for event in copy
            if short(event) == name and data.items() <= event["data"].items()
        )
    )
    return copy


def set_data(**values: Any) -> Callable[[Event], None]:
    return lambda event: event["data"].update(values)


def later(field: str) -> Callable[[Event], None]:
    def change(event: Event) -> None:
        moment = datetime.fromisoformat(event["data"][field]) + timedelta(minutes=1)
        event["data"][field] = moment.isoformat()

    return change


WRONGS: dict[str, tuple[Callable[[Log], Log], str]] = {
    "a breach is missing": (
        lambda log: without(log, "sla.breached", metric="first_reply"),
        "first_reply lacks a breach",
    ),
    "a warning is missing": (
        lambda log: without(log, "sla.warned", metric="first_reply"),
        "first_reply lacks a warning",
    ),
    "standing still is not noticed": (
        lambda log: without(log, "sla.breached", metric="no_progress"),
        "no_progress lacks what breaches",
    ),
    "a broken promise is not noticed": (
        lambda log: without(log, "next_update.missed"),
        "was not missed",
    ),
    "a promise outlives its case": (
        lambda log: without(log, "next_update.kept"),
        "a promise runs in",
    ),
    "a second promise is made": (
        lambda log: twice(log, "next_update.promised"),
        "was promised while",
    ),
    "a clock runs by another target": (
        lambda log: changed(log, "sla.started", later("due_at"), metric="resolution"),
        "resolution is due at",
    ),
    "a second clock of a kind starts": (
        lambda log: changed(
            log, "sla.started", set_data(metric="first_reply", instance=2), metric="resolution"
        ),
        "first_reply",
    ),
    "a pause shows another time": (
        lambda log: changed(log, "sla.paused", set_data(elapsed_seconds=1.0)),
        "paused at 1.0 s",
    ),
    "a step that the life does not have": (
        lambda log: changed(log, "ticket.status_changed", set_data(to="on_hold"), to="pending"),
        "to on_hold in",
    ),
    "nobody closes in the end": (
        lambda log: without(log, "ticket.closed", reason="timeout"),
        "resolved was to end",
    ),
    "a survey is not sent": (
        lambda log: without(log, "survey.sent", kind="ces"),
        "survey ces-resolved-1 lacks",
    ),
    "an agent is not there": (
        lambda log: without(log, "agent.availability_changed", to="online"),
        "and was given a case",
    ),
    "an agent has another load": (
        lambda log: changed(log, "ticket.assigned", set_data(active_then=7)),
        "recorded was 7",
    ),
    "an agent has no room": (
        lambda log: changed(
            log,
            "policy.published",
            lambda event: event["data"]["policy"]["routing"]["capacity"].update(soft=1, hard=1),
        ),
        "was given one more",
    ),
    "cases stay with who is gone": (
        lambda log: without(log, "ticket.unassigned", method="rule"),
        "is gone and had it until",
    ),
    "an event is missing": (
        lambda log: [event for event in log if short(event) != "ticket.acknowledged"],
        "comes after",
    ),
}


def test_a_right_log_has_no_findings(log: Log) -> None:
    assert found(log) == []


@pytest.mark.parametrize("wrong", WRONGS)
def test_every_wrong_is_found(log: Log, wrong: str) -> None:
    do, told = WRONGS[wrong]

    assert any(told in what for what in found(do(log)))
