"""The noun `customer`: what they see of their cases, their messages coming in, their record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cli import customer_message, customer_record
from cli.cells import clean, fit, wrap
from cli.context import reading
from cli.customer_app import app
from cli.lookup import find_ticket
from cli.nouns import in_order, verb
from cli.options import Json, Limit, Number, Stale
from cli.output import Column, paint, say, say_json, say_table, terminal_width
from cli.stepper import stepper
from cli.times import long, relative, short
from cli.views import Row, views
from cli.wording import label, path, times

_ = (customer_message, customer_record)

_ACTIONS = {
    "answer": "we asked a question and wait for the answer",
    "confirm": "a solution was given: it can be confirmed or rejected",
    "wait": "nothing to do, we are at it",
    "follow_up": "we missed our promise: they may follow up",
    "escalate": "they may escalate",
}
_WHY = {
    "resolution_overdue": "the solution is overdue",
    "promise_missed_again": "we missed our promise more than once",
}
_TAKEN = "in_review"
_KINDS = {
    "opened": "case opened",
    "acknowledged": "number sent",
    "customer_message": "customer's message",
    "our_message": "our message",
    "stage_moved": "moved on",
    "waiting_for_you": "we wait for the customer's answer",
    "work_resumed": "we go on with it",
    "with_a_specialist": "with a specialist",
    "next_update_promised": "next update promised",
    "next_update_missed": "next update missed",
    "merged": "goes on in another case",
    "attachment": "file added",
    "survey_asked": "asked how it went",
    "survey_answered": "said how it went",
}
_SURVEYS = {"csat": "how satisfied they are", "ces": "how much effort it took"}


@verb(app, example="ticketledger customer cases 'Caller 2403'")
def cases(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's opaque id.")],
    *,
    limit: Limit = 50,
    stale: Stale = False,
    json: Json = False,
) -> None:
    """List a customer's cases, ongoing ones first."""
    with views("customer_timeline", stale=stale) as seen:
        rows = seen.rows("customer_cases", customer=customer, limit=limit)
    if json:
        for row in rows:
            say_json(row)
        return
    if not rows:
        say(f"{clean(customer)} has no case")
        return
    columns = [
        Column("case"),
        Column("stage"),
        Column("about", at_least=12),
        Column("agent", at_least=8, drop=2),
        Column("opened", drop=3),
        Column("last update"),
        Column("", drop=1),
        Column("next update by", drop=4),
        Column("solution by", drop=5),
    ]
    seen.tell_now()
    say_table(
        columns,
        [
            [
                row["number"],
                label(row["stage"]) + (" (reopened)" if "reopened" in row["badges"] else ""),
                row["subject"] or path(row["category"]),
                row["agent"] or "-",
                short(row["opened_at"], seen.zone),
                short(row["last_update_at"], seen.zone),
                relative(row["last_update_at"], seen.now),
                short(row["next_update_by"], seen.zone),
                short(row["resolution_expected_by"], seen.zone),
            ]
            for row in rows
        ],
    )


@verb(app, example="ticketledger customer show INC0000045")
def show(number: Number, *, stale: Stale = False, json: Json = False) -> None:
    """Show a case as its customer sees it: the stepper, who has it, and what happened when."""
    with reading() as store:
        ticket = find_ticket(store, number)
    with views("customer_timeline", stale=stale) as seen:
        found = seen.rows("customer_case", ticket=ticket)
        entries = seen.rows("customer_entries", ticket=ticket)
    if not found:
        from domain.errors import TicketNotFound

        raise TicketNotFound(number)
    case = found[0]
    if json:
        say_json(case | {"timeline": entries})
        return
    seen.tell_now()
    say_case(case, seen.zone, seen.now)
    say()
    say_timeline(entries, seen.zone)


def say_case(case: Row, zone: ZoneInfo, now: datetime) -> None:
    """The head of a case: stepper, agent, last and next update, what the customer can do."""

    def when(moment: datetime) -> str:
        return f"{long(moment, zone)} ({relative(moment, now)})"

    about = case["subject"] or path(case["category"])
    for line in stepper(case["stage"], case["badges"], f"{case['number']}  {clean(about)}"):
        say(line)
    say()
    agent = case["agent"] or "nobody yet"
    facts: list[tuple[str, Any]] = [
        ("opened", when(case["opened_at"])),
        ("with", agent if case["state"] == "ongoing" else None),
        ("last update", when(case["last_update_at"])),
        ("next update", _by(case["next_update_by"], when)),
        ("solution", _by(case["resolution_expected_by"], when)),
        ("stage", case["stage_label"]),
        ("resolved", when(case["resolved_at"]) if case["resolved_at"] else None),
        ("closed", when(case["closed_at"]) if case["closed_at"] else None),
        ("reopened", times(case["times_reopened"])),
        ("orders", ", ".join(case["order_refs"])),
        ("goes on in", case["merged_into"]),
        ("asked", ", ".join(_SURVEYS[kind] for kind in case["surveys"])),
        ("what now", _what_now(case)),
    ]
    for name, value in facts:
        if value:
            say(paint(name.ljust(13), "dim") + fit(clean(value), (terminal_width() or 9999) - 13))


def _by(moment: datetime | None, when: Callable[[datetime], str]) -> str | None:
    return f"by {when(moment)}" if moment else None


def _what_now(case: Row) -> str | None:
    """What the customer can do, and where they may complain: why."""
    action = _ACTIONS.get(case["next_action"] or "")
    why = _WHY.get(case["next_action_why"])
    return f"{why}: {action}" if action and why else action


def say_timeline(entries: list[Row], zone: ZoneInfo) -> None:
    """The public entries of a case: when, who, what, and the words."""
    columns = [Column("when"), Column("who", at_least=8), Column("what", at_least=12)]
    columns += [Column("how", drop=1), Column("stage", drop=2), Column("next update by", drop=3)]
    promises = any(entry["promise_due_at"] for entry in entries)
    rows: list[list[str]] = []
    for entry in entries:
        row = [
            short(entry["happened_at"], zone),
            entry["who"] or "-",
            _what(entry),
            label(entry["channel"]) if entry["channel"] else "",
            label(entry["stage"]),
        ]
        rows.append([*row, short(entry["promise_due_at"], zone) if promises else ""])
    say_table(columns if promises else columns[:-1], rows if promises else [r[:-1] for r in rows])
    _say_words(entries, zone)


def _what(entry: Row) -> str:
    """What an entry says. A case comes into review when an agent takes it."""
    if entry["kind"] == "stage_moved" and entry["side"] == "agent" and entry["stage"] == _TAKEN:
        return "took the case"
    said = _KINDS.get(entry["kind"], label(entry["kind"]))
    if entry["attachment"]:
        return f"{said}: {clean(entry['attachment'])} ({clean(entry['media_type'])})"
    return said


def _say_words(entries: list[Row], zone: ZoneInfo) -> None:
    """What was said, below the table: words need the whole width."""
    said = [entry for entry in entries if entry["text"] or entry["text_hidden"]]
    for entry in said:
        say()
        say(paint(f"{entry['who']}, {short(entry['happened_at'], zone)}", "dim"))
        words = entry["text"] or f"({label(entry['text_hidden'])})"
        for line in wrap(clean(words), min(terminal_width() or 100, 100) - 2):
            say(f"  {line}")


in_order(app, "cases show message profile erase merge")
