"""The command `whatif`: the recorded behaviour of customers and agents under another policy."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import open_ledger, zone_of
from cli.narration import progress, tell
from cli.nouns import single
from cli.options import Json
from cli.output import Column, paint, percent, say, say_json, say_table
from cli.times import parse_moment

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from eventstore.store import Store
    from intake.whatif.comparing import Comparison

app, _whatif = single(
    "whatif", example="ticketledger whatif --policy next.toml --from 2026-01-05 --to 2026-01-12"
)


@_whatif
def whatif(
    *,
    policy: Annotated[
        str,
        typer.Option(
            "--policy", metavar="FILE-or-NAME", help="The other policy.", show_default=False
        ),
    ],
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="Cases opened from then on. Default: all."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--to", metavar="TIME", help="Up to then, not including it. Default: now."),
    ] = None,
    scratch: Annotated[
        str | None,
        typer.Option(
            "--scratch",
            metavar="FOLDER",
            help="Keep the other history as a ledger, in a new folder.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Replay what customers and agents did under another policy, and compare.

    Cases opened in the period are replayed up to its end. What people did stays; clocks, routing,
    escalation, promises, closing are decided anew; what was done but no longer fits is counted.
    Nothing is written into the ledger.
    """
    from intake.policy_files import read_policy
    from intake.whatif.comparing import compare

    read = read_policy(policy)
    store = open_ledger()
    try:
        zone = zone_of(store)
        with _scratch(scratch, store) as other, progress("replaying", unit="commands") as bar:
            comparison = compare(
                store,
                read.id,
                read.policy,
                since=_moment(since, zone, "--from"),
                until=_moment(until, zone, "--to"),
                scratch=other,
                progress=bar.show,
            )
    finally:
        store.close()
    if json:
        say_json(_as_json(comparison))
        return
    _say(comparison)
    if scratch is not None:
        tell(f"the other history is the ledger {scratch}")


def _moment(text: str | None, zone: ZoneInfo, option: str) -> Any:
    return None if text is None else parse_moment(text, zone, option=option)


@contextmanager
def _scratch(folder: str | None, like: Store) -> Generator[Store | None]:
    """A new embedded ledger for the other history. Raises LedgerExists."""
    if folder is None:
        yield None
        return
    from domain.application import TICKETS
    from eventstore.sqlite import SQLiteStore

    settings = like.settings
    store = SQLiteStore.create(
        Path(folder),
        name=f"{settings.name}-whatif"[:100],
        time_zone=settings.time_zone,
        application=TICKETS,
    )
    try:
        yield store
    finally:
        store.close()


def _as_json(comparison: Comparison) -> dict[str, Any]:
    from intake.whatif.comparing import DECIDED_ANEW, HELD_FIXED, UNSEEN

    return {
        "policy": comparison.policy_id,
        "until": comparison.until,
        "assumptions": [HELD_FIXED, DECIDED_ANEW, UNSEEN],
        "commands": comparison.given,
        "unfit": comparison.unfit,
        "left_out": comparison.left_out,
        "recorded": comparison.recorded,
        "replayed": comparison.replayed,
    }


def _say(comparison: Comparison) -> None:
    from intake.whatif.comparing import DECIDED_ANEW, HELD_FIXED, UNSEEN

    recorded, replayed = comparison.recorded, comparison.replayed
    columns = [
        Column("", at_least=16),
        Column("recorded", right=True),
        Column(f"under {comparison.policy_id}", right=True),
    ]
    rows = list(zip(_figures(recorded), _figures(replayed), strict=True))
    say_table(columns, [[one[0], one[1], other[1]] for one, other in rows])
    say()
    _say_agents(recorded["agents"], replayed["agents"], comparison.policy_id)
    say()
    say(f"{comparison.given:,} commands given again{_unfit(comparison)}")
    for line in (HELD_FIXED, DECIDED_ANEW, UNSEEN):
        say(paint(line, "dim"))


def _figures(of: dict[str, Any]) -> list[tuple[str, str]]:
    """The lines of the table, in order: the same for both sides."""
    rows: list[tuple[str, str]] = [("cases", f"{of['cases']:,}")]
    for metric, clock in of["clocks"].items():
        rows.append((f"{metric}: breaches", f"{clock['breaches']:,}"))
        if "attainment" in clock:
            rows.append((f"{metric}: met", percent(clock["attainment"])))
    for metric, wait in of["waiting_hours"].items():
        rows.append((f"{metric}: median wait", _hours(wait["median"])))
        rows.append((f"{metric}: 9 of 10 under", _hours(wait["p90"])))
    promises = of["promises"]
    rows.append(("promises kept", f"{promises['kept']:,} of {promises['made']:,}"))
    rows.append(("promises missed", f"{promises['missed']:,}"))
    rows.append(("escalations", f"{sum(of['escalations'].values()):,}"))
    rows.append(("closed unanswered", f"{of['resolutions'].get('no_response', 0):,}"))
    rows.append(("closed by time", f"{of['closings'].get('timeout', 0):,}"))
    rows.append(("closed in all", f"{sum(of['closings'].values()):,}"))
    rows.append(("reopenings", f"{of['reopenings']:,}"))
    rows.append(("deferrals", f"{sum(of['deferrals'].values()):,}"))
    rows.append(("taken from owners", f"{of['requeued']:,}"))
    return rows


def _say_agents(recorded: dict[str, Any], replayed: dict[str, Any], policy_id: str) -> None:
    columns = [
        Column("agent", at_least=8),
        Column("given", right=True),
        Column(f"under {policy_id}", right=True),
        Column("most at once", right=True),
        Column("then", right=True),
        Column("active hours", right=True, drop=1),
        Column("then", right=True, drop=1),
    ]
    nothing = {"given": 0, "most_at_once": 0, "active_hours": 0.0}
    rows: list[list[str]] = []
    for agent in sorted({*recorded, *replayed}):
        one, other = recorded.get(agent, nothing), replayed.get(agent, nothing)
        pairs = [(one[name], other[name]) for name in ("given", "most_at_once")]
        hours = [f"{side['active_hours']:,.1f}" for side in (one, other)]
        rows.append([agent, *(f"{figure:,}" for pair in pairs for figure in pair), *hours])
    say_table(columns, rows)


def _unfit(comparison: Comparison) -> str:
    told = ""
    if comparison.unfit:
        names = ", ".join(f"{count:,} {name}" for name, count in comparison.unfit.items())
        told += f"; {sum(comparison.unfit.values()):,} no longer fit ({names})"
    if comparison.left_out:
        names = ", ".join(f"{count:,} {name}" for name, count in comparison.left_out.items())
        told += f"; left out: {names}"
    return told


def _hours(hours: float | None) -> str:
    return "-" if hours is None else f"{hours:,.2f} h"
