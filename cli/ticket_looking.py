"""Verbs that look at tickets: one, its history, many."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cli.cells import clean, wrap
from cli.context import reading, zone_of
from cli.entries import Entry, entries_of
from cli.lookup import find_ticket
from cli.nouns import verb
from cli.options import Json, Number
from cli.output import Column, paint, say, say_json, say_table, terminal_width
from cli.sheet import ENDED, Sheet, read_sheet
from cli.stepper import stepper
from cli.ticket_app import app
from cli.ticket_service import service_as_json, service_facts
from cli.times import length, long, relative, short
from cli.wording import describe, headline, label, path, times

if TYPE_CHECKING:
    from eventstore.store import Store

_LABEL_CELLS = 13
_LAST_EVENTS = 5


@verb(app, example="ticketledger ticket show INC0000045")
def show(number: Number, json: Json = False) -> None:
    """Show where a ticket stands, and the last that happened to it."""
    with reading() as store:
        entries = _history(store, number)
        sheet = _sheet(entries)
        zone = zone_of(store)
        related = {other: _number_of(store, other) for other in _others(sheet)}
    if json:
        say_json(as_json(sheet, related))
        return
    now = datetime.now(UTC)
    for line in stepper(sheet.stage, sheet.badges, _title(sheet)):
        say(line)
    say()
    for name, value in _facts(sheet, related, zone, now):
        _say_fact(name, value)
    say()
    shown = entries[-_LAST_EVENTS:]
    _say_history(shown, zone, since=sheet.opened_at)
    if len(entries) > len(shown):
        say(paint(f"… {len(entries) - len(shown)} before: ticket history {sheet.number}", "dim"))


@verb(app, example="ticketledger ticket history INC0000045 --json")
def history(number: Number, json: Json = False) -> None:
    """Show everything that happened to a ticket, in order."""
    with reading() as store:
        entries = _history(store, number)
        zone = zone_of(store)
    if json:
        for entry in entries:
            say_json(entry.as_json())
        return
    _say_history(entries, zone, since=_sheet(entries).opened_at)


def as_json(sheet: Sheet, related: dict[str, str]) -> dict[str, Any]:
    """The fields of a ticket that `--json` promises."""
    return {
        "number": sheet.number,
        "ticket": sheet.id,
        "status": sheet.status,
        "status_since": sheet.status_since,
        "stage": sheet.stage,
        "badges": sheet.badges,
        "subject": sheet.subject,
        "customer": sheet.requester_id,
        "channel": sheet.channel,
        "origin": sheet.origin,
        "category": sheet.category,
        "priority": sheet.priority,
        "level": sheet.level,
        "queue": sheet.queue,
        "owner": sheet.owner,
        "cycle": sheet.cycle,
        "times_reopened": sheet.times_reopened,
        "opened_at": sheet.opened_at,
        "first_reply_at": sheet.first_reply_at,
        "resolved_at": sheet.resolved_at if sheet.status in ENDED else None,
        "last_resolver": sheet.last_resolver,
        "closed_at": sheet.closed_at,
        "close_reason": sheet.close_reason,
        "next_update_by": sheet.promise_due_at,
        "tags": sheet.tags,
        "fields": sheet.fields,
        "order_refs": sheet.order_refs,
        "follows": related.get(sheet.follows) if sheet.follows else None,
        "links": [
            {"role": role, "number": related[other], "ticket": other}
            for role, other in sorted(sheet.links)
        ],
        "merged_into": related.get(sheet.merged_into) if sheet.merged_into else None,
        "absorbed": sorted(related[other] for other in sheet.absorbed),
        "split_into": sorted(related[other] for other in sheet.split_into),
        **service_as_json(sheet.service),
        "imported": sheet.is_imported,
        "updated_at": sheet.effective_at,
        "sequence": sheet.sequence,
        "position": sheet.position,
    }


def _history(store: Store, number: str) -> list[Entry]:
    return entries_of(store, find_ticket(store, number))


def _sheet(entries: list[Entry]) -> Sheet:
    sheet = read_sheet(entries)
    assert sheet is not None, "a ticket that is found has an opening"
    return sheet


def _number_of(store: Store, ticket_id: str) -> str:
    sheet = read_sheet(entries_of(store, ticket_id)[:1])
    return sheet.number if sheet else ticket_id


def _others(sheet: Sheet) -> set[str]:
    """Every ticket that this one has to do with."""
    merged = {sheet.merged_into} if sheet.merged_into else set[str]()
    return {other for _, other in sheet.links} | merged | sheet.absorbed | sheet.split_into


def _title(sheet: Sheet) -> str:
    return f"{sheet.number}  {clean(sheet.subject)}" if sheet.subject else sheet.number


def _facts(
    sheet: Sheet, related: dict[str, str], zone: ZoneInfo, now: datetime
) -> list[tuple[str, str]]:
    def when(moment: datetime | None) -> str:
        return f"{long(moment, zone)} ({relative(moment, now)})" if moment else ""

    name = f" ({sheet.requester_name})" if sheet.requester_name else ""
    reason = f" ({label(sheet.close_reason)})" if sheet.close_reason else ""
    solved = f" by {sheet.last_resolver}" if sheet.last_resolver else ""
    ended = sheet.status in ENDED
    rows = [
        ("status", f"{label(sheet.status)}{reason}, since {when(sheet.status_since)}"),
        ("customer", f"{sheet.requester_id}{name}" if sheet.requester_id else "unknown"),
        ("owner", sheet.owner or "nobody"),
        ("queue", sheet.queue or "none"),
        ("priority", f"{label(sheet.priority)}, level {sheet.level}"),
        ("category", path(sheet.category)),
        ("opened", f"{when(sheet.opened_at)}, by {label(sheet.channel)}"),
        ("first reply", when(sheet.first_reply_at)),
        ("next update", f"by {when(sheet.promise_due_at)}" if sheet.promise_due_at else ""),
        ("resolved", f"{when(sheet.resolved_at)}{solved}" if ended and sheet.resolved_at else ""),
        ("took", length(sheet.effective_at - sheet.opened_at) if ended else ""),
        ("reopened", times(sheet.times_reopened)),
        *service_facts(sheet.service, zone, now),
        ("tags", ", ".join(sorted(sheet.tags))),
        ("orders", ", ".join(sheet.order_refs)),
        ("fields", ", ".join(f"{key} = {value}" for key, value in sorted(sheet.fields.items()))),
        *((label(role), related[other]) for role, other in sorted(sheet.links)),
        ("merged into", related[sheet.merged_into] if sheet.merged_into else ""),
        ("absorbed", ", ".join(sorted(related[other] for other in sheet.absorbed))),
        ("split off", ", ".join(sorted(related[other] for other in sheet.split_into))),
        (
            "note",
            f"{sheet.unknown_events} events of a newer release" if sheet.unknown_events else "",
        ),
    ]
    return [(name, value) for name, value in rows if value]


def _say_fact(name: str, value: str) -> None:
    room = (terminal_width() or 10_000) - _LABEL_CELLS
    for number, line in enumerate(wrap(clean(value), room)):
        title = name if number == 0 else ""
        say(paint(title.ljust(_LABEL_CELLS), "dim") + line)


def _say_history(entries: list[Entry], zone: ZoneInfo, *, since: datetime) -> None:
    columns = [
        Column("#", right=True, drop=2),
        Column("when"),
        Column("after", right=True, drop=3),
        Column("who", at_least=8, drop=1),
        Column("what"),
        Column("", at_least=30),
    ]
    rows: list[list[str]] = []
    for entry in entries:
        after = length(entry.time - since) if entry.time > since else ""
        rows.append(
            [
                str(entry.envelope.sequence),
                short(entry.time, zone),
                f"+{after}" if after else "",
                _who(entry),
                headline(entry),
                describe(entry, zone, texts=True),
            ]
        )
    say_table(columns, rows)


def _who(entry: Entry) -> str:
    """Who did it; of an import, who did it there."""
    return str(entry.data.get("performed_by") or entry.actor.removeprefix("agent:") or "-")
