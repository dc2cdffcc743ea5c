"""Events of the log as people read them: as lines, whole, or as bytes that cannot be read."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from cli.cells import clean
from cli.entries import Entry, Unread
from cli.output import Column, paint, say, say_json, say_table
from cli.times import short
from cli.wording import describe, headline, in_words

_SHORT_SUBJECT = 8
_NAME_CELLS = 16


def say_entries(entries: list[Entry], zone: ZoneInfo, *, as_json: bool, titles: bool) -> None:
    """Events as lines of a table, without what anybody wrote."""
    if as_json:
        for entry in entries:
            say_json(entry.as_json(texts=False))
        return
    columns = [
        Column("position".rjust(9) if titles else "", right=True),
        Column("occurred".ljust(16) if titles else ""),
        Column("subject".ljust(_SHORT_SUBJECT) if titles else ""),
        Column("who".ljust(18) if titles else "", at_least=10, drop=1),
        Column("what".ljust(16) if titles else ""),
        Column("", at_least=20),
    ]
    rows = [
        [
            _place_of(entry).rjust(9),
            short(entry.time, zone),
            _short_subject(entry.envelope.subject),
            entry.actor.ljust(18)[:40],
            headline(entry).ljust(16),
            describe(entry, zone, texts=False),
        ]
        for entry in entries
    ]
    say_table(columns, rows, titles=titles)


def _place_of(entry: Entry) -> str:
    """Its position; with its partition before it where that is not the first one."""
    return f"{entry.partition}/{entry.position}" if entry.partition else str(entry.position)


def say_whole(entry: Entry, zone: ZoneInfo) -> None:
    """An event as a paragraph: its head in one line, then its envelope and its data."""
    say(paint(f"@{_place_of(entry)}  {short(entry.time, zone)}  {headline(entry)}", "bold"))
    envelope = entry.as_json(texts=True)
    for name in ("subject", "sequence", "recordedtime", "actor", "commandid", "correlationid"):
        if envelope[name] is not None:
            value = envelope[name]
            told = short(value, zone) if name == "recordedtime" else str(value)
            say(f"  {name.ljust(_NAME_CELLS)}{clean(told)}")
    for name, value in entry.data.items():
        # A name may be as long as its column; the value must not run into it.
        say(f"    {name.ljust(_NAME_CELLS - 3)} {clean(in_words(value))}")
    say()


def _short_subject(subject: str) -> str:
    """The end of an id tells more: its beginning is a time."""
    return subject[-_SHORT_SUBJECT:]


def say_bytes(entry: Unread) -> None:
    """An event that cannot be read: why, and its bytes as text."""
    say(paint(f"@{entry.position}  cannot be read: {entry.reason}", "bold"))
    say(f"  {'bytes'.ljust(_NAME_CELLS)}{len(entry.body):,}")
    say(f"  {clean(entry.raw)}")
    say()
