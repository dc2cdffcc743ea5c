"""The command `doctor`: is everything set up as production needs it?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cli.context import as_called, ledger_folder, open_ledger, reading
from cli.errors import SetUpWrongly
from cli.narration import tell
from cli.nouns import single
from cli.options import Json
from cli.output import paint, say, say_json

if TYPE_CHECKING:
    from eventstore.kafka.examination import Check

app, _doctor = single("doctor", example="ticketledger --ledger support doctor")

_FREE_BYTES_AT_LEAST = 1_000_000_000
_STYLES = {"fine": "green", "risky": "yellow", "wrong": "red"}


@_doctor
def doctor(*, json: Json = False) -> None:
    """Look at the store, its settings and its surroundings, and say what production needs.

    Nothing is changed. Exits 89 if something is wrong; what is only risky is said and passes.
    """
    wrong = 0
    for check in _checks(ledger_folder()):
        wrong += check.verdict.value == "wrong"
        if json:
            say_json(check._asdict() | {"verdict": check.verdict.value})
            continue
        verdict = paint(check.verdict.value.ljust(6), _STYLES[check.verdict.value])
        say(f"{verdict} {check.what}: {check.found}")
        if check.advice:
            say(f"       {as_called(check.advice)}")
    if wrong:
        raise SetUpWrongly(wrong)
    from eventstore.opening import is_on_kafka

    page = "run-on-kafka" if is_on_kafka(ledger_folder()) else "operate-a-ledger"
    tell(f"nothing is wrong; what is risky is yours to weigh: docs/how-to/{page}.md")


def _automation(folder: Path) -> Check:
    """Whether somebody records what is due, once there is a policy that says what is."""
    from consumers.automation.standing import status
    from eventstore.kafka.examination import Check, Verdict

    with reading() as store:
        has_policy = bool(store.keys_with_prefix("policy:", 1))
        found = status(folder, store)
    if not has_policy:
        return Check("automation", Verdict.FINE, "no policy is published, so nothing is due", "")
    if found.aside:
        told = f"{len(found.aside):,} tickets were set aside"
        return Check("automation", Verdict.RISKY, told, "see why: ticketledger automate status")
    if not found.at_work:
        advice = "what is due is recorded when it runs: ticketledger automate run --follow"
        return Check("automation", Verdict.RISKY, f"nobody runs it with {folder}", advice)
    told = f"at work, {found.lag_events:,} events behind, {found.overdue:,} duties due already"
    return Check("automation", Verdict.FINE, told, "")


def _notifications(folder: Path) -> Check:
    """Whether somebody notifies the customers, once it is said how."""
    from consumers.notifying.errors import NotificationSettingsInvalid
    from consumers.notifying.secrets import read_secrets
    from consumers.notifying.settings_file import is_configured, read_settings
    from consumers.notifying.standing import status
    from eventstore.kafka.examination import Check, Verdict

    what = "notifications"
    if not is_configured(folder):
        return Check(what, Verdict.FINE, "not configured, so no customer is notified", "")
    try:
        settings = read_settings(folder)
        read_secrets(settings)
    except NotificationSettingsInvalid as error:
        return Check(what, Verdict.WRONG, str(error), "look at it: ticketledger notify check")
    with reading() as store:
        found = status(folder, store, settings)
    if found.holder is None:
        advice = "start it: ticketledger notify run --follow"
        return Check(what, Verdict.RISKY, f"nobody sends them with {folder}", advice)
    if found.dead:
        told = f"{found.dead:,} were given up"
        return Check(what, Verdict.RISKY, told, "see why: ticketledger notify dead-letters")
    told = f"at work, {found.lag_events:,} events behind, {found.waiting:,} to be sent"
    return Check(what, Verdict.FINE, told, "")


def _checks(folder: Path) -> Iterator[Check]:
    from eventstore.kafka.examination import Check, Verdict, examine
    from eventstore.opening import is_on_kafka

    if is_on_kafka(folder):
        from eventstore.kafka.settings import read_settings

        with_partitions = open_ledger()
        try:
            partitions = with_partitions.settings.partitions
        finally:
            with_partitions.close()
        yield from examine(read_settings(folder), partitions=partitions)
    else:
        store = open_ledger()
        try:
            events = store.last_position()
        finally:
            store.close()
        yield Check("store", Verdict.FINE, f"embedded, {events:,} events")
    yield _automation(folder)
    yield _notifications(folder)
    free = shutil.disk_usage(folder).free
    enough = free >= _FREE_BYTES_AT_LEAST
    advice = "" if enough else "make room: indexes, projections and an embedded log grow here"
    found = f"{free / 1e9:,.1f} GB free at {folder}"
    yield Check("disk", Verdict.FINE if enough else Verdict.RISKY, found, advice)
