"""The command `simulate`: a made-up support operation whose figures are known."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import as_called, writing
from cli.creating import create_if_missing
from cli.errors import SimulationFaulty
from cli.narration import progress, tell
from cli.nouns import single
from cli.options import Json
from cli.output import Column, percent, say, say_json, say_table

if TYPE_CHECKING:
    from eventstore.store import Store
    from intake.checking.checker import Finding
    from intake.simulation.account import Account
    from intake.simulation.parameters import Parameters

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_SHOWN_MAX = 20

app, _simulate = single(
    "simulate", example="ticketledger --ledger sim simulate --cases-per-month 5000 --agents 12"
)


@_simulate
def simulate(
    *,
    month: Annotated[
        str, typer.Option("--month", metavar="YYYY-MM", help="The first month.")
    ] = "2026-01",
    months: Annotated[int, typer.Option("--months", min=1, max=120, help="How many.")] = 1,
    cases_per_month: Annotated[
        int, typer.Option("--cases-per-month", min=1, help="Cases in the first month.")
    ] = 68_000,
    agents: Annotated[int, typer.Option("--agents", min=3, help="How many agents work.")] = 40,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another operation.")] = 7,
    policy: Annotated[
        str,
        typer.Option("--policy", metavar="FILE-or-NAME", help="By which policy it works."),
    ] = "travel-agency",
    progress_shown: Annotated[
        bool,
        typer.Option(
            "--progress-shown/--no-progress-shown",
            help="Whether customers see where their case is and what was promised; they ask less.",
        ),
    ] = True,
    into_this: Annotated[
        bool, typer.Option("--into-this", help="Write into a ledger that holds something else.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Examine afterwards, independently, what was recorded.")
    ] = False,
    kafka: Annotated[
        str | None,
        typer.Option("--kafka", metavar="HOST:PORT[,…]", help="Make the ledger on this cluster."),
    ] = None,
    json: Json = False,
) -> None:
    """Make up months of a support operation: customers, agents, shifts, seasons.

    Every save is decided by the real rules, on simulated time; the same parameters give the same
    events, ids included. The ledger is made if the folder is new. Interrupted, the same command
    goes on where it stopped; to begin anew, name another folder. With --check everything
    recorded is examined by code that shares nothing with the rules; it exits 76 if that finds
    anything.
    """
    from intake.simulation.running import run

    parameters = _parameters(
        policy,
        first_month=_month(month),
        months=months,
        cases_per_month=cases_per_month,
        agents=agents,
        seed=seed,
        progress_shown=progress_shown,
    )
    create_if_missing(kafka)
    with writing() as ledger:
        with progress("simulating", unit="saves") as bar:
            account = run(
                parameters,
                ledger.store,
                into_this=into_this,
                progress=lambda done, saves: bar.show(round(done * 10_000), 10_000, saves),
            )
        findings = _checked(ledger.store, parameters, account) if check else None
    _say(account, findings, as_json=json)
    if findings:
        raise SimulationFaulty(len(findings))


def _month(text: str) -> datetime:
    found = _MONTH.fullmatch(text)
    if found is None:
        raise typer.BadParameter("a month is written like 2026-01", param_hint="--month")
    return datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC)


def _parameters(policy: str, **others: Any) -> Parameters:
    from intake.policy_files import read_policy
    from intake.simulation.parameters import Parameters

    read = read_policy(policy)
    return Parameters(policy_id=read.id, policy=read.policy, **others)


def _checked(store: Store, parameters: Parameters, account: Account) -> list[Finding]:
    """What the independent checker finds in the recorded run."""
    from intake.checking.checker import Checker
    from intake.checking.ordering import in_order

    checker = Checker(parameters.run_id)
    with progress("checking", unit="events") as bar:
        for bodies in in_order(store, parameters.run_id):
            for body in bodies:
                checker.take(body)
            bar.show(checker.events, account.events)
    return checker.finish(parameters.ends)


def _say(account: Account, findings: list[Finding] | None, *, as_json: bool) -> None:
    if as_json:
        checked: dict[str, Any] = {}
        if findings is not None:
            checked = {"findings": [finding._asdict() for finding in findings]}
        say_json(account.as_json | checked)
        return
    say_table(
        [Column("simulated"), Column("count", right=True), Column("", at_least=20)], _rows(account)
    )
    if findings is not None:
        for finding in findings[:_SHOWN_MAX]:
            say(f"{finding.subject} {finding.sequence}: {finding.what}")
        say(f"checked: {account.events:,} events, {len(findings):,} findings")
    if account.added:
        tell(as_called("next: ticketledger project run, then ticketledger recontact rate"))


def _rows(account: Account) -> list[list[str]]:
    counts, truth = account.counts, account.truth
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(truth.kinds.items()))
    breaches = ", ".join(f"{count:,} {metric}" for metric, count in account.breaches.items())
    rate = truth.followed / truth.contacts if truth.contacts else None
    rows: list[tuple[str, int, str]] = [
        ("cases", counts["cases"], ""),
        ("messages in", counts["messages_received"], ""),
        ("messages out", counts["messages_sent"], ""),
        ("contacts", truth.contacts, "that are not neutral"),
        ("re-contacts", truth.followed, f"put in: {kinds or 'none'}"),
        (
            "",
            round(account.expected_rate * 10_000),
            f"of 10,000 contacts by the habits put in; drawn were {percent(rate)}",
        ),
        ("breaches", sum(account.breaches.values()), breaches),
        ("promises", account.promises_kept, f"kept in time, {account.promises_missed:,} missed"),
        ("escalations", counts["escalations"], ""),
        ("deferrals", counts["deferrals"], "cases that nobody could be given at once"),
        ("events", account.events, _how(account)),
    ]
    return [[name, f"{count:,}", note] for name, count, note in rows]


def _how(account: Account) -> str:
    before = account.saves - account.added
    known = f", {before:,} of them recorded before" if before else ""
    return f"in {account.saves:,} saves{known}, {account.seconds:.1f} s"
