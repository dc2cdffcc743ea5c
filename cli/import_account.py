"""The account of an import, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.cells import wrap
from cli.output import Column, paint, say, say_table, terminal_width

if TYPE_CHECKING:
    from intake.account import Account


def account_as_json(account: Account, *, checked: bool) -> dict[str, Any]:
    """The fields of an account that `--json` promises."""
    return {
        "batch_id": account.batch_id,
        "source": account.source,
        "checked_only": checked,
        "finished": account.finished,
        "rows_read": account.rows_read,
        "rows_changed": account.rows_changed,
        "rows_progressed": account.rows_progressed,
        "rows_unreadable": account.rows_unreadable,
        "rows_already_recorded": account.rows_already_recorded,
        "tickets": account.tickets,
        "tickets_opened": account.tickets_opened,
        "reopenings": account.reopenings,
        "saves": account.saves,
        "events": account.events,
        "seconds": round(account.seconds, 3),
        "report": account.report,
        "oddities": [
            {
                "kind": oddity.kind,
                "count": oddity.count,
                "meaning": oddity.meaning,
                "examples": [{"line": one.line, "name": one.name} for one in oddity.examples],
            }
            for oddity in _by_count(account)
        ],
    }


def say_account(account: Account, *, checked: bool) -> None:
    """What became of every row, and what was odd."""
    would = "would be " if checked else ""
    rows = [
        ("rows read", account.rows_read, ""),
        (" = changes", account.rows_changed, f"{would}recorded as what changed"),
        (" + progress", account.rows_progressed, f"{would}recorded as work that changed nothing"),
        (" + unreadable", account.rows_unreadable, _where(account)),
    ]
    if account.rows_already_recorded:
        rows.append(("known before", account.rows_already_recorded, "of these rows; added nothing"))
    rows += [
        ("tickets", account.tickets, f"{account.tickets_opened:,} of them new"),
        ("reopenings", account.reopenings, ""),
        ("events", account.events, f"in {account.saves:,} saves{_rate(account)}"),
    ]
    say_table(
        [Column(account.source), Column("count", right=True), Column("", at_least=20)],
        [[name, f"{count:,}", note] for name, count, note in rows],
    )
    for rejected in account.unreadable:
        say(f"line {rejected.line}: {rejected.reason}")
    _say_oddities(account)


def _say_oddities(account: Account) -> None:
    oddities = _by_count(account)
    if not oddities:
        return
    say()
    say(paint("odd, and taken in all the same:", "dim"))
    width = (terminal_width() or 100) - 9
    for oddity in oddities:
        first = ", ".join(f"line {one.line} {one.name}" for one in oddity.examples[:2])
        lines = wrap(f"{oddity.meaning} ({first})", width)
        say(f"{oddity.count:7,}  {lines[0]}")
        for line in lines[1:]:
            say(f"{'':9}{line}")


def _by_count(account: Account) -> list[Any]:
    return sorted(account.oddities.values(), key=lambda oddity: (-oddity.count, oddity.kind))


def _where(account: Account) -> str:
    if not account.rows_unreadable:
        return ""
    return f"reported in {account.report}" if account.report else "left out"


def _rate(account: Account) -> str:
    if not account.saves or account.seconds <= 0:
        return ""
    return f", {account.seconds:.1f} s, {account.rows_read / account.seconds:,.0f} rows/s"
