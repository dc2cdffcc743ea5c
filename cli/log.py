"""The noun `log`: what is recorded, as it is recorded."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from cli import log_copy, log_index, log_verify
from cli.context import reading, zone_of
from cli.entries import Entry, Unread, bodies_of, read_entry
from cli.errors import NoSuchSubject
from cli.log_app import app
from cli.log_reading import Read, last_positions, parse_place, read_behind
from cli.log_search import Wanted, check_types, search
from cli.log_showing import say_bytes, say_entries, say_whole
from cli.log_stats import NOT_COUNTED, stats_of
from cli.lookup import find_ticket
from cli.narration import progress, tell
from cli.nouns import in_order, verb
from cli.options import Json, Limit
from cli.output import Column, paint, say, say_json, say_table
from cli.times import parse_moment, short

if TYPE_CHECKING:
    from eventstore.store import Store

_ = log_copy, log_index, log_verify

_POLL_SECONDS = 0.3


@verb(app, example="ticketledger log tail -n 20 --follow")
def tail(
    *,
    count: Annotated[
        int, typer.Option("--lines", "-n", metavar="COUNT", min=0, help="The last so many.")
    ] = 10,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more.")] = False,
    json: Json = False,
) -> None:
    """Show the last events of the log, and those to come. Nobody's words are shown."""
    with reading() as store:
        zone = zone_of(store)
        after = {number: max(0, last - count) for number, last in last_positions(store).items()}
        chunk = list(read_behind(store, after))[-count:] if count else []
        titles = not json
        while True:
            if chunk:
                say_entries(_readable(_entries(chunk)), zone, as_json=json, titles=titles)
                titles = False
            if not follow:
                return
            after |= {one.place.partition: one.place.position for one in chunk}
            time.sleep(_POLL_SECONDS)
            chunk = list(read_behind(store, after))


@verb(app, example="ticketledger log stats")
def stats(*, json: Json = False) -> None:
    """Count what the log holds: events by type, records, subjects, from when to when."""
    with reading() as store:
        zone = zone_of(store)
        found = stats_of(store)
    if json:
        say_json(found)
        return
    rows = [
        ("ledger", str(found["ledger"])),
        ("time zone", str(found["time_zone"])),
        ("events", f"{found['events']:,}"),
        ("records", f"{found['records']:,}"),
        ("subjects", f"{found['subjects']:,}"),
        ("tickets", f"{found['tickets']:,}"),
    ]
    if found["bytes"] is not None:
        rows.append(("size", f"{found['bytes'] / 1_000_000:,.1f} MB"))
    rows += [(name, f"{found[name]:,}") for name in NOT_COUNTED if name in found]
    if found["first_time"]:
        rows.append(
            ("occurred", f"{short(found['first_time'], zone)} to {short(found['last_time'], zone)}")
        )
        rows.append(
            (
                "recorded",
                f"{short(found['first_recorded'], zone)} to {short(found['last_recorded'], zone)}",
            )
        )
    for name, value in rows:
        say(paint(name.ljust(11), "dim") + value)
    say()
    by_type = [[kind, f"{events:,}"] for kind, events in found["by_type"].items()]
    say_table([Column("type"), Column("events", right=True)], by_type)


@verb(app, example="ticketledger log show INC0000045")
def show(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT", help="A ticket's number, a subject, or a position (also @POSITION)."
        ),
    ],
    *,
    json: Json = False,
) -> None:
    """Show recorded events whole, with all that was said: of a ticket or subject, or one event.

    Of an event that cannot be read its bytes are shown, and why; then it exits 55.
    """
    unread: Unread | None = None
    with reading() as store:
        zone = zone_of(store)
        for entry in _meant(store, what):
            if isinstance(entry, Unread):
                unread = unread or entry
            if json:
                say_json(entry.as_json())
            elif isinstance(entry, Unread):
                say_bytes(entry)
            else:
                say_whole(entry, zone)
    if unread is not None:
        raise unread.as_error()


@verb(app, example="ticketledger log find --type ticket.reopened --from 2016-05-01 --json")
def find(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="TEXT",
            help="Part of an id: subject, command, message, batch.",
            show_default=False,
        ),
    ] = None,
    *,
    type_: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="TYPE", help="Such as ticket.reopened; may be repeated."),
    ] = None,
    actor: Annotated[
        str | None, typer.Option("--actor", metavar="ACTOR", help="Such as agent:ayu, or import:.")
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option("--subject", metavar="WHAT", help="A ticket's number or a subject."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Occurred then or later.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Occurred before then.")
    ] = None,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """Search the log by type, actor, subject, time and ids. What anybody wrote is not searched."""
    with reading() as store:
        zone = zone_of(store)
        check_types(store, type_ or ())
        wanted = Wanted(
            text=text,
            types=tuple(type_ or ()),
            actor=actor,
            subject=_subject(store, subject) if subject else None,
            since=parse_moment(since, zone, option="--from") if since else None,
            until=parse_moment(until, zone, option="--to") if until else None,
        )
        titles, count = not json, 0
        with progress("searching", unit="events") as bar:
            for entry in search(store, wanted, on_progress=bar.show):
                if count == limit:
                    bar.clear()
                    tell(f"there is more than {limit:,}; ask for it with --limit")
                    break
                bar.clear()
                say_entries(_readable([entry]), zone, as_json=json, titles=titles)
                titles, count = False, count + 1
    if not count:
        tell("nothing in the log is like that")


def _readable(entries: list[Entry | Unread]) -> list[Entry]:
    """Those that can be read; of the others it is told where they stand."""
    for entry in entries:
        if isinstance(entry, Unread):
            tell(
                f"position {entry.position} cannot be read: {entry.reason}; see its bytes: "
                f"log show @{entry.position}"
            )
    return [entry for entry in entries if isinstance(entry, Entry)]


def _entries(chunk: Iterable[Read]) -> list[Entry | Unread]:
    return [
        read_entry(read.place.position, read.body, partition=read.place.partition) for read in chunk
    ]


def _meant(store: Store, what: str) -> list[Entry | Unread]:
    """The events of a ticket or subject, or the one at a position. Raises NoSuchSubject."""
    if not what.startswith("@"):
        subject = _subject_if_any(store, what)
        if subject is not None:
            return [read_entry(*one) for one in bodies_of(store, subject)]
    place = parse_place(what)
    if place is not None and place.partition < store.settings.partitions:
        found = store.read(place.position - 1, 1, partition=place.partition)
        if found and found[0][0] == place.position:
            return [read_entry(*found[0], partition=place.partition)]
    raise NoSuchSubject(what)


def _subject(store: Store, what: str) -> str:
    subject = _subject_if_any(store, what)
    if subject is None:
        raise NoSuchSubject(what)
    return subject


def _subject_if_any(store: Store, what: str) -> str | None:
    from eventstore.errors import SubjectInvalid

    try:
        if store.load(what).head.sequence:
            return what
    except SubjectInvalid:
        return None
    if what.isdecimal() and not store.subjects_by_key(f"number:{what}"):
        return None
    from domain.errors import TicketNotFound

    try:
        return find_ticket(store, what)
    except TicketNotFound:
        return None


in_order(app, "tail stats show find verify copy index")
